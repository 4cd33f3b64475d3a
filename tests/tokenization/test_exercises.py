"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import re
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from types import ModuleType

import pytest

from bertlab.exercises import mistakes
from bertlab.tokenization import exercises
from bertlab.tokenization import pieces as tokenization


def split_by_recursion(word, vocab, unk_token="[UNK]", max_chars=100, first=True):
    if len(word) > max_chars:
        return [unk_token]
    for end in range(len(word), 0, -1):
        piece = word[:end] if first else "##" + word[:end]
        if piece in vocab:
            rest = split_by_recursion(word[end:], vocab, unk_token, max_chars, first=False) if word[end:] else []
            return [unk_token] if unk_token in rest else [piece, *rest]
    return [unk_token]


def lay_out_with_ids(a, b, max_length, vocab):
    rows = {"attention_mask": [], "token_type_ids": [], "input_ids": []}
    for type_id, pieces in enumerate([["[CLS]", *a, "[SEP]"], [*b, "[SEP]"] if b else []]):
        rows["input_ids"] += map(vocab.get, pieces)
        rows["token_type_ids"] += [type_id] * len(pieces)
        rows["attention_mask"] += [1] * len(pieces)
    if len(rows["input_ids"]) > max_length:
        raise ValueError
    filler = {"input_ids": vocab["[PAD]"]}
    return {name: row + [filler.get(name, 0)] * (max_length - len(row)) for name, row in rows.items()}


def cut_one_by_one(a, b, room):
    a, b, b_was_longer = list(a), list(b), len(b) >= len(a)
    while len(a) + len(b) > room:
        (a if len(a) > len(b) or (len(a) == len(b) and b_was_longer) else b).pop()
    return a, b


def split_by(pieces=None, unknown=None, limit=None, from_the_right=False, shortest=1):
    """Write a splitter that goes wrong: what is given takes the place of what the caller says."""

    def split(word, vocab, unk_token="[UNK]", max_chars=100):
        unk_token, max_chars = unknown or unk_token, limit or max_chars
        known, place, found = pieces(vocab) if pieces else vocab, 0, []
        while place < len(word) <= max_chars:
            for size in range(len(word) - place, shortest - 1, -1):
                start = len(word) - place - size if from_the_right else place
                piece = ("##" if start else "") + word[start : start + size]
                if piece in known:
                    break
            else:
                return [unk_token]
            found.insert(0 if from_the_right else len(found), piece)
            place += size
        return found or [unk_token]

    return split


def limit_the_pieces(word, vocab, unk_token="[UNK]", max_chars=100):
    pieces = split_by(limit=999)(word, vocab, unk_token)
    return [unk_token] if len(pieces) > max_chars else pieces


def score_by(count_pairs, bare=lambda piece: piece, divide=lambda n, a, b: n / (a * b)):
    def score(splits, word_counts):
        ones, twos = defaultdict(int), defaultdict(int)
        for word, split in splits.items():
            for piece in split:
                ones[bare(piece)] += word_counts[word]
            for pair in count_pairs(pairwise(split)):
                twos[pair] += word_counts[word]
        return {(a, b): divide(n, ones[bare(a)], ones[bare(b)]) for (a, b), n in twos.items()}

    return score


def lay_out_as_one(a, b, max_length, vocab):
    pieces = ["[CLS]", *a, "[SEP]", *(b or []), "[SEP]"]
    rows = lay_out_with_ids(pieces[1:-1], None, max_length, vocab)
    return rows | {"token_type_ids": [int(len(a) + 2 <= i < len(pieces)) for i in range(max_length)]}


def cut_by_what_goes(a, b, room):
    kept_a, kept_b = cut_one_by_one(a, b, room)
    cut_a, cut_b = len(a) - len(kept_a), len(b) - len(kept_b)
    return a[:-cut_a], b[:-cut_b]


def divide_by(count_words, digits=12):
    return lambda texts, cut: round(sum(len(cut(text)) for text in texts) / sum(map(count_words, texts)), digits)


def pieces_per_word(texts, tokenize):
    return len([piece for text in texts for piece in tokenize(text)]) / len(" ".join(texts).split())


RIGHT = [
    (exercises.wordpiece, split_by_recursion),
    (exercises.wordpiece, split_by()),
    (exercises.pair_scores, score_by(list)),
    (exercises.build_inputs, lay_out_with_ids),
    (exercises.truncate_pair, cut_one_by_one),
    (exercises.fertility, pieces_per_word),
]


