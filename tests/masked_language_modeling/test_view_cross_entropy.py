"""The sliders show a softmax and a loss that are PyTorch's own."""

import pytest
import torch

from bertlab.masked_language_modeling.view_cross_entropy import as_text, live_cross_entropy, softmax_rows, summarize

WORDS = {"cat": 3.0, "dog": 1.5, "car": 0.2, "sky": 0.1}


def test_the_shares_are_a_softmax():
    shares = [row.probability for row in softmax_rows(list(WORDS), list(WORDS.values()))]
    torch.testing.assert_close(torch.tensor(shares), torch.tensor(list(WORDS.values())).softmax(0))


def test_the_sentence_is_a_sum_for_paper():
    rows = softmax_rows(list(WORDS), list(WORDS.values()))
    assert summarize(rows) == "P(cat) = 20.09 / 26.89 = 0.75, and the loss is -log 0.75 = 0.29 nats."


def test_the_widget_answers_each_slider():
    widget = live_cross_entropy(WORDS)
    widget.second = 3.0
    assert widget.answer["asked"]["second"] == 3.0
    assert widget.answer["rows"][0].probability == pytest.approx(widget.answer["rows"][1].probability)
    assert widget.answer["summary"].startswith("P(cat) = 20.09 / 42.50 = 0.47")


def test_printed_it_is_a_table():
    lines = repr(live_cross_entropy(WORDS)).splitlines()
    assert len(lines) == 6
    assert lines[1].split() == ["cat", "3.0", "20.09", "0.747"]
    assert as_text(live_cross_entropy(WORDS).rows()) == "\n".join(lines)


def test_four_words_and_no_other_number():
    with pytest.raises(ValueError, match="2 words: give 4"):
        live_cross_entropy({"yes": 0.0, "no": 0.0})
