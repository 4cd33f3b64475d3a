"""Texts per second of our `embed` and of sentence-transformers' `encode`: same weights, mixed lengths, a CPU.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.encode

A quarter of the course's sentences, titles and passages, and passages of twice the length: 3 to 256 tokens. Both get
them in the same random order, 32 at once unless they know better, and return the same vectors. Sentence-transformers
stands there twice, as it comes and with 8 texts at once, which suits a CPU better: the ratio is to the former. All
take turns, and the fastest of several rounds counts, so that other work on the machine does not. Two minutes.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from sentence_transformers import SentenceTransformer
from torch import Tensor
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from bertlab.checkpoints import EMBEDDED
from bertlab.constants import DATA
from bertlab.retrieval.passages import read_table
from bertlab.sentence_bert.sentence_transformers_folder import save_as_sentence_transformer
from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.pairs import load_pairs

SHARE, LONGEST = 4, 256
ROUNDS, GOAL = 5, 1.2
OURS, AS_IT_COMES, SMALL = "ours", "encode as it comes", "encode, 8 at once"


def mixed_texts() -> list[str]:
    """Short and long texts in a random order, the same each time."""
    passages = read_table(DATA / "search_passages.tsv")[0]
    pairs = load_pairs("similarity").values()
    sentences = [text for split in pairs for text in (*split.first, *split.second)][::SHARE]
    singles = [text for passage in passages[::SHARE] for text in (passage.title, passage.text)]
    couples = zip(passages[1 :: 2 * SHARE], passages[2 :: 2 * SHARE], strict=False)
    texts = [*sentences, *singles, *(f"{one.text} {other.text}" for one, other in couples)]
    random.Random(0).shuffle(texts)
    return texts


def make_encoders(texts: list[str]) -> dict[str, Callable[[], Tensor]]:
    """What is measured, after a look at whether all return the same."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = AutoModel.from_pretrained(EMBEDDED, add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
    with tempfile.TemporaryDirectory() as folder:
        peer = SentenceTransformer(str(save_as_sentence_transformer(model, tokenizer, folder)), device="cpu")
    longest = max(len(ids) for ids in tokenizer(texts)["input_ids"])
    assert longest <= LONGEST, f"a text has {longest} tokens: more than {LONGEST}"
    encoders: dict[str, Callable[[], Tensor]] = {
        OURS: lambda: embed(model, tokenizer, texts),
        AS_IT_COMES: lambda: peer.encode(texts, convert_to_tensor=True),
        SMALL: lambda: peer.encode(texts, convert_to_tensor=True, batch_size=8),
    }
    expected = encoders[OURS]()
    for name in (AS_IT_COMES, SMALL):
        torch.testing.assert_close(encoders[name]().clone(), expected, rtol=1e-5, atol=1e-5)
    return encoders


def measure(encoders: dict[str, Callable[[], Tensor]], rounds: int) -> dict[str, float]:
    """Seconds of each: the fastest of several rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(rounds):
        for name, encode in encoders.items():
            started = time.perf_counter()
            encode()
            seconds[name].append(time.perf_counter() - started)
    return {name: min(column) for name, column in seconds.items()}


def report(seconds: dict[str, float], texts: int) -> None:
    """Print the table, and the result as one JSON object."""
    speeds = {name: texts / found for name, found in seconds.items()}
    table = Table(title=f"texts/s, {texts} texts of up to {LONGEST} tokens, {torch.get_num_threads()} thread(s)")
    for heading in ("", "texts/s", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, speed in speeds.items():
        table.add_row(name, f"{speed:,.1f}", f"{speeds[OURS] / speed:.2f}")
    Console().print(table)
    ours, peer, small = speeds[OURS], speeds[AS_IT_COMES], speeds[SMALL]
    result = {"name": "encode", "unit": "texts/s", "ours": round(ours, 1), "peer": round(peer, 1)}
    result |= {"ratio": round(ours / peer, 2), "goal": GOAL, "ratio_8_at_once": round(ours / small, 2)}
    print(json.dumps(result))


def main() -> None:
    """Measure all in turn, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often all are measured (default {ROUNDS})")
    args = parser.parse_args()
    texts = mixed_texts()
    report(measure(make_encoders(texts), args.rounds), len(texts))


if __name__ == "__main__":
    main()
