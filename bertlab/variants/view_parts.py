"""DeBERTa's scores of one head, taken apart: a panel for each part, and how striped it is."""

from collections.abc import Mapping, Sequence

import torch
from IPython.display import HTML
from jaxtyping import Float
from torch import Tensor

from bertlab.views.figures import show, subplots

TITLES = {"c2c": "content → content", "c2p": "content → position", "p2c": "position → content"}


def stripes(scores: Float[Tensor, "seq seq"]) -> tuple[float, float]:
    """Return which share of the variance lies between columns, and which between diagonals.

    Example: `stripes(torch.tensor([[1.0, 2.0], [1.0, 2.0]]))` is `(1.0, 0.5)`.

    A column is one token, whoever looks at it; a diagonal is one distance. Numbers drawn at random give about
    1 / seq and 2 / seq.
    """
    seq = len(scores)
    column = torch.arange(seq).expand(seq, seq)
    distance = column.T - column + seq
    whole = (scores - scores.mean()).square().sum()
    shares = []
    for group in (column, distance):
        means = torch.stack(
            [scores[group == g].mean() if (group == g).any() else scores.mean() for g in range(2 * seq)]
        )
        shares.append(((means[group] - scores.mean()).square().sum() / whole).item())
    return shares[0], shares[1]


def show_parts(parts: Mapping[str, Float[Tensor, "seq seq"]], words: Sequence[str]) -> HTML:
    """Draw what `score_parts` returns: a row for each word that looks, a column for each that is seen.

    Example: `show_parts(score_parts(model, input_ids, layer=0, head=0), ["[CLS]", "a", "dog", "[SEP]"])`
    """
    figure, axes = subplots(1, len(parts), width=8, height=3.2, sharey=True)
    places = range(len(words))
    told = []
    for axis, (name, part) in zip(axes, parts.items(), strict=True):
        axis.imshow(part.numpy(), cmap="cividis")
        axis.set_title(TITLES[name])
        axis.grid(False)
        axis.set_xticks(places, words, rotation=90, fontsize=7)
        columns, diagonals = stripes(part)
        told.append(f"{TITLES[name]}: {columns:.0%} of the variance between columns, {diagonals:.0%} between diagonals")
    axes[0].set_yticks(places, words, fontsize=7)
    return show(figure, f"Scores of one head for '{' '.join(words)}', bright is high. {'; '.join(told)}.")
