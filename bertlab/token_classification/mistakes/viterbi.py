"""What goes wrong on the way to the best path, and back along it. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

import torch
from torch import Tensor

Over = Callable[[Tensor, int], Tensor]


def takes_each_word_alone(emissions: Tensor, transitions: Tensor) -> list[int]:
    """That is the best tag of each word by itself, as a softmax has it. The moves between the tags have no say in it,
    so that even a forbidden one can be on your path."""
    return emissions.argmax(dim=1).tolist()


def walks_greedily(emissions: Tensor, transitions: Tensor) -> list[int]:
    """You choose a tag at each word for good, the best one to go to from the tag chosen before. A good beginning can
    lead to a dear move later: keep the best way to *every* tag, and choose at the end."""
    path = [int(emissions[0].argmax())]
    for emitted in emissions[1:]:
        path.append(int((transitions[path[-1]] + emitted).argmax()))
    return path


def keeps_no_back_pointers(emissions: Tensor, transitions: Tensor) -> list[int]:
    """At each word you take the tag where the best path *so far* ends. The best path of the whole sentence may have
    come another way: remember where each maximum came from, and go back from the last word."""
    scores, _ = _search(emissions, transitions)
    return [int(score.argmax()) for score in scores]


def follows_each_words_own_best_tag(emissions: Tensor, transitions: Tensor) -> list[int]:
    """You keep the right back-pointers, but at each word you follow the one of the tag that is best there *so far*. The
    path may not be at that tag: follow the pointer of the tag that you have just put on the path."""
    scores, back = _search(emissions, transitions)
    ends = [int(score.argmax()) for score in scores[1:]]
    path = [int(source[tag]) for source, tag in zip(back, ends, strict=True)]
    return [*path, int(scores[-1].argmax())]


def leaves_the_path_reversed(emissions: Tensor, transitions: Tensor) -> list[int]:
    """Your path is right, but runs from the last word to the first, the order in which it was read back. The first tag
    belongs to the first word."""
    return _best_path(emissions, transitions)[::-1]


def exchanges_before_and_after(emissions: Tensor, transitions: Tensor) -> list[int]:
    """You have the two ends of a move exchanged. Rows of `transitions` are the tag before, columns the tag after: take
    the maximum over *before*, `dim=0` of `best[:, None] + transitions`, which leaves one score for each tag after."""
    return _best_path(emissions, transitions.T)


def sums_where_the_best_is_asked_for(emissions: Tensor, transitions: Tensor) -> list[int]:
    """You sum over all ways to a tag, as for the probabilities. Many middling paths may share a tag that is not on the
    best one: take the maximum in place of `logsumexp`, and remember where it came from."""
    return _best_path(emissions, transitions, torch.logsumexp)


def adds_transitions_twice(emissions: Tensor, transitions: Tensor) -> list[int]:
    """Each move is counted twice, so that the transitions outvote the words. A path scores one emission for each word
    and one transition between two words: look where they come in a second time."""
    return _best_path(emissions, 2 * transitions)


def _search(emissions: Tensor, transitions: Tensor, over: Over = torch.amax) -> tuple[list[Tensor], list[Tensor]]:
    """Return the scores at each word, and where the highest came from at each but the first."""
    scores, back = [emissions[0]], []
    for emitted in emissions[1:]:
        moved = scores[-1][:, None] + transitions
        scores.append(over(moved, 0) + emitted)
        back.append(moved.argmax(dim=0))
    return scores, back


def _read_back(last: int, back: list[Tensor]) -> list[int]:
    """Follow the back-pointers in the order given; return the path from the first word."""
    path = [last]
    for source in back:
        path.append(int(source[path[-1]]))
    return path[::-1]


def _best_path(emissions: Tensor, transitions: Tensor, over: Over = torch.amax) -> list[int]:
    scores, back = _search(emissions, transitions, over)
    return _read_back(int(scores[-1].argmax()), back[::-1])
