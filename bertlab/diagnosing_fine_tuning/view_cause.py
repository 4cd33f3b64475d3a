"""Name the cause, live: the curves of a recorded run, what one may look at, and a guess."""

from collections.abc import Mapping, Sequence
from math import isfinite, log
from typing import Any

import traitlets

from bertlab.diagnosing_fine_tuning.cause_looks import LOOKS, speaks_against
from bertlab.diagnosing_fine_tuning.cause_rounds import Round, counted, deal, play, score
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from bertlab.diagnosing_fine_tuning.recorded import RecordedRun, runs_of
from bertlab.views.live import LiveWidget, static

TOP = 1.2
"""The axis of the loss reaches this far, and further if a loss does."""
GLOSS = {
    "sound": "nothing was changed",
    "overfitting": "few texts, many epochs",
    "wrong labels": "some training labels are wrong",
    "labels out of step": "shuffled against the texts",
    "leakage": "validation texts in training",
    "shortcut": "some words give the label away",
    "imbalance": "one class is rare",
    "rate too high": "learning rate",
    "rate too low": "learning rate",
    "schedule per epoch": "moved too seldom",
    "softmax twice": "the loss gets probabilities",
    "gradients kept": "never cleared",
    "no eval mode": "dropout stays on",
    "wrong tokenizer": "other ids for the same words",
}
"""What each cause means, in the list to choose from."""


def figures(run: RecordedRun) -> list[dict[str, Any]]:
    """Return both pictures of a run as plain data, each with its text for a screen reader.

    Example: `[figure["title"] for figure in figures(run)]` is `["Loss in nats", "Validation accuracy"]`

    A loss that is no finite number is None, and left out of the picture.
    """
    losses = [*run.curves["training loss"], *run.curves["validation loss"]]
    top = max(TOP, *filter(isfinite, losses))
    return [
        figure(run, "Loss in nats", ["training loss", "validation loss"], top, (log(2), "knowing nothing")),
        figure(run, "Validation accuracy", ["validation accuracy"], 1.0, (0.5, "tossing a coin")),
    ]


def figure(run: RecordedRun, title: str, names: Sequence[str], top: float, mark: tuple[float, str]) -> dict[str, Any]:
    """Return one picture: its curves, how far its axis reaches, and the dotted line.

    Example: `figure(run, "Accuracy", ["validation accuracy"], 1.0, (0.5, "tossing a coin"))["steps"]`
    """
    curves = [[name.split()[0], [value if isfinite(value) else None for value in run.curves[name]]] for name in names]
    words = ". ".join(in_words(run, name) for name in names)
    return {"title": title, "steps": run.steps, "curves": curves, "top": top, "mark": mark, "words": f"{words}."}


def in_words(run: RecordedRun, name: str) -> str:
    """Write a curve as a sentence. Example: `in_words(run, "training loss")` may begin `"training loss: 0.69"`."""
    values = ", ".join(f"{value:.2f}" for value in run.curves[name])
    return f"{name}: {values} at steps {', '.join(map(str, run.steps))}"


def rows(now: Round, sound: Sequence[RecordedRun]) -> list[tuple[str, str, str, str]]:
    """Return what was looked at: label, this run, the sound run, what it means. Example: `rows(Round(run), sound)`"""
    looks = [(label, LOOKS[label]) for label in now.looked]
    return [(label, look.show(now.run), look.show(*sound), look.means) for label, look in looks]


def say(now: Round, move: str, sound: Sequence[RecordedRun]) -> str:
    """Say what the last move has brought. Example: `say(Round(run), "", sound)`"""
    verb, _, what = move.partition(" ")
    cause = now.run.cause
    if verb == "look":
        return f"{what}: {LOOKS[what].show(now.run)} in this run, {LOOKS[what].show(*sound)} in the sound run."
    if now.named:
        tries = f"{counted(now.looks, 'look')} and {counted(len(now.guesses), 'try', 'tries')}"
        return f"Right, {cause}: {CAUSES[cause].what}. Named in {tries}."
    if now.given_up:
        return f"It was {cause}: {CAUSES[cause].what}."
    if verb == "guess":
        return f"Not {what}. {speaks_against(what, now.run, sound) or 'Look closer.'}"
    return "What is wrong with this run, if anything?"


class CauseWidget(LiveWidget):
    """The widget behind `live_cause`; it can also be played from Python.

    Example: `widget.moves = "look near-copies\\nguess leakage"`
    """

    _esm = static("views/live.js", "diagnosing_fine_tuning/view_cause.js")
    _css = static("views/live.css", "diagnosing_fine_tuning/view_cause.css")
    looks = traitlets.List(traitlets.Unicode()).tag(sync=True)
    causes = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    moves = traitlets.Unicode().tag(sync=True, asks=True)
    """All that was pressed, a line for each: look CHECK, guess CAUSE, give up, another run."""

    def __init__(self, runs: Mapping[str, Sequence[RecordedRun]], seed: int):
        self._runs, self._seed = runs, seed
        super().__init__(looks=list(LOOKS), causes=[[name, f"{name} ({GLOSS[name]})"] for name in sorted(CAUSES)])

    def rounds(self) -> list[Round]:
        """Return all rounds, the one being played last. Example: `widget.rounds()[-1].looks`"""
        return play(deal(self._runs, self._seed), self.moves.splitlines())

    def compute(self) -> dict[str, Any]:
        """Return curves, table and summary; the cause is in it only when it has been named or given up."""
        rounds, sound = self.rounds(), self._runs["sound"]
        now, moves = rounds[-1], self.moves.splitlines()
        summary = f"Run {len(rounds)}. {say(now, moves[-1] if moves else '', sound)}"
        points = score(rounds) if now.over or not (now.looked or now.guesses) else ""
        return {
            "number": len(rounds),
            "figures": figures(now.run),
            "rows": rows(now, sound),
            "summary": f"{summary} {points}".strip(),
        }

    def __repr__(self) -> str:
        now, sound = self.rounds()[-1], self._runs["sound"]
        curves = [in_words(now.run, name) for name in now.run.curves]
        table = [
            f"{label:18} {this:>8}, sound run {other:>8}: {means}" for label, this, other, means in rows(now, sound)
        ]
        return "\n".join([*curves, *table, self.compute()["summary"]])


def live_cause(seed: int = 0) -> CauseWidget:
    """Return a widget: recorded runs in a random order, each with one cause to be named from as few looks as possible.

    Example: `live_cause()`

    The seed fixes the order. ValueError or KeyError if the runs were not recorded on the embedded weights.
    """
    return CauseWidget({cause: runs_of(f"cause, {cause}") for cause in CAUSES}, seed)
