from bertlab.masked_language_modeling.masking import Prediction
from bertlab.training.probes import PROBES, Probe, probe_table


def test_every_prompt_has_one_mask_and_at_least_ten_are_kept():
    assert len({probe.text for probe in PROBES}) == len(PROBES) >= 10
    assert all(probe.text.count("[MASK]") == 1 for probe in PROBES)


def test_verdicts_follow_what_is_right_and_what_is_wrong():
    fact, negation, leaning = Probe("", "", right=("paris",)), Probe("", "", wrong=("bird",)), Probe("", "")
    assert [fact.verdict(token) for token in ("paris", "lyon")] == ["yes", "no"]
    assert [negation.verdict(token) for token in ("fish", "bird")] == ["yes", "no"]
    assert leaning.verdict("she").startswith("no right answer")


def test_the_table_has_a_row_for_each_prompt_and_a_bar_does_not_break_it():
    answers = [[Prediction("|", 0.75), Prediction("paris", 0.125)]] * len(PROBES)
    rows = probe_table(answers).splitlines()
    assert len(rows) == len(PROBES) + 2
    assert rows[2] == ("| a well-known fact | The capital of France is [MASK]. | \\| 0.750, paris 0.125 | no |")
