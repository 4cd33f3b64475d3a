"""BertViz in a frame: what is inside it, what is not, and what is left of it where no frame is drawn."""

import base64
import html
import json
import re
import zlib

import bertviz
import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.attention import bertviz_frame
from bertlab.attention.bertviz import MOST_LINES, head_view, model_view, neuron_view, queries_and_keys, round_weights
from bertlab.attention.masks import get_attentions, scaled_dot_product_attention
from bertlab.attention.table import Look, as_text, strongest_looks
from tests.docstrings import assert_examples_hold

# BertViz opens its scripts and leaves it to Python to close them.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file.*bertviz:ResourceWarning")

TEXT, PAIR = "Tea </script> is hot.", "So it is."
LAYERS, HEADS, WIDTH = 2, 3, 5


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    sizes = {"hidden_size": HEADS * WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    sizes |= {"vocab_size": len(tokenizer), "intermediate_size": 7, "initializer_range": 1.0}
    return BertModel(BertConfig(attn_implementation="eager", **sizes)).eval()


@pytest.fixture(scope="module")
def inputs(tokenizer):
    return tokenizer(TEXT, PAIR, return_tensors="pt")


@pytest.fixture(scope="module")
def attention(model, inputs):
    return get_attentions(model, inputs)


@pytest.fixture(scope="module")
def views(model, tokenizer, inputs, attention):
    start = inputs["token_type_ids"][0].tolist().index(1)
    return {
        "head": head_view(attention, inputs.tokens(), start, layer=1),
        "model": model_view(attention, inputs.tokens(), start),
        "neuron": neuron_view(model, tokenizer, TEXT, PAIR, layer=1, head=2),
    }


each_view = pytest.mark.parametrize("name", ["head", "model", "neuron"])


def page_of(view) -> str:
    """Return the page inside the frame."""
    return html.unescape(re.search('srcdoc="(.*?)"', view._repr_html_(), re.DOTALL)[1])


def unpack(view) -> str:
    """Return the scripts that the frame carries."""
    packed = re.search(r'start\("(.*?)"\);', page_of(view))[1]
    return zlib.decompress(base64.b64decode(packed)).decode()


def params_of(view) -> dict:
    return json.loads(re.search(r"params = (\{.*\})", unpack(view))[1])


class TestTheFrame:
    @each_view
    def test_it_loads_nothing(self, views, name):
        assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=", page_of(views[name])) == []
        assert re.findall("https?:", page_of(views[name])) == []
        assert unpack(views[name]).startswith("// https://d3js.org v5.7.0")

    @each_view
    def test_the_attention_is_in_it_once_and_rounded(self, views, attention, name):
        params = params_of(views[name])
        whole = params["attention"]["all" if name == "neuron" else 0]["attn"]
        shown = torch.tensor(whole).view(LAYERS, HEADS, *attention.shape[-2:])
        torch.testing.assert_close(shown, attention[:, 0], atol=0.0005001, rtol=0)
        assert unpack(views[name]).count('"left_text"') == 5, "all, and each text to each: no second copy in a comment"
        assert re.search(r"0\.\d{4}", json.dumps(whole)) is None

    @each_view
    def test_a_token_cannot_end_the_script(self, views, name):
        source = views[name]._repr_html_()
        assert "script" in params_of(views[name])["attention"]["all" if name == "neuron" else 0]["left_text"]
        assert "<script" not in source
        assert "</script" not in source
        assert page_of(views[name]).count("<script>") == page_of(views[name]).count("</script>") == 1

    def test_not_even_a_token_that_is_a_tag(self, attention, inputs):
        tokens = ["</script><script>alert(1)</script>", *inputs.tokens()[1:-1], '\n<script type="text/javascript">\n']
        view = head_view(attention, tokens)
        assert page_of(view).count("<script>") == page_of(view).count("</script>") == 1
        assert params_of(view)["attention"][0]["left_text"] == tokens

    @each_view
    def test_what_is_left_when_the_frame_is_stripped(self, views, name):
        stripped = re.sub("<iframe.*?</iframe>", "", views[name]._repr_html_(), flags=re.DOTALL)
        title = f"BertViz {name} view: 2 layers of 3 heads, 15 tokens."
        assert stripped == f"<div><p>{title} If nothing is drawn above, run the cell or trust the notebook.</p></div>"
        assert f'title="{title}"' in views[name]._repr_html_()

    def test_the_same_attention_gives_the_same_bytes(self, views, attention, inputs):
        start = inputs["token_type_ids"][0].tolist().index(1)
        assert head_view(attention, inputs.tokens(), start, layer=1)._repr_html_() == views["head"]._repr_html_()

    def test_without_mpld3_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr(bertviz_frame, "find_spec", lambda name: None)
        with pytest.raises(ModuleNotFoundError, match="pip install mpld3"):
            bertviz_frame.d3.__wrapped__()

    def test_it_is_much_smaller_than_bertvizs_own(self):
        tokens = [f"token{place}" for place in range(24)]
        attention = [torch.randn(1, 12, 24, 24).softmax(-1) for _ in range(12)]
        stock = bertviz.head_view(attention, tokens, html_action="return").data
        assert 10 * len(head_view(attention, tokens)._repr_html_()) < len(stock)


class TestHeadView:
    def test_what_is_selected_at_first(self, attention, inputs):
        params = params_of(head_view(attention, inputs.tokens(), layer=1, heads=range(2)))
        assert (params["layer"], params["heads"]) == (1, [0, 1])

    def test_text(self, attention, inputs):
        view = head_view(attention, inputs.tokens(), layer=1, heads=[2])
        table = as_text(strongest_looks(attention[1, 0, 2], inputs.tokens()))
        assert repr(view).splitlines()[1:2] == ["Layer 1, head 2:"]
        assert repr(view).splitlines()[2:] == table.splitlines()

    def test_a_models_own_output_will_do(self, model, inputs, attention):
        output = model(**inputs, output_attentions=True).attentions
        tokens = inputs.tokens()
        assert head_view(output, tokens)._repr_html_() == head_view(attention, tokens)._repr_html_()

    def test_no_attention(self, inputs):
        with pytest.raises(ValueError, match="attn_implementation='eager'"):
            head_view((), inputs.tokens())

    def test_tokens_of_another_text(self, attention):
        with pytest.raises(ValueError, match="15 positions, while number of tokens is 2"):
            head_view(attention, ["[CLS]", "[SEP]"])

    def test_too_many_lines_in_one_layer(self):
        """506 tokens made three million lines, and took the browser a minute and a half."""
        with pytest.raises(
            ValueError, match=r"head view would draw 3,072,432 lines for 506 tokens.*at most 129 tokens$"
        ):
            head_view([torch.eye(506).expand(1, 12, 506, 506)], ["a"] * 506)

    def test_the_longest_that_is_drawn(self):
        attention = [torch.eye(129).expand(1, 12, 129, 129)]
        assert params_of(head_view(attention, ["a"] * 129))["attention"][0]["left_text"] == ["a"] * 129


class TestModelView:
    def test_some_layers(self, attention, inputs):
        view = model_view(attention, inputs.tokens(), include_layers=[1])
        params = params_of(view)
        assert params["include_layers"] == [1]
        torch.testing.assert_close(
            torch.tensor(params["attention"][0]["attn"]), attention[1:, 0], atol=0.0005001, rtol=0
        )
        assert repr(view).startswith("BertViz model view: 1 layer of 3 heads, 15 tokens.\nLayer 1, mean of 3 heads:")

    def test_too_many_lines(self):
        attention = [torch.eye(40).expand(1, 12, 40, 40)] * 12
        complaint = (
            rf"230,400 lines for 40 tokens.*{MOST_LINES:,}.*at most 37 tokens, or fewer.*include_layers=\[0, 1\]"
        )
        with pytest.raises(ValueError, match=complaint):
            model_view(attention, ["a"] * 40)
        assert params_of(model_view(attention, ["a"] * 40, include_layers=[5]))["include_layers"] == [5]


class TestNeuronView:
    def test_queries_and_keys_make_the_weights(self, model, inputs, attention):
        for layer, parts in enumerate(queries_and_keys(model, inputs)):
            assert parts["queries"].shape == (1, HEADS, 15, WIDTH)
            _, weights = scaled_dot_product_attention(parts["queries"], parts["keys"], parts["keys"])
            torch.testing.assert_close(weights, attention[layer])

    def test_they_are_in_the_frame(self, views, model, inputs):
        params = params_of(views["neuron"])
        assert (params["layer"], params["head"]) == (1, 2)
        for layer, parts in enumerate(queries_and_keys(model, inputs)):
            for name, vectors in parts.items():
                shown = torch.tensor(params["attention"]["all"][name][layer])
                torch.testing.assert_close(shown, vectors[0], atol=0.00501, rtol=0)

    def test_a_long_text(self, model, tokenizer):
        with pytest.raises(
            ValueError, match=r"neuron view would draw 270,000 lines for 300 tokens.*at most 258 tokens$"
        ):
            neuron_view(model, tokenizer, "tea " * 298)

    def test_a_single_text(self, model, tokenizer):
        assert set(params_of(neuron_view(model, tokenizer, "Tea."))["attention"]) == {"all"}

    def test_dropout_is_off_meanwhile(self, model, tokenizer, views):
        again = neuron_view(model.train(), tokenizer, TEXT, PAIR, layer=1, head=2)
        assert model.training
        model.eval()
        assert again._repr_html_() == views["neuron"]._repr_html_()


class TestTheTable:
    def test_by_hand(self):
        weights = torch.tensor([[0.0, 1, 0], [0.25, 0.5, 0.25], [0.9, 0.1, 0]])
        looks = strongest_looks(weights, ["a", "##bc", "d"])
        assert looks[0] == Look("a", "##bc", 1.0, 0.0)
        assert looks[1] == Look("##bc", "##bc", 0.5, pytest.approx(1.0397, abs=1e-4))
        assert as_text(looks).splitlines() == [
            "token  looks most at  weight  entropy",
            "a      ##bc            100 %     0.00",
            "##bc   ##bc             50 %     1.04",
            "d      a                90 %     0.33",
        ]

    def test_weights_of_another_text(self):
        with pytest.raises(ValueError, match=r"shape \(2, 2\) are not those of 3 tokens"):
            strongest_looks(torch.eye(2), ["a", "b", "c"])


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(round_weights.__doc__, {"round_weights": round_weights, "torch": torch})
    assert_examples_hold(strongest_looks.__doc__, {"strongest_looks": strongest_looks, "torch": torch})
