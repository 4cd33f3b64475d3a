"""Sentences per second of a student with every other layer, as DistilBERT's, and of its teacher, the embedded BERT.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.student

The student is as it is made, before it has learned anything: its speed does not depend on what its weights are. Both
read the same batches of 32 of the course's reviews, on a CPU, and take turns; the fastest of several rounds counts, so
that other work on the machine does not. Half the layers are not quite half the work: the embeddings stay. One minute.
"""

import argparse
import json
import time

import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from bertlab.checkpoints import EMBEDDED
from bertlab.fine_tuning.labeled import load_labeled
from bertlab.models import pick_layers
from bertlab.variants.distillation import make_student

BATCH, BATCHES, ROUNDS, GOAL = 32, 4, 7, 1.8


@torch.inference_mode()
def measure(models: dict[str, nn.Module], rounds: int) -> dict[str, float]:
    """Sentences per second of each model: the fastest of several rounds."""
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
    texts = list(load_labeled("reviews")["train"].texts)[: BATCH * BATCHES]
    starts = range(0, len(texts), BATCH)
    batches = [tokenizer(texts[start : start + BATCH], padding=True, return_tensors="pt") for start in starts]
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(rounds):
        for name, model in models.items():
            started = time.perf_counter()
            for batch in batches:
                model(**batch)
            seconds[name].append(time.perf_counter() - started)
    return {name: len(texts) / min(column) for name, column in seconds.items()}


def report(speeds: dict[str, float], layers: dict[str, int]) -> None:
    """Print the table, and the result as one JSON object."""
    table = Table(title=f"{torch.get_num_threads()} thread(s)")
    for heading in ("", "layers", "sentences/s"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, speed in speeds.items():
        table.add_row(name, str(layers[name]), f"{speed:,.0f}")
    Console().print(table)
    ours, peer = speeds["student"], speeds["teacher"]
    result = {"name": "student", "unit": "sentences/s", "ours": round(ours), "peer": round(peer)}
    print(json.dumps(result | {"ratio": round(ours / peer, 2), "goal": GOAL}))


def main() -> None:
    """Make the student, measure both, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often both are measured (default {ROUNDS})")
    args = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    teacher = AutoModel.from_pretrained(EMBEDDED, add_pooling_layer=False).eval()
    models = {"student": make_student(teacher).eval(), "teacher": teacher}
    report(measure(models, args.rounds), {name: len(pick_layers(model)) for name, model in models.items()})


if __name__ == "__main__":
    main()
