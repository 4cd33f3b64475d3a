"""What goes wrong when parameters are sorted by their names. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

Groups = tuple[list[str], list[str]]


def lets_layer_norm_decay(names: list[str]) -> Groups:
    """The weight of a LayerNorm is among those that decay, and should not be: it is a scale close to 1, and decay would
    pull it to 0. Its name ends in `LayerNorm.weight`, written with a capital L and a capital N."""
    return _split(names, _is_bias)


def lets_biases_decay(names: list[str]) -> Groups:
    """The biases are among those that decay, and should not be, whichever layer they belong to: their names end in
    `.bias`."""
    return _split(names, _is_layer_norm)


def spares_embeddings(names: list[str]) -> Groups:
    """You spare the embeddings. An embedding table is a matrix like any other, and decays; only the LayerNorm behind it
    does not."""
    return _split(names, lambda name: _is_spared(name) or "embeddings" in name)


def spares_the_head(names: list[str]) -> Groups:
    """You spare the classifier. Only its bias is spared: its weight is a matrix, new as it is, and decays like any
    other."""
    return _split(names, lambda name: _is_spared(name) or name.startswith("classifier"))


def swaps_the_groups(names: list[str]) -> Groups:
    """Your two lists are the right ones, in the wrong order: first those that decay, then those that don't."""
    decayed, spared = _split(names, _is_spared)
    return spared, decayed


def looks_for_bias_anywhere(names: list[str]) -> Groups:
    """You spare every name with `bias` somewhere in it, and so a matrix like `relative_attention_bias.weight`. Only the
    *last* part of a name says whether it is a bias."""
    return _split(names, lambda name: "bias" in name or _is_layer_norm(name))


def looks_for_layer_norm_anywhere(names: list[str]) -> Groups:
    """You spare every name with `LayerNorm` somewhere in it. All is right in BERT itself, but the matrix of a layer
    that is only called like that, `LayerNormalizer.weight`, has to decay. Compare whole parts of the name: it ends in
    `.LayerNorm.weight`."""
    return _split(names, lambda name: _is_bias(name) or "LayerNorm" in name)


def looks_for_both_anywhere(names: list[str]) -> Groups:
    """You spare every name with `bias` or `LayerNorm` somewhere in it, and so the matrices of layers that are only
    called like that, `debias.weight` or `LayerNormalizer.weight`. Compare whole parts, at the end of the name."""
    return _split(names, lambda name: "bias" in name or "LayerNorm" in name)


def _is_bias(name: str) -> bool:
    return name.endswith(".bias")


def _is_layer_norm(name: str) -> bool:
    return name.endswith(".LayerNorm.weight")


def _is_spared(name: str) -> bool:
    return _is_bias(name) or _is_layer_norm(name)


def _split(names: list[str], is_spared: Callable[[str], bool]) -> Groups:
    """Return the names that decay, and those that are spared."""
    return [name for name in names if not is_spared(name)], [name for name in names if is_spared(name)]
