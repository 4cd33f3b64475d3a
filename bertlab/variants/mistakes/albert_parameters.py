"""What goes wrong when the parameters of an ALBERT are counted. See `bertlab.exercises.mistakes`."""


def forgets_the_projection(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You count narrow embeddings, and nothing that makes them wide: the first layer could not read them. The matrix
    that leads from E to H, with its bias, is the other half of the factorization: V·E + E·H + H."""
    return vocab_size * embedding_size + _layer(hidden_size, intermediate_size)


def counts_the_layer_num_layers_times(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You count the layer once for each time that it is applied. All layers are the same one, whose weights are kept
    once: more layers take more time, and not one parameter more."""
    return _words(vocab_size, embedding_size, hidden_size) + num_layers * _layer(hidden_size, intermediate_size)


def embeds_words_in_the_full_width(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You share the layers, but your word embeddings are hidden_size wide, as BERT's are: V·H. ALBERT's are
    embedding_size wide, and a projection leads to hidden_size: V·E + E·H + H."""
    return vocab_size * hidden_size + _layer(hidden_size, intermediate_size)


def counts_a_bert(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """That is a BERT of these sizes: words as wide as the encoder, and every layer with weights of its own. ALBERT
    saves at both: the words are narrow and then projected, and all layers are the same one."""
    return vocab_size * hidden_size + num_layers * _layer(hidden_size, intermediate_size)


def forgets_the_bias_of_the_projection(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You are hidden_size short: the projection of the embeddings is a linear layer with a bias, E·H + H."""
    words = vocab_size * embedding_size + embedding_size * hidden_size
    return words + _layer(hidden_size, intermediate_size)


def forgets_biases(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You count the matrices without their biases. All seven linear layers, the projection and the six of the layer,
    have one for each output."""
    words = vocab_size * embedding_size + embedding_size * hidden_size
    return words + _layer(hidden_size, intermediate_size, biases=0)


def forgets_layer_norms(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You leave out the two LayerNorms of the layer. Each has a scale and a shift for each of the hidden_size numbers:
    4·H together."""
    return _words(vocab_size, embedding_size, hidden_size) + _layer(hidden_size, intermediate_size, norms=0)


def counts_the_way_back_down(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """You also count a linear layer from hidden_size back to embedding_size, H·E + E. ALBERT has one, but in the head
    for masked words, and heads were left out here."""
    down = hidden_size * embedding_size + embedding_size
    return _words(vocab_size, embedding_size, hidden_size) + down + _layer(hidden_size, intermediate_size)


def _words(vocab_size: int, narrow: int, wide: int) -> int:
    return vocab_size * narrow + narrow * wide + wide


def _layer(width: int, inner: int, *, biases: int = 1, norms: int = 2) -> int:
    """Count a layer, with `biases` for each output and so many LayerNorms."""
    attention = 4 * (width * width + biases * width)
    return attention + 2 * width * inner + biases * (width + inner) + norms * 2 * width
