"""What goes wrong when an answer is read off the logits of its ends. See `bertlab.exercises.mistakes`."""

from torch import Tensor

Span = tuple[int, int]


def chooses_the_ends_apart(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You take the best start and the best end, each by itself. Together they may be no span: the end before the start,
    or far behind it. Score pairs that are allowed, and take the best pair."""
    span = _apart(start, end, passage_from)
    return None if _null(start, end) > _score(start, end, span) else span


def allows_one_piece_more(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your spans may have one piece more than `longest`. A span of one piece begins and ends at the same place, so
    count its pieces: both ends are included."""
    return _best(start, end, passage_from, longest + 1)


def answers_from_the_question(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your spans may lie in the question, whose words are often just those that a model points at. The answer is to
    come from the passage: both ends at `passage_from` or later."""
    return _best(start, end, 1, longest)


def fixes_the_start_first(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You choose the best start for good, then the best end for it. A start that is a little worse may have a far
    better end: it is the sum that counts, over all pairs."""
    first = passage_from + int(start[passage_from:].argmax())
    last = first + int(end[first : first + longest].argmax())
    return None if _null(start, end) > _score(start, end, (first, last)) else (first, last)


def holds_null_against_no_span(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your spans are right, but you hold [CLS] against the best start plus the best end of the passage, which together
    may be no span. Questions without an answer then get one: compare with the score of the span that you return."""
    unreachable = _score(start, end, _apart(start, end, passage_from))
    return None if _null(start, end) > unreachable else _span(start, end, passage_from, longest)


def compares_starts_only(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """You decide between "no answer" and the span by their starts alone. Both have a start and an end, and what counts
    is the sum."""
    span = _span(start, end, passage_from, longest)
    return None if start[0] > start[span[0]] else span


def always_answers(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your spans are right, but some questions have no answer in the passage. Where [CLS] scores higher than the best
    span, start and end together, return None."""
    return _span(start, end, passage_from, longest)


def leaves_out_the_last_piece(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    """Your second number is one too high, as in a slice, whose end is left out. Here it is the last piece of the answer
    itself, the one whose end logit was added."""
    span = _best(start, end, passage_from, longest)
    return span and (span[0], span[1] + 1)


def _null(start: Tensor, end: Tensor) -> float:
    return _score(start, end, (0, 0))


def _score(start: Tensor, end: Tensor, span: Span) -> float:
    return (start[span[0]] + end[span[1]]).item()


def _apart(start: Tensor, end: Tensor, passage_from: int) -> Span:
    """Return where start and end are highest in the passage, each by itself."""
    return passage_from + int(start[passage_from:].argmax()), passage_from + int(end[passage_from:].argmax())


def _span(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span:
    """Return the best span, whatever [CLS] says."""
    firsts = range(passage_from, len(start))
    spans = [(first, last) for first in firsts for last in range(first, min(first + longest, len(end)))]
    return max(spans, key=lambda span: _score(start, end, span))


def _best(start: Tensor, end: Tensor, passage_from: int, longest: int) -> Span | None:
    span = _span(start, end, passage_from, longest)
    return None if _null(start, end) > _score(start, end, span) else span
