"""Tokens per second of our pre-training step and of Hugging Face's `Trainer`: same model, batches and threads.

    OMP_NUM_THREADS=1 python -m benchmarks.pretraining

Both train MLM and NSP on the same packed pairs with a masking rate of 30 %. The peer is what a user gets who changes
nothing: `Trainer`, `DataCollatorForLanguageModeling` and `BertForPreTraining`, in fp32, with vocabulary logits at every
position. The rows between add our differences one by one; "bf16 by autocast" is our own step until November 2026. Each
measurement is a process of its own, since the last difference, how glibc keeps memory, is set before a process starts.
Text: Python's own manual. With one thread, the time is the process's own. About five minutes on an idle core.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from transformers import AutoTokenizer

from benchmarks._pretraining_steps import BATCH_SIZE, ROWS, SEQ_LEN, make_batches
from bertlab.checkpoints import EMBEDDED
from bertlab.training.environment import SETTINGS

ROUNDS, GOAL = 3, 2.5
KEEPS_MEMORY = list(ROWS)[-2:]
BEFORE, OURS = list(ROWS)[3], list(ROWS)[5]


def measure(row: str) -> float:
    """Tokens per second of one row, in a process of its own."""
    plain = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment = {**plain, **SETTINGS} if row in KEEPS_MEMORY else plain
    command = [sys.executable, "-m", "benchmarks.pretraining", "--row", row]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(ran.stdout.split()[-1])


def rounds(number: int) -> Iterator[dict[str, float]]:
    """All rows in turn, several times, so that what else the machine does hits all of them."""
    for _ in track(range(number), "rounds"):
        yield {row: measure(row) for row in ROWS}


def report(found: list[dict[str, float]]) -> None:
    """Print the table, and the result as one JSON object."""
    table = Table(title=f"tokens/s, batches of {BATCH_SIZE} x {SEQ_LEN}, {torch.get_num_threads()} thread(s)")
    for heading in ("", *(f"round {number + 1}" for number in range(len(found))), "median ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    peer = next(iter(ROWS))
    ratios = {row: statistics.median(speeds[row] / speeds[peer] for speeds in found) for row in ROWS}
    for row, ratio in ratios.items():
        table.add_row(row, *(f"{speeds[row]:,.0f}" for speeds in found), f"{ratio:.2f}")
    Console().print(table)
    medians = {row: round(statistics.median(speeds[row] for speeds in found)) for row in ROWS}
    result = {"name": "pretraining", "unit": "tokens/s", "ours": medians[OURS], "peer": medians[peer]}
    before = {"step_before": medians[BEFORE], "times_step_before": round(ratios[OURS] / ratios[BEFORE], 2)}
    print(json.dumps({**result, "ratio": round(ratios[OURS], 2), "goal": GOAL, **before}))


def main() -> None:
    """Measure all rows in turn, several times, and print them; with `--row`, one of them once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often all are measured (default {ROUNDS})")
    parser.add_argument("--row", choices=ROWS, help="measure this one alone, in this process")
    args = parser.parse_args()
    if args.row is None:
        report(list(rounds(args.rounds)))
    else:
        tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
        print(ROWS[args.row](make_batches(tokenizer), tokenizer))


if __name__ == "__main__":
    main()
