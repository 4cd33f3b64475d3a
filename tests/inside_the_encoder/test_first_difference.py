"""The first step that differs is named, whatever it is and however the model around it is written."""

import pytest
import torch
import transformers
from torch import nn

from bertlab.inside_the_encoder import model as ours
from bertlab.inside_the_encoder.first_difference import Finding, find_difference
from bertlab.inside_the_encoder.model_exercise import make_truth, small_config

CONFIG = small_config(24, heads=3, layers=2)


@pytest.fixture(scope="module")
def truth():
    return make_truth(CONFIG)


def changed(change):
    """A right model, changed in one place."""

    def build(config):
        model = ours.BertForPreTraining(config)
        change(model)
        return model

    return build


def hook(path, before=None, after=None):
    """Change what one module is given or returns."""

    def change(model):
        part = model.get_submodule(path)
        if before:
            part.register_forward_pre_hook(lambda part, given: (before(given[0]), *given[1:]))
        if after:
            part.register_forward_hook(lambda part, given, result: after(result))

    return changed(change)


def replaced(path, new):
    def change(model):
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, new(model))

    return changed(change)


def turned(x):
    return x.flip(-1)


@pytest.mark.parametrize(
    ("build", "place"),
    [
        (hook("bert.embeddings.token_type_embeddings", after=torch.zeros_like), "sum of the embeddings"),
        (hook("bert.encoder.layer.0.attention.self.query", after=turned), "layer 0, query"),
        (hook("bert.encoder.layer.1.attention.self.key", after=turned), "layer 1, key"),
        (hook("bert.encoder.layer.0.attention.output.dense", before=turned), "layer 0, what the heads gathered"),
        (hook("bert.encoder.layer.1.output.dense", after=turned), "layer 1, sum after feed-forward"),
        (hook("bert.encoder.layer.1", after=lambda result: (result[0].roll(1, 1), result[1])), "input of the pooler"),
        (replaced("bert.encoder.layer.1.intermediate.gelu", lambda model: nn.ReLU()), "layer 1, activation"),
        (replaced("bert.pooler.tanh", lambda model: nn.Identity()), "pooled vector"),
        (replaced("cls.predictions.transform.gelu", lambda model: nn.Identity()), "activation of the MLM head"),
        (hook("cls.predictions.decoder", after=turned), "MLM logits"),
        (hook("cls.seq_relationship", after=turned), "NSP logits"),
    ],
)
def test_the_step_is_named(truth, build, place):
    found = find_difference(build, truth)
    assert found.place == place
    assert found.words.startswith(f"The first step that differs is “{place}”, by up to ")


@pytest.mark.parametrize("build", [ours.BertForPreTraining, transformers.BertForPreTraining])
def test_a_right_model_differs_nowhere(truth, build):
    assert repr(find_difference(build, truth)) == "every step agrees"


def test_parts_that_agree_are_named(truth):
    found = find_difference(hook("bert.encoder.layer.1.attention.self.key", after=turned), truth)
    assert found.agreed == ["embeddings", "layer 0"]
    assert repr(found) == "agrees: embeddings, layer 0; first differs: layer 1, key"


def test_a_wrong_shape_of_a_step_is_told(truth):
    """As if tokens and texts had been swapped."""
    found = find_difference(hook("bert.encoder.layer.0.attention.output.dense", before=lambda x: x.mT), truth)
    assert "the shape is (2, 24, 7)" in found.words


def test_a_hard_coded_size_is_told(truth):
    found = find_difference(replaced("bert.pooler.dense", lambda model: nn.Linear(24, 768)), truth)
    assert (
        found.words
        == "`bert.pooler.dense.weight` has the shape (768, 24) and should have (24, 24): take the sizes"
        + (" from `config`.")
    )


class Beginning(nn.Module):
    """A model of which only the embeddings are written."""

    def __init__(self, config):
        super().__init__()
        self.bert = nn.ModuleDict({"embeddings": ours.Embeddings(config)})

    def forward(self, input_ids, token_type_ids, attention_mask):
        return self.bert["embeddings"](input_ids, token_type_ids)


def test_a_beginning_is_told_what_comes_next(truth):
    found = find_difference(Beginning, truth)
    assert found.words == (
        "So far right: embeddings. Next comes `bert.encoder.layer.0.attention.self.query.weight`, "
        "a weight that your model does not have."
    )


