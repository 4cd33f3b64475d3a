"""The small BERT reads the tiny world as Hugging Face's reads English, and its loss is taken where it should be."""

import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.training import mlm_batch, mlm_loss, mlm_losses
from bertlab.small_bert.model import WORD_SCALE, model_inputs, small_bert
from bertlab.tinyworld import CLS, MASK, PAD, SEP, Channel, World


@pytest.fixture(scope="module")
def world():
    return World.default()


def test_inputs_are_those_of_the_tokenizer(world):
    texts = world.decode(world.discourses.sample(7, torch.Generator().manual_seed(0)).input_ids)
    pairs = [text.split(" [SEP] ") for text in texts]
    theirs = world.tokenizer()(
        [a for a, _ in pairs], [b for _, b in pairs], padding="max_length", max_length=20, return_tensors="pt"
    )
    ours = model_inputs(theirs["input_ids"])
    assert set(ours) == set(theirs)
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name])


def test_a_batch_is_repeatable_and_its_labels_are_the_originals(world):
    batch, again, other = (mlm_batch(world.sentences, 37, seed) for seed in (3, 3, 4))
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    assert not torch.equal(batch["input_ids"], other["input_ids"])
    selected = batch["labels"] != IGNORED
    original = torch.where(selected, batch["labels"], batch["input_ids"])
    assert world.sentences.log_prob(original).isfinite().all()
    assert selected.float().mean() > 0.2  # 40 % of the ordinary tokens
    assert not (selected & ((original == CLS) | (original == SEP) | (original == PAD))).any()
    assert torch.equal(batch["attention_mask"], (original != PAD).long())


def test_the_channel_is_used(world):
    batch = mlm_batch(world.sentences, 37, 0, Channel(rate=0.15, mask_share=1.0, random_share=0.0))
    selected = batch["labels"] != IGNORED
    assert torch.equal(batch["input_ids"] == MASK, selected)
    assert 0.05 < selected.float().mean() < 0.15


def test_the_loss_is_that_of_all_logits_at_the_selected_positions(world):
    model, batch = small_bert(world.sentences), mlm_batch(world.sentences, 13, 0)
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    logits = model(**inputs).prediction_logits
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch["labels"].flatten())
    torch.testing.assert_close(mlm_loss(model, batch), expected)
    each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch["labels"].flatten(), reduction="none")
    torch.testing.assert_close(mlm_losses(model, batch), each[batch["labels"].flatten() != IGNORED])


def test_word_embeddings_begin_larger_than_the_others(world):
    embeddings = small_bert(world.sentences).bert.embeddings
    ratio = embeddings.word_embeddings.weight.std() / embeddings.position_embeddings.weight.std()
    assert ratio.item() == pytest.approx(WORD_SCALE, rel=0.1)


def test_a_seed_gives_one_model_and_leaves_the_global_generator_alone(world):
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    one, same, other = small_bert(world.sentences, 1), small_bert(world.sentences, 1), small_bert(world.sentences, 2)
    assert torch.equal(torch.rand(2), expected)
    weights = [model.bert.embeddings.word_embeddings.weight for model in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_positions_make_room_for_longer_texts_than_the_mixture_has(world):
    longest = world.sentences.emissions.shape[1]
    assert small_bert(world.sentences).config.max_position_embeddings == longest
    model = small_bert(world.sentences, positions=longest + 6)
    assert model(torch.full((1, longest + 6), MASK)).prediction_logits.shape[1] == longest + 6
