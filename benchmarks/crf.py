"""Sentences per second through our CRF and through `torchcrf`: a step of the loss, forward and backward, and Viterbi.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.crf

Both get the same weights, emissions, tags and masks: 32 sentences of up to 64 words, with 9 tags, as CoNLL-2003 has
them. Both take turns, and the fastest of several rounds counts, so that other work on the machine does not. The ratio
is the geometric mean of the two rows. A few seconds.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torchcrf import CRF

from bertlab.token_classification.crf import LinearChainCRF

BATCH, WORDS, TAGS = 32, 64, 9
WARM_UP, ROUNDS, GOAL = 2, 30, 1.0
Batch = tuple[Tensor, Tensor, Tensor]


def load_both() -> tuple[LinearChainCRF, CRF]:
    """Our CRF and the peer, with the same weights."""
    torch.manual_seed(0)
    ours, peer = LinearChainCRF(TAGS), CRF(TAGS, batch_first=True)
    weights = {"start_transitions": ours.start, "end_transitions": ours.end, "transitions": ours.transitions}
    peer.load_state_dict(weights)
    return ours, peer


def make_batch() -> Batch:
    """Random emissions and tags; each sentence is shorter than the one before, down to one word."""
    mask = torch.arange(WORDS) < torch.linspace(WORDS, 1, BATCH).long()[:, None]
    return torch.randn(BATCH, WORDS, TAGS, requires_grad=True), torch.randint(TAGS, (BATCH, WORDS)), mask


def make_rows(ours: LinearChainCRF, peer: CRF, batch: Batch) -> dict[str, tuple[Callable, Callable]]:
    """What is measured, ours and the peer's, after a look at whether they compute the same."""
    emissions, _, mask = batch
    losses = (lambda: ours.loss(*batch)), (lambda: -peer(*batch, reduction="mean"))
    torch.testing.assert_close(losses[0](), losses[1]())
    assert ours.viterbi(emissions, mask).paths == peer.decode(emissions, mask)
    return {
        "loss and gradients": (lambda: losses[0]().backward(), lambda: losses[1]().backward()),
        "Viterbi": (lambda: ours.viterbi(emissions, mask), lambda: peer.decode(emissions, mask)),
    }


def measure(row: tuple[Callable, Callable], rounds: int) -> tuple[float, float]:
    """Sentences per second of ours and of the peer: the fastest of several rounds."""
    seconds: list[list[float]] = []
    for _ in range(WARM_UP + rounds):
        seconds.append([])
        for run in row:
            started = time.perf_counter()
            run()
            seconds[-1].append(time.perf_counter() - started)
    ours, peer = (BATCH / min(column) for column in zip(*seconds[WARM_UP:], strict=True))
    return ours, peer


def report(found: dict[str, tuple[float, float]]) -> None:
    """Print the table, and the result as one JSON object."""
    table = Table(title=f"sentences/s, {BATCH} x {WORDS} words, {TAGS} tags, {torch.get_num_threads()} thread(s)")
    for heading in ("", "torchcrf", "ours", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, (ours, peer) in found.items():
        table.add_row(name, f"{peer:,.0f}", f"{ours:,.0f}", f"{ours / peer:.2f}")
    Console().print(table)
    ours, peer = (statistics.geometric_mean(speeds) for speeds in zip(*found.values(), strict=True))
    result = {"name": "crf", "unit": "sentences/s", "ours": round(ours), "peer": round(peer)}
    ratios = [round(ours / peer, 2) for ours, peer in found.values()]
    result |= {"ratio": round(ours / peer, 2), "goal": GOAL, "loss_ratio": ratios[0], "viterbi_ratio": ratios[1]}
    print(json.dumps(result))


def main() -> None:
    """Measure both in turn, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often both are measured (default {ROUNDS})")
    args = parser.parse_args()
    rows = make_rows(*load_both(), make_batch())
    report({name: measure(row, args.rounds) for name, row in rows.items()})


if __name__ == "__main__":
    main()
