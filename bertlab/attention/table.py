"""Attention in words: for each token, where one head looks most. The text form of every view of attention."""

from collections.abc import Sequence
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from bertlab.attention.reading import attention_entropy


class Look(NamedTuple):
    """Where one token looks most, with which weight, and how spread out its whole attention is (in nats).

    Example: `Look("tea", "[SEP]", weight=0.41, entropy=1.83)`
    """

    query: str
    key: str
    weight: float
    entropy: float


def strongest_looks(weights: Float[Tensor, "query key"], tokens: Sequence[str]) -> list[Look]:
    """Return one row for each token: the key that gets most of its attention.

    Example: `strongest_looks(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), ["a", "b"])[0]` is `("a", "b", 1.0, 0.0)`.

    Raises:
        ValueError: there are more or fewer weights than tokens.
    """
    if weights.shape != (len(tokens), len(tokens)):
        raise ValueError(f"weights of shape {tuple(weights.shape)} are not those of {len(tokens)} tokens")
    highest, places = weights.max(dim=-1)
    columns = highest.tolist(), places.tolist(), attention_entropy(weights).tolist()
    return [
        Look(query, tokens[place], weight, abs(entropy))  # abs turns -0.0 into 0.0
        for query, weight, place, entropy in zip(tokens, *columns, strict=True)
    ]


def as_text(looks: Sequence[Look]) -> str:
    """Write the rows as a table in plain text.

    Example: the first lines may be "token  looks most at  weight  entropy" and "tea    [SEP]            41 %     1.83".
    """
    rows = [("token", "looks most at", "weight", "entropy")]
    rows += [(look.query, look.key, f"{look.weight:.0%}".replace("%", " %"), f"{look.entropy:.2f}") for look in looks]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([query.ljust(widths[0]), key.ljust(widths[1]), weight.rjust(widths[2]), entropy.rjust(widths[3])])
        for query, key, weight, entropy in rows
    )
