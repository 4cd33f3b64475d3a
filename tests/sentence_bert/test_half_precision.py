"""Matrix products in bfloat16: vectors and gradients nearly the same, and in float32."""

import torch
from torch.testing import assert_close

from bertlab.sentence_bert.half_precision import InBfloat16
from tests.sentence_bert.given import gradients, make_batch, make_encoder


def test_vectors_are_nearly_those_of_full_precision():
    exact = make_encoder()
    encoder, batch = InBfloat16(exact.bert), make_batch()
    vectors = encoder(**batch)
    assert vectors.dtype == torch.float32
    assert_close(vectors, exact(**batch), rtol=0.05, atol=0.05)
    assert not torch.equal(vectors, exact(**batch))


def test_weights_and_their_gradients_stay_in_float32():
    encoder, exact = InBfloat16(make_encoder().bert), make_encoder()
    for each in (encoder, exact):
        each(**make_batch()).square().sum().backward()
    found = gradients(encoder)
    assert {gradient.dtype for gradient in found.values()} == {torch.float32}
    name = "bert.encoder.layer.0.output.dense.weight"
    assert torch.cosine_similarity(found[name].flatten(), gradients(exact)[name].flatten(), dim=0) > 0.99
    assert not torch.equal(found[name], gradients(exact)[name])
