"""Approximate search on 100,000 vectors, three ways to represent a text, and answers read in what was found.

    python -m bertlab.retrieval.experiment

writes data/results/retrieval.csv, in about two and a half hours on one busy core, of which the first ten minutes go by
until all chunks are embedded. Of an index it says what it finds, how fast, how large, and by which turn of its knob.
All belongs to the embedded BERT, whichever checkpoint is set, and each row names the weights that it was measured on.
After a new training the same command measures everything again.

What is searched are overlapping chunks of the course's texts; what is asked are its questions, and chunks that are not
in the index. Speed is a multiple of that of flat search, measured in turn on one thread, so that it means the same on
other machines; flat search is much faster for a hundred queries at once than for one by one, and so there are two
figures. ScaNN is measured where it is installed.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits
from torch import Tensor

from bertlab.checkpoints import fingerprint
from bertlab.experiments.groups import Groups, measure_in, runs_in
from bertlab.experiments.record import Results
from bertlab.retrieval import index_file
from bertlab.retrieval.ann import Sizes, build_index, share_found, unit
from bertlab.retrieval.answering import READ, measure_answers
from bertlab.retrieval.collection import load_collection
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.knobs import BY_NAME, CLUSTERS, WAYS
from bertlab.retrieval.many_chunks import many_chunks
from bertlab.retrieval.scann_index import MISSING, build_scann, is_installed
from bertlab.retrieval.three_ways import NAMES, measure_way
from bertlab.sentence_bert.adapter import sentence_encoder
from bertlab.sentence_embeddings.encode import embed

results = Results("retrieval")
COUNT, HELD_OUT = 100_000, 770
K = 10
AT_ONCE = 100
"""So many queries are asked in one call; for the other figure, one."""
ROUNDS = 3
ONE_IN = 10
"""One by one, only each tenth query is asked."""
Vectors = Float[Tensor, "texts dim"]
Queries = Float[Tensor, "queries dim"]


@cache
def asked() -> tuple[list[str], list[str]]:
    """Return the chunks of the index, and the queries: first the questions, then chunks held out.

    Example: `asked()[1][0]`
    """
    chunks = many_chunks(COUNT + HELD_OUT)
    questions = [question.question for question in load_collection().questions]
    return chunks[:COUNT], questions + chunks[COUNT:]


@cache
def embedded() -> tuple[Vectors, Queries]:
    """Return the vectors of chunks and queries by the course's encoder, as long as they come.

    Example: `embedded()[0].shape`

    They are kept in the system's folder for temporary files, so that a run that was stopped goes on soon.
    """
    chunks, queries = asked()
    model, tokenizer = sentence_encoder()
    made = index_file.Made(index_file.fingerprint(model, tokenizer), "mean", False, index_file.digest(chunks + queries))
    path = Path(tempfile.gettempdir()) / f"bertlab-retrieval-{made.model}.safetensors"
    try:
        vectors = index_file.load_vectors(path, made)
    except index_file.IndexFileError:
        vectors = embed(model, tokenizer, chunks + queries)
        index_file.save_vectors(path, vectors, made)
    return vectors[: len(chunks)], vectors[len(chunks) :]


@cache
def of_lengths(lengths: str) -> tuple[Vectors, Queries]:
    """Return vectors of one of three kinds of lengths, and the queries, whose own lengths change no ranking.

    Example: `of_lengths("unit")[0].norm(dim=1)` is all ones.
    """
    vectors, queries = embedded()
    if lengths == "log-normal":
        drawn = torch.randn(len(vectors), 1, generator=torch.Generator().manual_seed(0)).exp()
        return unit(vectors) * drawn, unit(queries)
    return unit(vectors) if lengths == "unit" else vectors, unit(queries)


@cache
def exact(lengths: str) -> Int[Tensor, "queries k"]:
    """Return what is to be found: by cosine for "unit", else by inner product. Example: `exact("unit").shape`"""
    vectors, queries = of_lengths(lengths)
    return top_k(queries, vectors, K).ids


def build(name: str, value: int | None) -> tuple[Any, float]:
    """Build an index, and say how many seconds it took. Example: `build("pq", 12)[1]`"""
    way, vectors = WAYS[name], of_lengths(WAYS[name].lengths)[0]
    started = time.process_time()
    if way.kind == "scann":
        index: Any = build_scann(vectors, CLUSTERS)
    else:
        sizes = Sizes(clusters=CLUSTERS, **({} if value is None else {way.size: value}))
        index = build_index(way.kind, vectors, way.lengths == "unit", sizes)
    return index, time.process_time() - started


flat = cache(lambda: build("flat", None)[0])
built = lru_cache(maxsize=1)(build)


def turned(name: str, value: int | None) -> tuple[Any, float]:
    """Return an index with its knob turned, and the seconds to build it; built anew only if the knob asks for it.

    Example: `turned("hnsw", 64)[0].search(queries, k=10)`
    """
    way = WAYS[name]
    index, seconds = built(name, value if way.size == "parts" else way.values[0])
    if way.kind == "ivf":
        index.built.nprobe = value
    if way.kind == "hnsw":
        index.built.hnsw.efSearch = value
    if way.kind == "scann":
        return replace(index, searched=value), seconds
    return replace(index, sizes=replace(index.sizes, **({} if value is None else {way.size: value}))), seconds


def search(index: Any, queries: Queries, full: Vectors | None = None, at_once: int = AT_ONCE) -> Tensor:
    """Ask so many queries at once; of bits, by full vectors if there are any. Example: `search(flat(), queries)`"""
    parts = queries.split(at_once)
    if full is None:
        return torch.cat([index.search(part, K).ids for part in parts])
    many = K * index.sizes.candidates
    return torch.cat([index.built.search(unit(part), K, candidates=many, vectors=full).ids for part in parts])


def times_flat(index: Any, queries: Queries, full: Vectors | None, at_once: int) -> float:
    """Return how many times as fast as flat search an index is: the fastest of several rounds of each, in turn.

    Example: `times_flat(flat(), queries, None, at_once=1)` is about 1.
    """
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for of_flat in (True, False):
            started = time.process_time()  # what other programs do meanwhile does not count
            search(flat() if of_flat else index, queries, None if of_flat else full, at_once)
            seconds[of_flat].append(time.process_time() - started)
    return min(seconds[True]) / min(seconds[False])


def measure_ann(name: str, seed: int) -> dict[str, float]:
    """Measure one index at one turn of its knob. Example: `measure_ann("ivf, 4", 0)["share found"]`"""
    way_name, value = BY_NAME[name]
    way = WAYS[way_name]
    vectors, queries = of_lengths(way.lengths)
    full = vectors if way.full else None
    with threadpool_limits(1):  # FAISS brings a BLAS of its own, which PyTorch's setting does not reach
        index, seconds = turned(way_name, value)
        found, expected = search(index, queries, full), exact(way.lengths)
        few = len(queries) - HELD_OUT
        return {
            "share found": share_found(found, expected),
            "share found, questions": share_found(found[:few], expected[:few]),
            "times flat": times_flat(index, queries, full, AT_ONCE),
            "times flat, one by one": times_flat(index, queries[::ONE_IN], full, 1),
            "bytes per vector": index.bytes / len(vectors) + (4 * vectors.shape[1] if way.full else 0),
            "build seconds": seconds,
        }


GROUPS: Groups = {
    "ann": (measure_ann, tuple(BY_NAME), 1),
    "represent": (measure_way, NAMES, 5),
    "answer": (measure_answers, tuple(READ), 3),
}


def runs() -> Iterator[tuple[str, int]]:
    """Yield all that is measured here: setting and seed. Example: `("ann, hnsw, 64", 0) in list(runs())`

    ScaNN only where it is installed; what is not trained only once.
    """
    for setting, seed in runs_in(GROUPS):
        if (is_installed() or not setting.startswith("ann, scann")) and not (
            seed and setting.endswith(("untrained", "shifted"))
        ):
            yield setting, seed


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Measure one setting. Example: `measure("ann, ivf, 4", 0)["times flat"]`"""
    return measure_in(GROUPS, setting, seed)


if __name__ == "__main__":
    if not is_installed():
        print(MISSING)
    results.record(runs(), measure, fingerprint())
