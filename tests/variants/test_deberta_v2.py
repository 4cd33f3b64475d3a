"""DeBERTa v2 and v3 against Hugging Face's, whatever of v2 is switched on."""

import pytest
import torch
import transformers
from transformers import DebertaV2Config
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

from bertlab.variants.deberta import DebertaModel
from bertlab.variants.deberta_v2 import DebertaV2ForMaskedLM, DebertaV2Model, log_buckets
from tests.docstrings import assert_examples_hold
from tests.variants.deberta_twins import (
    KINDS,
    SIZES,
    assert_agree,
    assert_close,
    assert_dropout_agrees,
    assert_folders_agree,
    assert_gradients_agree,
    make_inputs,
    twins,
)

V3 = {"position_buckets": 6, "share_att_key": True, "norm_rel_ebd": "layer_norm"}


def make_config(kinds=("c2p", "p2c"), **settings):
    return DebertaV2Config(**SIZES, pos_att_type=list(kinds), **{**V3, **settings})


class TestParity:
    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"share_att_key": False},
            {"norm_rel_ebd": "none"},
            {"position_buckets": -1, "max_relative_positions": 5},
            {"position_buckets": 7, "max_relative_positions": 11},
        ],
        ids=["as v3", "own projections", "no LayerNorm", "no buckets", "odd buckets"],
    )
    def test_encoder(self, settings):
        mine, theirs = twins(DebertaV2Model, transformers.DebertaV2Model, make_config(**settings))
        for seq in (2, 13, 40):
            assert_agree(mine, theirs, seq)

    @pytest.mark.parametrize("shared", [True, False], ids=["shared", "own projections"])
    @pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: "+".join(kinds) or "none")
    def test_head_gradients_and_dropout(self, kinds, shared):
        config = make_config(kinds, share_att_key=shared)
        mine, theirs = twins(DebertaV2ForMaskedLM, transformers.DebertaV2ForMaskedLM, config)
        assert_close(mine(**make_inputs()).logits, theirs(**make_inputs()).logits)
        table = {f"deberta.encoder.{name}" for name in ("rel_embeddings.weight", "LayerNorm.weight", "LayerNorm.bias")}
        assert_gradients_agree(mine, theirs, unused=set() if kinds else table)
        assert_dropout_agrees(mine, theirs)

    def test_files(self, tmp_path):
        heads = (DebertaV2ForMaskedLM, transformers.DebertaV2ForMaskedLM)
        assert_folders_agree(tmp_path, DebertaV2Model, transformers.DebertaV2Model, *heads, make_config())

    def test_v2_with_nothing_new_is_v1_with_a_bias_on_keys(self):
        """Softmax does not see what a bias on keys adds to c2c, but p2c does."""
        config = make_config(share_att_key=False, norm_rel_ebd="none", position_buckets=-1, max_relative_positions=5)
        v2 = twins(DebertaV2Model, transformers.DebertaV2Model, config)[0]
        v1_config = transformers.DebertaConfig(**SIZES, pos_att_type=["c2p", "p2c"], max_relative_positions=5)
        v1 = DebertaModel(v1_config).eval()
        weights = v2.state_dict()
        for name in [name for name in weights if ".self." in name]:
            place = name.rsplit(".", 2)[0]
            if name.endswith("query_proj.weight") and "pos_" not in name:
                three = [
                    weights[f"{place}.{part}_proj.weight"].unflatten(0, (4, 12)) for part in ("query", "key", "value")
                ]
                weights[f"{place}.in_proj.weight"] = torch.stack(three, 1).flatten(0, 2)
                weights[f"{place}.q_bias"] = weights[f"{place}.query_proj.bias"]
                weights[f"{place}.v_bias"] = weights[f"{place}.value_proj.bias"]
                weights[f"{place}.pos_proj.weight"] = weights[f"{place}.pos_key_proj.weight"]
                for kind in ("weight", "bias"):
                    weights[f"{place}.pos_q_proj.{kind}"] = weights[f"{place}.pos_query_proj.{kind}"]
                v2.get_parameter(f"{place}.key_proj.bias").data.zero_()
                v2.get_parameter(f"{place}.pos_key_proj.bias").data.zero_()
        v1.load_state_dict({name: weights[name] for name in v1.state_dict()})
        assert_close(v1(**make_inputs()).last_hidden_state, v2(**make_inputs()).last_hidden_state)


class TestBuckets:
    def test_they_are_those_of_the_library(self):
        for longest in (11, 16, 128, 512, 1024):
            distances = torch.arange(-2 * longest, 2 * longest)
            for buckets in (4, 6, 7, 8, 16, 32, 100, 256):
                if buckets // 2 < longest - 1:
                    expected = make_log_bucket_position(distances, buckets, longest).long()
                    assert torch.equal(log_buckets(distances, buckets, longest), expected)

    def test_what_the_docstring_shows_and_says(self):
        assert_examples_hold(log_buckets.__doc__, {"log_buckets": log_buckets, "torch": torch})
        for buckets, longest in ((8, 16), (256, 512)):
            half, numbers = buckets // 2, log_buckets(torch.arange(longest), buckets, longest)
            assert numbers[: half + 1].tolist() == list(range(half + 1))
            assert numbers[-1] == buckets - 1
            assert (numbers.diff() >= 0).all()
            assert torch.equal(log_buckets(-torch.arange(longest), buckets, longest), -numbers)
            sizes = numbers[half:].bincount()[half:]
            assert sizes[-1] == sizes.max() > 1

    def test_fewer_rows_reach_as_far(self):
        """512 rows, and 1,024: 511 tokens away still differs from 505, but no longer from 510."""
        v3 = DebertaV2Model(
            DebertaV2Config(**SIZES | {"max_position_embeddings": 512}, **V3 | {"position_buckets": 256})
        )
        v1 = DebertaModel(transformers.DebertaConfig(**SIZES | {"max_position_embeddings": 512}))
        assert (len(v3.encoder.rel_embeddings.weight), len(v1.encoder.rel_embeddings.weight)) == (512, 1024)
        far = torch.tensor([505, 510, 511])
        assert v1.rows(far).unique().numel() == 3
        assert v3.rows(far).tolist() == [510, 511, 511]

    def test_sharing_saves_two_matrices_a_layer(self):
        own, shared = (
            sum(weight.numel() for weight in DebertaV2Model(make_config(share_att_key=share)).parameters())
            for share in (False, True)
        )
        assert own - shared == 3 * 2 * (48 * 48 + 48)
