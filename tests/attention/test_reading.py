"""Entropy, rollout and the measuring of heads, against numbers worked by hand and against plain loops."""

import math

import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.attention import reading as reading_attention
from bertlab.attention.importance import looks
from bertlab.attention.masks import get_attentions
from bertlab.attention.reading import (
    attention_entropy,
    attention_rollout,
    classify_heads,
    contributions,
    head_targets,
    measure_heads,
    rollout_step,
)
from tests.docstrings import assert_examples_hold

TEXTS = ["The unaffable snowboarders were late.", "Tea!", ""]


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    sizes = {"hidden_size": 15, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 7}
    return BertModel(BertConfig(vocab_size=len(tokenizer), attn_implementation="eager", **sizes))


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(reading_attention.head_targets.__doc__, vars(reading_attention))


class TestEntropy:
    def test_by_hand(self):
        weights = torch.tensor([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [0.5, 0.25, 0.25, 0]])
        expected = torch.tensor([0, math.log(2), math.log(4), 1.5 * math.log(2)])
        torch.testing.assert_close(attention_entropy(weights), expected)

    def test_equal_to_pytorchs(self):
        weights = torch.randn(2, 3, 5, 7).softmax(-1)
        torch.testing.assert_close(attention_entropy(weights), torch.distributions.Categorical(weights).entropy())
        torch.testing.assert_close(attention_entropy(weights), torch.special.entr(weights).sum(-1))

    def test_gradients_survive_zeros_too(self):
        weights = torch.tensor([0.0, 0.5, 0.5], requires_grad=True)
        attention_entropy(weights).backward()
        assert weights.grad.isfinite().all()


class TestRollout:
    first = torch.tensor([[[0.0, 1], [0, 1]], [[1, 0], [0, 1]]])  # two heads; their mean is [[1/2, 1/2], [0, 1]]
    second = torch.tensor([[[0.0, 1], [1, 0]], [[0, 1], [1, 0]]])

    def test_a_step_by_hand(self):
        one = rollout_step(torch.eye(2), self.first)
        assert one.tolist() == [[0.75, 0.25], [0, 1]]
        two = rollout_step(one, self.second)  # half of each token's own row, half of the other's
        assert two.tolist() == [[0.375, 0.625], [0.375, 0.625]]

    def test_all_layers(self):
        rollout = attention_rollout(torch.stack([self.first, self.second]))
        assert rollout.tolist() == [[[0.75, 0.25], [0, 1]], [[0.375, 0.625], [0.375, 0.625]]]

    def test_rows_keep_the_sum_1(self):
        rollout = attention_rollout(torch.randn(5, 3, 7, 7).softmax(-1))
        torch.testing.assert_close(rollout.sum(-1), torch.ones(5, 7))

    def test_what_no_layer_may_see_never_arrives(self):
        masked = torch.randn(4, 3, 7, 7).masked_fill(torch.ones(7, 7).triu(1) == 1, -math.inf).softmax(-1)
        assert (attention_rollout(masked).triu(1) == 0).all()


class TestContributions:
    def test_without_lengths_they_add_up_to_what_the_layer_gathers(self, model, tokenizer):
        """The vectors themselves, of which `contributions` gives the lengths, have the projection's output as sum."""
        inputs, layer = tokenizer(TEXTS[0], return_tensors="pt"), model.encoder.layer[1].attention
        lengths, weights = contributions(model, inputs)[1, 0], get_attentions(model, inputs)[1, 0]
        with torch.no_grad():
            state = model.eval()(**inputs, output_hidden_states=True).hidden_states[1]
            gathered = layer.output.dense(layer.self(state)[0])[0] - layer.output.dense.bias
            total = torch.zeros_like(gathered)
            for head in range(3):
                rows = slice(5 * head, 5 * head + 5)  # hidden_size 15 in 3 heads
                values = layer.self.value(state)[0, :, rows] @ layer.output.dense.weight[:, rows].T
                torch.testing.assert_close(lengths[head], weights[head] * values.norm(dim=-1))
                total += weights[head] @ values
        torch.testing.assert_close(total, gathered)


class TestHeadTargets:
    def test_a_word_of_two_pieces(self):
        targets = head_targets(["[CLS]", "un", "##do", "it", "[SEP]"], [None, 0, 0, 1, None])
        keys = {name: [row.nonzero().flatten().tolist() for row in mask] for name, mask in targets.items()}
        assert keys == {
            "previous": [[], [0], [1], [2], [3]],
            "next": [[1], [2], [3], [4], []],
            "same word": [[0], [1, 2], [1, 2], [3], [4]],
            "[CLS]": [[0]] * 5,
            "[SEP]": [[4]] * 5,
        }

    def test_every_sep_of_a_pair(self):
        targets = head_targets(["[CLS]", "a", "[SEP]", "b", "[SEP]"], [None, 0, None, 0, None])
        assert targets["[SEP]"][1].nonzero().flatten().tolist() == [2, 4]


class TestMeasureHeads:
    def test_equal_to_loops(self, model, tokenizer):
        sums = {"previous": 0.0, "next": 0.0, "same word": 0.0, "[CLS]": 0.0, "[SEP]": 0.0, "broad": 0.0}
        queries = 0
        for text in TEXTS:
            inputs = tokenizer(text, return_tensors="pt")
            head = get_attentions(model, inputs)[1, 0, 2].tolist()
            words, last = inputs.word_ids(), len(inputs.word_ids()) - 1
            for query in range(1, last):
                row = head[query]
                queries += 1
                sums["previous"] += row[query - 1]
                sums["next"] += row[query + 1]
                sums["same word"] += sum(row[key] for key in range(last) if words[key] == words[query])
                sums["[CLS]"] += row[0]
                sums["[SEP]"] += row[last]
                sums["broad"] -= sum(weight * math.log(weight, last + 1) for weight in row)
        measures = measure_heads(model, tokenizer, TEXTS)
        assert all(measure.shape == (2, 3) for measure in measures.values())
        assert {name: measure[1, 2].item() for name, measure in measures.items()} == pytest.approx(
            {name: total / queries for name, total in sums.items()}, rel=1e-5
        )

    def test_texts_without_a_word(self, model, tokenizer):
        with pytest.raises(ValueError, match="no words to start from"):
            measure_heads(model, tokenizer, ["", " "])

    @pytest.mark.parametrize("measure", [measure_heads, looks])
    def test_a_string_in_place_of_a_list(self, model, tokenizer, measure):
        with pytest.raises(TypeError, match=r"texts is one string.*give \['Tea is hot.'\]"):
            measure(model, tokenizer, "Tea is hot.")


def test_classify_heads():
    measures = {
        "previous": torch.tensor([[0.6, 0.1, 0.5], [0.4, 0.1, 0.1]]),
        "[SEP]": torch.tensor([[0.2, 0.9, 0.5], [0.4, 0.1, 0.1]]),
        "broad": torch.tensor([[0.9, 0.1, 0.2], [0.5, 0.79, 0.81]]),
    }
    assert classify_heads(measures) == [["previous", "[SEP]", "previous"], ["mixed", "mixed", "broad"]]


@pytest.mark.parametrize(("steps", "kind"), [(-1, "previous"), (1, "next"), (0, "same word")])
def test_a_head_made_to_look_somewhere_is_named_after_it(monkeypatch, model, tokenizer, steps, kind):
    def look(model, inputs):
        return torch.eye(inputs["input_ids"].shape[1]).roll(steps, dims=1)[None, None, None]

    monkeypatch.setattr(reading_attention, "get_attentions", look)
    assert classify_heads(measure_heads(model, tokenizer, TEXTS)) == [[kind]]
