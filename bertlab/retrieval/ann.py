"""Approximate search with FAISS: less to compare, or smaller vectors, for hits that are mostly the same.

    index = build_index("hnsw", vectors)
    share_found(index.search(queries, k=10).ids, top_k(unit(queries), unit(vectors), k=10).ids)

FAISS knows no cosine: it is the inner product of vectors of length 1, so with `cosine=True` both sides are scaled here.
"""

from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from bertlab.retrieval.binary import BinaryIndex
from bertlab.retrieval.exact import Hits

KINDS = {
    "flat": "all vectors are compared: exact",
    "ivf": "vectors lie in clusters, and only those nearest to the query are searched",
    "hnsw": "a graph of neighbors, walked towards the query",
    "pq": "each part of a vector is replaced by the number of the nearest of a few examples",
    "sq8": "each number takes one byte instead of four",
    "binary": "each number takes one bit; candidates are looked at again",
}
"""What can be built, and what each saves."""


@dataclass(frozen=True)
class Sizes:
    """What trades quality for time or memory. Example: `Sizes(probes=16)`.

    Attributes:
        clusters, probes: for "ivf", how many clusters there are, and how many are searched.
        neighbors, effort: for "hnsw", edges of each vector, and how many candidates a search keeps (efSearch).
        parts, bits: for "pq", into how many parts a vector is cut, and the bits of each: 2**bits examples are learned.
        candidates: for "binary", how many hits are looked at again, as a multiple of k.
    """

    clusters: int = 16
    probes: int = 4
    neighbors: int = 16
    effort: int = 32
    parts: int = 16
    bits: int = 8
    candidates: int = 4


@dataclass(frozen=True)
class Index:
    """An index that was built, and how to ask it. Example: `build_index("flat", vectors).search(queries, k=5).ids`.

    Attributes:
        kind: one of KINDS.
        cosine: whether queries, as the vectors before, are scaled to length 1.
        built: the index of FAISS, or ours of bits.
        sizes: what it was built with.
    """

    kind: str
    cosine: bool
    built: Any
    sizes: Sizes

    def search(self, queries: Float[Tensor, "queries dim"], k: int) -> Hits:
        """Return k hits for each query; where it finds fewer, -1 fills up. Example: `index.search(queries, k=10)`."""
        queries = unit(queries) if self.cosine else queries
        if self.kind == "binary":
            return self.built.search(queries, k, candidates=k * self.sizes.candidates)
        scores, ids = self.built.search(as_array(queries), k)
        return Hits(torch.from_numpy(scores), torch.from_numpy(ids))

    @property
    def bytes(self) -> int:
        """How large the index is, as a file. Example: `build_index("sq8", vectors).bytes`."""
        if self.kind == "binary":
            return len(faiss.serialize_index_binary(self.built.faiss))
        return len(faiss.serialize_index(self.built))


def unit(vectors: Float[Tensor, "texts dim"]) -> Float[Tensor, "texts dim"]:
    """Scale vectors to length 1; one of zeros stays so. Example: `unit(torch.tensor([[3.0, 4.0]])).norm().item()` is
    `1.0`.
    """
    return normalize(vectors, dim=-1)


def as_array(vectors: Float[Tensor, "texts dim"]) -> np.ndarray:
    """Return vectors as FAISS takes them. Example: `as_array(torch.ones(2, 3)).shape` is `(2, 3)`."""
    return np.ascontiguousarray(vectors.detach().cpu().numpy(), dtype=np.float32)


def build_index(
    kind: str, vectors: Float[Tensor, "texts dim"], cosine: bool = True, sizes: Sizes | None = None
) -> Index:
    """Build an index by its name.

    Example: `build_index("ivf", vectors, sizes=Sizes(clusters=8, probes=2)).search(queries, k=10)`

    Args:
        kind: "flat", "ivf", "hnsw", "pq", "sq8" or "binary".
        vectors: one for each text.
        cosine: scale all to length 1. False leaves lengths as they are: the longest vectors then win, and "hnsw", which
            follows neighbors, can lose most hits.
        sizes: see Sizes.

    Raises:
        ValueError: there is no such kind, its sizes do not fit, or there are too few vectors to learn from.
    """
    sizes = sizes or Sizes()
    check(kind, vectors, sizes)
    vectors = unit(vectors) if cosine else vectors
    if kind == "binary":
        return Index(kind, cosine, BinaryIndex(vectors), sizes)
    factory = {
        "flat": "Flat",
        "ivf": f"IVF{sizes.clusters},Flat",
        "hnsw": f"HNSW{sizes.neighbors},Flat",
        "pq": f"PQ{sizes.parts}x{sizes.bits}",
        "sq8": "SQ8",
    }
    built: Any = faiss.index_factory(vectors.shape[1], factory[kind], faiss.METRIC_INNER_PRODUCT)
    if kind == "ivf":
        built.nprobe, built.cp.min_points_per_centroid = sizes.probes, 1  # check has said what is too few
    if kind == "pq":
        built.pq.cp.min_points_per_centroid = 1
        built.do_polysemous_training = False  # takes hundreds of times as long, for a filter that is not used here
    if kind == "hnsw":
        built.hnsw.efSearch = sizes.effort
    built.train(as_array(vectors))
    built.add(as_array(vectors))
    return Index(kind, cosine, built, sizes)


def check(kind: str, vectors: Float[Tensor, "texts dim"], sizes: Sizes) -> None:
    """Refuse what cannot be built. Example: `check("flat", torch.ones(3, 8), Sizes())`."""
    count, dim = vectors.shape
    if kind not in KINDS:
        raise ValueError(f"there is no index {kind!r}: take one of {', '.join(KINDS)}")
    if not torch.isfinite(vectors).all():
        raise ValueError("vectors hold NaN or infinity: see which text made them")
    if kind == "pq" and dim % sizes.parts:
        raise ValueError(f"{dim} dimensions cannot be cut into {sizes.parts} equal parts: take parts that divide {dim}")
    if kind == "pq" and not 4 <= sizes.bits <= 12:
        raise ValueError(f"{sizes.bits} bits for each part: FAISS takes 4 to 12")
    needed = {"ivf": sizes.clusters, "pq": 2**sizes.bits}.get(kind, 1)
    if count < needed:
        cure = {"ivf": "take fewer clusters", "pq": "take fewer bits"}.get(kind, "give some texts")
        raise ValueError(f'{count} vectors are too few for "{kind}", which needs {needed}: {cure}, or take "flat"')


def share_found(found: Int[Tensor, "queries k"], exact: Int[Tensor, "queries k"]) -> float:
    """Return the share of the exact hits that were found: the recall of an index, whatever is relevant.

    Example: `share_found(torch.tensor([[4, 1, 7]]), torch.tensor([[1, 2, 4]]))` is `2 / 3`.
    """
    return (exact[:, :, None] == found[:, None, :]).any(dim=2).float().mean().item()
