"""Name the cause, as a game on plain data: a deck of recorded runs, moves, and what has been found out.

    rounds = play(deal(runs, seed=0), ["look near-copies", "guess leakage", "another run"])

The moves are all that there is to keep: the same moves lead to the same rounds.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from bertlab.diagnosing_fine_tuning.cause_looks import LOOKS
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from bertlab.diagnosing_fine_tuning.recorded import RecordedRun

MOVES = ("look CHECK", "guess CAUSE", "give up", "another run")


class Round(NamedTuple):
    """A run whose cause is to be named: what was looked at, and what was guessed.

    Example: `Round(run).named` is `False`
    """

    run: RecordedRun
    looked: tuple[str, ...] = ()
    looks: int = 0
    """Looks that count: those after the end do not."""
    guesses: tuple[str, ...] = ()
    given_up: bool = False

    @property
    def named(self) -> bool:
        """Whether the cause was guessed. Example: `Round(run, guesses=("sound",)).named`"""
        return self.run.cause in self.guesses

    @property
    def over(self) -> bool:
        """Whether the cause may be told. Example: `Round(run, given_up=True).over`"""
        return self.named or self.given_up


def deal(runs: Mapping[str, Sequence[RecordedRun]], seed: int = 0) -> Iterator[RecordedRun]:
    """Deal a run of each cause in a random order, then shuffle and deal again, without end.

    Example: `next(deal({"sound": runs_of("cause, sound")}))`

    Each time through, every cause shows its next recorded run. No cause comes twice in a row.
    """
    drawn, last = random.Random(seed), ""
    for lap in count():
        order = drawn.sample(sorted(runs), len(runs))
        if order[0] == last:
            order.append(order.pop(0))
        last = order[-1]
        for cause in order:
            yield runs[cause][lap % len(runs[cause])]


def play(cards: Iterator[RecordedRun], moves: Iterable[str]) -> list[Round]:
    """Return the rounds that the moves have led to, the one being played last.

    Example: `len(play(deal(runs), ["another run"]))` is `2`

    ValueError for a move that there is not.
    """
    rounds = [Round(next(cards))]
    for move in moves:
        if move == "another run":
            rounds.append(Round(next(cards)))
        else:
            rounds[-1] = after(rounds[-1], move)
    return rounds


def after(now: Round, move: str) -> Round:
    """Return a round after one more move. Example: `after(Round(run), "look text loss").looks` is `1`

    Nothing counts twice; after the end one may still look, but it no longer counts. ValueError as for `play`.
    """
    verb, _, what = move.partition(" ")
    if verb == "look" and what in LOOKS:
        if what in now.looked:
            return now
        return now._replace(looked=(*now.looked, what), looks=now.looks + (not now.over))
    if verb == "guess" and what in CAUSES:
        return now if now.over or what in now.guesses else now._replace(guesses=(*now.guesses, what))
    if move == "give up":
        return now._replace(given_up=not now.named)
    raise ValueError(f"there is no move {move!r}: choose one of {', '.join(MOVES)}; begin again with no moves")


def score(rounds: Sequence[Round]) -> str:
    """Sum up the runs that are done with; nothing if there is none.

    Example: `score([Round(run, looks=2, given_up=True)])` is `"Score: named 0 of 1 run, 2 looks."`
    """
    done = [now for number, now in enumerate(rounds, 1) if now.over or number < len(rounds)]
    if not done:
        return ""
    named, looks = sum(now.named for now in done), sum(now.looks for now in done)
    return f"Score: named {named} of {counted(len(done), 'run')}, {counted(looks, 'look')}."


def counted(number: int, what: str, many: str = "") -> str:
    """Write how many there are. Example: `counted(1, "try", "tries")` is `"1 try"`."""
    return f"{number} {what if number == 1 else many or what + 's'}"
