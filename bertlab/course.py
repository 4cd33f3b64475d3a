"""The notebooks of the course, in the order in which they are worked through: the one list.

A notebook's topic names its room: `bertlab/<topic>/`, `tests/<topic>/`, `notebooks/NN_<topic>.ipynb`.
"""

from dataclasses import dataclass
from importlib import import_module

from bertlab.exercises.framework import Exercise


@dataclass(frozen=True)
class Notebook:
    """One notebook. Example: `Notebook(1, "tokenization", "Tokenization", 60).filename == "01_tokenization.ipynb"`."""

    number: int
    topic: str  # the one name of its module, exercises, view and tests
    title: str
    minutes: int  # how long someone new to the topic needs

    @property
    def filename(self) -> str:
        """Its name in the folder `notebooks`."""
        return f"{self.number:02}_{self.topic}.ipynb"

    @property
    def exercises(self) -> list[Exercise]:
        """Its exercises, in the order of `bertlab/<topic>/exercises.py`."""
        module = import_module(f"bertlab.{self.topic}.exercises")
        return [value for value in vars(module).values() if isinstance(value, Exercise)]


COURSE = [
    Notebook(0, "start_here", "Start here", 10),
    Notebook(1, "tokenization", "Tokenization", 60),
    Notebook(2, "inside_the_encoder", "Inside the encoder", 100),
    Notebook(3, "attention", "Attention", 90),
    Notebook(4, "masked_language_modeling", "Masked language modeling", 90),
    Notebook(5, "next_sentence_prediction", "Next-sentence prediction", 55),
    Notebook(6, "why_bert_cannot_generate", "Why BERT cannot generate", 65),
]
