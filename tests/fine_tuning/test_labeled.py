"""Splits that are fit to learn from, refusals that name the line, and the course's own files, counted through."""

import csv
import re
import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import SPLITS, LabeledTexts, compared, deal_out, load_labeled, read_sst2
from bertlab.fine_tuning.reading import DataError, Row

SEVEN = LabeledTexts(tuple("abcdefg"), (1, 0, 1, 1, 0, 1, 0), ("no", "yes"), {"slice": tuple("xyxxyyx")})
HEAD = "text,label,split\n"
GOOD = "fine,good,train\npoor,bad,train\nso so,bad,validation\nsplendid,good,test\n"


@pytest.fixture
def load(tmp_path):
    def load(content, name="mine.csv", **options):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return load_labeled(tmp_path / name, **options)

    return load


class TestLabeledTexts:
    def test_picking_keeps_the_order_and_all_columns(self):
        picked = SEVEN.pick(number for number in (4, 0))
        assert picked == LabeledTexts(("e", "a"), (0, 1), ("no", "yes"), {"slice": ("y", "x")})
        assert len(picked) == 2

    def test_texts_of_a_slice(self):
        assert SEVEN.where("slice", "y").texts == ("b", "e", "f")
        assert len(SEVEN.where("slice", "none such")) == 0
        with pytest.raises(KeyError, match="domain"):
            SEVEN.where("domain", "x")

    def test_a_sample_has_as_many_of_each_label(self):
        assert Counter(SEVEN.sample(6, 0).labels) == {0: 3, 1: 3}
        assert Counter(SEVEN.sample(5, 0).labels) == {0: 3, 1: 2}
        with pytest.raises(ValueError, match="there are not 8 texts with equally many of each label: ask for fewer"):
            SEVEN.sample(8, 0)

    def test_a_sample_is_drawn_once_and_holds_the_smaller_ones(self):
        train = load_labeled("reviews")["train"]
        small, large = train.sample(16, 3), train.sample(64, 3)
        assert small == train.sample(16, 3) != train.sample(16, 4)
        assert set(small.texts) < set(large.texts)
        assert len(set(large.texts)) == 64
        assert set(train.sample(700, 3).texts) == set(train.texts)


class TestLoading:
    def test_a_file_with_splits(self, load):
        splits = load("by,text,label,split\nme,fine,good,train\nyou,poor,bad,train\nyou,so so,bad,test\n")
        assert [*splits] == [*SPLITS]
        assert splits["train"] == LabeledTexts(("fine", "poor"), (1, 0), ("bad", "good"), {"by": ("me", "you")})
        assert splits["test"] == LabeledTexts(("so so",), (0,), ("bad", "good"), {"by": ("you",)})
        assert len(splits["validation"]) == 0

    def test_where_none_is_for_validation_a_tenth_of_the_training_split_is(self, load):
        lines = [f"text number {n},{'ab'[n % 2]},{'test' if n < 30 else 'train'}" for n in range(130)]
        splits = load("\n".join(["text,label,split", *lines]))
        assert {split: len(data) for split, data in splits.items()} == {"train": 90, "validation": 10, "test": 30}
        assert sum(splits["validation"].labels) == 5
        assert splits["test"].texts == tuple(f"text number {n}" for n in range(30))
        assert set(splits["train"].texts).isdisjoint(splits["validation"].texts)

    def test_columns_by_other_names(self, load):
        splits = load("comment\tstars\tsplit\nfine\t5\ttrain\npoor\t1\ttrain\n", "a.tsv", text="comment", label="stars")
        assert splits["train"].texts == ("fine", "poor")
        assert splits["train"].names == ("1", "5")
        assert splits["train"].columns == {}

    def test_pairs(self, load):
        lines = '{"a": "x", "b": "y", "label": 0}\n{"a": "x", "b": "z", "label": 1}\n'
        train = load(lines, "a.jsonl", text=("a", "b"))["train"]
        assert train.texts == (("x", "y"), ("x", "z"))

    def test_the_splits_of_json_lines_are_asked_for_in_each(self, load):
        lines = '{"text": "x", "label": 0, "split": "train"}\n{"text": "y", "label": 1}\n'
        with pytest.raises(DataError, match=r"line 2: the split '' is none of train, validation, test"):
            load(lines, "a.jsonl")

    def test_a_text_may_stand_twice_in_one_split(self, load):
        assert load(HEAD + GOOD + "fine,good,train\n")["train"].texts == ("fine", "poor", "fine")

    def test_pairs_that_share_a_half_or_are_cut_elsewhere_are_not_the_same(self, load):
        content = "a,b,label,split\none two,three,0,train\none two,four,1,train\none,two three,0,test\n"
        assert load(content, text=("a", "b"))["test"].texts == (("one", "two three"),)

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("  ,good,train", "mine.csv, line 6: the column 'text' is empty: fill it in, or remove the line"),
            ("odd,,train", "mine.csv, line 6: the column 'label' is empty: fill it in, or remove the line"),
            ("odd,bad,dev", "mine.csv, line 6: the split 'dev' is none of train, validation, test"),
            ("odd,bad,", "mine.csv, line 6: the split '' is none of train, validation, test"),
            (
                "odd,mixed,test",
                "mine.csv, line 6: the label 'mixed' does not occur in the training split, which has 'bad', 'good': "
                "correct it, or add training texts with this label",
            ),
            (
                "  FINE ,good,test",
                "mine.csv, line 6: the same text stands in line 2, in the split 'train': what is tested on must not be "
                "trained on, so remove one of them",
            ),
            ("fine,good", "mine.csv, line 6: 2 fields, but the header has 3: text, label, split"),
        ],
    )
    def test_unfit_lines_are_refused(self, load, line, message):
        with pytest.raises(DataError, match=re.escape(message)):
            load(HEAD + GOOD + line + "\n")

    def test_lines_are_right_after_a_quoted_line_break(self, load):
        with pytest.raises(DataError, match="line 8: the same text stands in line 6, in the split 'train'"):
            load(f'{HEAD}{GOOD}"two\nlines",good,train\n"two \n LINES",good,test\n')

    def test_one_class_is_not_enough(self, load):
        message = "mine.csv: all texts of the training split have the label 'good': a classifier needs two"
        with pytest.raises(DataError, match=message):
            load(HEAD + "fine,good,train\npoor,bad,test\n")
        with pytest.raises(DataError, match="have the label 'good'"):
            load("text,label\nfine,good\nsplendid,good\n")

    def test_a_file_without_training_texts_is_refused(self, load):
        with pytest.raises(DataError, match="no text is in the training split: write 'train' into"):
            load(HEAD + "fine,good,test\npoor,bad,test\n")


