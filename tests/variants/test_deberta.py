"""DeBERTa against Hugging Face's: outputs, gradients, dropout, files; and the claims of its docstrings."""

import math

import pytest
import torch
import transformers
from torch import nn
from transformers import DebertaConfig
from transformers.models.deberta.modeling_deberta import DebertaLayerNorm

from bertlab.inside_the_encoder.model import BertModel
from bertlab.variants.deberta import DebertaForMaskedLM, DebertaModel, Distances
from bertlab.variants.roberta import as_bert
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


def make_config(kinds=("c2p", "p2c"), reach=5):
    return DebertaConfig(**SIZES, pos_att_type=list(kinds), max_relative_positions=reach)


class TestParity:
    @pytest.mark.parametrize("reach", [5, -1], ids=["clamped at 5", "clamped at 16"])
    @pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: "+".join(kinds) or "none")
    def test_encoder(self, kinds, reach):
        mine, theirs = twins(DebertaModel, transformers.DebertaModel, make_config(kinds, reach))
        for seq in (2, 13, 23):
            assert_agree(mine, theirs, seq)

    @pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: "+".join(kinds) or "none")
    def test_head_gradients_and_dropout(self, kinds):
        mine, theirs = twins(DebertaForMaskedLM, transformers.DebertaForMaskedLM, make_config(kinds))
        assert_close(mine(**make_inputs()).logits, theirs(**make_inputs()).logits)
        assert_gradients_agree(mine, theirs, unused=set() if kinds else {"deberta.encoder.rel_embeddings.weight"})
        assert_dropout_agrees(mine, theirs)

    def test_files(self, tmp_path):
        heads = (DebertaForMaskedLM, transformers.DebertaForMaskedLM)
        assert_folders_agree(tmp_path, DebertaModel, transformers.DebertaModel, *heads, make_config())

    def test_the_comparison_would_notice(self):
        mine, theirs = twins(DebertaModel, transformers.DebertaModel, make_config())
        with torch.no_grad():
            mine.encoder["rel_embeddings"].weight[3] += 0.1
        with pytest.raises(AssertionError, match="not close"):
            assert_agree(mine, theirs, 13)

    def test_without_a_mask_all_is_seen_and_types_are_ignored(self):
        mine, theirs = twins(DebertaModel, transformers.DebertaModel, make_config())
        input_ids = make_inputs()["input_ids"].clamp(min=1)
        types = torch.ones_like(input_ids)
        expected = theirs(input_ids, token_type_ids=types).last_hidden_state
        assert_close(mine(input_ids, token_type_ids=types).last_hidden_state, expected)
        assert_close(mine(input_ids).last_hidden_state, expected)

    def test_its_layer_norm_is_the_one_of_pytorch(self):
        theirs, ours = DebertaLayerNorm(48, 1e-7), nn.LayerNorm(48, eps=1e-7)
        hidden = torch.randn(3, 7, 48, generator=torch.Generator().manual_seed(0))
        assert_close(ours(hidden), theirs(hidden))


def scores_by_hand(attention, query, key, table, span, paper=False):
    """The sum of the parts, entry by entry. `paper`: with δ(j, i) in the last term, as equation 4 has it."""
    keys, queries = attention.position_key(table[None])[0], attention.position_query(table[None])[0]  # (H, rows, d)
    heads, seq = query.shape[1:3]
    scores = torch.zeros(heads, seq, seq)
    for i in range(seq):
        for j in range(seq):
            row = min(max(i - j, -span), span - 1) + span
            back = min(max(j - i, -span), span - 1) + span if paper else row
            for h in range(heads):
                q, k = query[0, h, i], key[0, h, j]
                scores[h, i, j] = q @ k + q @ keys[h, row] + k @ queries[h, back]
    return scores


class TestSign:
    """Which distance is looked up is i − j, for both terms: the token that looks, less the one that is seen."""

    @pytest.fixture
    def models(self):
        return twins(DebertaModel, transformers.DebertaModel, make_config())

    def weights_of_the_library(self, theirs, input_ids):
        return theirs(input_ids, output_attentions=True).attentions[0][0]

    def weights_by_hand(self, model, input_ids, paper):
        attention = model.encoder.layer[0].attention["self"]
        query, key, _ = attention.content(model.embeddings(input_ids))
        scores = scores_by_hand(attention, query, key, model.encoder.rel_embeddings.weight, 5, paper)
        return (scores / math.sqrt(3 * 12)).softmax(-1)

    def test_the_library_has_i_minus_j_in_both_terms_and_not_what_the_paper_says(self, models):
        mine, theirs = models
        input_ids = make_inputs()["input_ids"][:1]
        expected = self.weights_of_the_library(theirs, input_ids)
        assert_close(self.weights_by_hand(mine, input_ids, paper=False), expected)
        assert_close(mine(input_ids, output_attentions=True).attentions[0][0], expected)
        with pytest.raises(AssertionError, match="not close"):
            assert_close(self.weights_by_hand(mine, input_ids, paper=True), expected)

    @pytest.mark.parametrize("kind", ["c2p", "p2c"])
    def test_reversing_it_changes_the_result(self, kind, monkeypatch):
        mine, theirs = twins(DebertaModel, transformers.DebertaModel, make_config([kind]))
        assert_agree(mine, theirs, 13)
        rows = mine.rows
        monkeypatch.setattr(mine, "rows", lambda distances: rows(-distances))
        with pytest.raises(AssertionError, match="not close"):
            assert_agree(mine, theirs, 13)

    def test_what_is_before_is_a_distance_above_0(self):
        model = DebertaModel(make_config(reach=5))
        rows = model.distances(3).rows
        assert rows.tolist() == [[5, 4, 3], [6, 5, 4], [7, 6, 5]]


