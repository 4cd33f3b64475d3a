"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import subprocess
import sys
from collections import defaultdict

import pytest

from bertlab.exercises import mistakes
from bertlab.exercises import tokenization as exercises
from bertlab.exercises.display import State


def split_by_recursion(word, vocab, unk_token="[UNK]", max_chars=100, first=True):
    if len(word) > max_chars:
        return [unk_token]
    for end in range(len(word), 0, -1):
        piece = word[:end] if first else "##" + word[:end]
        if piece in vocab:
            rest = split_by_recursion(word[end:], vocab, unk_token, max_chars, first=False) if word[end:] else []
            return [unk_token] if unk_token in rest else [piece, *rest]
    return [unk_token]


def score_with_loops(splits, word_counts):
    ones, twos = defaultdict(int), defaultdict(int)
    for word, n in word_counts.items():
        split = splits[word]
        for i in range(len(split)):
            ones[split[i]] += n
            if i + 1 < len(split):
                twos[split[i], split[i + 1]] += n
    return {pair: twos[pair] / ones[pair[0]] / ones[pair[1]] for pair in twos}


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


def pieces_per_word(texts, tokenize):
    return len([piece for text in texts for piece in tokenize(text)]) / len(" ".join(texts).split())


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (exercises.wordpiece, split_by_recursion),
        (exercises.pair_scores, score_with_loops),
        (exercises.build_inputs, lay_out_with_ids),
        (exercises.truncate_pair, cut_one_by_one),
        (exercises.fertility, pieces_per_word),
    ],
    ids=lambda value: getattr(value, "id", ""),
)
def test_a_right_answer_may_be_written_otherwise(exercise, answer):
    assert exercise.check(answer).state == State.CORRECT


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [
        (exercises.truncate_pair, lambda a, b, room: (a, b[: max(room - len(a), 0)]), "cuts b only"),
        (exercises.truncate_pair, lambda a, b, room: (a[: room // 2], b[: (room + 1) // 2]), "halves the room"),
        (exercises.fertility, lambda texts, tokenize: 1 / pieces_per_word(texts, tokenize), "is upside down"),
        (exercises.build_inputs, lambda *given: lay_out_with_ids(*given) | {"attention_mask": [1] * given[2]},
         "attends to padding"),
    ],
)  # fmt: skip
def test_a_mistake_may_be_made_otherwise(exercise, answer, name):
    verdict = exercise.check(answer)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, name)


def test_a_known_mistake_is_named_after_its_function_and_says_its_docstring():
    def takes_the_wrong_turn():
        """You turn
        left."""

    [mistake] = mistakes.known(takes_the_wrong_turn)
    assert (mistake.name, mistake.message) == ("takes the wrong turn", "You turn left.")


def test_the_toy_tokenizer_splits_as_bert_does():
    toy = exercises.ToyTokenizer({"mask": 0, "##s": 1, "!": 2})
    assert toy("Masks!") == ["mask", "##s", "!"]
    assert repr(toy) == "<tokenizer with the pieces mask ##s !>"


def test_importing_the_exercises_is_cheap():
    code = "import sys; from bertlab.exercises import tokenization; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"torch", "transformers", "tokenizers", "numpy"}.isdisjoint(loaded)
