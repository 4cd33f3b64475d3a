"""Slices with intervals equal to SciPy's, and the edits: what they promise, and how a classifier fares on them."""

from collections import Counter

import pytest
import torch
from scipy.stats import binomtest

from bertlab.constants import DATA
from bertlab.diagnosing_fine_tuning.leakage import words_of
from bertlab.diagnosing_fine_tuning.shortcuts import (
    Edit,
    by_slice,
    check_edit,
    consistency,
    counterfactuals,
    flip_rate,
    wilson,
)
from bertlab.fine_tuning.reading import DataError, Row


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (0, 7), (7, 7), (3, 13), (36, 37), (500, 1000)])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_the_interval_is_that_of_scipy(right, count, confidence):
    expected = binomtest(right, count).proportion_ci(confidence, method="wilson")
    assert wilson(right, count, confidence) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("right", "count"), [(0, 0), (2, 1), (-1, 3)])
def test_an_impossible_count_is_refused(right, count):
    with pytest.raises(ValueError, match="1 text or more"):
        wilson(right, count)


def test_slices_come_with_the_worst_first():
    right = torch.tensor([True, False, True, True, False, True, True])
    slices = ["plain", "sarcasm", "plain", "negation", "negation", "plain", "contrast"]
    found = by_slice(right, slices)
    assert list(found) == ["sarcasm", "negation", "contrast", "plain"]
    assert [(score.accuracy, score.texts) for score in found.values()] == [(0, 1), (0.5, 2), (1, 1), (1, 3)]
    assert (found["negation"].low, found["negation"].high) == wilson(1, 2)


def test_each_text_needs_a_slice():
    with pytest.raises(ValueError, match="one slice for each text"):
        by_slice(torch.tensor([True, False]), ["plain"])


def words_changed(before: str, after: str) -> int:
    """The edit distance in words."""
    first, second = words_of(before), words_of(after)
    row = list(range(len(second) + 1))
    for i, word in enumerate(first, 1):
        above, row = row, [i]
        for j, other in enumerate(second, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (word != other)))
    return row[-1]


def runs(text: str) -> set[tuple[str, ...]]:
    words = words_of(text)
    return {tuple(words[start : start + 5]) for start in range(len(words) - 4)}


class TestTheFile:
    edits = counterfactuals()

    def test_kinds_and_labels_are_balanced(self):
        counts = Counter((edit.kind, edit.label_before, edit.label_after) for edit in self.edits)
        assert counts == {("flips", 0, 1): 15, ("flips", 1, 0): 15, ("keeps", 0, 0): 15, ("keeps", 1, 1): 15}

    def test_edits_are_small_and_of_like_size(self):
        mean = {}
        for kind in ("flips", "keeps"):
            sizes = [words_changed(edit.before, edit.after) for edit in counterfactuals(kind)]
            assert all(1 <= size <= 4 for size in sizes)
            mean[kind] = sum(sizes) / len(sizes)
        assert mean["flips"] <= mean["keeps"] < mean["flips"] + 0.5

    def test_no_two_share_five_words_in_a_row(self):
        seen: set[tuple[str, ...]] = set()
        for edit in self.edits:
            own = runs(edit.before) | runs(edit.after)
            assert not own & seen
            seen |= own

    @pytest.mark.parametrize("name", ["reviews", "tricky_reviews"])
    def test_none_shares_five_words_in_a_row_with_other_reviews(self, name):
        others = (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        known = {run for line in others for run in runs(line.split("\t")[0])}
        assert not known & {run for edit in self.edits for run in runs(edit.before) | runs(edit.after)}

    def test_one_kind_is_picked(self):
        assert counterfactuals("flips") + counterfactuals("keeps") == sorted(self.edits, key=lambda edit: edit.kind)
        assert len(counterfactuals("keeps")) == 30


@pytest.mark.parametrize(
    ("kind", "before", "after", "message"),
    [
        ("flips", "positive", "positive", "does not fit"),
        ("keeps", "positive", "negative", "does not fit"),
        ("turns", "positive", "negative", "does not fit"),
        ("keeps", "good", "good", "must be one of negative, positive"),
    ],
)
def test_a_wrong_line_is_named(kind, before, after, message):
    row = Row(9, {"kind": kind, "before": "a", "after": "b", "label_before": before, "label_after": after})
    with pytest.raises(DataError, match=f"line 9: .*{message}"):
        check_edit(row)


PAIRS = [Edit("flips", "good", "bad", 1, 0), Edit("flips", "bad", "not bad", 0, 1), Edit("keeps", "a", "b", 1, 1)]


def reads_bad(texts: list[str]) -> list[int]:
    return [0 if "bad" in text else 1 for text in texts]


def test_rates_on_three_pairs_worked_by_hand():
    assert flip_rate(reads_bad, PAIRS) == pytest.approx(1 / 3)
    assert consistency(reads_bad, PAIRS) == pytest.approx(2 / 3)
    assert flip_rate(lambda texts: torch.tensor(reads_bad(texts)), PAIRS) == pytest.approx(1 / 3)


def test_a_classifier_that_turns_the_wrong_way_flips_and_is_not_consistent():
    answers = {edit.before: 1 - edit.label_before for edit in counterfactuals("flips")}
    answers |= {edit.after: 1 - edit.label_after for edit in counterfactuals("flips")}
    assert flip_rate(lambda texts: [answers[text] for text in texts], counterfactuals("flips")) == 1
    assert consistency(lambda texts: [answers[text] for text in texts], counterfactuals("flips")) == 0


def test_no_pairs_are_refused():
    with pytest.raises(ValueError, match="there are no pairs"):
        flip_rate(reads_bad, [])
