"""The knobs: recorded points, what is said of them, and a drawing that marks the chosen one."""

import json
import re

import pytest
import traitlets

from bertlab.checkpoints import fingerprint
from bertlab.experiments.record import Results
from bertlab.retrieval.view_knobs import (
    HEAD,
    Point,
    as_text,
    fast,
    large,
    live_knobs,
    of,
    percent,
    picture,
    points,
    row,
    sentence,
    ticks,
)

RECORDED = {
    "flat": (1.0, 1.0, 1.0, 1536.0, 0.1),
    "hnsw, 64": (0.97, 21.3, 30.0, 1808.0, 61.0),
    "hnsw, 8": (0.82, 80.0, 130.0, 1808.0, 61.0),
    "ivf, 4": (0.9996, 9.0, 7.5, 1545.0, 4.0),
    "sq8": (0.994, 0.43, 1.3, 384.2, 1.0),
    "binary, 1": (0.41, 4.0, 5.0, 48.0, 0.2),
}
"""Not in the order of the catalog: that of a file need not be."""
METRICS = ("share found", "times flat", "times flat, one by one", "bytes per vector", "build seconds")


@pytest.fixture
def results(tmp_path):
    made = Results("retrieval", tmp_path)
    runs = [(f"ann, {name}", 0) for name in RECORDED] + [("other, hnsw, 64", 0)]
    made.record(
        runs,
        lambda setting, seed: dict(zip(METRICS, RECORDED[setting.split(", ", 1)[1]], strict=True)),
        fingerprint(),
    )
    return made


@pytest.fixture
def widget(results):
    return live_knobs(place=1, results=results)


class TestPoints:
    def test_they_are_in_the_order_of_the_knobs_and_only_what_was_recorded(self, results):
        found = points(results)
        assert [row(point)[0] for point in found] == ["flat", "ivf, 4", "hnsw, 8", "hnsw, 64", "sq8", "binary, 1"]
        assert found[3] == Point("hnsw", 64, *RECORDED["hnsw, 64"])
        assert (found[3].speed(False), found[3].speed(True)) == (21.3, 30.0)

    def test_those_of_other_weights_are_refused(self, tmp_path):
        made = Results("retrieval", tmp_path)
        made.record([("ann, flat", 0)], lambda setting, seed: dict.fromkeys(METRICS, 1.0), "another")
        with pytest.raises(ValueError, match=r"other weights .*python -m bertlab\.retrieval\.experiment"):
            points(made)

    def test_what_was_not_recorded_is_named(self, results):
        with pytest.raises(ValueError, match="'scann' was not recorded: take one of flat, ivf, hnsw, sq8, binary"):
            of(points(results), "scann")


class TestWords:
    def test_a_sentence(self, results):
        flat, ivf, _, hnsw, sq8, _ = points(results)
        assert sentence(hnsw) == (
            "HNSW keeping 64 candidates finds 97% of the exact hits, 21 times as fast as flat, with 1.8 kB a vector."
        )
        assert sentence(ivf, single=True) == (
            "IVF searching 4 of 256 clusters finds more than 99.9% of the exact hits, 7.5 times as fast as flat, one "
            "query at a time, with 1.5 kB a vector."
        )
        assert (
            sentence(sq8) == "SQ8 finds 99.4% of the exact hits, 0.43 times as fast as flat, with 384 bytes a vector."
        )
        assert sentence(flat).startswith("Flat search finds all exact hits, with 1.5 kB a vector")

    @pytest.mark.parametrize(
        ("share", "said"),
        [(1.0, "100%"), (0.9991, "more than 99.9%"), (0.99, "99.0%"), (0.5, "50%"), (0.004, "0.4%"), (0.0, "0%")],
    )
    def test_nothing_is_rounded_to_all_or_nothing(self, share, said):
        assert percent(share) == said

    def test_sizes_and_speeds_have_two_digits_or_a_little_more(self):
        assert [large(size) for size in (48.4, 999.4, 999.6, 1536.0)] == ["48 bytes", "999 bytes", "1.0 kB", "1.5 kB"]
        assert [fast(times).split()[0] for times in (0.043, 9.94, 9.96, 213.4)] == ["0.043", "9.9", "10", "213"]

    def test_the_text_form_is_a_table_with_a_star(self, results):
        found = points(results)
        lines = as_text(found, found[3]).splitlines()
        assert [line.split("  ")[0] for line in lines[:7]].count("*") == 1
        assert re.split(r"\s{3,}", lines[4]) == ["*", "hnsw, 64", "97%", "21.3", "30", "1.8 kB", "61"]
        assert re.split(r"\s{3,}", lines[0].strip()) == HEAD
        assert len({len(line) for line in lines[:7]}) == 1
        assert lines[-1] == sentence(found[3])


