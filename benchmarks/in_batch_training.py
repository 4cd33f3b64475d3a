"""Steps per second of in-batch training, ours and sentence-transformers' trainer: same weights, batches, rate.

    pip install datasets  # which the trainer needs and the course does not
    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.in_batch_training

Anchors find their positives among those of the batch: 64 pairs, AdamW, fused, at a constant rate, without dropout or
clipping. The peer is what a user gets who changes nothing but that recipe. Ours puts texts of like length together on
their way through the encoder, which the loss cannot tell. Both see the same batches in the same order, and must
come to the same losses. Both take turns, and the fastest of several rounds counts, so that other work on the machine
does not. Two minutes.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.util import is_datasets_available
from torch.utils.data import BatchSampler, SequentialSampler
from transformers import AutoModel, AutoTokenizer, PrinterCallback, TrainerCallback
from transformers.utils import logging

from bertlab.checkpoints import EMBEDDED
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.sentence_transformers_folder import save_as_sentence_transformer
from bertlab.sentence_bert.siamese import SentenceEncoder, embed_columns, tokenize_columns
from bertlab.sentence_bert.triples import load_triples

BATCH, STEPS, LR = 64, 8, 5e-5
ROUNDS, GOAL = 3, 1.3
Columns = tuple[list[str], list[str]]


class Found(NamedTuple):
    """Seconds of all steps, and the loss of each."""

    seconds: float
    losses: list[float]


def load_columns() -> Columns:
    """Anchors and positives of all steps."""
    train = load_triples("triples")["train"]
    rows = torch.randperm(len(train.anchors), generator=torch.Generator().manual_seed(0))[: BATCH * STEPS].tolist()
    return [train.anchors[row] for row in rows], [train.positives[row] for row in rows]


def ours(columns: Columns) -> Found:
    """Train with the functions of the course."""
    model = AutoModel.from_pretrained(EMBEDDED, add_pooling_layer=False)
    tokenizer, encoder, losses = AutoTokenizer.from_pretrained(EMBEDDED), SentenceEncoder(model).train(), []
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=LR, weight_decay=0.0, fused=True)
    started = time.perf_counter()
    for start in range(0, BATCH * STEPS, BATCH):
        batches = tokenize_columns(tokenizer, [column[start : start + BATCH] for column in columns])
        loss = ranking_loss(*embed_columns(encoder, batches))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return Found(time.perf_counter() - started, losses)


class Clock(TrainerCallback):
    """The time from the first step to the last; the trainer's own preparations do not count."""

    started: float | None = None

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.started = self.started or time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.seconds = time.perf_counter() - (self.started or 0.0)


def in_order(dataset: Any, batch_size: int, drop_last: bool, **kwargs: Any) -> BatchSampler:
    """Batches as the rows come, so that both train on the same ones."""
    return BatchSampler(SequentialSampler(dataset), batch_size, drop_last)


def peer(columns: Columns, folder: str) -> Found:
    """Train with the trainer of the library."""
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()
    model = SentenceTransformer(folder, device="cpu")
    losses: list[float] = []
    loss, clock = MultipleNegativesRankingLoss(model), Clock()
    loss.register_forward_hook(lambda part, given, result: losses.append(result.item()))
    quiet: dict[str, Any] = {"report_to": "none", "disable_tqdm": True, "use_cpu": True}
    quiet |= {"save_strategy": "no", "logging_strategy": "no"}
    recipe: dict[str, Any] = {"num_train_epochs": 1, "per_device_train_batch_size": BATCH, "learning_rate": LR}
    recipe |= {"lr_scheduler_type": "constant", "optim": "adamw_torch_fused", "max_grad_norm": 0.0}
    with tempfile.TemporaryDirectory() as output:
        arguments = SentenceTransformerTrainingArguments(output, **quiet, **recipe, batch_sampler=in_order)
        rows = Dataset.from_dict(dict(zip(("anchor", "positive"), columns, strict=True)))
        trainer = SentenceTransformerTrainer(model, arguments, rows, loss=loss, callbacks=[clock])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return Found(clock.seconds, losses)


def measure(rounds: int) -> list[tuple[Found, Found]]:
    """Both in turn, after the peer's folder was written."""
    columns = load_columns()
    with tempfile.TemporaryDirectory() as folder:
        model = AutoModel.from_pretrained(EMBEDDED, add_pooling_layer=False)
        save_as_sentence_transformer(model, AutoTokenizer.from_pretrained(EMBEDDED), Path(folder))
        return [(ours(columns), peer(columns, folder)) for _ in range(rounds)]


def report(found: list[tuple[Found, Found]]) -> None:
    """Print the table, and the result as one JSON object."""
    for one, other in found:
        torch.testing.assert_close(one.losses, other.losses, rtol=1e-3, atol=1e-3)
    table = Table(title=f"steps/s, {BATCH} pairs, {torch.get_num_threads()} thread(s)")
    for heading in ("round", "trainer", "ours", "ratio", "first loss", "last loss, trainer", "last loss, ours"):
        table.add_column(heading, justify="right")
    for number, (one, other) in enumerate(found, 1):
        speeds = [STEPS / other.seconds, STEPS / one.seconds, other.seconds / one.seconds]
        losses = [one.losses[0], other.losses[-1], one.losses[-1]]
        table.add_row(str(number), *(f"{value:.2f}" for value in speeds), *(f"{value:.4f}" for value in losses))
    Console().print(table)
    best, other = (STEPS / min(run.seconds for run in column) for column in zip(*found, strict=True))
    result = {"name": "in_batch_training", "unit": "steps/s", "ours": round(best, 2), "peer": round(other, 2)}
    print(json.dumps({**result, "ratio": round(best / other, 2), "goal": GOAL}))


def main() -> None:
    """Measure both in turn, several times, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often both are measured (default {ROUNDS})")
    args = parser.parse_args()
    if not is_datasets_available():
        parser.exit(1, "The trainer of sentence-transformers needs datasets: pip install datasets\n")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    report(measure(args.rounds))


if __name__ == "__main__":
    main()
