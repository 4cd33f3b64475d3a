"""The curve of a live run says in words what it shows, before, in the middle and at the end."""

import io
from contextlib import redirect_stdout

import pytest

from bertlab.small_bert import watch as live_training
from bertlab.small_bert.watch import draw_curve, progress_line, watch
from tests.small_bert.test_training import make_training


class Display:
    """Stands in for a notebook's output that is updated in place."""

    def __init__(self):
        self.shown = []

    def __call__(self, first, display_id):
        self.shown.append(first.data)
        return self

    def update(self, html):
        self.shown.append(html.data)


@pytest.fixture
def shown(monkeypatch):
    display = Display()
    monkeypatch.setattr(live_training, "display", display)
    monkeypatch.setattr(live_training, "REDRAW_SECONDS", 0.0)
    return display.shown


def test_a_run_that_has_not_begun_has_a_picture_too():
    training = make_training(steps=700)
    assert progress_line(training) == "step 0 of 700"
    assert "step 0 of 700" in draw_curve(training, floor=0.5).data


def test_it_redraws_while_it_trains_and_ends_on_the_last_step(shown):
    training = make_training(steps=4)
    watch(training, floor=0.25)
    assert len(shown) == 6
    assert "step 4 of 4" in shown[-1]
    assert f"held-out loss {training.held_out[-1][1]:.2f} nats" in shown[-1]
    assert f"{training.held_out[-1][1] - 0.25:.2f} above the floor" in shown[-1]


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(shown):
    training = make_training(steps=4)
    whole = training.make_batch

    def interrupt(step):
        if step == 2:
            raise KeyboardInterrupt
        return whole(step)

    training.make_batch = interrupt
    with redirect_stdout(io.StringIO()) as printed:
        watch(training)
    assert printed.getvalue() == "Stopped at step 2. Run this cell again to go on from here.\n"
    training.make_batch = whole
    watch(training)
    assert training.step == 4
    assert "step 4 of 4" in shown[-1]
