"""A review live: the verdict is the classifier's own, each change gets one, and a missing text gets a hint."""

import pytest
import torch

from bertlab.fine_tuning.attribution import WordScore, explain
from bertlab.fine_tuning.view import MOST_WORDS, Verdict, as_text, judge_words, live_review
from tests.fine_tuning.toys import NAMES, make_model

TEXT, OTHER = "Not bad at all, but the ending was awful.", "Unbelievably good."


@pytest.fixture(scope="module")
def model():
    return make_model(dropout=0.2, max_position_embeddings=128)


def test_the_verdict_is_the_classifiers_own(model, tokenizer):
    verdict = judge_words(model, tokenizer, TEXT, NAMES)
    model.eval()
    with torch.no_grad():
        shares = model(**tokenizer(TEXT, return_tensors="pt")).logits[0].softmax(-1)
    model.train()
    assert verdict.label == NAMES[shares.argmax()]
    assert verdict.probability == pytest.approx(shares.max().item(), abs=1e-6)
    assert verdict.words == explain(model, tokenizer, TEXT)


def test_dropout_is_off_and_as_it_was_before(model, tokenizer):
    model.train()
    assert judge_words(model, tokenizer, TEXT, NAMES) == judge_words(model, tokenizer, TEXT, NAMES)
    assert model.training


def test_both_labels_are_given_by_name(tokenizer):
    model = make_model()
    found = set()
    for bias in (-9.0, 9.0):
        with torch.no_grad():
            model.classifier.bias.copy_(torch.tensor([0.0, bias]))
        verdict = judge_words(model, tokenizer, OTHER, ("thumbs down", "thumbs up"))
        assert verdict.probability > 0.9
        found.add((bias, verdict.label))
    assert found == {(-9.0, "thumbs down"), (9.0, "thumbs up")}


def test_only_the_first_words_are_read(model, tokenizer):
    long = " ".join(f"{TEXT} {number}" for number in range(20))
    verdict = judge_words(model, tokenizer, long, NAMES)
    assert [word.word for word in verdict.words] == long.split()[:MOST_WORDS]
    assert verdict == judge_words(model, tokenizer, " ".join(long.split()[:MOST_WORDS]), NAMES)


def test_the_widget_answers_each_change(model, tokenizer):
    widget = live_review(model, tokenizer, TEXT)
    before = widget.answer
    assert before["asked"] == {"text": TEXT}
    assert before["words"] == judge_words(model, tokenizer, TEXT, NAMES).words
    assert before["names"] == ["negative", "positive"]
    widget.text = OTHER
    assert widget.answer["asked"] == {"text": OTHER}
    assert widget.answer["words"] == judge_words(model, tokenizer, OTHER, NAMES).words != before["words"]


def test_the_summary_says_the_verdict_and_how_often_the_measures_differ(model, tokenizer):
    verdict = judge_words(model, tokenizer, TEXT, NAMES)
    differ = [word.word for word in verdict.words if word.gradient * word.left_out <= 0]
    assert live_review(model, tokenizer, TEXT).answer["summary"] == (
        f"{verdict.label}, {verdict.probability:.1%}. "
        f"The two measures point in different directions for {len(differ)} of 9 words."
    )


@pytest.mark.parametrize("missing", ["", "  \n"])
def test_a_missing_text_gets_a_hint_and_no_answer(model, tokenizer, missing):
    widget = live_review(model, tokenizer, TEXT)
    widget.text = missing
    assert widget.answer["words"] == []
    assert widget.answer["summary"] == repr(widget) == "Type a review."


def test_a_classifier_with_three_labels_is_refused_at_once_and_on_the_page_later(model, tokenizer):
    with pytest.raises(ValueError, match="this head has 3"):
        live_review(make_model(num_labels=3), tokenizer, TEXT)
    widget = live_review(make_model(num_labels=3), tokenizer, "")
    widget.text = TEXT
    assert widget.answer["problem"].startswith("ValueError: a score is the difference of two logits")


def test_the_text_form_has_the_text_the_verdict_and_each_word(model, tokenizer):
    text = repr(live_review(model, tokenizer, TEXT))
    assert text == f"{TEXT}\n{as_text(judge_words(model, tokenizer, TEXT, NAMES))}"
    assert len(text.splitlines()) == 3 + len(TEXT.split())


def test_a_line_of_the_table():
    verdict = Verdict("positive", 0.9314, [WordScore("bad", -0.412, 1.2), WordScore("good", 0.5, 0.25)])
    assert as_text(verdict).splitlines() == [
        "positive 93.1%",
        "word              gradient  left out",
        "bad                  -0.41     +1.20  they disagree",
        "good                 +0.50     +0.25",
    ]
