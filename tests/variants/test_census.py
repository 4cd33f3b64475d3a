"""The census: exact totals, places by name, and operations against PyTorch's own counter."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import DebertaConfig, DebertaV2Config, ModernBertConfig

from bertlab.inside_the_encoder import cost
from bertlab.variants import census as census_module
from bertlab.variants.census import (
    BUCKETS,
    CONFIGS,
    CONVOLUTION,
    RELATIVE,
    build_empty,
    census,
    count_places,
    flops_per_token,
    sizes,
    visible,
    work,
)
from tests.docstrings import assert_examples_hold

TOTALS = {
    "BERT-base": 109_482_240,
    "BERT-large": 335_141_888,
    "RoBERTa-base": 124_645_632,
    "RoBERTa-large": 355_359_744,
    "XLM-R-base": 278_043_648,
    "ALBERT-base": 11_683_584,
    "ALBERT-large": 17_683_968,
    "ALBERT-xlarge": 58_724_864,
    "ALBERT-xxlarge": 222_595_584,
    "DistilBERT": 66_362_880,
    "DeBERTa-base": 138_601_728,
    "DeBERTa-v2-xxlarge": 1_564_549_632,
    "DeBERTa-v3-base": 183_831_552,
    "ELECTRA-small": 13_483_008,
    "ELECTRA-base": 108_891_648,
    "ModernBERT-base": 149_014_272,
    "ModernBERT-large": 394_781_696,
    "all-MiniLM-L6-v2": 22_713_216,
}
SMALL = sizes(48, 3, 4, 37)
POOLED = {"BERT", "RoBERTa", "XLM", "ALBERT", "all"}


@pytest.mark.parametrize("documented", [sizes, count_places, visible, flops_per_token, census, work, census_module.Row])
def test_what_the_docstring_shows_is_so(documented):
    assert_examples_hold(documented.__doc__, vars(census_module))


class TestParameters:
    def test_all_of_the_census_is_known(self):
        assert list(CONFIGS) == list(TOTALS)

    @pytest.mark.parametrize("name", CONFIGS)
    def test_totals_are_exact_and_the_places_add_up_to_them(self, name):
        row = census(name)
        assert row.total == TOTALS[name] == sum(row.places.values())
        assert row.bytes == 4 * row.total

    def test_where_they_sit(self):
        assert census("BERT-base").places == {
            "embeddings": 23_837_184,
            "attention": 28_366_848,
            "feed-forward": 56_687_616,
            "other": 590_592,
        }
        albert, bert = census("ALBERT-base").places, census("BERT-base").places
        assert all(bert[place] == 12 * albert[place] for place in ("attention", "feed-forward"))  # a layer of the same
        assert albert["embeddings"] == (30_000 + 512 + 2) * 128 + 2 * 128 + 128 * 768 + 768
        assert census("DistilBERT").places["other"] == 0
        convolution, norm = 3 * 1536**2 + 1536 + 2 * 1536, 2 * 1536
        assert census("DeBERTa-v2-xxlarge").places["other"] == convolution + norm

    def test_deberta_is_roberta_with_projections_of_relative_positions(self):
        width, layers, rows = 768, 12, 2 * 512
        roberta = census("RoBERTa-base")
        unused = roberta.places["other"] + (514 + 1) * width  # the pooler, and tables of positions and token types
        assert census("DeBERTa-base").total == roberta.total - unused + 2 * layers * width**2 + rows * width
        v3 = roberta.total - unused + (128_100 - 50_265) * width + 512 * width + 2 * width  # it shares the projections
        assert census("DeBERTa-v3-base").total == v3

    def test_unknown_names_and_weights_are_refused(self):
        with pytest.raises(ValueError, match="'BERT-huge' is not in the census: take one of BERT-base, BERT-large"):
            census("BERT-huge")
        with pytest.raises(ValueError, match="weight is of no place that we know: give an encoder without a head"):
            count_places(torch.nn.Linear(2, 3))


class TestFlops:
    @pytest.mark.parametrize("seq_len", [13, 128])
    def test_for_bert_they_are_those_of_the_encoder_room(self, seq_len):
        for name in ("BERT-base", "BERT-large", "all-MiniLM-L6-v2"):
            assert flops_per_token(CONFIGS[name], seq_len) == cost.flops_per_token(CONFIGS[name], seq_len)
        for name in ("RoBERTa-base", "ALBERT-base", "ELECTRA-base", "XLM-R-base"):
            assert flops_per_token(CONFIGS[name], seq_len) == flops_per_token(CONFIGS["BERT-base"], seq_len)

    @pytest.mark.parametrize("name", ["BERT-base", "ALBERT-base", "DistilBERT", "ELECTRA-small", "ModernBERT-base"])
    def test_pytorch_counts_the_same(self, name):
        config, seq_len = CONFIGS[name], 13
        width, entry = config.hidden_size, getattr(config, "embedding_size", config.hidden_size)
        outside = 2 * width**2 * (name.split("-")[0] in POOLED) + 2 * seq_len * width * entry * (entry != width)
        assert (
            counted(build_empty(config), seq_len) == sum(flops_per_token(config, seq_len).values()) * seq_len + outside
        )

    @pytest.mark.parametrize(
        "config",
        [
            DebertaConfig(vocab_size=101, pos_att_type="c2p|p2c", **SMALL, **RELATIVE),
            DebertaV2Config(**SMALL, **{**BUCKETS, "vocab_size": 101, "position_buckets": 16}),
            DebertaV2Config(**SMALL, **{**BUCKETS, "vocab_size": 101, "position_buckets": 16}, **CONVOLUTION),
        ],
        ids=["v1", "v2", "v2 with a convolution"],
    )
    @pytest.mark.parametrize("seq_len", [7, 37])
    def test_pytorch_counts_the_same_for_deberta(self, config, seq_len):
        model = census_module.AutoModel.from_config(config)  # it looks at numbers: the meta device has none
        by_hand = flops_per_token(config, seq_len)
        assert by_hand["positions"] > 0
        assert (by_hand["convolution"] > 0) == hasattr(config, "conv_kernel_size")
        assert counted(model, seq_len) == pytest.approx(sum(by_hand.values()) * seq_len, rel=1e-12)

    @pytest.mark.parametrize(("seq_len", "reach"), [(1, 3), (5, 0), (5, 2), (5, 9), (13, 4)])
    def test_pairs_within_a_window(self, seq_len, reach):
        place = torch.arange(seq_len)
        pairs = ((place[:, None] - place).abs() <= reach).sum().item()
        assert visible(seq_len, reach) == pytest.approx(pairs / seq_len)

    def test_the_window_of_modernbert_is_the_library_s(self):
        config = ModernBertConfig(**SMALL, vocab_size=101, local_attention=8, attn_implementation="eager")
        config.pad_token_id = config.bos_token_id = config.eos_token_id = config.cls_token_id = config.sep_token_id = 0
        model = census_module.AutoModel.from_config(config).eval()
        weights = model(torch.arange(1, 14)[None], output_attentions=True).attentions
        looked_at = [each[0, 0].gt(0).sum().item() / 13 for each in weights]
        assert looked_at == [13, visible(13, 4), visible(13, 4)]
        assert flops_per_token(config, 13)["attention"] == pytest.approx(4 * 48 * sum(looked_at))

    def test_fewer_parameters_are_not_less_work(self):
        assert work("ALBERT-base") == 1
        assert census("ALBERT-xxlarge").total < census("BERT-large").total
        assert work("ALBERT-xxlarge") > 7 * work("BERT-large")

    def test_a_longer_text_makes_the_window_pay(self):
        assert work("ModernBERT-base", 128) > work("ModernBERT-base", 512) > 1 > work("ModernBERT-base", 8192)


def counted(model, seq_len: int) -> int:
    """What PyTorch counts for one text."""
    first = next(model.parameters())
    with FlopCounterMode(display=False) as counter:
        model.eval()(torch.ones(1, seq_len, dtype=torch.long, device=first.device))
    return counter.get_total_flops()
