"""Likely mistakes in cutting a pair to size. See `bertlab.exercises.mistakes`."""

from bertlab.tokenization.pieces import truncate_pair

Pair = tuple[list, list]


def cuts_b_only(a: list, b: list, room: int) -> Pair:
    """You cut from b alone. Cut from the longer of the two, whichever it is."""
    return a, b[: max(room - len(a), 0)]


def cuts_a_only(a: list, b: list, room: int) -> Pair:
    """You cut from a alone. Cut from the longer of the two, whichever it is."""
    return a[: max(room - len(b), 0)], b


def empties_what_fits(a: list, b: list, room: int) -> Pair:
    """A list that need not be cut comes back empty. If you wrote `a[:-cut]`: with a cut of 0 that is `a[:0]`, nothing.
    Slice by what stays, `a[:kept]`."""
    kept_a, kept_b = truncate_pair(a, b, room)
    return a[: len(kept_a) - len(a)], b[: len(kept_b) - len(b)]


def halves_the_room(a: list, b: list, room: int) -> Pair:
    """You give each text half of the room. A text that needs less leaves the rest of its half to the other."""
    return a[: room // 2], b[: room - room // 2]


def cuts_in_front(a: list, b: list, room: int) -> Pair:
    """You keep the ends of the texts. Keep their beginnings: what is cut is cut from the end."""
    kept_a, kept_b = truncate_pair(a, b, room)
    return a[len(a) - len(kept_a) :], b[len(b) - len(kept_b) :]


def leaves_room_for_special_tokens(a: list, b: list, room: int) -> Pair:
    """You leave three places for [CLS], [SEP] and [SEP]. `room` is what is left without them: all of it may be used."""
    return truncate_pair(a, b, max(room - 3, 0))


def gives_the_odd_place_to_a(a: list, b: list, room: int) -> Pair:
    """If both are cut and `room` is odd, you leave a one more, as Google's own loop does. The library leaves one more
    to the text that was longer, and to b if they were equal."""
    a, b = list(a), list(b)
    while len(a) + len(b) > room:
        (a if len(a) > len(b) else b).pop()
    return a, b


def gives_the_odd_place_to_b(a: list, b: list, room: int) -> Pair:
    """Where both are cut and `room` is odd, you leave b one more, even if a was the longer. The text that was longer
    keeps the odd place, and b only if they were equal: once both are even, it is the other one's turn to pay."""
    a, b = list(a), list(b)
    while len(a) + len(b) > room:
        (a if len(a) >= len(b) else b).pop()
    return a, b
