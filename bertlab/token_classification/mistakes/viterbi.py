"""What goes wrong on the way to the best path, and back along it. See `bertlab.exercises.mistakes`."""

from torch import Tensor


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


def leaves_the_path_reversed(emissions: Tensor, transitions: Tensor) -> list[int]:
    """Your path is right, but runs from the last word to the first, the order in which it was read back. The first tag
    belongs to the first word."""
    return _best_path(emissions, transitions)[::-1]


def turns_the_moves_round(emissions: Tensor, transitions: Tensor) -> list[int]:
    """You read the transitions the other way round: the move from O to I-PER is scored as that from I-PER to O. Rows
    are the tag before, columns the tag after."""
    return _best_path(emissions, transitions.T)


def adds_transitions_twice(emissions: Tensor, transitions: Tensor) -> list[int]:
    """Each move is counted twice, so that the transitions outvote the words. A path scores one emission for each word
    and one transition between two words: look where they come in a second time."""
    return _best_path(emissions, 2 * transitions)


def forgets_the_last_word(emissions: Tensor, transitions: Tensor) -> list[int]:
    """Your path is one tag too short: that of the last word is missing. It is where the way back begins, before any
    back-pointer is followed, and belongs to the path."""
    return _best_path(emissions, transitions)[:-1]


def follows_pointers_forward(emissions: Tensor, transitions: Tensor) -> list[int]:
    """You begin at the best last tag, but follow the back-pointers of another word than the one you are at: those of
    the first word come first. Go back word by word: the last word's own pointers come first."""
    scores, back = _search(emissions, transitions)
    return _read_back(int(scores[-1].argmax()), back)


def _search(emissions: Tensor, transitions: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Return the best scores at each word, and where they came from at each but the first."""
    scores, back = [emissions[0]], []
    for emitted in emissions[1:]:
        highest, source = (scores[-1][:, None] + transitions).max(dim=0)
        scores.append(highest + emitted)
        back.append(source)
    return scores, back


def _read_back(last: int, back: list[Tensor]) -> list[int]:
    """Follow the back-pointers in the order given; return the path from the first word."""
    path = [last]
    for source in back:
        path.append(int(source[path[-1]]))
    return path[::-1]


def _best_path(emissions: Tensor, transitions: Tensor) -> list[int]:
    scores, back = _search(emissions, transitions)
    return _read_back(int(scores[-1].argmax()), back[::-1])
