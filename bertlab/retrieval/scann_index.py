"""ScaNN, Google's index: clusters, parts replaced by examples, and the best candidates compared in full precision.

    if is_installed():
        build_scann(vectors).search(queries, k=10)

Guo et al. 2020 (arXiv:1908.10396). FAISS's "ivf" and "pq" in one, with examples chosen so that the inner products that
matter, the large ones, come out right. Its wheel is made for Linux on x86-64 only, so the course does not install it.
"""

import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.retrieval.ann import as_array, unit
from bertlab.retrieval.exact import Hits

MISSING = "ScaNN is not installed: pip install scann (a wheel for Linux on x86-64 only), or take another kind of index"
FEWEST = 16
"""Vectors, from which the 16 examples for each part are learned."""


@dataclass(frozen=True)
class ScannIndex:
    """An index of ScaNN, and how to ask it. Example: `build_scann(vectors).search(queries, k=5).ids`.

    Attributes:
        built: what ScaNN built.
        searched: in how many clusters a search looks: the knob, which may be changed afterwards by
            `dataclasses.replace`.
        candidates: how many hits are compared in full precision, as a multiple of k.
    """

    built: Any
    searched: int
    candidates: int

    def search(self, queries: Float[Tensor, "queries dim"], k: int) -> Hits:
        """Return k hits for each query by cosine; where it finds fewer, -1 fills up.

        Example: `index.search(queries, k=10)`
        """
        ids, scores = self.built.search_batched(
            as_array(unit(queries)),
            final_num_neighbors=k,
            pre_reorder_num_neighbors=k * self.candidates,
            leaves_to_search=self.searched,
        )
        missing = np.isnan(scores)
        return Hits(
            torch.from_numpy(np.where(missing, -np.inf, scores)),
            torch.from_numpy(np.where(missing, -1, ids.astype(np.int64))),
        )

    @property
    def bytes(self) -> int:
        """How large the index is, as files. Example: `build_scann(vectors).bytes`."""
        with tempfile.TemporaryDirectory() as folder:
            self.built.serialize(folder)
            return sum(path.stat().st_size for path in Path(folder).iterdir())


def is_installed() -> bool:
    """Say whether ScaNN can be imported here. Example: `is_installed()` may be `False`."""
    return find_spec("scann") is not None


def build_scann(
    vectors: Float[Tensor, "texts dim"], clusters: int = 16, searched: int = 4, candidates: int = 10
) -> ScannIndex:
    """Build an index of vectors scaled to length 1.

    Example: `build_scann(vectors, clusters=8, searched=2).search(queries, k=10)`

    ImportError if ScaNN is not installed; ValueError if there are too few vectors to learn from.
    """
    if not is_installed():
        raise ImportError(MISSING)
    if len(vectors) < max(clusters, FEWEST):
        raise ValueError(
            f"{len(vectors)} vectors are too few for {clusters} clusters: give at least {max(clusters, FEWEST)}"
        )
    from scann import scann_ops_pybind

    builder = scann_ops_pybind.builder(as_array(unit(vectors)), 10, "dot_product").set_n_training_threads(1)
    builder = builder.tree(clusters, searched, training_sample_size=len(vectors))
    # two dimensions for each part of 4 bits, and the threshold: as in ScaNN's own instructions
    builder = builder.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(10 * candidates)
    return ScannIndex(builder.build(), searched, candidates)