class TestWhatTheDocstringsSay:
    def test_positions_are_relative_alone(self):
        """Three tokens of padding in front change nothing, as they would in a BERT."""
        model, input_ids = DebertaModel(make_config()).eval(), make_inputs()["input_ids"][:1]
        bert = BertModel(as_bert(DebertaConfig(**SIZES | {"type_vocab_size": 2}))).eval()
        shifted = torch.cat([torch.zeros(1, 3, dtype=torch.long), input_ids], dim=1)
        mask = (torch.arange(16) >= 3).long()[None]
        with torch.no_grad():
            assert_close(model(shifted, mask).last_hidden_state[:, 3:], model(input_ids).last_hidden_state)
            moved, stayed = bert(shifted, mask).last_hidden_state[:, 3:], bert(input_ids).last_hidden_state
        assert (moved - stayed).abs().max() > 0.01

    def test_but_order_matters(self):
        input_ids = make_inputs()["input_ids"][:1]
        changes = []
        for kinds in (["c2p", "p2c"], []):
            model = twins(DebertaModel, transformers.DebertaModel, make_config(kinds))[0]
            forward, backward = (model(ids).last_hidden_state for ids in (input_ids, input_ids.flip(1)))
            changes.append((forward - backward.flip(1)).abs().max())
        assert changes[0] > 0.01
        assert changes[1] < 1e-5

    def test_c2p_has_a_term_without_content(self):
        """q = W h + b: the part of c2p that b makes is a number for each distance, whatever the text."""
        attention = twins(DebertaModel, transformers.DebertaModel, make_config())[0].encoder.layer[1].attention["self"]
        table = torch.randn(10, 48, generator=torch.Generator().manual_seed(2))
        distances = Distances(table, DebertaModel(make_config()).distances(7).rows)
        parts = []
        for seed in (0, 1):
            query, key, _ = attention.content(torch.randn(1, 7, 48, generator=torch.Generator().manual_seed(seed)))
            with_bias = attention.parts(query, key, distances)["c2p"]
            bias = attention.q_bias.reshape(1, 4, 1, 12)
            parts.append(with_bias - attention.parts(query - bias, key, distances)["c2p"])
        assert_close(parts[0], parts[1])
        assert_close(parts[0][..., 1:, 1:], parts[0][..., :-1, :-1])
        assert parts[0].std() > 0.1

    def test_the_scale_counts_the_parts(self):
        for kinds in KINDS:
            mine = twins(DebertaModel, transformers.DebertaModel, make_config(kinds))[0]
            attention, hidden = mine.encoder.layer[0].attention["self"], torch.randn(1, 7, 48)
            query, key, _ = attention.content(hidden)
            summed = torch.stack([*attention.parts(query, key, mine.distances(7)).values()]).sum(0)
            assert_close(attention(hidden, mine.distances(7))[1], (summed / ((1 + len(kinds)) * 12) ** 0.5).softmax(-1))

    def test_a_text_may_be_longer_than_the_table(self):
        mine, theirs = twins(DebertaModel, transformers.DebertaModel, make_config())
        assert_agree(mine, theirs, 3 * SIZES["max_position_embeddings"])

    def test_the_library_has_no_enhanced_mask_decoder(self):
        theirs = transformers.DebertaForMaskedLM(make_config())
        assert theirs.deberta.z_steps == 0
        assert not [name for name, _ in theirs.named_parameters() if "position" in name]
        theirs.deberta.z_steps = 2  # what is there of it does not run
        with pytest.raises(RuntimeError, match="expects a tensor with <= 2 dimensions"):
            theirs(**make_inputs())

    def test_the_decoder_is_tied(self):
        model = DebertaForMaskedLM(make_config())
        assert model.cls["predictions"].decoder.weight is model.deberta.embeddings.word_embeddings.weight
