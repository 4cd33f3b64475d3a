"""Computed in chunks, loss and gradients are those of the whole batch, and with dropout those of the same masks."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import CachedMultipleNegativesRankingLoss

from bertlab.sentence_bert.classification import PairClassifier
from bertlab.sentence_bert.gradcache import cached_backward, chunks_of, random_state, replayed
from bertlab.sentence_bert.ranking import ranking_loss
from tests.sentence_bert.given import AsLibrary, gradients, make_batch, make_encoder

COLUMNS = [make_batch(seq=11, seed=1), make_batch(seq=13, seed=2), make_batch(seq=9, seed=3)]


def assert_gradients_close(ours, theirs):
    assert ours.keys() == theirs.keys()
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert max(gradient.abs().max() for gradient in ours.values()) > 1e-3


@pytest.mark.parametrize("chunk_size", [1, 3, 7, 20])
def test_the_gradient_is_that_of_the_whole_batch(chunk_size):
    encoder = make_encoder()
    expected = ranking_loss(*(encoder(**column) for column in COLUMNS))
    expected.backward()
    whole = gradients(encoder)
    encoder.zero_grad()
    found = cached_backward(encoder, COLUMNS, ranking_loss, chunk_size)
    torch.testing.assert_close(found, expected.detach())
    assert_gradients_close(gradients(encoder), whole)


def test_plain_accumulation_computes_another_gradient():
    encoder = make_encoder()
    cached_backward(encoder, COLUMNS, ranking_loss, 3)
    right = gradients(encoder)["bert.embeddings.word_embeddings.weight"]
    encoder.zero_grad()
    for chunk in zip(*(chunks_of(column, 3) for column in COLUMNS), strict=True):
        vectors = [encoder(**part) for part in chunk]
        (ranking_loss(*vectors) * len(vectors[0]) / 7).backward()
    assert not torch.allclose(gradients(encoder)["bert.embeddings.word_embeddings.weight"], right, atol=1e-4)


def test_with_dropout_both_runs_draw_the_same_masks():
    encoder = make_encoder(dropout=0.3)
    torch.manual_seed(5)
    vectors = [torch.cat([encoder(**chunk) for chunk in chunks_of(column, 3)]) for column in COLUMNS]
    expected = ranking_loss(*vectors)  # all activations held at once
    expected.backward()
    after = torch.get_rng_state()
    whole = gradients(encoder)
    encoder.zero_grad()
    torch.manual_seed(5)
    found = cached_backward(encoder, COLUMNS, ranking_loss, 3)
    torch.testing.assert_close(found, expected.detach())
    assert_gradients_close(gradients(encoder), whole)
    assert torch.equal(torch.get_rng_state(), after)  # the second run has left no trace


def test_it_is_the_librarys():
    encoder = make_encoder(dropout=0.3)
    model = AsLibrary(encoder)
    torch.manual_seed(5)
    theirs = CachedMultipleNegativesRankingLoss(model, mini_batch_size=7)(COLUMNS, torch.empty(0))
    theirs.backward()
    whole = gradients(encoder)
    encoder.zero_grad()
    torch.manual_seed(5)
    torch.testing.assert_close(cached_backward(encoder, COLUMNS, ranking_loss, 7), theirs.detach())
    assert_gradients_close(gradients(encoder), whole)


def test_in_smaller_chunks_without_dropout_too():
    encoder = make_encoder()
    theirs = CachedMultipleNegativesRankingLoss(AsLibrary(encoder), mini_batch_size=3)(COLUMNS, torch.empty(0))
    theirs.backward()
    whole = gradients(encoder)
    encoder.zero_grad()
    torch.testing.assert_close(cached_backward(encoder, COLUMNS, ranking_loss, 3), theirs.detach())
    assert_gradients_close(gradients(encoder), whole)


def test_gradients_add_up_and_the_weights_of_a_loss_get_theirs():
    encoder, classifier = make_encoder(), PairClassifier(32, 3)
    labels = torch.tensor([0, 2, 1, 2, 2, 0, 1])

    def loss(u, v):
        return classifier.loss(u, v, labels)

    loss(*(encoder(**column) for column in COLUMNS[:2])).backward()
    once = {**gradients(encoder), **gradients(classifier)}
    cached_backward(encoder, COLUMNS[:2], loss, 2)
    twice = {**gradients(encoder), **gradients(classifier)}
    assert_gradients_close(twice, {name: 2 * gradient for name, gradient in once.items()})


def test_only_a_chunk_is_run_with_gradients():
    encoder, sizes = make_encoder(), []
    encoder.register_forward_hook(lambda part, given, result: sizes.append((len(result), result.requires_grad)))
    cached_backward(encoder, COLUMNS[:2], ranking_loss, 3)
    assert sizes == 2 * [(3, False), (3, False), (1, False)] + 2 * [(3, True), (3, True), (1, True)]


def test_random_numbers_are_drawn_again_and_go_on_as_before():
    torch.manual_seed(0)
    state = random_state({})
    first, after = torch.rand(13), torch.rand(7)
    torch.manual_seed(0)
    torch.rand(13)
    with replayed(state):
        torch.testing.assert_close(torch.rand(13), first)
        torch.rand(5)
    torch.testing.assert_close(torch.rand(7), after)


def test_what_cannot_be_done_is_refused():
    with pytest.raises(ValueError, match="at least 1 text, not 0"):
        cached_backward(make_encoder(), COLUMNS, ranking_loss, 0)
    with pytest.raises(ValueError, match="the loss leaves a column out"):
        cached_backward(make_encoder(), COLUMNS, lambda u, v, w: ranking_loss(u, v), 3)