def test_a_misspelled_weight_is_shown_beside_the_right_one(truth):
    def misspell(model):
        model.bert.pooler = nn.Sequential()
        model.bert.pooler.add_module("linear", nn.Linear(24, 24))

    found = find_difference(changed(misspell), truth)
    assert "Next comes `bert.pooler.dense.weight`" in found.words
    assert "It does have `bert.pooler.linear.weight`, a name that no checkpoint has." in found.words


def test_a_decoder_that_is_only_a_copy_is_found(truth):
    def untie(model):
        model.cls.predictions.decoder.weight = nn.Parameter(model.cls.predictions.decoder.weight.clone())

    assert find_difference(changed(untie), truth).place == "the tie"


def test_a_weight_too_many_is_found(truth):
    def add(model):
        model.bert.scale = nn.Parameter(torch.ones(1))

    assert "`bert.scale`" in find_difference(changed(add), truth).words


def test_a_head_without_a_decoder_of_its_own_may_use_the_table(truth):
    class Head(nn.Module):
        def __init__(self, head, table):
            super().__init__()
            self.transform, self.table, self.bias = (
                head.transform,
                [table],
                nn.Parameter(torch.zeros(CONFIG.vocab_size)),
            )

        def forward(self, hidden):
            return self.transform(hidden) @ self.table[0].weight.T + self.bias

    def change(model):
        model.cls["predictions"] = Head(model.cls["predictions"], model.bert.embeddings.word_embeddings)

    assert find_difference(changed(change), truth).place == ""


def test_code_that_never_calls_a_module_is_judged_by_the_next_one(truth):
    """LayerNorm by hand, with the weights of a module that is not called."""

    class ByHand(ours.AddAndNorm):
        eps = 0.01

        def forward(self, found, residual):
            x = residual + self.dense(found)
            x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + self.eps).sqrt()
            return x * self.LayerNorm.weight + self.LayerNorm.bias

    class Wrong(ByHand):
        eps = 0.5

    def with_end(kind):
        return replaced("bert.encoder.layer.0.output", lambda model: kind(CONFIG, CONFIG.intermediate_size))

    assert find_difference(with_end(ByHand), truth).place == ""
    assert find_difference(with_end(Wrong), truth).place == "layer 1, input of attention"


class TestErrors:
    def test_while_it_is_built(self, truth):
        def build(config):
            raise TypeError("no such thing")

        found = find_difference(build, truth)
        assert found.place == "building the model"
        assert "`MyBert(config)` raised TypeError: no such thing, in the line" in found.words

    def test_what_is_no_module(self, truth):
        assert "should be an `nn.Module`, and is a list" in find_difference(lambda config: [], truth).words

    def test_while_it_runs_the_line_is_shown(self, truth):
        class Broken(Beginning):
            def forward(self, input_ids, token_type_ids, attention_mask):
                hidden = super().forward(input_ids, token_type_ids, attention_mask)
                return hidden.no_such_method()

        def all_weights(config):
            model = ours.BertForPreTraining(config)
            model.forward = Broken.forward.__get__(Broken(config))
            return model

        found = find_difference(all_weights, truth)
        assert "in the line `return hidden.no_such_method()`" in found.words

    def test_an_early_error_comes_before_a_late_gap(self, truth):
        """The MLM head is not written yet, but that is not why this one fails."""

        class NoHeads(nn.Module):
            def __init__(self, config):
                super().__init__()
                self.bert = ours.BertModel(config)
                self.bert.encoder["layer"][0].attention["self"].forward = lambda hidden, bias: 1 / 0

            def forward(self, **inputs):
                return self.bert(**inputs)

        assert "ZeroDivisionError" in find_difference(NoHeads, truth).words


def test_findings_are_alike_if_they_go_wrong_alike():
    value = torch.ones(2)
    assert Finding("a", "one", value).is_like(Finding("a", "other words", value.clone()))
    assert not Finding("a", "one", value).is_like(Finding("b", "one", value))
    assert not Finding("a", "one", value).is_like(Finding("a", "one", 2 * value))
    assert not Finding("a", "one").is_like(Finding())
