"""One encoder for all columns: a text's vector does not depend on its column, its pair or its padding."""

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from bertlab.models import encoder as encoder_of
from bertlab.sentence_bert.siamese import SentenceEncoder, embed_by_length, embed_columns, tokenize_columns
from tests.sentence_bert.given import make_batch, make_encoder


def test_vectors_are_means_of_hidden_states_without_padding():
    encoder, batch = make_encoder(), make_batch()
    vectors = encoder(**batch)
    assert vectors.shape == (7, 32)
    hidden = encoder.bert(**batch)[0]
    lengths = batch["attention_mask"].sum(1).tolist()
    expected = torch.stack([hidden[row, :length].mean(0) for row, length in enumerate(lengths)])
    torch.testing.assert_close(vectors, expected, rtol=1e-5, atol=1e-5)


def test_a_pooling_of_ones_own():
    encoder, batch = make_encoder(pooling=lambda hidden, mask: hidden[:, 0]), make_batch()
    torch.testing.assert_close(encoder(**batch), encoder.bert(**batch)[0][:, 0])


def test_every_column_goes_through_the_same_weights():
    encoder, batch = make_encoder(), make_batch()
    short = {name: values[-3:, :7] for name, values in batch.items()}  # the last three texts, less padding
    u, v = embed_columns(encoder, [batch, short])
    torch.testing.assert_close(u[-3:], v, rtol=1e-5, atol=1e-5)
    assert len(list(encoder.parameters())) == len(list(encoder.bert.parameters()))


@pytest.mark.parametrize("positions", [1, 20, 512])
def test_parts_of_like_length_change_neither_vectors_nor_gradients(positions):
    encoder, batch = make_encoder(), make_batch()
    shuffled = torch.randperm(7, generator=torch.Generator().manual_seed(3))
    batch = {name: values[shuffled] for name, values in batch.items()}
    found, weights = {}, list(encoder.parameters())
    for name, vectors in (("whole", encoder(**batch)), ("parts", embed_by_length(encoder, batch, positions))):
        gradients = torch.autograd.grad(vectors.sin().sum(), weights, allow_unused=True)
        found[name] = [vectors, *(gradient for gradient in gradients if gradient is not None)]
    assert len(found["whole"]) > 20
    torch.testing.assert_close(found["parts"], found["whole"], rtol=1e-4, atol=1e-5)


def test_columns_share_parts_and_padding_on_the_left_stays():
    encoder, batch, seen = make_encoder(), make_batch(), []
    left = {name: values.roll(2, dims=1)[:5, :-1] for name, values in batch.items()}
    encoder.bert.register_forward_pre_hook(
        lambda part, args, given: seen.append(given["input_ids"].shape), with_kwargs=True
    )
    u, v = embed_columns(encoder, [batch, left])
    assert seen == [(12, batch["input_ids"].shape[1])]
    torch.testing.assert_close(u, encoder(**batch), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(v, encoder(**left), rtol=1e-5, atol=1e-5)


def test_a_head_is_left_out(tokenizer):
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37)
    model = BertForMaskedLM(config)
    encoder = SentenceEncoder(model)
    assert encoder.bert is model.bert is encoder_of(encoder)
    columns = tokenize_columns(tokenizer, [["A dog.", "Two dogs run in the park."], ["One."]], max_length=6)
    assert [tuple(column["input_ids"].shape) for column in columns] == [(2, 6), (1, 4)]
    assert columns[0]["attention_mask"].sum(1).tolist() == [5, 6]
    assert [tuple(vectors.shape) for vectors in embed_columns(encoder, columns)] == [(2, 32), (1, 32)]


def test_an_empty_column_is_named(tokenizer):
    with pytest.raises(ValueError, match="column 1 has no texts: leave it out"):
        tokenize_columns(tokenizer, [["A"], []])
