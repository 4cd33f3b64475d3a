"""Queries per second of our exact search and of FAISS's flat index: 100,000 vectors of 384 numbers, the best ten.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE python -m benchmarks.flat_search

Both get the same random unit vectors, a batch of 64 queries and the same number of threads. FAISS stands there twice:
as it comes, and with its product of matrices switched on, which recent versions leave out for so few queries
(faiss issue 5109); the ratio is to the faster one. All take turns, and the fastest of several rounds counts, so that
other work on the machine does not. Half a minute.
"""

import argparse
import json
import time
from collections.abc import Callable

import faiss
import torch
from rich.console import Console
from rich.table import Table
from torch.nn.functional import normalize

from bertlab.retrieval.exact import top_k

VECTORS, DIM, QUERIES, K = 100_000, 384, 64, 10
WARM_UP, ROUNDS, GOAL = 1, 20, 0.8
OURS, AS_IT_COMES, TUNED = "ours", "FAISS as it comes", "FAISS with matrices"
MANY_QUERIES = 20
"""From how many numbers in all queries together FAISS multiplies matrices: here from the first query on."""


def make_searches() -> dict[str, Callable[[], tuple]]:
    """What is measured, after a look at whether all find the same."""
    torch.manual_seed(0)
    vectors, queries = (normalize(torch.randn(count, DIM), dim=1) for count in (VECTORS, QUERIES))
    index = faiss.IndexFlatIP(DIM)
    index.add(vectors.numpy())
    faiss.omp_set_num_threads(torch.get_num_threads())
    as_it_comes = faiss.cvar.distance_compute_blas_threshold

    def search(threshold: int) -> tuple:
        faiss.cvar.distance_compute_blas_threshold = threshold
        return index.search(queries.numpy(), K)

    searches: dict[str, Callable[[], tuple]] = {
        OURS: lambda: top_k(queries, vectors, K),
        AS_IT_COMES: lambda: search(as_it_comes),
        TUNED: lambda: search(MANY_QUERIES),
    }
    found = top_k(queries, vectors, K)
    for name in (AS_IT_COMES, TUNED):
        scores, ids = searches[name]()
        torch.testing.assert_close(found.scores, torch.from_numpy(scores), rtol=1e-5, atol=1e-5)
        assert found.ids.tolist() == ids.tolist()
    return searches


def measure(searches: dict[str, Callable[[], tuple]], rounds: int) -> dict[str, float]:
    """Queries per second of each: the fastest of several rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in searches}
    for _ in range(WARM_UP + rounds):
        for name, search in searches.items():
            started = time.perf_counter()
            search()
            seconds[name].append(time.perf_counter() - started)
    return {name: QUERIES / min(column[WARM_UP:]) for name, column in seconds.items()}


def report(speeds: dict[str, float]) -> None:
    """Print the table, and the result as one JSON object."""
    table = Table(title=f"queries/s, {VECTORS:,} x {DIM}, k={K}, {torch.get_num_threads()} thread(s)")
    for heading in ("", "queries/s", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, speed in speeds.items():
        table.add_row(name, f"{speed:,.0f}", f"{speeds[OURS] / speed:.2f}")
    Console().print(table)
    peer = max(speeds[AS_IT_COMES], speeds[TUNED])
    result = {"name": "flat_search", "unit": "queries/s", "ours": round(speeds[OURS]), "peer": round(peer)}
    result |= {"ratio": round(speeds[OURS] / peer, 2), "goal": GOAL}
    print(json.dumps({**result, "ratio_as_it_comes": round(speeds[OURS] / speeds[AS_IT_COMES], 2)}))


def main() -> None:
    """Measure all in turn, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often all are measured (default {ROUNDS})")
    args = parser.parse_args()
    report(measure(make_searches(), args.rounds))


if __name__ == "__main__":
    main()
