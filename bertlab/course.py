"""The notebooks of the course, in the order in which they are worked through: the one list.

A notebook's topic names its room: `bertlab/<topic>/`, `tests/<topic>/`, `notebooks/NN_<topic>.ipynb`.
"""

import json
import math
from dataclasses import dataclass
from importlib import import_module

from bertlab.constants import NOTEBOOKS
from bertlab.exercises.framework import Exercise


@dataclass(frozen=True)
class Notebook:
    """One notebook. Example: `Notebook(1, "tokenization", "Tokenization").filename == "01_tokenization.ipynb"`."""

    number: int
    topic: str  # the one name of its module, exercises, view and tests
    title: str

    @property
    def filename(self) -> str:
        """Its name in the folder `notebooks`."""
        return f"{self.number:02}_{self.topic}.ipynb"

    @property
    def minutes(self) -> int:
        """How long someone new to the topic needs: the sum that its sections carry, rounded up."""
        cells = json.loads((NOTEBOOKS / self.filename).read_text(encoding="utf-8"))["cells"]
        return math.ceil(sum(cell["metadata"].get("minutes", 0) for cell in cells))

    @property
    def exercises(self) -> list[Exercise]:
        """Its exercises, in the order of `bertlab/<topic>/exercises.py`."""
        module = import_module(f"bertlab.{self.topic}.exercises")
        return [value for value in vars(module).values() if isinstance(value, Exercise)]


COURSE = [
    Notebook(0, "start_here", "Start here"),
    Notebook(1, "tokenization", "Tokenization"),
    Notebook(2, "inside_the_encoder", "Inside the encoder"),
    Notebook(3, "attention", "Attention"),
    Notebook(4, "masked_language_modeling", "Masked language modeling"),
    Notebook(5, "next_sentence_prediction", "Next-sentence prediction"),
    Notebook(6, "why_bert_cannot_generate", "Why BERT cannot generate"),
    Notebook(7, "fine_tuning", "Fine-tuning"),
    Notebook(8, "diagnosing_fine_tuning", "Diagnosing fine-tuning"),
    Notebook(9, "token_classification", "Token classification"),
    Notebook(10, "sentence_embeddings", "Sentence embeddings"),
    Notebook(11, "sentence_bert", "Sentence-BERT"),
    Notebook(12, "retrieval", "Retrieval"),
    Notebook(13, "variants", "The variants"),
]
