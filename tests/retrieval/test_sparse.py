"""SPLADE's weights and its regularizer are sentence-transformers'; the words of a vector."""

import pytest
import torch
from sentence_transformers.sparse_encoder.losses import FlopsLoss
from sentence_transformers.sparse_encoder.modules import SpladePooling
from transformers import BertConfig, BertForMaskedLM

from bertlab.retrieval.sparse import active, flops, splade, splade_vectors, top_terms
from tests.encoders import assert_close

TEXTS = ["A bee.", "The queen of the hive lays all the eggs of a colony, hour after hour.", "Wax and honey"]


@pytest.fixture
def logits():
    return 3 * torch.randn(7, 5, 37, generator=torch.Generator().manual_seed(6))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=41, max_position_embeddings=64
    )
    return BertForMaskedLM(config).train()


def test_weights_are_those_of_sentence_transformers(logits):
    mask = (torch.arange(5) < torch.tensor([5, 1, 2, 4, 3, 5, 1])[:, None]).long()
    theirs = SpladePooling("max")({"token_embeddings": logits.clone(), "attention_mask": mask})["sentence_embedding"]
    assert_close(splade(logits, mask), theirs)
    assert_close(splade(logits, mask.bool()), theirs)


def test_by_hand_and_without_padding(logits):
    mask = torch.tensor([[1, 1, 0, 0, 0]])
    expected = torch.log(1 + logits[:1, :2].clamp(min=0)).max(dim=1).values
    assert_close(splade(logits[:1], mask), expected)
    logits[:, 2:] = 99
    assert_close(splade(logits[:1], mask), expected)


def test_the_regularizer_is_that_of_sentence_transformers(logits):
    vectors = splade(logits, torch.ones(7, 5).long())
    assert_close(flops(vectors), FlopsLoss(model=None).compute_loss_from_embeddings(vectors))


def test_active_entries(logits):
    vectors = splade(logits, torch.ones(7, 5).long())
    assert active(vectors).tolist() == [sum(weight > 0 for weight in row) for row in vectors.tolist()]


def test_words_of_a_vector(tokenizer):
    vector = torch.zeros(len(tokenizer))
    for piece, weight in {"bee": 2.0, "##s": 0.5, "honey": 1.5}.items():
        vector[tokenizer.convert_tokens_to_ids(piece)] = weight
    assert top_terms(vector, tokenizer) == [("bee", 2.0), ("honey", 1.5), ("##s", 0.5)]
    assert top_terms(vector, tokenizer, k=1) == [("bee", 2.0)]


def test_texts_encoded_in_batches(model, tokenizer):
    found = splade_vectors(model, tokenizer, TEXTS, batch_size=2)
    assert model.training
    assert not found.requires_grad
    model.eval()
    for text, vector in zip(TEXTS, found, strict=True):
        with torch.no_grad():
            logits = model(**tokenizer(text, return_tensors="pt")).logits
        assert_close(vector, torch.log1p(torch.relu(logits[0])).max(dim=0).values)
    model.train()


def test_a_long_text_is_cut(model, tokenizer):
    assert splade_vectors(model, tokenizer, ["bee " * 300], max_length=64).shape == (1, 30522)
