"""Tokens per second of our pre-training step and of Hugging Face's `Trainer`: same model, batches and threads.

    python -m benchmarks.pretraining

Both train MLM and NSP on the same packed pairs with a masking rate of 15 %. The peer is what a user gets who changes
nothing: `Trainer`, `DataCollatorForLanguageModeling` and `BertForPreTraining`, in fp32, with vocabulary logits at every
position. The rows between the two add our differences one by one. Text: Python's own manual. About two minutes on two
idle cores.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForPreTraining,
    AutoTokenizer,
    BertForPreTraining,
    DataCollatorForLanguageModeling,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from bertlab.training.batches import Batch, Pair, draw_pair, lay_out, plan_epoch
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.objective import PretrainingObjective, should_use_bf16
from bertlab.training.trainer import make_optimizer

CHECKPOINT = Path(__file__).parent.parent / "data" / "checkpoints" / "bertlab-mini"
SEQ_LEN, BATCH_SIZE = 128, 16
WARM_UP, STEPS, ROUNDS = 1, 2, 3
GOAL = 2.5


class EveryPosition(nn.Module):
    """Hugging Face's own forward, in the place of our objective."""

    def __init__(self, model: BertForPreTraining):
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        loss = self.model(**vars(batch)).loss
        return loss * (batch.labels >= 0).sum(), loss * 0.0


class StepTimer(TrainerCallback):
    """Notes when each step ends, so that collating and all else that a step takes is counted."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, args, state, control, **kwargs) -> None:
        self.ends.append(time.perf_counter())


def make_batches(tokenizer) -> list[list[Pair]]:
    """Sentence pairs of Python's manual, as many batches as one measurement takes."""
    articles = [[" ".join(part.split()) for part in text.split("\n\n")] for text in topics.values()]
    corpus = TokenizedCorpus.build(articles, tokenizer)
    rng = np.random.default_rng(0)
    plan = plan_epoch(corpus, SEQ_LEN, BATCH_SIZE, rng)[: WARM_UP + STEPS]
    return [[draw_pair(corpus, chunk, SEQ_LEN, rng) for chunk in chunks] for chunks in plan]


def make_model(attention: str) -> BertForPreTraining:
    """The embedded checkpoint's architecture with random weights."""
    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(CHECKPOINT)
    return AutoModelForPreTraining.from_config(config, attn_implementation=attention)


def speed(ends: list[float], batches: list[list[Pair]]) -> float:
    """Tokens per second over the steps after the warm-up; padding is not counted."""
    tokens = sum(len(pair.a) + len(pair.b) + 3 for batch in batches[WARM_UP:] for pair in batch)
    return tokens / (ends[-1] - ends[WARM_UP - 1])


def make_example(pair: Pair, tokenizer) -> dict:
    """One pair as a row of a data set for `Trainer`."""
    cls_id, sep_id = tokenizer.cls_token_id, tokenizer.sep_token_id
    return {
        "input_ids": [cls_id, *pair.a.tolist(), sep_id, *pair.b.tolist(), sep_id],
        "token_type_ids": [0] * (len(pair.a) + 2) + [1] * (len(pair.b) + 1),
        "next_sentence_label": pair.label,
    }


def measure_hugging_face(batches: list[list[Pair]], tokenizer) -> float:
    """Tokens per second of `Trainer` as it comes."""
    examples = [make_example(pair, tokenizer) for batch in batches for pair in batch]
    timer = StepTimer()
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            folder,
            use_cpu=True,
            per_device_train_batch_size=BATCH_SIZE,
            max_steps=len(batches),
            train_sampling_strategy="sequential",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)
        trainer = Trainer(make_model("sdpa"), settings, collator, examples, callbacks=[timer])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return speed(timer.ends, batches)


def measure_ours(
    batches: list[list[Pair]], tokenizer, objective_type: type[nn.Module], attention: str, *, bf16: bool
) -> float:
    """Tokens per second of our step, or of a variant of it."""
    objective = objective_type(make_model(attention).train())
    optimizer, ends = make_optimizer(objective, lr=5e-5), []
    for pairs in batches:
        batch = lay_out(pairs, tokenizer, rate=0.15)
        selected = (batch.labels >= 0).sum()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            mlm, nsp = objective(batch)
        (mlm / selected + nsp / BATCH_SIZE).backward()
        nn.utils.clip_grad_norm_(objective.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        ends.append(time.perf_counter())
    return speed(ends, batches)


def choose_rows(batches: list[list[Pair]], tokenizer) -> dict[str, Callable[[], float]]:
    """What is measured, by name: the peer first, our step last."""
    probe = lay_out(batches[0], tokenizer, rate=0.15)
    bf16 = should_use_bf16(PretrainingObjective(make_model("eager")), probe)
    bf16_row = "+ bf16" if bf16 else "(bf16 is slower here)"
    ours = partial(measure_ours, batches, tokenizer)
    return {
        "Hugging Face Trainer": partial(measure_hugging_face, batches, tokenizer),
        "our loop, their forward": partial(ours, EveryPosition, "sdpa", bf16=False),
        "+ logits where selected": partial(ours, PretrainingObjective, "sdpa", bf16=False),
        bf16_row: partial(ours, PretrainingObjective, "sdpa", bf16=bf16),
        "+ eager attention = ours": partial(ours, PretrainingObjective, "eager", bf16=bf16),
    }


def main() -> None:
    """Measure all rows in turn, several times, and print them."""
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    batches = make_batches(tokenizer)
    rows = choose_rows(batches, tokenizer)
    found = [[measure() for measure in rows.values()] for _ in track(range(ROUNDS), "rounds")]
    table = Table(title=f"tokens/s, batches of {BATCH_SIZE} x {SEQ_LEN}, {torch.get_num_threads()} thread(s)")
    for heading in ("", *(f"round {number + 1}" for number in range(ROUNDS)), "median ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    ratios = [statistics.median(figures[row] / figures[0] for figures in found) for row in range(len(rows))]
    for name, ratio, *speeds in zip(rows, ratios, *found, strict=True):
        table.add_row(name, *(f"{speed:,.0f}" for speed in speeds), f"{ratio:.2f}")
    Console().print(table)
    peer, *_, ours = (round(statistics.median(speeds)) for speeds in zip(*found, strict=True))
    result = {"name": "pretraining", "unit": "tokens/s", "ours": ours, "peer": peer}
    print(json.dumps({**result, "ratio": round(ratios[-1], 2), "goal": GOAL}))


if __name__ == "__main__":
    main()
