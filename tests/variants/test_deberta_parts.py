"""The parts of the scores, the fourth that is missing, and what positions cost: counted by hand and by machine."""

import pytest
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModel, BertConfig, DebertaConfig, DebertaV2Config

from bertlab.variants.deberta import DebertaModel
from bertlab.variants.deberta_parts import (
    distances_per_row,
    parameters_beside_bert,
    position_flops,
    position_to_position,
    score_parts,
)
from bertlab.variants.deberta_v2 import DebertaV2Model
from tests.variants.deberta_twins import KINDS, SIZES, assert_close, make_inputs, make_theirs, twins

BASE = {"relative_attention": True, "position_biased_input": False, "pos_att_type": ["c2p", "p2c"]}
V3 = {**BASE, "position_buckets": 256, "norm_rel_ebd": "layer_norm", "share_att_key": True}


def make(version=1, kinds=("c2p", "p2c"), **settings):
    if version == 1:
        config = DebertaConfig(**SIZES, pos_att_type=list(kinds), **{"max_relative_positions": 5, **settings})
        return twins(DebertaModel, transformers.DebertaModel, config)
    v2 = {"position_buckets": 6, "share_att_key": True, "norm_rel_ebd": "layer_norm", **settings}
    return twins(DebertaV2Model, transformers.DebertaV2Model, DebertaV2Config(**SIZES, pos_att_type=list(kinds), **v2))


class TestScores:
    @pytest.mark.parametrize("version", [1, 2])
    @pytest.mark.parametrize("kinds", KINDS[:3], ids=lambda kinds: "+".join(kinds) or "none")
    def test_their_sum_over_the_root_gives_the_weights_of_the_library(self, version, kinds):
        mine, theirs = make(version, kinds)
        input_ids = make_inputs()["input_ids"][:1]
        expected = theirs(input_ids, output_attentions=True).attentions
        for layer, head in ((0, 1), (2, 3)):
            parts = score_parts(mine, input_ids, layer, head)
            assert [*parts] == ["c2c", *sorted(kinds)]
            weights = (sum(parts.values()) / (len(parts) * 12) ** 0.5).softmax(-1)
            assert_close(weights, expected[layer][0, head])

    def test_rows_look_and_columns_are_seen(self):
        """Another last token changes row 12 of c2p and column 12 of p2c, and nothing else of them."""
        mine, input_ids = make()[0], make_inputs()["input_ids"][:1]
        other = input_ids.clone()
        other[0, 12] = input_ids[0, 12] % 100 + 1
        before, after = (score_parts(mine, ids, 0, 2) for ids in (input_ids, other))
        changed = {name: (before[name] - after[name]).abs() > 1e-6 for name in before}
        assert changed["c2p"][12].all()
        assert not changed["c2p"][:12].any()
        assert changed["p2c"][:, 12].all()
        assert not changed["p2c"][:, :12].any()


class TestPositionToPosition:
    @pytest.mark.parametrize("version", [1, 2])
    def test_it_is_a_number_for_each_row_of_the_table(self, version):
        mine = make(version)[0]
        matrix, rows = position_to_position(mine, 1, 2, 13), mine.distances(13).rows
        assert_close(matrix[1:, 1:], matrix[:-1, :-1])  # constant along the diagonals
        assert matrix[5, 3] == matrix[4, 2] != matrix[3, 5]
        assert len({round(number, 5) for number in matrix.flatten().tolist()}) == len(rows.unique())

    def test_derived_from_the_vectors(self):
        """P_r W (P_r V)ᵀ for the row r of each distance: in the attention of the library, with its weights."""
        mine, theirs = make()
        attention, table = theirs.encoder.layer[1].attention.self, theirs.encoder.rel_embeddings.weight
        matrix = position_to_position(mine, layer=1, head=2, seq=7)
        with torch.no_grad():
            offers, wants = (projection(table)[:, 24:36] for projection in (attention.pos_proj, attention.pos_q_proj))
        for i, j in ((0, 0), (4, 1), (1, 4), (0, 6)):
            row = min(max(i - j, -5), 4) + 5
            assert_close(matrix[i, j], offers[row] @ wants[row])

    def test_it_needs_both_projections(self):
        with pytest.raises(ValueError, match="both c2p and p2c"):
            position_to_position(make(kinds=["c2p"])[0], 0, 0, 7)


