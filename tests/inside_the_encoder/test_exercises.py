"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

from bertlab.inside_the_encoder import cost, counts, exercises
from bertlab.start_here.view import course_rows
from tests.encoders import CONFIGS


def count_piece_by_piece(hidden_size, intermediate_size):
    attention = 3 * (hidden_size + 1) * hidden_size + (hidden_size + 1) * hidden_size + hidden_size + hidden_size
    up, down = (hidden_size + 1) * intermediate_size, (intermediate_size + 1) * hidden_size
    return {"feed-forward": up + down + 2 * hidden_size, "attention": attention}


RIGHT = [
    (exercises.layer_parameters, count_piece_by_piece),
    (exercises.equal_cost, lambda h, f: (8 * h**2 + 4 * h * f) / (4 * h)),
    (exercises.equal_cost, lambda h, f: h + h + f),
]


MISTAKEN = [
    (
        exercises.layer_parameters,
        lambda h, f: {"attention": 4 * h**2, "feed-forward": 2 * h * f},
        "forgets biases and layer norms",
    ),
    (exercises.layer_parameters, lambda h, f: count_piece_by_piece(h, 4 * h), "takes four times the width"),
    (exercises.equal_cost, lambda h, f: 24 * h**2 / (4 * h), "takes six times the width"),
    (exercises.equal_cost, lambda h, f: (8 * h**2 + 4 * h * f) / (2 * h), "counts scores alone"),
]


def test_a_wrong_answer_that_is_no_known_mistake_still_gets_help():
    verdict = exercises.layer_parameters.check(lambda h, f: {"attention": 1, "feed-forward": 2})
    assert verdict.mistake is None
    assert "['attention']" in verdict.message


def test_the_formula_that_the_solution_shows_counts_as_the_lesson_does():
    for case in exercises.layer_parameters.cases:
        assert exercises.count_layer(*case.args) == counts.layer_parameters(*case.args)


def test_at_equal_cost_both_sides_count_the_same_operations():
    for config in CONFIGS.values():
        length = exercises.equal_cost_length(config.hidden_size, config.intermediate_size)
        by_part = cost.flops_per_token(config, length)
        assert by_part["attention"] == by_part["projections"] + by_part["feed-forward"]


def test_progress_in_exercises_that_are_gone_does_no_harm():
    """Learners who solved what stood here before keep their rows, and the map counts what is there."""
    from datetime import UTC, datetime

    gone = ["split_heads", "merge_heads", "add_and_norm", "gelu"]
    rows = course_rows({f"inside_the_encoder.{name}": datetime(2026, 1, 1, tzinfo=UTC) for name in gone})
    [row] = [row for row in rows if row.filename == "02_inside_the_encoder.ipynb"]
    assert (row.solved, row.total) == (0, 3)
