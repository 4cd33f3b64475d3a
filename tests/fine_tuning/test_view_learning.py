"""The figures of what was recorded: each says in words what it shows."""

from statistics import fmean

from bertlab.fine_tuning.experiment import CHEAPER, METHODS, NO_TRAINING, SEEDS, SIZES
from bertlab.fine_tuning.view_learning import draw_learning_curves, draw_savings, learning_curves, savings


def test_each_method_has_all_sizes_and_seeds():
    found = learning_curves()
    assert [*found] == [*METHODS, *NO_TRAINING]
    assert {len(rows) for rows in found.values()} == {len(SIZES)}
    assert {len(row) for rows in found.values() for row in rows} == {SEEDS}


def test_the_learning_curves_are_told_in_words():
    drawn = draw_learning_curves().data
    means = ", ".join(f"{fmean(row):.0%}" for row in learning_curves()["TF-IDF"])
    assert f"TF-IDF {means}" in drawn
    assert "Mean accuracy with 16, 64, 256, 700 labels" in drawn


def test_the_savings_begin_with_what_they_are_compared_with():
    assert [*savings()] == ["fine-tuned", *CHEAPER]
    everything = savings()["fine-tuned"][0]
    assert all(parameters <= everything for parameters, _, _ in savings().values())


def test_the_savings_are_told_in_words():
    parameters, seconds, found = savings()["LoRA, rank 8"]
    assert f"LoRA, rank 8: {parameters:,.0f} parameters, {seconds:.0f} s, {fmean(found):.0%}" in draw_savings().data
