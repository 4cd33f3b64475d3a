"""The picture of the three masks as data and as text, and the widget as far as it lives in Python."""

import pytest
import torch
import traitlets

from bertlab.attention import view_masks as attention_masks
from bertlab.attention.masks import causal_mask, full_mask, padding_mask
from bertlab.attention.view_masks import CONTRACTS, MOST_DRAWN, as_text, live_attention_masks, picture, summarize
from tests.docstrings import assert_examples_hold

TOKENS = ["[CLS]", "tea", "!", "[SEP]"]


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(summarize.__doc__, vars(attention_masks))


class TestPicture:
    @pytest.mark.parametrize(
        ("kind", "pads", "mask"),
        [
            ("full", 0, full_mask(4)),
            ("causal", 0, causal_mask(4)),
            ("padding", 3, padding_mask(torch.tensor([1, 1, 1, 1, 0, 0, 0]))),
            ("causal+padding", 3, causal_mask(7) & padding_mask(torch.tensor([1, 1, 1, 1, 0, 0, 0]))),
        ],
    )
    def test_each_kind(self, tokenizer, kind, pads, mask):
        drawn = picture("Tea!", kind, tokenizer)
        assert drawn.tokens == [*TOKENS, *["[PAD]"] * pads]
        assert drawn.mask.equal(mask)

    @pytest.mark.parametrize("kind", CONTRACTS)
    def test_a_long_text_is_cut(self, tokenizer, kind):
        tokens, mask = picture("tea " * 99, kind, tokenizer)
        assert len(tokens) == len(mask) == MOST_DRAWN

    def test_no_text_at_all(self, tokenizer):
        assert picture("", "causal", tokenizer).tokens == ["[CLS]", "[SEP]"]

    def test_another_kind(self, tokenizer):
        with pytest.raises(ValueError, match=r"no mask 'half': choose one of full, causal, padding, causal\+padding"):
            picture("Tea!", "half", tokenizer)


def test_text_form():
    assert as_text(TOKENS, causal_mask(4)).splitlines() == [
        "0 [CLS]  ● · · ·",
        "1 tea    ● ● · ·",
        "2 !      ● ● ● ·",
        "3 [SEP]  ● ● ● ●",
    ]


def test_what_causal_padding_adds_shows_in_the_rows_of_the_padding_only():
    real = torch.tensor([1, 1, 1, 0, 0])
    both = causal_mask(5) & padding_mask(real)
    assert both[real == 1].equal(causal_mask(5)[real == 1])
    assert not both[real == 0].equal(causal_mask(5)[real == 0])


def test_what_nobody_may_use_is_said():
    mask = padding_mask(torch.tensor([1, 0]))
    assert summarize(["a", "[PAD]"], mask, 1) == "[PAD], position 1, may use 1 of 2: a. It may be used by none."


class TestWidget:
    def test_it_follows_the_kind_and_the_position(self, tokenizer):
        widget = live_attention_masks(tokenizer, "Tea!", "causal")
        widget.position = 1
        assert widget.answer["mask"] == causal_mask(4).tolist()
        assert widget.answer["summary"].startswith("tea, position 1, may use 2 of 4: [CLS] tea.")
        assert widget.answer["contract"] == CONTRACTS["causal"]
        widget.kind = "padding"
        assert len(widget.answer["tokens"]) == 7
        assert widget.answer["contract"] == CONTRACTS["padding"]

    def test_a_position_beyond_the_text_is_the_last(self, tokenizer):
        widget = live_attention_masks(tokenizer, "Tea is hot!")
        widget.position = 5
        widget.text = "Tea"
        assert widget.answer["position"] == 2
        assert widget.answer["summary"].startswith("[SEP], position 2,")

    def test_a_long_text_is_said_to_be_cut(self, tokenizer):
        notes = live_attention_masks(tokenizer, "tea " * 99, "padding").answer["notes"]
        assert notes == ["This text is 101 tokens long; the first 21 are drawn."]

    def test_text_form(self, tokenizer):
        widget = live_attention_masks(tokenizer, "Tea!", "causal")
        lines = repr(widget).splitlines()
        assert lines == [CONTRACTS["causal"], *as_text(TOKENS, causal_mask(4)).splitlines(), widget.answer["summary"]]

    def test_another_kind(self, tokenizer):
        with pytest.raises(traitlets.TraitError):
            live_attention_masks(tokenizer, kind="half")
