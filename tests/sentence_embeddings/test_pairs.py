"""Scored pairs that are fit to judge by, refusals that name the line, and the course's own file, counted through."""

import json
from collections import Counter

import pytest

from bertlab.diagnosing_fine_tuning.leakage import words_of
from bertlab.fine_tuning.reading import DataError
from bertlab.sentence_embeddings.pairs import ScoredPairs, linked, load_pairs
from tests.sentence_embeddings.test_sts_benchmark import LINE

FIVE = ScoredPairs(tuple("abcde"), tuple("fghij"), (1.0, 2.5, 3.0, 4.0, 0.0), {"kind": tuple("xyxxy")})
HEAD = "sentence_a,sentence_b,score,kind,split\n"
GOOD = "a dog,a hound,4.5,plain,train\na cat,a tom,3,plain,validation\na wave,a swell,4,sea,test\n"


@pytest.fixture
def load(tmp_path):
    def load(content, name="mine.csv", **options):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return load_pairs(tmp_path / name, **options)

    return load


class TestScoredPairs:
    def test_picking_keeps_the_order_and_all_columns(self):
        picked = FIVE.pick(number for number in (3, 0))
        assert picked == ScoredPairs(("d", "a"), ("i", "f"), (4.0, 1.0), {"kind": ("x", "x")})
        assert len(picked) == 2
        assert FIVE.where("kind", "y").scores == (2.5, 0.0)
        with pytest.raises(KeyError, match="split"):
            FIVE.where("split", "y")

    def test_a_larger_sample_holds_the_smaller_ones(self):
        assert set(FIVE.sample(2, 3).first) < set(FIVE.sample(4, 3).first)
        assert set(FIVE.sample(5, 3).first) == set("abcde")
        assert FIVE.sample(2, 3) == FIVE.sample(2, 3)
        with pytest.raises(ValueError, match="6 pairs cannot be drawn from 5"):
            FIVE.sample(6, 0)


class TestLoading:
    def test_a_file_with_splits(self, load):
        splits = load(HEAD + GOOD)
        assert [*splits] == ["train", "validation", "test"]
        assert splits["train"] == ScoredPairs(("a dog",), ("a hound",), (4.5,), {"kind": ("plain",)})
        assert splits["test"].second == ("a swell",)

    def test_formats_and_columns_by_other_names(self, load):
        names = {"a": "question", "b": "duplicate", "score": "rating"}
        splits = load('question\tduplicate\trating\tsplit\n"Why?\tSo "?\t-0.5\ttest\n', "a.tsv", **names)
        assert splits["test"] == ScoredPairs(('"Why?',), ('So "?',), (-0.5,), {})
        assert len(splits["train"]) == len(splits["validation"]) == 0
        lines = [{"sentence_a": f"a{n}", "sentence_b": f"b{n}", "score": 3, "split": "train"} for n in range(13)]
        splits = load("\n".join(map(json.dumps, lines)), "a.jsonl")
        assert {split: len(found) for split, found in splits.items()} == {"train": 12, "validation": 1, "test": 0}

    def test_without_splits_pairs_that_share_a_sentence_stay_together(self, load):
        rows = [
            f"text {n},{'TEXT ' if n % 2 else 'other '}{n // 2 * 2 if n % 2 else n},{n // 2 % 6}" for n in range(120)
        ]
        splits = load("\n".join(["sentence_a,sentence_b,score", *rows]))
        sizes = {split: len(found) for split, found in splits.items()}
        assert sum(sizes.values()) == 120
        assert sizes == {"train": 84, "validation": 12, "test": 24}
        texts = {
            split: {" ".join(text.lower().split()) for text in (*found.first, *found.second)}
            for split, found in splits.items()
        }
        assert texts["train"].isdisjoint(texts["test"] | texts["validation"])
        assert texts["test"].isdisjoint(texts["validation"])
        assert splits == load("\n".join(["sentence_a,sentence_b,score", *rows]))
        assert splits["train"].columns == {}

    def test_pairs_are_linked_by_way_of_others(self):
        assert linked([("a", "b"), ("c", "d"), ("e", "f"), ("d", "b"), ("g", "g")]) == [0, 0, 1, 0, 2]
        assert linked([]) == []

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("one, ,3,k,train", r"mine.csv, line 5: the column 'sentence_b' is empty: fill it in"),
            ("one,two,high,k,train", r"mine.csv, line 5: the column 'score' holds 'high', which is no number"),
            ("one,two,nan,k,train", r"line 5: the column 'score' holds 'nan'"),
            ("one,two,,k,train", r"line 5: the column 'score' holds ''"),
            ("one,two,3,k,dev", r"line 5: the split 'dev' is none of train, validation, test"),
            ("one,two,3,k", r"line 5: 4 fields, but the header has 5"),
            ("A  Hound,a dog,3,k,test", r"line 5: the same pair stands in line 2, in the split 'train'"),
        ],
    )
    def test_a_malformed_line_is_named(self, load, row, message):
        with pytest.raises(DataError, match=message):
            load(HEAD + GOOD + row + "\n")

    def test_a_missing_column_or_file_is_named(self, load):
        with pytest.raises(DataError, match="line 2: there is no column 'rating', but 'sentence_a'"):
            load(HEAD + GOOD, score="rating")
        with pytest.raises(DataError, match="there is no file"):
            load_pairs("absent.csv")


