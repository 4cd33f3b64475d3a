"""Tokens per second of `unpadded` and of Hugging Face's padded forward: same weights, batches of mixed lengths, a CPU.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.unpadding

Batches of 32 of the course's own texts, drawn at random and not sorted: reviews and passages, then reviews alone. Only
real tokens count. Where the padding is what share p of a batch, leaving it out can give 1 / (1 - p) at best: the bound.
The peer runs on sdpa, its default. It stands there a second time with the same texts sorted by length before they are
cut into batches, which is what can be done without unpadding if all texts are there at once. All take turns, and the
fastest of several rounds counts, so that other work on the machine does not. Two minutes.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from bertlab.checkpoints import EMBEDDED
from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import load_labeled
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.retrieval.passages import read_table
from bertlab.texts import passages
from bertlab.variants.unpadding import unpadded

BATCH, BATCHES, ROUNDS, GOAL = 32, 3, 5, 1.5
OURS, PEER, SORTED = "unpadded", "padded", "padded, sorted by length"
Batch = dict[str, Tensor]


class Found(NamedTuple):
    """What came out for one kind of texts: the share of padding in the batches, and tokens per second of each."""

    padding: float
    speeds: dict[str, float]

    @property
    def ratio(self) -> float:
        """How much faster ours is than the peer."""
        return self.speeds[OURS] / self.speeds[PEER]


def draw_texts() -> dict[str, list[str]]:
    """Texts in a random order, the same each time."""
    reviews = [str(text) for split in load_labeled("reviews").values() for text in split.texts]
    longer = [*passages(), *(passage.text for passage in read_table(DATA / "search_passages.tsv")[0])]
    drawn = random.Random(0)
    kinds = {"reviews and passages": [*reviews, *longer], "reviews": reviews}
    return {kind: drawn.sample(texts, BATCH * BATCHES) for kind, texts in kinds.items()}


def make_batches(texts: list[str], by_length: bool = False) -> list[Batch]:
    """Texts as they come, or sorted, 32 at once."""
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
    if by_length:
        texts = sorted(texts, key=lambda text: len(tokenizer(text)["input_ids"]))
    starts = range(0, len(texts), BATCH)
    return [dict(tokenizer(texts[start : start + BATCH], padding=True, return_tensors="pt")) for start in starts]


def padding_share(batches: list[Batch]) -> float:
    """How much of the batches is padding."""
    masks = [batch["attention_mask"] for batch in batches]
    return 1 - sum(int(mask.sum()) for mask in masks) / sum(mask.numel() for mask in masks)


def make_runs(batches: list[Batch], by_length: list[Batch]) -> dict[str, Callable[[], list[Tensor]]]:
    """What is measured, after a look at whether both return the same."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    ours = BertForPreTraining.from_pretrained(EMBEDDED)
    peer = AutoModel.from_pretrained(EMBEDDED, add_pooling_layer=False, attn_implementation="sdpa").eval()
    runs: dict[str, Callable[[], list[Tensor]]] = {
        OURS: lambda: [unpadded(ours, batch) for batch in batches],
        PEER: lambda: [peer(**batch).last_hidden_state for batch in batches],
        SORTED: lambda: [peer(**batch).last_hidden_state for batch in by_length],
    }
    with torch.inference_mode():
        for found, expected, batch in zip(runs[OURS](), runs[PEER](), batches, strict=True):
            torch.testing.assert_close(found, expected[batch["attention_mask"] == 1], rtol=1e-4, atol=1e-4)
    return runs


@torch.inference_mode()
def measure(texts: list[str], rounds: int) -> Found:
    """Tokens per second of each: the fastest of several rounds."""
    batches = make_batches(texts)
    runs = make_runs(batches, make_batches(texts, by_length=True))
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    tokens = sum(int(batch["attention_mask"].sum()) for batch in batches)
    return Found(padding_share(batches), {name: tokens / min(column) for name, column in seconds.items()})


def report(found: dict[str, Found]) -> None:
    """Print the table, and the result as one JSON object."""
    title = f"real tokens/s, {BATCHES} batches of {BATCH} texts, {torch.get_num_threads()} thread(s)"
    table = Table(title=title)
    for heading in ("", "padding", PEER, SORTED, OURS, "ratio", "bound"):
        table.add_column(heading, justify="right" if heading else "left")
    for kind, one in found.items():
        speeds = [f"{one.speeds[name]:,.0f}" for name in (PEER, SORTED, OURS)]
        table.add_row(kind, f"{one.padding:.0%}", *speeds, f"{one.ratio:.2f}", f"{1 / (1 - one.padding):.2f}")
    Console().print(table)
    mixed, *others = found.values()
    result = {"name": "unpadding", "unit": "tokens/s", "ours": round(mixed.speeds[OURS])}
    result |= {"peer": round(mixed.speeds[PEER]), "ratio": round(mixed.ratio, 2), "goal": GOAL}
    result |= {"padding": round(mixed.padding, 3), "bound": round(1 / (1 - mixed.padding), 2)}
    result |= {"sorted_ratio": round(mixed.speeds[OURS] / mixed.speeds[SORTED], 2)}
    print(json.dumps(result | {"reviews_ratio": round(others[0].ratio, 2)}))


def main() -> None:
    """Measure both kinds of texts, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often all are measured (default {ROUNDS})")
    args = parser.parse_args()
    report({kind: measure(texts, args.rounds) for kind, texts in draw_texts().items()})


if __name__ == "__main__":
    main()
