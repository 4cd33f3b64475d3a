"""Likely mistakes in finding where attention costs as much as the rest. See `bertlab.exercises.mistakes`."""


def takes_six_times_the_width(hidden_size: int, intermediate_size: int) -> int:
    """That is 6 · hidden_size, which is right where the inner size is 4 · hidden_size. Use `intermediate_size`."""
    return 6 * hidden_size


def forgets_the_feed_forward_network(hidden_size: int, intermediate_size: int) -> int:
    """You compare with query, key, value and output alone. The feed-forward network is a part of the rest, and the
    larger one: 4 · h · f operations."""
    return 2 * hidden_size


def forgets_the_projections(hidden_size: int, intermediate_size: int) -> int:
    """You compare with the feed-forward network alone. Query, key, value and output belong to the rest, too: 8 · h²."""
    return intermediate_size


def forgets_the_output_projection(hidden_size: int, intermediate_size: int) -> float:
    """You count three matrices of h × h. A fourth one mixes what the heads gathered: `attention.output.dense`."""
    return 1.5 * hidden_size + intermediate_size


def counts_one_feed_forward_matrix(hidden_size: int, intermediate_size: int) -> float:
    """You count one matrix of h × f. The feed-forward network has two: up to f, and back."""
    return 2 * hidden_size + intermediate_size / 2


def counts_scores_alone(hidden_size: int, intermediate_size: int) -> int:
    """You count the scores, 2 · T · h, and leave out the weighted mean of the values, which costs as much again."""
    return 4 * hidden_size + 2 * intermediate_size


def counts_products_on_one_side(hidden_size: int, intermediate_size: int) -> float:
    """One side counts a multiplication and an addition as two operations, the other as one. Take two on both."""
    return hidden_size + intermediate_size / 2
