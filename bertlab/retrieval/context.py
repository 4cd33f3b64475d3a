"""What a generator gets to read: a question, and as many of the passages found as a budget of tokens allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bertlab.retrieval.passages import Passage

INSTRUCTION = (
    "Answer the question from the sources below and name the number of the one you used. "
    "If they do not answer it, say so."
)


@dataclass(frozen=True)
class Prompt:
    """A prompt, the passages that are in it, those that had no room, and its length.

    Example: `Prompt("...", (), (), 0).sources` is `()`.

    Attributes:
        text: the whole prompt.
        sources: the passages in it, in the order of their numbers [1], [2], ...
        left_out: those that had no room.
        tokens: how long it is, as counted when it was built.
    """

    text: str
    sources: tuple[Passage, ...]
    left_out: tuple[Passage, ...]
    tokens: int


def write(question: str, passages: Sequence[Passage]) -> str:
    """Write a prompt. Example: `write("Why?", []).endswith("Question: Why?\\nAnswer:")` is `True`."""
    sources = [f"[{number}] {passage.title}\n{passage.text}" for number, passage in enumerate(passages, 1)]
    return "\n\n".join([INSTRUCTION, *sources, f"Question: {question}\nAnswer:"])


def build_prompt(question: str, passages: Sequence[Passage], budget: int, count: Callable[[str], int]) -> Prompt:
    """Put passages into a prompt, the best first, until one does not fit.

    Example: `build_prompt("Why?", passages, budget=512, count=lambda text: len(tokenizer(text).input_ids)).sources`

    Args:
        question: as it was asked.
        passages: what was found, best first.
        budget: the most tokens that the whole prompt may have; what the generator is to write comes on top.
        count: how many tokens a text has, by the generator's own tokenizer.

    Raises:
        ValueError: the question alone is too long.
    """
    if count(write(question, [])) > budget:
        raise ValueError(f"a budget of {budget} tokens does not even hold the question: give more, or a shorter one")
    many = 0
    while many < len(passages) and count(write(question, passages[: many + 1])) <= budget:
        many += 1
    text = write(question, passages[:many])
    return Prompt(text, tuple(passages[:many]), tuple(passages[many:]), count(text))


def sources_with(prompt: Prompt, answer: str) -> list[str]:
    """Return the ids of the passages in a prompt that hold the span of an answer, letter by letter.

    Example: `sources_with(prompt, "in 1889")` is empty if no generator can copy the answer from its sources.

    A short span, such as a year, may stand in a passage that answers something else: compare the ids with what is
    relevant. ValueError for an empty answer, which would stand everywhere.
    """
    if not answer:
        raise ValueError("the answer is empty: a question that nothing answers has no span to look for")
    return [passage.id for passage in prompt.sources if answer in passage.text]
