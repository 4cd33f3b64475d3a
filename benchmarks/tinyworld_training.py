"""Seconds to the same held-out loss on the tiny world: our live training, and Hugging Face's `Trainer`.

    python -m benchmarks.tinyworld_training

Both train a BERT of the same size on one thread until it is at most TARGET nats above the exact floor, with a budget
that was chosen by hand so that it ends just below. The peer is what a careful user would write: `Trainer` with
`DataCollatorForLanguageModeling`, `BertForMaskedLM`, 15 %, AdamW with the learning rate that was best here and linear
decay. A few minutes on one idle core.
"""

import json
import tempfile
import time

import torch
from rich.console import Console
from rich.table import Table
from transformers import BertConfig, BertForMaskedLM, DataCollatorForLanguageModeling, Trainer, TrainingArguments

from bertlab.masked_language_modeling.training import BATCH_SIZE, mlm_batch, mlm_loss
from bertlab.small_bert.model import small_bert
from bertlab.small_bert.training import LiveTraining, one_thread
from bertlab.tinyworld import PAD, Channel, World, floor

TARGET = 0.25
OUR_STEPS, THEIR_STEPS = 450, 1000
THEIR_BATCH_SIZE, THEIR_LEARNING_RATE = 256, 4e-3
ROUNDS = 2
GOAL = 3.0


def train_ours(world: World, seed: int) -> tuple[float, torch.nn.Module]:
    """Train ours; return its CPU seconds and the model."""
    model = small_bert(world.sentences, seed)

    def make_batch(step: int) -> dict[str, torch.Tensor]:
        return mlm_batch(world.sentences, BATCH_SIZE, seed * OUR_STEPS + step)

    started = time.process_time()
    LiveTraining(model, make_batch, mlm_loss, OUR_STEPS).finish()
    return time.process_time() - started, model


def train_theirs(world: World, seed: int, folder: str) -> tuple[float, torch.nn.Module]:
    """Train theirs on as many fresh sentences as it will read; return its CPU seconds and the model."""
    ours = small_bert(world.sentences)
    torch.manual_seed(seed)
    model = BertForMaskedLM(BertConfig(**{**ours.config.to_dict(), "architectures": None}))
    sentences = world.sentences.sample(THEIR_STEPS * THEIR_BATCH_SIZE, torch.Generator().manual_seed(seed)).input_ids
    arguments = TrainingArguments(
        folder,
        max_steps=THEIR_STEPS,
        per_device_train_batch_size=THEIR_BATCH_SIZE,
        learning_rate=THEIR_LEARNING_RATE,
        warmup_steps=50,
        seed=seed,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    rows = [{"input_ids": row[row != PAD]} for row in sentences]
    collator = DataCollatorForLanguageModeling(world.tokenizer())
    started = time.process_time()
    Trainer(model, arguments, data_collator=collator, train_dataset=rows).train()
    return time.process_time() - started, model.eval()


def main() -> None:
    """Train both in turn, check that both reach the target, and print the table and one line of JSON."""
    world = World.default()
    held_out = mlm_batch(world.sentences, 3_000, 10**9, Channel())
    best = floor(world.sentences, held_out["input_ids"], held_out["labels"]).loss
    table = Table("round", "model", "CPU seconds", "nats above the floor")
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder, one_thread():
        for seed in range(ROUNDS):
            for name, run in {"ours": train_ours(world, seed), "peer": train_theirs(world, seed, folder)}.items():
                with torch.inference_mode():
                    gap = mlm_loss(run[1], held_out).item() - best
                reached = "" if gap <= TARGET else " (target missed)"
                table.add_row(str(seed), name, f"{run[0]:.1f}", f"{gap:.3f}{reached}")
                seconds[name].append(run[0])
    Console().print(table)
    ours, peer = (min(seconds[name]) for name in ("ours", "peer"))
    result = {"name": "tinyworld_training", "unit": "s", "ours": round(ours, 1), "peer": round(peer, 1)}
    print(json.dumps(result | {"ratio": round(peer / ours, 2), "goal": GOAL}))


if __name__ == "__main__":
    main()
