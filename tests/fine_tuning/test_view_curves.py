"""The live curves: what they hold, what they say, and that a cell run again goes on."""

from typing import Any, ClassVar

import pytest

from bertlab.fine_tuning import view_curves
from bertlab.fine_tuning.view_curves import LiveCurves


class Handle:
    """Stands in for IPython's display handle."""

    def __init__(self) -> None:
        self.updates: list[Any] = []

    def update(self, shown: Any) -> None:
        self.updates.append(shown)


@pytest.fixture
def handles(monkeypatch):
    made: list[Handle] = []

    def display(shown: Any, display_id: bool) -> Handle:
        made.append(Handle())
        return made[-1]

    monkeypatch.setattr(view_curves, "display", display)
    return made


def test_it_says_how_far_it_is_and_what_was_found():
    curves = LiveCurves(steps=180)
    assert repr(curves) == "step 0 of 180"
    curves.seconds = 0.0
    curves.trained(45, 0.69)
    curves.measured(45, 0.613, 0.655)
    assert repr(curves).startswith("step 45 of 180, about ")
    assert repr(curves).endswith(" s left, validation loss 0.61, accuracy 65.5%")
    curves.trained(180, 0.2)
    assert "left" not in repr(curves)


def test_another_score_than_accuracy_is_named_and_drawn_from_zero():
    curves = LiveCurves(steps=180, score="F1")
    curves.measured(45, 0.613, 0.2)
    assert repr(curves).endswith("validation loss 0.61, F1 20.0%")
    assert "Loss and validation F1 against" in curves.draw().data


def test_it_follows_a_run_and_begins_where_the_run_did(handles):
    class Run:
        """Two steps of four were taken before; each second step is evaluated."""

        losses: ClassVar = [(1, 0.9), (2, 0.8)]
        history: ClassVar = [{"step": 2, "loss": 0.85, "F1": 0.1}]

        def __iter__(self):
            for step in (3, 4):
                self.losses.append((step, 1 - step / 10))
                if step == 4:
                    self.history.append({"step": 4, "loss": 0.65, "F1": 0.3})
                yield step

    curves = LiveCurves(4, score="F1")
    curves.follow(Run())
    assert curves.losses == [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6)]
    assert curves.history == [(2, 0.85, 0.1), (4, 0.65, 0.3)]
    assert repr(curves) == "step 4 of 4, validation loss 0.65, F1 30.0%"
    assert len(handles) == 1


def test_the_time_left_is_what_the_steps_so_far_took(monkeypatch):
    clock = iter([0.0, 0.0, 10.0, 20.0, 20.0])
    monkeypatch.setattr(view_curves.time, "monotonic", lambda: next(clock))
    curves = LiveCurves(steps=40)
    curves._seen = 0.0
    curves.seconds = 20.0
    curves.losses = [(10, 0.5)]
    assert repr(curves) == "step 10 of 40, about 60 s left"


def test_it_is_drawn_at_every_measurement_and_at_the_end(handles):
    curves = LiveCurves(steps=4)
    curves.trained(1, 0.7)
    assert handles == []
    curves.show()
    curves.trained(2, 0.6)
    assert handles[0].updates == []  # too soon
    curves.measured(2, 0.65, 0.5)
    curves.trained(4, 0.5)
    assert len(handles[0].updates) == 2
    assert "validation accuracy" in handles[0].updates[-1].data


def test_shown_again_it_goes_on_in_the_new_place(handles):
    curves = LiveCurves(steps=4)
    curves.show()
    curves.trained(1, 0.7)
    curves.show()
    curves.measured(2, 0.65, 0.5)
    assert [len(handle.updates) for handle in handles] == [0, 1]
    assert curves.losses == [(1, 0.7)]
