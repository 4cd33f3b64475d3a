"""What goes wrong when parameters are sorted by their names. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

Groups = tuple[list[str], list[str]]


def lets_layer_norm_decay(names: list[str]) -> Groups:
    """The weight of a LayerNorm is among those that decay, and should not be: it is a scale close to 1, and decay would
    pull it to 0. Its name ends in `LayerNorm.weight`."""
    return _split(names, _is_bias)


def lets_biases_decay(names: list[str]) -> Groups:
    """The biases are among those that decay, and should not be, whichever layer they belong to: their names end in
    `.bias`."""
    return _split(names, _is_layer_norm)


def spares_embeddings(names: list[str]) -> Groups:
    """You spare the embeddings. An embedding table is a matrix like any other, and decays; only the LayerNorm behind it
    does not."""
    return _split(names, lambda name: _is_spared(name) or "embeddings" in name)


def swaps_the_groups(names: list[str]) -> Groups:
    """Your two lists are the right ones, in the wrong order: first those that decay, then those that don't."""
    decayed, spared = _split(names, _is_spared)
    return spared, decayed


def looks_for_bias_anywhere(names: list[str]) -> Groups:
    """You spare every name with `bias` somewhere in it, and so a matrix like `relative_attention_bias.weight`. Only the
    *last* part of a name says whether it is a bias."""
    return _split(names, lambda name: "bias" in name or _is_layer_norm(name))


def looks_for_both_anywhere(names: list[str]) -> Groups:
    """You spare every name with `bias` or `LayerNorm` somewhere in it, and so the matrices of layers that are only
    called like that, `debias.weight` or `LayerNormalizer.weight`. Compare whole parts, at the end of the name."""
    return _split(names, lambda name: "bias" in name or "LayerNorm" in name)


def sorts_the_names(names: list[str]) -> Groups:
    """The right names are in each list, but sorted. Keep them in the order in which they came: an optimizer that is
    saved and loaded knows its parameters by their places."""
    decayed, spared = _split(names, _is_spared)
    return sorted(decayed), sorted(spared)


def drops_the_head(names: list[str]) -> Groups:
    """The classifier is in neither list, and so would never be trained. Every name that you are given belongs to one of
    the two."""
    return _split([name for name in names if not name.startswith("classifier")], _is_spared)


def _is_bias(name: str) -> bool:
    return name.endswith(".bias")


def _is_layer_norm(name: str) -> bool:
    return name.endswith(".LayerNorm.weight")


def _is_spared(name: str) -> bool:
    return _is_bias(name) or _is_layer_norm(name)


def _split(names: list[str], is_spared: Callable[[str], bool]) -> Groups:
    """Return the names that decay, and those that are spared."""
    return [name for name in names if not is_spared(name)], [name for name in names if is_spared(name)]
