"""Ways to serve side by side: times in turn, ratios, and how often answers change."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification, BertModel

from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.sentence_embeddings.pairs import ScoredPairs
from bertlab.variants import serving_figures, serving_onnx
from bertlab.variants.serving import Answer, fp32
from bertlab.variants.serving_figures import (
    WAYS,
    Speed,
    compare_logits,
    lowest_cosine,
    measure_serving,
    ratios,
    serve,
    similarity_score,
)

TEXTS = ("A dog barks.", "Rain.", "The rain fell on the roof all night.", "Two dogs ran.", "It is late.")
CONFIG = BertConfig(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=37)


@pytest.fixture(scope="module")
def served():
    torch.manual_seed(7)
    return serve(BertModel(CONFIG, add_pooling_layer=False), ["fp32", "bf16, autocast", "bf16 weights", "int8"])


def test_all_that_is_installed_is_served(monkeypatch):
    monkeypatch.setattr(serving_onnx, "is_installed", lambda: False)
    tiny = BertModel(
        BertConfig(vocab_size=37, hidden_size=8, num_hidden_layers=1, num_attention_heads=2), add_pooling_layer=False
    )
    assert list(serve(tiny)) == ["fp32", "bf16, autocast", "bf16 weights", "int8"]
    with pytest.raises(ValueError, match="no way 'fp64' to serve: take some of fp32, bf16, autocast,"):
        serve(tiny, ["fp64"])


def test_an_export_is_made_once(monkeypatch):
    given = []
    for name in ("ONNX", "ONNX int8"):
        monkeypatch.setitem(WAYS, name, lambda model, name=name: given.append(model) or nn.Identity())
    model = nn.Linear(2, 3)
    both = serve(model, ["ONNX", "ONNX int8"])
    assert given == [model, both["ONNX"]]
    serve(model, ["ONNX int8"])
    assert given[2] is model


class Counted(nn.Module):
    """Takes the next of its times, in seconds."""

    def __init__(self, now, name):
        super().__init__()
        self.now, self.name = now, name

    def forward(self, input_ids, attention_mask):
        assert attention_mask.sum() == input_ids.numel()
        self.now["shapes"].append((self.name, tuple(input_ids.shape)))
        self.now["seconds"] += {"a": 1, "b": 2}[self.name] * input_ids.numel() / (1 + len(self.now["shapes"]) // 6)


def test_all_take_turns_and_the_fastest_round_counts(monkeypatch):
    now = {"seconds": 0.0, "shapes": []}
    monkeypatch.setattr(serving_figures, "clock", lambda: now["seconds"])
    ways = {name: Counted(now, name) for name in "ab"}
    found = measure_serving(ways, lengths=(3, 13), batch_size=7, rounds=2)
    one_round = [(name, shape) for name in "ab" for shape in ((1, 3), (1, 13), (7, 3))]
    assert now["shapes"] == 3 * one_round
    assert found["a"] == Speed(1000.0, pytest.approx(13_000 / 3), 7000.0)
    assert found["b"].short == 2000.0


def test_the_clock_counts_this_process_alone_on_one_thread(monkeypatch):
    monkeypatch.setattr(serving_figures.time, "process_time", lambda: 7.0)
    monkeypatch.setattr(serving_figures.time, "perf_counter", lambda: 13.0)
    for threads, expected in ((1, 7.0), (2, 13.0)):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        assert serving_figures.clock() == expected


def test_real_ways_are_measured(served):
    found = measure_serving(served, lengths=(3, 13), batch_size=2, rounds=1)
    assert set(found) == set(served)
    assert all(value > 0 for speed in found.values() for value in speed)
    assert ratios(found)["fp32"] == Speed(1.0, 1.0, 1.0)


class Shifted(nn.Module):
    """Another's logits, with some added to those of the first class."""

    def __init__(self, model, by):
        super().__init__()
        self.model, self.by = model, by

    def forward(self, **batch):
        return Answer(self.model(**batch).logits + torch.tensor([self.by, 0.0]))


def test_logits_are_compared_by_the_largest_difference_and_by_labels(tokenizer):
    torch.manual_seed(5)
    model = fp32(BertForSequenceClassification(CONFIG))
    data = encode(LabeledTexts(TEXTS, (0, 1, 0, 1, 0), ("no", "yes")), tokenizer)
    assert compare_logits(model, model, tokenizer, data) == (0.0, 1.0)
    lost, won = (compare_logits(Shifted(model, by), Shifted(model, -100.0), tokenizer, data) for by in (100.0, -99.0))
    assert lost == (pytest.approx(200.0), 0.0)
    assert won == (pytest.approx(1.0), 1.0)


def test_vectors_are_compared_where_they_differ_most(served, tokenizer):
    found = {name: lowest_cosine(model, served["fp32"], tokenizer, TEXTS) for name, model in served.items()}
    assert found.pop("fp32") == pytest.approx(1.0)
    assert all(0.99 < cosine < 1.000001 for cosine in found.values()), found
    assert max(found["bf16 weights"], found["int8"]) < 0.999999


def test_the_similarity_score_is_a_rank_correlation(served, tokenizer):
    pairs = ScoredPairs(("Rain.", "Rain.", "A dog."), ("Rain.", "Rain, rain.", "It is late now."), (5.0, 3.0, 1.0))
    upside_down = ScoredPairs(pairs.first, pairs.second, (1.0, 3.0, 5.0))
    for model in served.values():
        score = similarity_score(model, tokenizer, pairs)
        assert score == pytest.approx(-similarity_score(model, tokenizer, upside_down))
        assert score >= 0.5  # two equal texts are the most alike, whatever the weights
