"""Likely mistakes in counting the parameters of a layer. See `bertlab.exercises.mistakes`."""

Counts = dict[str, int]


def forgets_biases(hidden_size: int, intermediate_size: int) -> Counts:
    """You count the matrices without their biases. A linear layer has one for each output, in all six of them."""
    return _counts(hidden_size, intermediate_size, biases=0)


def forgets_layer_norms(hidden_size: int, intermediate_size: int) -> Counts:
    """You leave out the LayerNorms. Each half of the layer ends in one, with a scale and a shift for each number:
    2 · hidden_size."""
    return _counts(hidden_size, intermediate_size, norms=(0, 0))


def counts_one_layer_norm(hidden_size: int, intermediate_size: int) -> Counts:
    """You count one LayerNorm in a layer. There are two: attention ends in one, the feed-forward network in another."""
    return _counts(hidden_size, intermediate_size, norms=(0, 2))


def counts_scales_without_shifts(hidden_size: int, intermediate_size: int) -> Counts:
    """You count hidden_size numbers for a LayerNorm. It has a scale *and* a shift for each: 2 · hidden_size."""
    return _counts(hidden_size, intermediate_size, norms=(1, 1))


def forgets_the_output_projection(hidden_size: int, intermediate_size: int) -> Counts:
    """You count query, key and value. A fourth matrix mixes what the heads have found: `attention.output.dense`."""
    return _counts(hidden_size, intermediate_size, projections=3)


def forgets_biases_and_layer_norms(hidden_size: int, intermediate_size: int) -> Counts:
    """Those are the matrices, 4·d² and 2·d·f: nearly all, and good for an estimate. To be exact, add a bias for each
    output of the six linear layers, and 2 · hidden_size for each of the two LayerNorms."""
    return _counts(hidden_size, intermediate_size, biases=0, norms=(0, 0))


def gives_both_linear_layers_the_same_biases(hidden_size: int, intermediate_size: int) -> Counts:
    """You count hidden_size biases for both layers of the feed-forward network. A linear layer has one for each of its
    outputs: the layer that leads up has intermediate_size of them."""
    counts = _counts(hidden_size, intermediate_size)
    return counts | {"feed-forward": counts["feed-forward"] + hidden_size - intermediate_size}


def takes_four_times_the_width(hidden_size: int, intermediate_size: int) -> Counts:
    """You take 4 · hidden_size for the inner width. So it is in BERT's own sizes; use `intermediate_size`."""
    return _counts(hidden_size, 4 * hidden_size)


def _counts(
    width: int, inner: int, *, projections: int = 4, biases: int = 1, norms: tuple[int, int] = (2, 2)
) -> Counts:
    """Count as many of each as is asked for; `norms` has numbers per unit of width, in either half."""
    return {
        "attention": projections * (width * width + biases * width) + norms[0] * width,
        "feed-forward": 2 * width * inner + biases * (width + inner) + norms[1] * width,
    }
