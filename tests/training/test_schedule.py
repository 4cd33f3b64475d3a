import pytest

from bertlab.training.schedule import Stage, learning_rate


def test_stages_are_read_from_the_command_line():
    assert Stage.parse("64x16:0.5,128x32:1") == [Stage(64, 16, 0.5), Stage(128, 32, 1.0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("64:1", "write LENGTHxBATCH:END"),
        ("64x16", "write LENGTHxBATCH:END"),
        ("", "write LENGTHxBATCH:END"),
        ("axb:1", "write LENGTHxBATCH:END"),
        ("64x16:0.5", "the last at 1"),
        ("64x16:0.5,128x16:0.5,128x32:1", "later than the one before"),
        ("64x16:0.7,128x16:0.5,128x32:1", "later than the one before"),
        ("64x16:0,128x16:1", "later than the one before"),
        ("7x16:1", "lengths start at 8"),
        ("64x0:1", "batches at 1"),
    ],
)
def test_stages_that_make_no_sense_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        Stage.parse(text)


def test_the_learning_rate_warms_up_stays_and_falls_to_zero():
    assert learning_rate(0.4, step=0, warmup=200, share=0.0) == 0.4 / 200
    assert learning_rate(0.4, step=49, warmup=200, share=0.0) == pytest.approx(0.1)
    assert learning_rate(0.4, step=5000, warmup=200, share=0.25) == pytest.approx(0.3)
    assert learning_rate(0.4, step=5000, warmup=200, share=0.49, decay=0.5) == 0.4
    assert learning_rate(0.4, step=5000, warmup=200, share=0.75, decay=0.5) == pytest.approx(0.2)
    assert learning_rate(0.4, step=5000, warmup=200, share=1.0, decay=0.5) == 0
    assert learning_rate(0.4, step=0, warmup=0, share=0.0) == 0.4
