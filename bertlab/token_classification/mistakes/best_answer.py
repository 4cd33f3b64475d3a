"""What goes wrong when an answer is read off the logits of its ends. See `bertlab.exercises.mistakes`."""

from collections.abc import Iterator
from math import inf

from torch import Tensor

Span = tuple[int, int]


def chooses_the_ends_apart(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You take the best start and the best end, each by itself. Together they may be no span: the end before the start,
    or far behind it. Score pairs that are allowed, and take the best pair."""
    return int(start.argmax()), int(end.argmax())


def gives_up_where_the_ends_do_not_fit(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You take the best start and the best end, each by itself, and return None where they are no span together. Then
    another pair may still score higher than [CLS]: score all pairs that are allowed, and take the best one."""
    first, last = int(start.argmax()), int(end.argmax())
    return (first, last) if 0 <= last - first < longest else None


def fixes_the_start_first(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You choose the best start for good, then the best end for it. A start that is a little worse may have a far
    better end: it is the sum that counts, over all pairs."""
    first = passage_from + int(start[passage_from:].argmax())
    last = first + int(end[first : first + longest].argmax())
    return None if _null(start, end) > _score(start, end, (first, last)) else (first, last)


def allows_too_many_pieces(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Some of your spans have more pieces than `longest`. Both ends are included, so that a span of one piece begins
    and ends at the same place: `last - first` is at most `longest - 1`."""
    return _best(start, end, passage_from, len(start))


def misses_the_longest_spans(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You never look at a span of exactly `longest` pieces, which is allowed. If the last piece comes from a `range`,
    its end is left out: let it be `first + longest`."""
    return _best(start, end, passage_from, longest - 1)


def begins_at_a_score_of_0(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """No span whose score is below 0 can win in yours, as if the best so far began at 0. Logits may all be negative:
    begin at `-math.inf`, or at the score of [CLS]."""
    return _best(start, end, passage_from, longest, least=0.0)


def answers_from_the_question(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your spans may lie in the question, whose words are often just those that a model points at. The answer is to
    come from the passage: both ends at `passage_from` or later."""
    return _best(start, end, 1, longest)


def answers_where_there_is_none(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your spans are right, but you return one even where [CLS] scores higher. Hold `start[0] + end[0]` against start
    plus end of the span that you found, and return None where it is higher."""
    spans = _spans(start, passage_from, longest)
    return max(spans, key=lambda span: _score(start, end, span))


def _null(start: Tensor, end: Tensor) -> float:
    return _score(start, end, (0, 0))


def _score(start: Tensor, end: Tensor, span: Span) -> float:
    return (start[span[0]] + end[span[1]]).item()


def _spans(start: Tensor, passage_from: int, longest: int) -> Iterator[Span]:
    for first in range(passage_from, len(start)):
        yield from ((first, last) for last in range(first, min(first + longest, len(start))))


def _best(start: Tensor, end: Tensor, passage_from: int, longest: int, least: float = -inf) -> Span | None:
    """Keep the best span so far, as most loops do; None where none beats `least`, or [CLS] is better."""
    best, answer = least, None
    for span in _spans(start, passage_from, longest):
        if _score(start, end, span) > best:
            best, answer = _score(start, end, span), span
    return None if _null(start, end) > best else answer
