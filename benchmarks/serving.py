"""A sentence encoder served in float32, bfloat16, int8 and by ONNX: size, time and answers, side by side.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.serving

The course's own encoder: milliseconds for one text of 32 and of 128 tokens, sentences of 32 tokens per second in a
batch of 32, each beside how many times as fast as float32 that is. All take turns, and the fastest of several rounds
counts. Then what it costs: the cosine of the vector that moved most, Spearman's correlation on the test pairs, and how
many test reviews keep the label that a linear probe gave them. Where ONNX is not installed, its rows are
left out. A minute.
"""

import argparse
import json

import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from transformers.utils import logging

from bertlab.fine_tuning.baselines import frozen_vectors, linear_probe
from bertlab.fine_tuning.batches import Encoded, encode
from bertlab.fine_tuning.labeled import load_labeled
from bertlab.sentence_bert.adapter import sentence_encoder
from bertlab.sentence_embeddings.pairs import load_pairs
from bertlab.variants.serving_figures import (
    REFERENCE,
    Speed,
    lowest_cosine,
    measure_serving,
    ratios,
    serve,
    similarity_score,
)
from bertlab.variants.serving_onnx import MISSING, is_installed

ROUNDS, BATCH_SIZE, REVIEWS = 7, 32, 160
HEADINGS = ("", "MB", "32 tokens, ms", "×", "128 tokens, ms", "×", "sentences/s", "×", "cosine", "Spearman", "labels")


def compare(served: dict[str, nn.Module], tokenizer) -> dict[str, tuple[float, float, float]]:
    """Lowest cosine, Spearman's correlation, and the share of reviews with the label that float32 gives."""
    pairs, reviews = load_pairs()["test"], load_labeled()
    train, test = (encode(reviews[split].sample(REVIEWS, seed=0), tokenizer) for split in ("train", "test"))
    reference = served[REFERENCE]
    probe = linear_probe(frozen_vectors(reference, tokenizer, train, mean=True), train.labels)

    def labels(model: nn.Module, data: Encoded) -> torch.Tensor:
        return torch.from_numpy(probe.predict(frozen_vectors(model, tokenizer, data, mean=True).numpy()))

    expected = labels(reference, test)
    return {
        name: (
            lowest_cosine(model, reference, tokenizer, pairs.first),
            similarity_score(model, tokenizer, pairs),
            (labels(model, test) == expected).double().mean().item(),
        )
        for name, model in served.items()
    }


def report(
    megabytes: dict[str, float], speeds: dict[str, Speed], compared: dict[str, tuple[float, float, float]]
) -> None:
    """Print the table, and the result as one JSON object."""
    table = Table(title=f"one sentence encoder, {torch.get_num_threads()} thread(s)")
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading else "left")
    faster, result = ratios(speeds), {"name": "serving", "unit": "times as fast as fp32"}
    for name, speed in speeds.items():
        short, long, batch = (f"{value:.2f}" for value in faster[name])
        times = [
            f"{speed.short:.1f}",
            short,
            f"{speed.long:.1f}",
            long,
            f"{1000 * BATCH_SIZE / speed.batch:,.0f}",
            batch,
        ]
        cosine, spearman, labels = compared[name]
        table.add_row(name, f"{megabytes[name]:.1f}", *times, f"{cosine:.5f}", f"{spearman:.4f}", f"{labels:.1%}")
        result |= {name: [round(value, 2) for value in faster[name]]}
    Console(width=140).print(table)
    print(json.dumps(result))


def main() -> None:
    """Measure all in turn, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often all are measured (default {ROUNDS})")
    args = parser.parse_args()
    logging.set_verbosity_error()
    model, tokenizer = sentence_encoder()
    served = serve(model)
    if not is_installed():
        print(MISSING)
    speeds = measure_serving(served, batch_size=BATCH_SIZE, rounds=args.rounds)
    report({name: way.bytes / 1e6 for name, way in served.items()}, speeds, compare(served, tokenizer))


if __name__ == "__main__":
    main()
