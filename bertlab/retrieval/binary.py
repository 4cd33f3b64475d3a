"""One bit for each dimension: an index 32 times smaller, and a second look at what it finds.

Yamada et al. 2021 (arXiv:2106.00882), section 3: candidates by Hamming distance, then the query in full precision.
"""

import faiss
import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from bertlab.retrieval.exact import Hits


def to_bits(vectors: Float[Tensor, "texts dim"]) -> UInt8[Tensor, "texts bytes"]:
    """Keep the sign of each number, eight to a byte: 1 for what is above 0.

    Example: `to_bits(torch.tensor([[0.3, -2.0, 0.0, 1.0]])).tolist()` is `[[0b10010000]]`.
    """
    return torch.from_numpy(np.packbits(vectors.cpu().numpy() > 0, axis=1))


def to_signs(bits: UInt8[Tensor, "texts bytes"], dim: int) -> Float[Tensor, "texts dim"]:
    """Return what bits still say of their vectors: 1 or -1. Example: `to_signs(torch.tensor([[144]],
    dtype=torch.uint8), dim=4).tolist()` is `[[1.0, -1.0, -1.0, 1.0]]`.
    """
    return torch.from_numpy(np.unpackbits(bits.numpy(), axis=1, count=dim)).float() * 2 - 1


class BinaryIndex:
    """Bits in an index of FAISS that compares them all.

    Example: `BinaryIndex(vectors).search(queries, k=10, candidates=40)`
    """

    def __init__(self, vectors: Float[Tensor, "texts dim"]) -> None:
        self.dim = vectors.shape[1]
        self.bits = to_bits(vectors)
        self.faiss = faiss.IndexBinaryFlat(8 * self.bits.shape[1])
        self.faiss.add(self.bits.numpy())

    def search(
        self,
        queries: Float[Tensor, "queries dim"],
        k: int,
        candidates: int | None = None,
        vectors: Float[Tensor, "texts dim"] | None = None,
    ) -> Hits:
        """Find the k nearest bits, or look again at more candidates.

        Args:
            queries: in full precision.
            k: how many to return.
            candidates: how many to take by Hamming distance and to order by inner product with the query; None takes k,
                and their scores are minus the number of bits that differ.
            vectors: what to take that product with: None takes the signs, which the index has; all vectors in full
                precision order better, but must be kept, on a disk for instance.
        """
        many = min(max(k, candidates or k), self.faiss.ntotal)
        distances, ids = self.faiss.search(to_bits(queries).numpy(), many)
        found = torch.from_numpy(ids).long()
        if candidates is None:
            return Hits(-torch.from_numpy(distances).float(), found)
        if vectors is None:  # only what is needed: to unpack all bits takes longer than to compare them
            return rescore(queries, found, to_signs(self.bits[found.flatten()], self.dim).view(*found.shape, -1), k)
        return rescore(queries, found, vectors[found], k)


def rescore(
    queries: Float[Tensor, "queries dim"],
    ids: Int[Tensor, "queries candidates"],
    vectors: Float[Tensor, "queries candidates dim"],
    k: int,
) -> Hits:
    """Order the candidates of each query by inner product, and keep the k best.

    Example: `rescore(torch.ones(1, 1), torch.tensor([[0, 2]]), torch.tensor([[[1.0], [3.0]]]), 1).ids.item()` is `2`.
    """
    scores = torch.einsum("qd,qcd->qc", queries, vectors)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return Hits(scores[:, :k], ids.gather(1, order[:, :k]))
