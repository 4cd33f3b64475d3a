import pytest

from bertlab.training.curve import describe_curve

TOKENS = [1e6, 2e6, 3e6, 4e6, 5e6, 6e6]


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        ([3.9, 3.8, 3.7], "too early to say (3 of 5 measurements)"),
        ([9.0, 3.9, 3.8, 3.7, 3.6, 3.5], "falling by 0.100 nats per million tokens"),
        ([9.0, 3.501, 3.499, 3.501, 3.499, 3.5], "flat: 0.001 nats over the last 4.0 million tokens"),
        ([9.0, 3.5, 3.6, 3.7, 3.8, 3.9], "flat: -0.400 nats over the last 4.0 million tokens"),
    ],
)
def test_the_newest_measurements_say_whether_it_still_falls(losses, message):
    assert describe_curve(TOKENS[: len(losses)], losses) == message
