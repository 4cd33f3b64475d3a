"""Recorded figures are shown in the row of their setting, in words as well, and only for the right weights."""

import re

import pytest
from matplotlib.figure import Figure

from bertlab.checkpoints import fingerprint
from bertlab.experiments.record import Results
from bertlab.sentence_bert import recorded
from bertlab.sentence_bert.experiment import GROUPS, SIZES, runs
from bertlab.sentence_bert.recorded import in_words, show_recorded, show_sizes, values_of

SETTINGS = list(dict.fromkeys(setting for setting, _ in runs()))
BEFORE = {"MRR": 0.3494, "triples": 0.096}


def measure(setting, seed):
    """Make up figures that tell the setting and the seed."""
    value = SETTINGS.index(setting) / 100 + seed / 1000
    if setting.startswith("sizes"):
        return {f"{metric}, {size}": value + size / 1000 for metric in ("MRR", "triples") for size in SIZES}
    return {"triples": value, "similarity": value + 0.25} | (
        {} if setting.startswith("cross") else {"MRR": value + 0.5}
    )


def write(folder, weights=None):
    results = Results("sentence_bert", folder)
    results.record([(setting, seed) for seed in (1, 0) for setting in SETTINGS], measure, weights or fingerprint())
    return results


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path))


@pytest.fixture
def shown(monkeypatch):
    """The figures that are made, to look at their axes."""
    made: list[Figure] = []
    show = recorded.show
    monkeypatch.setattr(recorded, "show", lambda figure, alt: made.append(figure) or show(figure, alt))
    return made


def alt_of(html):
    return re.search(r'alt="([^"]*)"', html.data).group(1)


def value(setting, seed=0):
    return pytest.approx(SETTINGS.index(setting) / 100 + seed / 1000)


def test_a_setting_has_a_value_for_each_seed_in_order():
    found = values_of("objective", "triples")
    assert list(found)[:2] == ["classification", "regression"]
    assert found["ranking"] == [value("objective, ranking", 0), value("objective, ranking", 1)]


def test_other_settings_are_set_beside_and_numbers_are_sorted():
    extra = {"0.05": "objective, ranking"}
    assert list(values_of("temperature", "MRR", extra)) == ["0.01", "0.02", "0.1", "1", "0.05"]
    found = values_of("temperature", "MRR", extra, sort=True)
    assert list(found) == ["0.01", "0.02", "0.05", "0.1", "1"]
    assert found["0.05"] == values_of("objective", "MRR")["ranking"]
    assert list(values_of("candidates", "MRR", sort=True)) == ["2", "4", "16", "64"]


@pytest.mark.parametrize(
    ("group", "metric", "extra", "message"),
    [
        ("objectives", "MRR", None, "no group 'objectives'"),
        ("objective", "accuracy", None, "no metric 'accuracy'"),
        ("objective", "MRR", {"other": "objective, rankin"}, "no setting"),
        ("cross", "MRR", None, "'cross' was not measured by 'MRR'"),
        ("sizes", "MRR", None, "'sizes' was not measured by 'MRR'"),
    ],
)
def test_what_is_not_there_is_named(group, metric, extra, message):
    with pytest.raises(KeyError, match=message):
        values_of(group, metric, extra)


def test_figures_of_other_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path / "other", "0123456789ab"))
    for use in (lambda: show_recorded("objective"), lambda: show_sizes("MRR")):
        with pytest.raises(ValueError, match="measured on other weights"):
            use()


def test_the_figure_is_told_in_words():
    words = alt_of(show_recorded("candidates", BEFORE))
    first = SETTINGS.index("candidates, 2") / 100 + 0.0005
    assert f"MRR: 2 {first + 0.5:.3f}, 4 {first + 0.51:.3f}" in words
    assert "; before training 0.349." in words
    assert words.startswith("triples: ")
    assert "similarity: " in words
    assert words.count("before training") == 2  # nothing was given for similarity
    assert "before" not in alt_of(show_recorded("candidates"))


def test_words_have_the_mean_and_what_was_before():
    columns = {"MRR": {"ranking": [0.4, 0.5], "triplet, squared": [0.25]}, "triples": {"ranking": [1.0]}}
    assert in_words(columns, {"MRR": 0.125}) == (
        "MRR: ranking 0.450, triplet, squared 0.250; before training 0.125. triples: ranking 1.000."
    )


def test_each_dot_is_a_seed_in_the_row_of_its_setting(shown):
    show_recorded("temperature", BEFORE, extra={"0.05": "objective, ranking"}, sort=True)
    [figure] = shown
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["0.01", "0.02", "0.05", "0.1", "1"]
    for axis, metric in zip(figure.axes, recorded.METRICS, strict=True):
        assert axis.get_title() == metric
        dots = [line for line in axis.lines if line.get_marker() == "o"]
        for place, (name, values) in enumerate(
            values_of("temperature", metric, {"0.05": "objective, ranking"}, True).items()
        ):
            assert names[place] == name
            assert list(dots[place].get_xdata()) == values
            assert set(dots[place].get_ydata()) == {place}
        dashed = [line.get_xdata()[0] for line in axis.lines if line.get_linestyle() == "--"]
        assert dashed == ([BEFORE[metric]] if metric in BEFORE else [])


def test_a_setting_without_a_metric_leaves_its_row_empty(shown):
    """A cross-encoder has no rank among all texts; the settings below it must not move up."""
    show_recorded("cross", extra={"ranking": "objective, ranking"})
    [figure] = shown
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [*GROUPS["cross"][1], "ranking"]
    places = {axis.get_title(): sorted({y for line in axis.lines for y in line.get_ydata()}) for axis in figure.axes}
    assert places == {"triples": [0, 1, 2], "MRR": [2], "similarity": [0, 1, 2]}


def test_cut_vectors_are_shown_for_both_trainings_at_each_size(shown):
    words = alt_of(show_sizes("MRR"))
    [figure] = shown
    [axis] = figure.axes
    assert [label.get_text() for label in axis.get_xticklabels()] == [str(size) for size in SIZES]
    assert axis.get_ylabel() == "MRR"
    assert words.count(" at 384") == words.count(" at 48") == 2
    both = SETTINGS.index("sizes, full width") / 100 + 0.0005
    assert f"trained for the full width: {both + 0.384:.3f} at 384" in words
    assert f"Matryoshka: {both + 0.01 + 0.384:.3f} at 384" in words


def test_sizes_have_only_metrics_that_were_measured():
    with pytest.raises(KeyError, match="no metric 'accuracy, 384'"):
        show_sizes("accuracy")
