"""The small models: one size, one start, the parts that each kind is about, and which weights Muon trains."""

import pytest
import torch
from torch.testing import assert_close

from bertlab.experiments.world import world
from bertlab.models import encoder
from bertlab.small_bert.model import small_bert
from bertlab.small_bert.training import make_optimizers
from bertlab.variants.small import KINDS, LOCAL, MATRICES, NARROW, parameters, small

VOCAB, WIDTH, INNER = 433, 96, 128
LAYER = 4 * (WIDTH * WIDTH + WIDTH) + 2 * WIDTH * INNER + INNER + WIDTH + 4 * WIDTH
TABLES = ("embeddings.weight", "rel_embeddings.weight")
each_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind, seed=0, **named):
    return small(kind, world().sentences, seed, **named)


def by_muon(model, *inside):
    muon, _ = make_optimizers(model, inside=inside)
    chosen = {id(weight) for group in muon.param_groups for weight in group["params"]}
    return {name for name, weight in model.named_parameters() if id(weight) in chosen}


def test_the_bert_is_the_small_one_of_the_course():
    ours, theirs = make("BERT", 3).state_dict(), small_bert(world().sentences, 3).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())


@each_kind
def test_a_seed_gives_one_model_and_leaves_the_dice_alone(kind):
    dice = torch.get_rng_state()
    one, same, other = make(kind, 1), make(kind, 1), make(kind, 2)
    assert torch.equal(torch.get_rng_state(), dice)
    pairs = zip(one.parameters(), same.parameters(), strict=True)
    assert all(torch.equal(weight, again) for weight, again in pairs)
    assert not torch.equal(next(encoder(one).parameters()), next(encoder(other).parameters()))


@each_kind
def test_muon_trains_all_matrices_that_turn_vectors_into_vectors(kind):
    model = make(kind)
    chosen = by_muon(model, *MATRICES)
    left = {name for name, weight in model.named_parameters() if weight.ndim == 2} - chosen
    not_in_bert = ("pooler.dense.weight", "seq_relationship.weight", "dense_prediction.weight")
    assert all(name.endswith((*TABLES, *not_in_bert)) for name in left)
    assert not any(name.endswith((*TABLES, *not_in_bert)) for name in chosen)


def test_in_a_bert_muon_trains_what_it_always_did():
    model = make("BERT")
    muon, _ = make_optimizers(model)
    assert len(by_muon(model, *MATRICES)) == len(muon.param_groups[0]["params"]) == 13


@each_kind
def test_words_start_as_large_as_those_of_the_course(kind):
    words = next(encoder(make(kind)).embeddings.parameters())
    assert words.shape[0] == VOCAB
    assert words.std().item() == pytest.approx(7.5 * 0.02 * 0.88, rel=0.03)  # a normal distribution, cut at two std


def test_albert_saves_where_it_says():
    whole = parameters(make("BERT"))
    tables = VOCAB + 13 + 2
    projection = NARROW * WIDTH + WIDTH
    narrower = tables * (WIDTH - NARROW) + 2 * (WIDTH - NARROW) - projection
    assert whole - parameters(make("ALBERT, factorized only")) == narrower
    assert whole - parameters(make("ALBERT, shared only")) == LAYER - (WIDTH * WIDTH + WIDTH)
    assert whole - parameters(make("ALBERT")) == LAYER + narrower


def test_the_others_are_as_large_as_bert_but_for_what_they_are_about():
    whole = parameters(make("BERT"))
    assert parameters(make("ELECTRA")) == whole
    assert parameters(make("BERT, 1 layer")) == whole - LAYER
    assert parameters(make("ModernBERT")) == parameters(make("ModernBERT, all global"))
    assert parameters(make("ModernBERT")) == pytest.approx(whole, rel=0.03)
    both, no_c2p, no_p2c = (parameters(make(f"DeBERTa{rest}")) for rest in ("", ", no c2p", ", no p2c"))
    assert both - no_c2p == 2 * WIDTH * WIDTH
    assert both - no_p2c == 2 * (WIDTH * WIDTH + WIDTH)


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [("DeBERTa", "c2p p2c"), ("DeBERTa, no c2p", "p2c"), ("DeBERTa, no p2c", "c2p"), ("DeBERTa, neither", "")],
)
def test_deberta_has_the_parts_that_are_left(kind, kinds):
    assert encoder(make(kind)).encoder.layer[0].attention["self"].kinds == kinds.split()


def test_modernbert_sees_its_neighborhood_in_the_second_layer():
    assert [layer.attn.reach for layer in encoder(make("ModernBERT")).layers] == [None, LOCAL // 2]
    assert [layer.attn.reach for layer in encoder(make("ModernBERT, all global")).layers] == [None, None]
    assert [layer.attn.reach for layer in encoder(make("ModernBERT, all local")).layers] == [LOCAL // 2] * 2


def test_electra_keeps_the_discriminator_and_shares_its_embeddings():
    pair = make("ELECTRA")
    assert encoder(pair) is pair.discriminator.electra
    assert pair.generator.electra.embeddings is pair.discriminator.electra.embeddings
    assert pair.generator.electra.embeddings_project.weight.shape == (NARROW, WIDTH)
    assert pair.generator.config.intermediate_size == INNER // 3


@each_kind
def test_longer_texts_need_more_positions(kind):
    ids, longer = torch.full((2, 13), 7), torch.full((2, 19), 7)
    hidden = encoder(make(kind))(ids)[0]
    assert hidden.shape == (2, 13, WIDTH)
    assert encoder(make(kind, positions=19))(longer)[0].shape == (2, 19, WIDTH)
    assert_close(encoder(make(kind))(ids)[0], hidden)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="choose one of BERT, "):
        make("GPT")
