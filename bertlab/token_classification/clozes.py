"""Questions that need no annotator: a sentence with a gap, to be filled from the passage that it was taken from.

Lewis et al. 2019 (arXiv:1906.04980) train on such clozes to answer questions without a question ever written. Here they
show what a finder of spans can learn when all it must do is to find words again: of each sentence a few words stay, one
to four of them replaced by "what".
"""

import random
import re
from collections.abc import Sequence

from bertlab.token_classification.answers import Answer, Question

GAP = "what"
SENTENCE = re.compile(r"[^.!?]+[.!?]?")
WORD = re.compile(r"[\w'’-]+")
MOST_BESIDE = 8
"""The most words that stay on each side of the gap."""


def passages_of(questions: Sequence[Question]) -> list[str]:
    """Return each passage once. Example: `make_clozes(passages_of(load_answers()["train"]), each=12)`."""
    return list(dict.fromkeys(question.passage for question in questions))


def make_clozes(passages: Sequence[str], each: int, seed: int = 0) -> list[Question]:
    """Return questions with a gap, and where what is missing stands: `each` of every passage.

    Example: `make_clozes(["The Nile flows north."], each=1)[0].question` may be `"what flows north."`

    ValueError if a passage has no sentence of six words.
    """
    drawn = random.Random(seed)
    found = []
    for number, passage in enumerate(passages):
        sentences = [part for part in SENTENCE.finditer(passage) if len(WORD.findall(part[0])) > 5]
        if not sentences:
            raise ValueError(f"passage {number} has no sentence of six words: leave it out")
        for count in range(each):
            sentence = drawn.choice(sentences)
            question, answer = cloze(sentence[0], sentence.start(), drawn)
            found.append(Question(f"{number}-{count}", question, passage, (answer,)))
    return found


def cloze(sentence: str, start: int, drawn: random.Random) -> tuple[str, Answer]:
    """Return a sentence with a gap, cut short on both sides, and what stood in the gap.

    Example: `cloze("The Nile flows north all year.", 0, random.Random(0))[1].text`

    `start` is where the sentence begins in its passage, in characters.
    """
    words = list(WORD.finditer(sentence))
    length = drawn.choice([1, 1, 2, 2, 3, 4])
    first = drawn.randrange(len(words) - length + 1)
    last = first + length - 1
    before = words[max(0, first - drawn.randint(2, MOST_BESIDE))].start()
    after = words[min(len(words) - 1, last + drawn.randint(2, MOST_BESIDE))].end()
    begin, end = words[first].start(), words[last].end()
    question = f"{sentence[before:begin]}{GAP}{sentence[end:after]}"
    return question, Answer(sentence[begin:end], start + begin)
