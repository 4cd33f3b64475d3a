"""Examples per second of our fine-tuning loop and of Hugging Face's `Trainer`: same model, reviews, epochs, threads.

    OMP_NUM_THREADS=2 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.fine_tuning

The peer is what a user gets who changes nothing but the recipe: `Trainer` with `DataCollatorWithPadding`, batches drawn
at random. Ours puts texts of like length together. Both use AdamW, fused. The accuracy on the test reviews stands
beside the speed: it must not be what was paid. About eight minutes on two idle cores.
"""

import argparse
import json
import statistics
import tempfile
import time
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

from bertlab.checkpoints import EMBEDDED
from bertlab.fine_tuning import FineTuning, accuracy, encode, load_labeled, logits_of

ROUNDS, EPOCHS, LR, GOAL = 3, 2, 2e-4, 1.3


class Found(NamedTuple):
    """Examples per second, and the accuracy that came out."""

    speed: float
    accuracy: float


def load(seed: int) -> Any:
    torch.manual_seed(seed)
    return AutoModelForSequenceClassification.from_pretrained(EMBEDDED, num_labels=2)


def ours(data: dict[str, Any], tokenizer: Any, seed: int) -> Found:
    model, started = load(seed), time.perf_counter()
    FineTuning(model, tokenizer, data["train"], epochs=EPOCHS, lr=LR, seed=seed).finish()
    return found(model, data, tokenizer, time.perf_counter() - started)


def peer(data: dict[str, Any], tokenizer: Any, seed: int) -> Found:
    train = data["train"]
    rows: Any = [{**row, "labels": label} for row, label in zip(train.features, train.labels.tolist(), strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        settings: dict[str, Any] = {"output_dir": folder, "report_to": "none", "disable_tqdm": True, "use_cpu": True}
        recipe: dict[str, Any] = {"num_train_epochs": EPOCHS, "per_device_train_batch_size": 16, "learning_rate": LR}
        recipe |= {"warmup_steps": 0.1, "weight_decay": 0.01, "optim": "adamw_torch_fused", "seed": seed}
        arguments = TrainingArguments(**settings, **recipe, save_strategy="no", logging_strategy="no")
        model = load(seed)
        collator = DataCollatorWithPadding(tokenizer)
        trainer = Trainer(model, arguments, train_dataset=rows, data_collator=collator)
        started = time.perf_counter()
        trainer.train()
    return found(model, data, tokenizer, time.perf_counter() - started)


def found(model: Any, data: dict[str, Any], tokenizer: Any, seconds: float) -> Found:
    right = accuracy(logits_of(model, tokenizer, data["test"]), data["test"].labels)
    return Found(EPOCHS * len(data["train"].features) / seconds, right)


def report(rounds: list[tuple[Found, Found]]) -> None:
    """Print the table, and the result as one JSON object."""
    table = Table(title=f"examples/s, {EPOCHS} epochs of {torch.get_num_threads()} thread(s)")
    for heading in ("round", "ours", "Trainer", "ratio", "accuracy, ours", "accuracy, Trainer"):
        table.add_column(heading, justify="right")
    for number, (one, other) in enumerate(rounds, 1):
        row = [one.speed, other.speed, one.speed / other.speed, one.accuracy, other.accuracy]
        table.add_row(str(number), *(f"{value:.2f}" for value in row))
    Console().print(table)
    speeds = [round(statistics.median(found.speed for found in column), 1) for column in zip(*rounds, strict=True)]
    right = [round(statistics.fmean(found.accuracy for found in column), 3) for column in zip(*rounds, strict=True)]
    ratio = round(statistics.median(one.speed / other.speed for one, other in rounds), 2)
    result = {"name": "fine_tuning", "unit": "examples/s", "ours": speeds[0], "peer": speeds[1], "ratio": ratio}
    print(json.dumps({**result, "goal": GOAL, "accuracy_ours": right[0], "accuracy_peer": right[1]}))


def main() -> None:
    """Measure both in turn, several times, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often both are measured (default {ROUNDS})")
    args = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
    splits = load_labeled("reviews")
    data = {name: encode(splits[name], tokenizer) for name in ("train", "test")}
    report([(ours(data, tokenizer, seed), peer(data, tokenizer, seed)) for seed in range(args.rounds)])


if __name__ == "__main__":
    main()
