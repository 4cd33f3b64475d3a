"""What the attention explorer shows, as data, as bytes and as text."""

import json
import zlib

import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.attention import view_heads as attention_explorer
from bertlab.attention.masks import get_attentions
from bertlab.attention.reading import attention_entropy
from bertlab.attention.table import as_text, strongest_looks
from bertlab.attention.view_heads import MOST_TOKENS, explore, live_attention, quantize, summarize
from tests.docstrings import assert_examples_hold

LAYERS, HEADS = 2, 3
TEXT, PAIR = "Tea is <b>hot</b>.", "So it is."


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    sizes = {"hidden_size": HEADS * 5, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    sizes |= {"vocab_size": len(tokenizer), "intermediate_size": 7, "initializer_range": 0.5}
    return BertModel(BertConfig(attn_implementation="eager", **sizes)).eval()


@pytest.fixture
def widget(model, tokenizer):
    return live_attention(model, tokenizer, TEXT, PAIR, layer=1, head=2)


def unpack(answer: dict) -> torch.Tensor:
    """Read the maps as the page does."""
    levels = torch.frombuffer(bytearray(zlib.decompress(answer["maps"])), dtype=torch.uint8)
    return levels.view(*answer["shape"], len(answer["tokens"]), -1) / 255


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(quantize.__doc__, vars(attention_explorer))


class TestExplore:
    @pytest.mark.parametrize("pair", ["", PAIR])
    def test_heads_then_their_mean(self, model, tokenizer, pair):
        inputs = tokenizer(TEXT, pair or None, return_tensors="pt")
        tokens, maps = explore(TEXT, pair, model, tokenizer)
        assert tokens == inputs.tokens()
        assert maps[:, :-1].equal(get_attentions(model, inputs)[:, 0])
        torch.testing.assert_close(maps[:, -1], maps[:, :-1].mean(dim=1))

    def test_a_long_text_is_cut(self, model, tokenizer):
        tokens, maps = explore("tea " * 999, "", model, tokenizer)
        assert len(tokens) == maps.shape[-1] == MOST_TOKENS

    def test_a_model_with_few_positions(self, model, tokenizer):
        short = BertModel(BertConfig(**model.config.to_dict() | {"max_position_embeddings": 13}))
        short.set_attn_implementation("eager")
        assert live_attention(short, tokenizer, "tea " * 32).answer["notes"] == [
            "This text is 34 tokens long; the first 13 are shown."
        ]

    def test_a_model_that_shows_no_attention(self, model, tokenizer):
        silent = BertModel(BertConfig(**model.config.to_dict() | {"attn_implementation": "sdpa"}))
        with pytest.raises(ValueError, match="attn_implementation"):
            live_attention(silent, tokenizer)


class TestBytes:
    def test_a_weight_is_off_by_at_most_two_thousandths(self):
        weights = torch.rand(10_000)
        assert (quantize(weights) / 255 - weights).abs().max() < 0.002

    def test_what_the_page_reads_is_what_the_model_gave(self, widget, model, tokenizer):
        tokens, maps = explore(TEXT, PAIR, model, tokenizer)
        assert widget.answer["shape"] == [LAYERS, HEADS + 1]
        assert widget.answer["tokens"] == tokens
        torch.testing.assert_close(unpack(widget.answer), maps, atol=0.002, rtol=0)

    def test_entropies_are_those_of_the_model_not_of_the_bytes(self, widget, model, tokenizer):
        _, maps = explore(TEXT, PAIR, model, tokenizer)
        expected = attention_entropy(maps).mean(-1)
        torch.testing.assert_close(torch.tensor(widget.answer["entropies"]), expected, atol=0.000501, rtol=0)

    def test_all_else_is_json(self, widget):
        rest = {name: value for name, value in widget.answer.items() if name != "maps"}
        assert json.loads(json.dumps(rest)) == rest

    def test_the_palette_gets_brighter_all_the_way(self):
        colors = torch.frombuffer(bytearray(attention_explorer.PALETTE), dtype=torch.uint8).view(256, 3)
        brightness = colors.float() @ torch.tensor([0.2126, 0.7152, 0.0722])
        assert (brightness[::3].diff() > 0).all()


class TestWidget:
    def test_it_follows_the_typing(self, widget):
        widget.pair = ""
        widget.text = "Tea?"
        assert widget.answer["asked"] == {"text": "Tea?", "pair": ""}
        assert widget.answer["tokens"] == ["[CLS]", "tea", "?", "[SEP]"]
        assert unpack(widget.answer).shape == (LAYERS, HEADS + 1, 4, 4)

    def test_a_long_text_is_said_to_be_cut(self, widget):
        assert widget.answer["notes"] == []
        widget.text = "tea " * 200
        assert widget.answer["notes"] == ["This text is 207 tokens long; the first 128 are shown."]

    def test_text_form(self, widget, model, tokenizer):
        tokens, maps = explore(TEXT, PAIR, model, tokenizer)
        table = as_text(strongest_looks(maps[1, 2], tokens))
        assert repr(widget) == f"{widget.answer['summary']}\nLayer 1, head 2:\n{table}"
        widget.head = 99
        assert repr(widget).splitlines()[1] == "Layer 1, mean of all heads:"


def test_summary():
    entropies = torch.tensor([[1.0, 0.254, 1.3], [0.9, 1.386, 0.3]])
    assert summarize(["[CLS]", "tea", "!", "[SEP]"], entropies) == (
        "4 tokens, 2 layers of 3 heads. "
        "Least spread out: layer 0, head 1 (0.25 nats); most: layer 1, head 1 (1.39 nats)."
    )