class TestSTSBenchmark:
    def test_a_file(self, load):
        splits = load(LINE.format(1) + "\n", "sts-test.csv", a="is not looked for")
        assert splits["test"].scores == (3.201,)
        assert splits["test"].columns["genre"] == ("main-news",)
        assert len(splits["train"]) == 0

    def test_a_folder(self, tmp_path):
        for split, count in {"train": 3, "dev": 2, "test": 1}.items():
            lines = [LINE.format(number) for number in range(1, count + 1)]  # the first pair is in all of them
            (tmp_path / f"sts-{split}.csv").write_text("\n".join(lines), encoding="utf-8")
        splits = load_pairs(tmp_path)
        assert {split: len(found) for split, found in splits.items()} == {"train": 3, "validation": 2, "test": 1}
        (tmp_path / "sts-dev.csv").unlink()
        assert len(load_pairs(tmp_path)["test"]) == 1

    def test_a_malformed_line_is_named_with_its_file(self, tmp_path):
        (tmp_path / "sts-train.csv").write_text(LINE.format(1), encoding="utf-8")
        spoiled = LINE.format(2).replace("3.202", "much")
        (tmp_path / "sts-dev.csv").write_text(f"{LINE.format(1)}\n{spoiled}\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"sts-dev.csv, line 2: the column 'score' holds 'much'"):
            load_pairs(tmp_path)


class TestOwnData:
    @pytest.fixture
    def splits(self):
        return load_pairs("similarity")

    def test_sizes_kinds_and_scores(self, splits):
        assert {split: len(found) for split, found in splits.items()} == {"train": 310, "validation": 105, "test": 205}
        for found in splits.values():
            assert set(found.columns) == {"kind"}
            counts = Counter(found.columns["kind"])
            assert set(counts) == {"plain", "shared words", "other words", "swapped roles", "negation"}
            assert min(counts.values()) > 0.1 * len(found)
            assert all(0 <= score <= 5 for score in found.scores)
            assert {round(score) for score in found.scores} == {0, 1, 2, 3, 4, 5}

    def test_no_sentence_stands_in_two_splits_or_in_two_pairs(self, splits):
        sentences = [" ".join(words_of(text)) for found in splits.values() for text in (*found.first, *found.second)]
        assert [text for text, count in Counter(sentences).items() if count > 1] == []

    def test_no_five_words_in_a_row_stand_in_two_splits(self, splits):
        places = {}
        for split, found in splits.items():
            for text in (*found.first, *found.second):
                words = words_of(text)
                for start in range(len(words) - 4):
                    places.setdefault(tuple(words[start : start + 5]), set()).add(split)
        assert len(places) > 3000
        assert [run for run, where in places.items() if len(where) > 1] == []

    def test_no_dust(self, splits):
        for found in splits.values():
            for text in (*found.first, *found.second):
                assert text == " ".join(text.split())
