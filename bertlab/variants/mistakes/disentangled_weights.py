"""What goes wrong when content and position look for each other. See `bertlab.exercises.mistakes`."""

import math

from torch import Tensor


def divides_by_root_d(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    """You divide by √d, as where there is one product. Here three are added, whose variance is 3d if each number has
    the variance 1: by √d, the scores are √3 times as wide as they should be, and the softmax too sharp."""
    return (_scores(query, key, position_key, position_query) * math.sqrt(3)).softmax(dim=-1)


def adds_positions_after_the_softmax(
    query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor
) -> Tensor:
    """You take the softmax of content → content and add the two position terms to its weights. Rows then no longer
    have the sum 1, and weights can be negative. Add scores to scores, and take the softmax of the sum."""
    root = math.sqrt(3 * query.shape[-1])
    positions = _c2p(query, position_key) + _p2c(key, position_query)
    return (query @ key.T / root).softmax(dim=-1) + positions / root


def leaves_out_position_to_content(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    """You have content → content and content → position only. The third part is missing: what the distance looks for,
    `position_query[i, j]`, times the key of token j."""
    return _softmax(query @ key.T + _c2p(query, position_key), query)


def gives_distances_the_query_of_the_column(
    query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor
) -> Tensor:
    """Your content → position multiplies the key of the distance i − j by query j, where the token that looks is i.
    (seq, d) times (seq, seq, d) lines its rows up with j by itself: `query[:, None]` lines them up with i."""
    c2p = (query * position_key).sum(-1)
    return _softmax(query @ key.T + c2p + _p2c(key, position_query), query)


def turns_the_distance_round(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    """Your position → content looks up the distance j − i: `position_query[j, i]` times key j. So it is printed in the
    paper's equation 4, but the published weights were trained with i − j in both parts."""
    return _softmax(query @ key.T + _c2p(query, position_key) + _p2c(key, position_query.transpose(0, 1)), query)


def leaves_out_content_to_position(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    """You have content → content and position → content only. The second part is missing: the query of token i times
    what the distance offers, `position_key[i, j]`."""
    return _softmax(query @ key.T + _p2c(key, position_query), query)


def takes_the_softmax_over_queries(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    """Your softmax goes down the columns, over the queries. Each token that looks shares out its own attention: every
    row must have the sum 1, which is `dim=-1`."""
    return _scores(query, key, position_key, position_query).softmax(dim=0)


def forgets_to_scale(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    """Your three parts are right, but not divided by √(3d). The wider the vectors, the larger their products, until the
    softmax gives nearly everything to a single key."""
    return (_scores(query, key, position_key, position_query) * math.sqrt(3 * query.shape[-1])).softmax(dim=-1)


def _c2p(query: Tensor, position_key: Tensor) -> Tensor:
    return (query[:, None] * position_key).sum(-1)


def _p2c(key: Tensor, position_query: Tensor) -> Tensor:
    return (position_query * key).sum(-1)


def _scores(query: Tensor, key: Tensor, position_key: Tensor, position_query: Tensor) -> Tensor:
    parts = query @ key.T + _c2p(query, position_key) + _p2c(key, position_query)
    return parts / math.sqrt(3 * query.shape[-1])


def _softmax(parts: Tensor, query: Tensor) -> Tensor:
    return (parts / math.sqrt(3 * query.shape[-1])).softmax(dim=-1)
