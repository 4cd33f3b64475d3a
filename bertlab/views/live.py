"""What the live widgets share: an answer from Python for every change, and errors that show instead of vanishing."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

PACKAGE = Path(__file__).parent.parent


def static(*names: str) -> str:
    """Read files of the package as one text, so that a widget carries its whole page and needs no server or CDN.

    Example: `static("views/live.js", "tokenization/view.js")`
    """
    return "\n".join((PACKAGE / name).read_text(encoding="utf-8") for name in names)


class LiveWidget(anywidget.AnyWidget):
    """A widget whose inputs are traits tagged `asks=True` and whose `answer` is computed in Python from them.

    A subclass defines `compute` (the answer as plain data) and `__repr__` (the text form: what a notebook shows where
    widgets cannot be drawn, such as on GitHub). The page waits for one answer before it asks again, and then asks only
    for what was typed last: ipywidgets holds back changes while Python is busy.
    """

    _css = static("views/live.css")
    answer = traitlets.Dict().tag(sync=True)
    """`asked`: the inputs it is for; and either what `compute` returned or `problem`: an error to show."""

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        self.answer = {"asked": self._asked(), **self.compute()}  # an error now is the cell's own traceback
        self.observe(self._answer, names=self.trait_names(asks=True))

    def compute(self) -> dict[str, Any]:
        """Return what the page draws, as plain JSON-ready data."""
        raise NotImplementedError

    def _asked(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.trait_names(asks=True)}

    def _answer(self, change: Any) -> None:
        try:
            answer = self.compute()
        except Exception as error:  # a callback has no cell to fail in: the page must say it
            answer = {"problem": f"{type(error).__name__}: {error}"}
        self.answer = {"asked": self._asked(), **answer}
