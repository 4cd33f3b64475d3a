"""Splits that are fit to learn from, and refusals that name the line."""

import json

import pytest

from bertlab.fine_tuning.reading import DataError
from bertlab.sentence_bert.triples import Triples, load_triples
from bertlab.sentence_embeddings.baselines import word_overlap

FIVE = Triples(tuple("abcde"), tuple("fghij"), tuple("klmno"), {"subject": tuple("xyxxy")})
HEAD = "subject,anchor,positive,negative,split\n"
GOOD = (
    "pets,a dog,a hound,a hot dog,train\npets,a cat,a tom,a cat scan,validation\nsea,a wave,a swell,wave to me,test\n"
)


@pytest.fixture
def load(tmp_path):
    def load(content, name="mine.csv", **options):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return load_triples(tmp_path / name, **options)

    return load


class TestTriples:
    def test_picking_keeps_the_order_and_all_columns(self):
        picked = FIVE.pick(number for number in (3, 0))
        assert picked == Triples(("d", "a"), ("i", "f"), ("n", "k"), {"subject": ("x", "x")})
        assert len(picked) == 2
        assert FIVE.where("subject", "y").anchors == ("b", "e")
        with pytest.raises(KeyError, match="kind"):
            FIVE.where("kind", "y")

    def test_pairs_stay_pairs(self):
        pairs = Triples(("a", "b"), ("c", "d"))
        assert pairs.texts == (("a", "b"), ("c", "d"))
        assert pairs.pick([1]) == Triples(("b",), ("d",))
        assert FIVE.texts[2] == tuple("klmno")

    def test_a_larger_sample_holds_the_smaller_ones(self):
        assert set(FIVE.sample(2, 3).anchors) < set(FIVE.sample(4, 3).anchors)
        assert set(FIVE.sample(5, 3).anchors) == set("abcde")
        assert FIVE.sample(2, 3) == FIVE.sample(2, 3)
        with pytest.raises(ValueError, match="6 rows cannot be drawn from 5"):
            FIVE.sample(6, 0)


class TestLoading:
    def test_a_file_with_splits(self, load):
        splits = load(HEAD + GOOD)
        assert [*splits] == ["train", "validation", "test"]
        assert splits["train"] == Triples(("a dog",), ("a hound",), ("a hot dog",), {"subject": ("pets",)})
        assert splits["test"].anchors == ("a wave",)

    def test_formats_and_columns_by_other_names(self, load):
        splits = load("question\tanswer\tsplit\nWhy?\tSo.\ttrain\n", "a.tsv", columns=("question", "answer"))
        assert splits["train"] == Triples(("Why?",), ("So.",), (), {})
        assert len(splits["test"]) == 0
        lines = [{"anchor": f"a{n}", "positive": "p", "negative": "n", "split": "train"} for n in range(13)]
        splits = load("\n".join(map(json.dumps, lines)), "a.jsonl")
        assert {split: len(found) for split, found in splits.items()} == {"train": 12, "validation": 1, "test": 0}

    def test_without_splits_rows_are_dealt_out_and_those_with_one_anchor_stay_together(self, load):
        rows = [f"anchor {n // 2},positive {n},negative {n}" for n in range(60)]
        splits = load("\n".join(["anchor,positive,negative", *rows]))
        assert {split: len(found) for split, found in splits.items()} == {"train": 42, "validation": 6, "test": 12}
        assert set(splits["train"].anchors).isdisjoint(splits["test"].anchors)
        assert splits == load("\n".join(["anchor,positive,negative", *rows]))
        assert splits["train"].columns == {}

    def test_two_or_three_columns(self, load):
        for columns in (("anchor",), ("anchor", "anchor"), ("a", "b", "c", "d")):
            with pytest.raises(ValueError, match="name the columns of the anchor, the positive"):
                load(HEAD + GOOD, columns=columns)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD + "pets,a dog, ,a hot dog,train\n", "line 2: the column 'positive' is empty: fill it in"),
        (HEAD + GOOD + "sea,a boat,a ship,a boat race,exam\n", "line 5: the split 'exam' is none of train, validation"),
        (HEAD + "pets,a dog,A  Dog,a hot dog,train\n", "line 2: the same text stands there twice: anchor, positive"),
        (HEAD + "pets,a dog,a hound,a hound,train\n", "line 2: the same text stands there twice"),
        (
            HEAD + GOOD + "sea,A dog,a pup,a dogma,test\n",
            "line 5: the same anchor stands in line 2, in the split 'train'",
        ),
        (HEAD + "sea,a wave,a swell,wave to me,test\n", "no row is in the training split"),
        (HEAD + "pets,a dog,a hound\n", "line 2: 3 fields, but the header has 5"),
        ("anchor,positive\na dog,a hound\n", "line 2: there is no column 'negative', but 'anchor', 'positive'"),
        (HEAD, "holds no rows"),
    ],
)
def test_what_is_unfit_is_refused_with_its_line(load, content, message):
    with pytest.raises(DataError, match=message):
        load(content)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        load_triples(tmp_path / "none.csv")


def test_the_courses_own_triples_are_what_their_card_says():
    splits = load_triples()
    assert {name: len(data) for name, data in splits.items()} == {"train": 573, "validation": 90, "test": 177}
    texts = [text for data in splits.values() for column in data.texts for text in column]
    assert len(texts) == len(set(texts)) == 3 * 840
    subjects = [set(data.columns["subject"]) for data in splits.values()]
    assert subjects[0] == subjects[1] == subjects[2]
    anchors = [anchor for data in splits.values() for anchor in data.anchors]
    assert 0.3 < sum(anchor.endswith("?") for anchor in anchors) / len(anchors) < 0.36
    assert sum(nearer(data) for data in splits.values()) / 840 == pytest.approx(0.95, abs=0.005)


def nearer(data):
    """How many negatives share a larger part of their words with the anchor than the positive does."""
    return sum(
        word_overlap(anchor, negative) > word_overlap(anchor, positive)
        for anchor, positive, negative in zip(*data.texts, strict=True)
    )
