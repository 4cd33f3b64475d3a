"""The live fill-mask shows what `fill_mask` gives, and says in words what it cannot show."""

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from bertlab.masked_language_modeling.masking import Prediction, fill_mask
from bertlab.masked_language_modeling.view_fill_mask import MOST_DRAWN, as_text, live_fill_mask, summarize

TWO = [[Prediction("paris", 0.413), Prediction("lyon", 0.06)], [Prediction("big", 0.5), Prediction("old", 0.25)]]


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    size = {"hidden_size": 26, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 37}
    return BertForMaskedLM(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=32, **size)).eval()


def test_the_text_form_is_a_block_for_each_mask():
    assert as_text(TWO) == "paris   41.3%\nlyon     6.0%\n\nbig     50.0%\nold     25.0%"
    assert as_text([]) == ""


def test_the_sentence_names_the_first_guess_for_each_mask():
    assert summarize(TWO, "[MASK]") == "Most likely: paris (41.3 %), big (50.0 %)."


def test_without_a_mask_the_sentence_says_what_to_type(model, tokenizer):
    widget = live_fill_mask(model, tokenizer, "Nothing hidden.")
    assert widget.answer["columns"] == []
    assert widget.answer["summary"].startswith("Type [MASK] where")


def test_the_widget_answers_each_change(model, tokenizer):
    widget = live_fill_mask(model, tokenizer, "A [MASK].")
    assert widget.answer["columns"] == fill_mask("A [MASK].", model, tokenizer)
    widget.text = "A [MASK] and a [MASK]."
    assert widget.answer["columns"] == fill_mask("A [MASK] and a [MASK].", model, tokenizer)
    assert [len(column) for column in widget.answer["columns"]] == [8, 8]
    assert "guessed on its own" in widget.answer["notes"][0]


def test_a_text_too_long_is_said_to_be_cut(model, tokenizer):
    notes = live_fill_mask(model, tokenizer, "[MASK] " + "word " * 40).answer["notes"]
    assert notes == ["This text is 43 pieces long; the model reads 32, so the rest was cut off."]


def test_of_many_masks_the_first_are_drawn(model, tokenizer):
    answer = live_fill_mask(model, tokenizer, "[MASK] " * 9).answer
    assert len(answer["columns"]) == MOST_DRAWN
    assert answer["notes"][-1] == "Only the first 6 of 9 blanks are drawn."


def test_printed_the_widget_is_its_text_form(model, tokenizer):
    widget = live_fill_mask(model, tokenizer, "A [MASK].")
    assert repr(widget) == f"A [MASK].\n{as_text(fill_mask('A [MASK].', model, tokenizer))}"