class TestDealingOut:
    def rows(self, texts, labels):
        pairs = enumerate(zip(texts, labels, strict=True), 2)
        return [Row(line, {"text": text, "label": label}) for line, (text, label) in pairs]

    def test_seventy_ten_twenty_within_each_label_and_in_order(self):
        labels = ["x"] * 30 + ["y"] * 110
        dealt = deal_out(self.rows(map(str, range(140)), labels), ("text",), "label")
        assert [row.line for row in dealt] == [*range(2, 142)]
        counted = Counter((row.values["label"], row.values["split"]) for row in dealt)
        assert counted == {
            ("x", "train"): 21, ("x", "validation"): 3, ("x", "test"): 6,
            ("y", "train"): 77, ("y", "validation"): 11, ("y", "test"): 22,
        }  # fmt: skip

    def test_it_does_not_depend_on_chance_but_on_the_seed(self):
        rows = self.rows(map(str, range(40)), "xy" * 20)
        assert deal_out(rows, ("text",), "label") == deal_out(rows[::-1], ("text",), "label")
        assert deal_out(rows, ("text",), "label") != deal_out(rows, ("text",), "label", seed=1)

    @pytest.mark.parametrize("seed", range(5))
    def test_equal_texts_stay_together_whatever_their_labels(self, seed):
        texts = [f"{'  A' if number % 2 else 'a'} text, number {number % 37}" for number in range(140)]
        rows = self.rows(texts, ["xyz"[number % 3] for number in range(140)])
        dealt = deal_out(rows, ("text",), "label", seed)
        assert [row.line for row in dealt] == [row.line for row in rows]
        where: dict = {}
        for row in dealt:
            where.setdefault(compared(row, ("text",)), set()).add(row.values["split"])
        assert len(where) == 37
        assert all(len(splits) == 1 for splits in where.values())
        assert {row.values["split"] for row in dealt} == set(SPLITS)

    def test_a_file_without_splits_whose_texts_repeat_is_taken(self, load):
        texts = ["Good.", "GOOD. ", *map(str, range(60))]
        lines = [f"{text},{label}" for text, label in zip(texts, "ab" * 31, strict=True)]
        splits = load("\n".join(["text,label", *lines]))
        assert sum(map(len, splits.values())) == 62
        assert sum("good." in text.casefold() for text in splits["train"].texts) in {0, 2}


