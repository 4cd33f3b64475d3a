"""The exercises of notebook 01: split words, score pairs, lay out BERT's input, cut a pair, measure a tokenizer."""

from collections.abc import Callable

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.tokenization import pieces, vocabulary
from bertlab.tokenization.mistakes import build_inputs as wrong_inputs
from bertlab.tokenization.mistakes import fertility as wrong_fertility
from bertlab.tokenization.mistakes import pair_scores as wrong_scores
from bertlab.tokenization.mistakes import truncate_pair as wrong_cuts
from bertlab.tokenization.mistakes import wordpiece as wrong_splits


class ToyTokenizer:
    """BERT's tokenizer with a handful of pieces: call it with a text, and it returns a list of them."""

    def __init__(self, vocab: dict[str, int]):
        self.vocab = vocab

    def __call__(self, text: str) -> list[str]:
        """Split a text into pieces."""
        return pieces.tokenize(text, self.vocab)

    def __repr__(self) -> str:
        return f"<tokenizer with the pieces {' '.join(self.vocab)}>"


def _vocab(pieces: str) -> dict[str, int]:
    """Number the pieces. Example: `_vocab("[PAD] a ##b") == {"[PAD]": 0, "a": 1, "##b": 2}`."""
    return {piece: place for place, piece in enumerate(pieces.split())}


_MASKS = _vocab("un mask ##mask ##ed ##e ##d ##a")
_NEWS = _vocab("new news ##s ##stand")
_THERE = {"the", "there", "##in", "##rein"}  # a set: all that a vocabulary must answer is `in`
_ONE_LETTER = _vocab("b ##b")

wordpiece = Exercise(
    id="tokenization.wordpiece",
    title="Longest match first",
    reference=pieces.wordpiece,
    cases=[
        Case("mask", _MASKS),
        Case("masked", _MASKS),
        Case("ed", _MASKS),
        Case("bb", _ONE_LETTER),
        Case("Mask", _MASKS),
        Case("unmasked", _MASKS),
        Case("unmaskable", _MASKS),
        Case("newstand", _NEWS),
        Case("therein", _THERE),
        Case("b" * 100, _ONE_LETTER),
        Case("b" * 101, _ONE_LETTER),
        Case("sad", _MASKS, unk_token="<unk>"),
        Case("masked", _MASKS, unk_token="<unk>", max_chars=5),
    ],
    hints=[
        "Keep a number: where in the word you are. Each round finds the piece that starts there and moves to its end.",
        "To find a piece, look up `word[start:end]` with `end` at the very end of the word, then ever further to the"
        " left. Which two characters must be put before it, unless it starts the word?",
        "When `end` has come down to `start`, nothing fits: the whole word is `[unk_token]`, whatever you have by then."
        " And what of a word that is too long to begin with?",
    ],
    mistakes=mistakes.of(wrong_splits),
)

pair_scores = Exercise(
    id="tokenization.pair_scores",
    title="Score every pair",
    reference=vocabulary.pair_scores,
    cases=[
        Case({"on": ["o", "##n"]}, {"on": 3}),
        Case({"a": ["a"], "an": ["a", "##n"]}, {"a": 4, "an": 2}),
        Case({"noon": ["n", "##o", "##o", "##n"], "no": ["n", "##o"]}, {"noon": 1, "no": 5}),
        Case({"bus": ["b", "##u", "##s"], "sub": ["s", "##u", "##b"]}, {"bus": 4, "sub": 3}),
        Case({"banana": ["b", "##a", "##n", "##a", "##n", "##a"]}, {"banana": 2}),
        Case({"seen": ["s", "##ee", "##n"], "see": ["s", "##ee"], "ten": ["ten"]}, {"seen": 1, "see": 3, "ten": 2}),
    ],
    hints=[
        "Count first, divide later. Two things are counted: every piece, and every pair of neighbors.",
        'A word that occurs 4 times makes each of its pieces, and each of its pairs, occur 4 times. "s" and "##s" are'
        " two pieces.",
        "`collections.Counter` keeps both counts, and `zip(split, split[1:])` gives the neighbors. The rest is one"
        " dictionary, from each pair (a, b) to count(ab) / (count(a) · count(b)).",
    ],
    mistakes=mistakes.of(wrong_scores),
)

_PETS = _vocab("[PAD] [UNK] [CLS] [SEP] [MASK] who sat ? cat ##s")

