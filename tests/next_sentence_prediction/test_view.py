"""Two sentences live: the answers are the head's own, each change gets one, and a missing text gets a hint."""

import pytest
import torch
from transformers import BertForPreTraining

from bertlab import checkpoint
from bertlab.next_sentence_prediction.view import as_text, judge, live_next_sentence

FIRST, SECOND = "She opened the oven.", "The kitchen smelled of bread."


@pytest.fixture(scope="module")
def model():
    return BertForPreTraining.from_pretrained(checkpoint()).eval()


def test_both_answers_are_the_heads_own(model, tokenizer):
    follows, not_follows = judge(FIRST, SECOND, model, tokenizer)
    with torch.no_grad():
        logits = model(**tokenizer(FIRST, SECOND, return_tensors="pt")).seq_relationship_logits[0]
    assert (follows.name, follows.label, not_follows.label) == ("follows", 0, 1)
    assert [follows.logit, not_follows.logit] == pytest.approx(logits.tolist(), abs=1e-5)
    assert [follows.probability, not_follows.probability] == pytest.approx(logits.softmax(0).tolist(), abs=1e-6)


def test_texts_longer_than_the_model_are_cut(model, tokenizer):
    follows, not_follows = judge("word " * 700, SECOND, model, tokenizer)
    assert follows.probability + not_follows.probability == pytest.approx(1)


def test_the_widget_answers_each_change_and_the_order_counts(model, tokenizer):
    widget = live_next_sentence(model, tokenizer, FIRST, SECOND)
    before = widget.answer["answers"]
    assert before == judge(FIRST, SECOND, model, tokenizer)
    widget.first, widget.second = SECOND, FIRST
    assert widget.answer["answers"] == judge(SECOND, FIRST, model, tokenizer) != before


def test_the_summary_says_the_difference_and_the_probability(model, tokenizer):
    widget = live_next_sentence(model, tokenizer, FIRST, SECOND)
    follows, not_follows = widget.answer["answers"]
    difference = follows.logit - not_follows.logit
    assert widget.answer["summary"] == f"P(B follows A) = sigmoid({difference:.2f}) = {follows.probability:.3f}"


@pytest.mark.parametrize("missing", ["first", "second"])
def test_a_missing_text_gets_a_hint_and_no_answer(model, tokenizer, missing):
    widget = live_next_sentence(model, tokenizer)
    setattr(widget, missing, "  ")
    assert widget.answer["answers"] == []
    assert widget.answer["summary"].startswith("Type two sentences")


def test_the_text_form_has_both_texts_and_both_answers(model, tokenizer):
    text = repr(live_next_sentence(model, tokenizer, FIRST, SECOND))
    assert text == f"A: {FIRST}\nB: {SECOND}\n{as_text(judge(FIRST, SECOND, model, tokenizer))}"
    assert text.splitlines()[2].startswith("follows          label 0  logit ")
    assert text.splitlines()[3].startswith("does not follow  label 1  logit ")