class TestSST2:
    @pytest.fixture
    def datasets(self, monkeypatch):
        found = {
            "train": [{"sentence": "good ", "label": 1}, {"sentence": "bad ", "label": 0}],
            "validation": [{"sentence": " not bad", "label": 1}],
            "test": [{"sentence": "hidden", "label": -1}],
        }
        asked = []
        module = SimpleNamespace(load_dataset=lambda name: asked.append(name) or found)
        monkeypatch.setitem(sys.modules, "datasets", module)
        return asked

    def test_its_validation_split_is_the_test(self, datasets):
        assert read_sst2() == [
            Row(1, {"sentence": "good", "label": "positive", "split": "train"}),
            Row(2, {"sentence": "bad", "label": "negative", "split": "train"}),
            Row(3, {"sentence": "not bad", "label": "positive", "split": "test"}),
        ]
        assert datasets == ["stanfordnlp/sst2"]

    def test_loaded_by_its_name(self, datasets):
        splits = load_labeled("sst2")
        assert splits["train"] == LabeledTexts(("good", "bad"), (1, 0), ("negative", "positive"))
        assert splits["test"] == LabeledTexts(("not bad",), (1,), ("negative", "positive"))
        assert datasets == ["stanfordnlp/sst2"]

    def test_without_the_library_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "datasets", None)
        with pytest.raises(DataError, match="install it with python -m pip install datasets"):
            load_labeled("sst2")


def read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def words_of(text):
    return re.findall(r"\w+", re.sub(r"(?<=\w)['’](?=\w)", "", text.casefold()))


class TestReviews:
    def test_rows_splits_and_labels(self):
        splits = load_labeled("reviews")
        assert {split: len(data) for split, data in splits.items()} == {"train": 700, "validation": 200, "test": 300}
        for data in splits.values():
            assert data.names == ("negative", "positive")
            assert set(Counter(data.labels).values()) == {len(data) // 2}
            assert len(set(data.columns["domain"])) == 10

    @pytest.mark.parametrize(("name", "count", "each"), [("reviews.tsv", 1200, 120), ("tricky_reviews.tsv", 840, 84)])
    def test_domains_are_equally_many_and_each_slice_has_both_labels(self, name, count, each):
        rows = read(name)
        assert len(rows) == count
        assert set(Counter(row["domain"] for row in rows).values()) == {each}
        assert len(Counter(row["domain"] for row in rows)) == 10
        slices = {row["slice"] for row in rows}
        assert {(row["slice"], row["label"]) for row in rows} == {
            (one, label) for one in slices for label in ("negative", "positive")
        }

    def test_each_slice_of_the_test_split_has_both_labels(self):
        test = load_labeled("reviews")["test"]
        for name in set(test.columns["slice"]):
            assert set(test.where("slice", name).labels) == {0, 1}, name

    def test_lengths(self):
        lengths = [len(row["text"].split()) for row in read("reviews.tsv")]
        assert min(lengths) >= 4
        assert max(lengths) <= 60

    def test_the_tricky_ones_are_for_testing_only(self):
        rows = read("tricky_reviews.tsv")
        assert "split" not in rows[0]
        assert {row["slice"] for row in rows} <= {row["slice"] for row in read("reviews.tsv")}
        assert Counter(row["label"] for row in rows) == {"negative": 420, "positive": 420}

    def test_no_two_reviews_share_five_words_in_a_row(self):
        first: dict[tuple[str, ...], str] = {}
        shared = []
        for row in (*read("reviews.tsv"), *read("tricky_reviews.tsv")):
            words = words_of(row["text"])
            runs = {tuple(words[start : start + 5]) for start in range(len(words) - 4)}
            shared += [" ".join(run) for run in runs if first.setdefault(run, row["text"]) is not row["text"]]
        assert shared == []
        assert len(first) > 10_000


class TestPairs:
    def test_sixty_squares_of_nine(self):
        squares: dict[str, list[dict[str, str]]] = {}
        for row in read("pairs.tsv"):
            squares.setdefault(row["square"], []).append(row)
        assert len(squares) == 60
        labels = {"entails", "contradicts", "neither"}
        for number, rows in squares.items():
            assert len(rows) == 9, number
            assert len({row["split"] for row in rows}) == 1, number
            for half in ("premise", "hypothesis"):
                found = {(row[half], row["label"]) for row in rows}
                assert found == {(text, label) for text in {row[half] for row in rows} for label in labels}, number
                assert len({row[half] for row in rows}) == 3, number

    def test_no_half_stands_in_two_squares(self):
        for half in ("premise", "hypothesis"):
            assert len({row[half] for row in read("pairs.tsv")}) == 180

    def test_all_splits_are_there_and_balanced(self):
        for data in load_labeled("pairs").values():
            assert data.names == ("contradicts", "entails", "neither")
            assert len(data) > 0
            assert set(Counter(data.labels).values()) == {len(data) // 3}

    @pytest.mark.parametrize("half", [0, 1])
    def test_half_a_pair_says_nothing_about_its_label(self, half):
        """Each half stands with each label equally often, so that no classifier of one half can do better than 1/3."""
        splits = load_labeled("pairs")
        train, test = splits["train"], splits["test"]
        counted = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10.0, max_iter=1000))
        counted.fit([text[half] for text in train.texts], train.labels)
        found = counted.score([text[half] for text in test.texts], test.labels)
        four_sigma = 4 * (1 / 3 * 2 / 3 / len(test)) ** 0.5
        assert found == pytest.approx(1 / 3, abs=four_sigma)