build_inputs = Exercise(
    id="tokenization.build_inputs",
    title="One text or two, as BERT reads them",
    reference=pieces.build_inputs,
    cases=[
        Case(["cat"], None, 3, _PETS),
        Case(["cat", "##s", "sat"], None, 8, _PETS),
        Case(["who", "sat", "?"], ["cat", "##s"], 10, _PETS),
        Case(["who", "?"], ["cat"], 6, _PETS),
        Case(["cat", "##s"], None, 3, _PETS),
        Case(["who", "?"], ["cat", "##s"], 6, _PETS),
        Case(["cat"], None, 5, _vocab("cat [CLS] [SEP] [PAD]")),
    ],
    hints=[
        "Write the pieces down first: [CLS], the first text, [SEP], and for a pair the second text and another [SEP].",
        "The first [SEP] belongs to the first text (type 0), the second to the second text (type 1). What has no text"
        " at all, the padding, is 0 in `token_type_ids` and in `attention_mask`.",
        "`padding = max_length - len(pieces)` tells how many [PAD] to add to the end of each of the three lists. If it"
        " is negative, raise a ValueError.",
    ],
    mistakes=mistakes.of(wrong_inputs),
)


def cut_the_longer(a: list, b: list, room: int) -> tuple[list, list]:
    """Cut two lists to `room` items together, from the end of the longer; once they are even, from both.

    Example: `cut_the_longer(["a", "b", "c"], ["x"], 3)` is `(["a", "b"], ["x"])`.
    """
    shorter = min(len(a), len(b), room // 2)
    longer = room - shorter
    return (a[:longer], b[:shorter]) if len(a) > len(b) else (a[:shorter], b[:longer])


truncate_pair = Exercise(
    id="tokenization.truncate_pair",
    title="The longer one first",
    reference=cut_the_longer,
    cases=[
        Case([*"ab"], [*"xyz"], 5),
        Case([*"abcde"], [*"xy"], 5),
        Case([*"ab"], [*"vwxyz"], 5),
        Case([*"abcd"], [*"wxyz"], 6),
        Case([*"abcde"], [*"xyz"], 5),
        Case([*"abcd"], [*"vwxyz"], 5),
        Case([*"abcde"], [*"vwxyz"], 7),
        Case([*"ab"], ["x"], 1),
        Case(["a"], ["x"], 0),
    ],
    hints=[
        "How much may the shorter text keep? All that it has, but never more than half of the room.",
        "The longer one gets the room that the shorter one leaves. Half of an odd room is rounded down for the shorter"
        " one, so that the longer keeps one more; of two equal texts, b counts as the longer.",
        "So two numbers are enough: what the shorter one keeps, by `min` and `room // 2`, and the room that is left."
        " Which of them is a's? And a slice that reaches beyond the end of a list does no harm.",
    ],
    mistakes=mistakes.of(wrong_cuts),
)

_TOY = ToyTokenizer(_vocab("[UNK] the cat sat un ##mask ##ed , ! -"))


def pieces_per_word(texts: list[str], tokenize: Callable[[str], list[str]]) -> float:
    """Divide all pieces of the texts by all their words, as white space separates them.

    Example: `pieces_per_word(["so unmasked"], lambda text: ["so", "un", "##mask", "##ed"])` is `2.0`.
    """
    pieces = sum(len(tokenize(text)) for text in texts)
    words = sum(len(text.split()) for text in texts)
    return pieces / words


fertility = Exercise(
    id="tokenization.fertility",
    title="Pieces per word",
    reference=pieces_per_word,
    cases=[
        Case(["the cat sat"], _TOY),
        Case(["unmasked"], _TOY),
        Case(["the cat unmasked"], _TOY),
        Case(["the  cat sat"], _TOY),
        Case(["the\ncat"], _TOY),
        Case(["unmasked the unmasked cat"], _TOY),
        Case(["the un-cat sat, unmasked!", "unmasked"], _TOY),
    ],
    hints=[
        "Two numbers, each over all the texts: how many pieces, how many words. Which one is divided by which?",
        "`tokenize(text)` is a list of pieces, and `text.split()` a list of words: their lengths are what you need.",
        "Add up all the pieces and all the words before you divide, so that each word weighs the same.",
    ],
    mistakes=mistakes.of(wrong_fertility),
)