class TestDistances:
    def test_the_example_holds(self):
        expected = {0: (-3, -2), 1: (-1, -1), 2: (0, 0), 3: (1, 3)}
        assert distances_per_row(make(max_relative_positions=2)[0], 4) == expected

    def test_the_buckets_of_v3(self):
        model = DebertaV2Model(DebertaV2Config(**{**SIZES, "max_position_embeddings": 512}, position_buckets=256))
        spans = distances_per_row(model, 512)
        assert spans[256] == (0, 0)
        assert spans[256 + 128] == (128, 128)  # the last that is alone below the logarithm
        assert spans[511] == (506, 511)
        assert spans[1] == (-511, -506)
        assert 0 not in spans  # no text of 512 tokens needs it

    @pytest.mark.parametrize("version", [1, 2])
    def test_every_distance_is_in_its_row(self, version):
        mine = make(version)[0]
        spans, rows = distances_per_row(mine, 13), mine.distances(13).rows
        for i in range(13):
            for j in range(13):
                least, greatest = spans[int(rows[i, j])]
                assert least <= i - j <= greatest


class TestCost:
    @pytest.mark.parametrize("version", [1, 2])
    @pytest.mark.parametrize("kinds", KINDS[:3], ids=lambda kinds: "+".join(kinds) or "none")
    @pytest.mark.parametrize(("batch", "seq"), [(3, 4), (2, 13)])
    def test_flops_are_those_that_pytorch_counts(self, version, kinds, batch, seq):
        counts = []
        for settings in (kinds, []):
            with FlopCounterMode(display=False) as counter:
                make(version, settings)[0](torch.ones(batch, seq, dtype=torch.long))
            counts.append(counter.get_total_flops())
        expected = position_flops(make(version, kinds)[0], seq, batch)
        assert counts[0] - counts[1] == 3 * sum(expected.values())

    def test_scores_cost_nearly_five_times_as_much(self):
        with torch.device("meta"):
            model = DebertaModel(DebertaConfig(**BASE))
        model.rows = lambda distances: distances.clamp(-512, 511) + 512
        scores = position_flops(model, 512)["scores"]
        assert scores == 2 * 2 * 512 * 1_023 * 768
        assert 4.9 < 1 + scores / (2 * 512**2 * 768) < 5

    @pytest.mark.parametrize(
        ("config", "bert", "total"),
        [
            (DebertaConfig(**BASE), BertConfig(), 138_601_728),
            (DebertaV2Config(**V3, **{"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12},
                             intermediate_size=3072), BertConfig(), None),
            (DebertaV2Config(**V3, num_hidden_layers=48, conv_kernel_size=3),
             BertConfig(hidden_size=1536, num_hidden_layers=48, num_attention_heads=24, intermediate_size=6144),
             1_564_549_632),
            (DebertaV2Config(**SIZES, pos_att_type=["p2c"]),
             BertConfig(**{**SIZES, "vocab_size": 37, "type_vocab_size": 2}), None),
            (DebertaConfig(**SIZES, pos_att_type=["c2p"]), BertConfig(**{**SIZES, "type_vocab_size": 2}), None),
        ],
        ids=["base", "v3-base", "v2-xxlarge", "v2, p2c", "v1, c2p"],
    )  # fmt: skip
    def test_parameters_beside_bert(self, config, bert, total):
        with torch.device("meta"):
            theirs, berts = (AutoModel.from_config(which).num_parameters() for which in (config, bert))
        assert berts + sum(parameters_beside_bert(config, bert).values()) == theirs
        assert total in (None, theirs)

    def test_where_deberta_base_has_its_29_million_more(self):
        found = parameters_beside_bert(DebertaConfig(**BASE), BertConfig())
        assert {name: number for name, number in found.items() if number} == {
            "vocabulary": 15_162_624,
            "absolute positions": -393_216,
            "token types": -1_536,
            "pooler": -590_592,
            "distances": 786_432,
            "projections of distances": 14_164_992,
            "no bias of keys": -9_216,
        }
        assert max(found, key=found.get) == "vocabulary"


def test_the_twins_differ_from_fresh_weights():
    """Otherwise biases of 0 would hide which projection has one."""
    theirs = make_theirs(transformers.DebertaModel, DebertaConfig(**SIZES, pos_att_type=["c2p"]))
    assert theirs.encoder.layer[0].attention.self.q_bias.abs().max() > 0.1