class TestPicture:
    def test_faster_is_right_more_is_up_and_larger_is_larger(self, results):
        found = points(results)
        circles = {circle["label"]: circle for circle in picture(found, found[3])["circles"]}
        assert sorted(circles, key=lambda label: circles[label]["x"]) == sorted(
            circles, key=lambda name: RECORDED[name][1]
        )
        assert sorted(circles, key=lambda label: circles[label]["y"]) == sorted(
            circles, key=lambda name: RECORDED[name][0]
        )
        assert circles["flat"]["y"] == 1
        assert circles["binary, 1"]["r"] == 3 < circles["sq8"]["r"] < circles["flat"]["r"] < circles["hnsw, 8"]["r"]
        assert (circles["flat"]["r"] / circles["sq8"]["r"]) ** 2 == pytest.approx(1536 / 384.2)
        assert all(0 <= circle[side] <= 1 for circle in circles.values() for side in "xy")

    def test_equal_factors_are_equal_steps(self, results):
        found = points(results)
        drawn = picture(found, found[3])
        across = {words: place for place, words in drawn["across"]}
        assert across["10×"] - across["1×"] == pytest.approx(across["50×"] - across["5×"])
        [flat] = (circle for circle in drawn["circles"] if circle["name"] == "flat")
        assert across["1×"] == pytest.approx(flat["x"])
        assert [words for _, words in drawn["up"]] == ["40%", "50%", "60%", "70%", "80%", "90%", "100%"]
        assert drawn["up"][-1][0] == pytest.approx(1)

    def test_one_is_chosen_and_those_of_its_index_belong_to_it(self, results):
        found = points(results)
        circles = picture(found, found[3])["circles"]
        assert [circle["label"] for circle in circles if circle["chosen"]] == ["hnsw, 64"]
        assert [circle["label"] for circle in circles if circle["own"]] == ["hnsw, 8", "hnsw, 64"]

    def test_indexes_that_all_find_nearly_all_have_room(self):
        found = [Point("hnsw", 8, 0.99, 3.0, 3.0, 9.0, 1.0), Point("flat", None, 1.0, 1.0, 1.0, 9.0, 1.0)]
        assert [words for _, words in picture(found, found[0])["up"]] == ["90%", "100%"]

    @pytest.mark.parametrize(
        ("low", "high", "marks"),
        [
            (0.4, 25.0, [0.5, 1, 2, 5, 10, 20]),
            (0.09, 300.0, [0.1, 1, 10, 100]),
            (0.8, 1.3, [1]),
            (1.0, 10.0, [1, 2, 5, 10]),
        ],
    )
    def test_ticks(self, low, high, marks):
        assert ticks(low, high) == marks


class TestWidget:
    def test_its_answer_is_that_of_the_data(self, widget, results):
        found = points(results)
        assert widget.chosen() == found[3]
        assert (widget.answer["knob"], widget.answer["values"]) == ("Candidates kept", ["8", "64"])
        assert widget.answer["summary"] == sentence(found[3])
        assert widget.answer["rows"] == [row(point) for point in found]
        assert widget.kinds == ["flat", "ivf", "hnsw", "sq8", "binary"]
        assert repr(widget) == as_text(found, found[3])
        json.dumps(widget.answer, allow_nan=False)

    def test_knob_index_and_speed_can_be_turned(self, widget):
        widget.place = 0
        assert widget.chosen().value == 8
        widget.single = True
        assert "130 times as fast as flat, one query at a time" in widget.answer["summary"]
        widget.kind = "sq8"
        assert (widget.answer["knob"], len(widget.answer["values"])) == ("", 1)
        assert widget.answer["asked"] == {"kind": "sq8", "place": 0, "single": True}

    def test_a_place_beyond_the_last_is_the_last(self, widget):
        widget.place = 13
        assert widget.chosen().value == 64
        widget.kind = "ivf"
        assert widget.chosen().value == 4
        with pytest.raises(traitlets.TraitError):
            widget.place = -1

    def test_no_such_index(self, widget, results):
        widget.kind = "<b>tree"
        assert widget.answer["problem"].startswith("ValueError: '<b>tree' was not recorded")
        with pytest.raises(ValueError, match="'tree' was not recorded"):
            live_knobs("tree", results=results)
