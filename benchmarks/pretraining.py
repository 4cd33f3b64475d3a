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
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from transformers import (
    AutoConfig,
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
WARM_UP, STEPS, ROUNDS = 1, 3, 3
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
    return BertForPreTraining._from_config(AutoConfig.from_pretrained(CHECKPOINT), attn_implementation=attention)


def speed(ends: list[float], batches: list[list[Pair]]) -> float:
    """Tokens per second over the steps after the warm-up; padding is not counted."""
    tokens = sum(len(pair.a) + len(pair.b) + 3 for batch in batches[WARM_UP:] for pair in batch)
    return tokens / (ends[-1] - ends[WARM_UP - 1])


def measure_hugging_face(batches: list[list[Pair]], tokenizer) -> float:
    """Tokens per second of `Trainer` as it comes."""
    laid_out = [lay_out(pairs, tokenizer, rate=0.0) for pairs in batches]
    names = ("input_ids", "token_type_ids", "next_sentence_label")
    rows = [dict(zip(names, row, strict=True)) for b in laid_out for row in zip(*(getattr(b, n) for n in names), strict=True)]
    lengths = [len(pair.a) + len(pair.b) + 3 for batch in batches for pair in batch]
    for row, length in zip(rows, lengths, strict=True):
        row.update(input_ids=row["input_ids"][:length], token_type_ids=row["token_type_ids"][:length])
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
        trainer = Trainer(make_model("sdpa"), settings, collator, rows, callbacks=[timer])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return speed(timer.ends, batches)


def measure_ours(
    batches: list[list[Pair]], tokenizer, objective_type: Callable[..., nn.Module], attention: str, bf16: bool
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


def main() -> None:
    """Measure all rows in turn, several times, and print them."""
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    batches = make_batches(tokenizer)
    bf16 = should_use_bf16(PretrainingObjective(make_model("eager")), lay_out(batches[0], tokenizer, 0.15), trials=1)
    ours = f"+ {'bf16' if bf16 else 'bf16 does not help here'} = our step"
    rows: dict[str, Callable[[], float]] = {
        "Hugging Face Trainer": lambda: measure_hugging_face(batches, tokenizer),
        "our loop, Hugging Face's forward": lambda: measure_ours(batches, tokenizer, EveryPosition, "sdpa", False),
        "+ logits at selected positions only": lambda: measure_ours(batches, tokenizer, PretrainingObjective, "sdpa", False),
        "+ eager attention": lambda: measure_ours(batches, tokenizer, PretrainingObjective, "eager", False),
        ours: lambda: measure_ours(batches, tokenizer, PretrainingObjective, "eager", bf16),
    }
    found = [{name: measure() for name, measure in rows.items()} for _ in range(ROUNDS)]
    peer = "Hugging Face Trainer"
    table = Table(title=f"tokens/s, batches of {BATCH_SIZE} x {SEQ_LEN}, {torch.get_num_threads()} threads")
    table.add_column("")
    for number in range(ROUNDS):
        table.add_column(f"round {number + 1}", justify="right")
    table.add_column("median ratio", justify="right")
    for name in rows:
        ratio = statistics.median(figures[name] / figures[peer] for figures in found)
        table.add_row(name, *(f"{figures[name]:,.0f}" for figures in found), f"{ratio:.2f}")
    Console().print(table)
    medians = {name: statistics.median(figures[name] for figures in found) for name in rows}
    result = {"name": "pretraining", "unit": "tokens/s", "ours": round(medians[ours]), "peer": round(medians[peer])}
    ratio = statistics.median(figures[ours] / figures[peer] for figures in found)
    print(json.dumps({**result, "ratio": round(ratio, 2), "goal": GOAL}))


if __name__ == "__main__":
    main()