MISTAKEN = [
    (exercises.truncate_pair, lambda a, b, room: (a, b[: max(room - len(a), 0)]), "cuts b only"),
    (exercises.truncate_pair, lambda a, b, room: (a[: room // 2], b[: (room + 1) // 2]), "halves the room"),
    (exercises.fertility, lambda texts, tokenize: 1 / pieces_per_word(texts, tokenize), "is upside down"),
    (exercises.build_inputs, lambda *given: lay_out_with_ids(*given) | {"attention_mask": [1] * given[2]},
     "attends to padding"),
    (exercises.wordpiece, split_by(limit=999, unknown="[UNK]"), "is the loop of the lesson"),
    (exercises.wordpiece, split_by(unknown="[UNK]"), "ignores unk token"),
    (exercises.wordpiece, split_by(limit=999), "has no limit"),
    (exercises.wordpiece, split_by(shortest=2), "finds no single character"),
    (exercises.pair_scores, score_by(set), "counts pairs once a word"),
    (exercises.pair_scores, score_by(list, bare=lambda piece: piece.replace("##", "")), "ignores marks"),
    (exercises.pair_scores, score_by(list, divide=lambda n, a, b: n / a * b), "multiplies by the second"),
    (exercises.build_inputs, lay_out_as_one, "ends a single text twice"),
    (exercises.build_inputs, lambda a, b, size, vocab: lay_out_with_ids(a, b, size, vocab | {"[PAD]": 0}),
     "pads the ids with 0"),
    (exercises.truncate_pair, lambda a, b, room: (a[: room - len(b)], b), "cuts a only"),
    (exercises.truncate_pair, lambda a, b, room: (a, b[: room - len(a)]), "cuts b only"),
    (exercises.truncate_pair, cut_by_what_goes, "empties what fits"),
    (exercises.fertility, divide_by(lambda text: text.count(" ") + 1), "splits at each blank"),
    (exercises.fertility, divide_by(lambda text: len(re.findall(r"\w+", text))), "counts runs of letters"),
]  # fmt: skip


WRONG_AT_THE_EDGES = [
    (exercises.wordpiece, limit_the_pieces),
    (exercises.wordpiece, lambda word, *rest, **named: split_by()(word.lower(), *rest, **named)),
    (exercises.wordpiece, lambda word, vocab, unk_token="[UNK]", max_chars=100:
     split_by()(word, vocab, unk_token) if len(word) <= max_chars else ["[UNK]"]),
    (exercises.wordpiece, split_by(lambda vocab: [p for p in vocab if vocab.get(p) is not None])),
    (exercises.wordpiece, split_by(limit=100, unknown="[UNK]")),
    (exercises.wordpiece, split_by(limit=100)),
    (exercises.wordpiece, split_by(from_the_right=True)),
    (exercises.wordpiece, split_by(lambda vocab: [p for p in vocab if vocab.get(p)])),
    (exercises.wordpiece, lambda *given, **named: [p.removeprefix("##") for p in split_by()(*given, **named)]),
    (exercises.build_inputs, lambda a, b, size, vocab: {name: row[: len(a) + len(b or [])] for name, row in
     lay_out_with_ids(a, b, size, vocab).items()}),
    (exercises.truncate_pair, lambda a, b, room: cut_one_by_one(a, b, max(room - 1, 0))),
    (exercises.truncate_pair, lambda a, b, room: cut_one_by_one(a, b, room or 1)),
    (exercises.fertility, divide_by(lambda text: len(text.split()), digits=1)),
    (exercises.fertility, divide_by(lambda text: len([word for word in text.split(" ") if word]))),
]  # fmt: skip


@pytest.mark.parametrize("name", ["wordpiece", "pair_scores", "build_inputs", "truncate_pair", "fertility"])
def test_at_most_eight_mistakes_are_named(name):
    assert 3 <= len(getattr(exercises, name).mistakes) <= 8


def test_what_the_solutions_show_is_what_the_lesson_uses():
    for case in exercises.truncate_pair.cases:
        assert exercises.cut_the_longer(*case.args) == tokenization.truncate_pair(*case.args)
    for case in exercises.fertility.cases:
        assert exercises.pieces_per_word(*case.args) == tokenization.fertility(*case.args)


def test_mistakes_are_the_functions_of_their_file_each_with_its_name_and_docstring():
    file = ModuleType("turns")
    source = '''
from bertlab.tokenization.pieces import wordpiece
def takes_the_wrong_turn():
    """You turn
    left."""
def _turn(): ...
'''
    exec(source, vars(file))
    [mistake] = mistakes.of(file)
    assert (mistake.name, mistake.message) == ("takes the wrong turn", "You turn left.")


def test_the_toy_tokenizer_splits_as_bert_does():
    toy = exercises.ToyTokenizer({"mask": 0, "##s": 1, "!": 2})
    assert toy("Masks!") == ["mask", "##s", "!"]
    assert repr(toy) == "<tokenizer with the pieces mask ##s !>"


def test_importing_the_exercises_is_cheap():
    code = "import sys; from bertlab.tokenization import exercises; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"torch", "transformers", "tokenizers", "numpy"}.isdisjoint(loaded)
