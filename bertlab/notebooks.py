"""The notebooks of the course that exist, in the order in which they are worked through."""

from dataclasses import dataclass

from bertlab.exercises import iter_exercises


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
    def exercise_ids(self) -> list[str]:
        """The ids of its exercises, in the order of their module."""
        return [exercise.id for exercise in iter_exercises(self.topic)]


COURSE = [
    Notebook(0, "start_here", "Start here", 10),
    Notebook(1, "tokenization", "Tokenization", 60),
    Notebook(2, "inside_the_encoder", "Inside the encoder", 100),
    Notebook(3, "attention", "Attention", 90),
    Notebook(4, "masked_language_modeling", "Masked language modeling", 90),
    Notebook(5, "next_sentence_prediction", "Next-sentence prediction", 55),
    Notebook(6, "why_bert_cannot_generate", "Why BERT cannot generate", 65),
]
