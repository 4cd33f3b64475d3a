"""ALBERT's parameters, by hand, against the library's models and the figures that the paper gives."""

import pytest
import torch
import transformers
from transformers import AlbertConfig, BertConfig

from bertlab.inside_the_encoder.counts import count_by_hand
from bertlab.variants.albert import AlbertModel
from bertlab.variants.albert_counts import ALBERT_BASE, count_albert, worthwhile_below

SIZES = {
    "base": ALBERT_BASE,
    "large": {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
    "xlarge": {"hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 8192},
    "xxlarge": {},
    "narrow": {
        "vocab_size": 37,
        "embedding_size": 5,
        "hidden_size": 24,
        "num_attention_heads": 3,
        "type_vocab_size": 4,
    },
}


def total(config, **economies):
    return sum(count_albert(config, **economies).values())


@pytest.mark.parametrize("name", SIZES)
def test_it_equals_the_library_s_and_ours(name):
    config = AlbertConfig(**SIZES[name])
    with torch.device("meta"):
        models = transformers.AlbertModel(config), AlbertModel(config)
    for model in models:
        assert sum(weight.numel() for weight in model.parameters()) == total(config)


def test_without_its_economies_it_is_a_bert():
    bert = count_by_hand(BertConfig(vocab_size=30_000))
    encoder = sum(bert[part] for part in ("embeddings", "attention", "feed-forward", "pooler"))
    assert total(AlbertConfig(**ALBERT_BASE), factorized=False, shared=False) == encoder == 109_081_344


def test_what_each_economy_saves_alone_in_albert_base():
    base = AlbertConfig(**ALBERT_BASE)
    assert total(base, shared=False) == 109_081_344 - 19_431_168 == 89_650_176
    assert total(base, factorized=False) == 109_081_344 - 77_966_592 == 31_114_752
    assert total(base) == 109_081_344 - 19_431_168 - 77_966_592 == 11_683_584  # they do not touch each other


def test_the_projection_counts():
    counts = count_albert(AlbertConfig(**ALBERT_BASE))
    assert counts["projection"] == 128 * 768 + 768
    assert count_albert(AlbertConfig(**ALBERT_BASE), factorized=False)["projection"] == 0


@pytest.mark.parametrize(("vocab_size", "hidden_size"), [(30_000, 768), (101, 48)])
def test_factorization_saves_below_the_limit_only(vocab_size, hidden_size):
    limit = worthwhile_below(vocab_size, hidden_size)
    for narrow in range(1, hidden_size + 1):
        saves = vocab_size * narrow + narrow * hidden_size < vocab_size * hidden_size
        assert saves == (narrow < limit)
    assert worthwhile_below(30_000, 768) == pytest.approx(748.8, abs=0.05)
