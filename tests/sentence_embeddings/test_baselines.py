"""Baselines by hand, and scikit-learn's TF-IDF held against the formula."""

import math
from collections import Counter

import pytest
import torch

from bertlab.sentence_embeddings.baselines import (
    embed_static,
    tfidf_cosines,
    word_embeddings,
    word_overlap,
    word_overlaps,
)
from bertlab.sentence_embeddings.encode import embed
from tests.encoders import CONFIGS, assert_close, make_ours, make_theirs
from tests.sentence_embeddings.toys import HIDDEN, TEXTS, make_model


def test_word_overlap():
    assert word_overlap("Two dogs bark, two!", "two Dogs SLEEP") == 2 / 4
    assert word_overlap("", "...") == 0
    assert word_overlap("It isn't.", "It is.") == 1 / 3
    assert_close(word_overlaps(["a b c", "d"], ["a b", "e"]), torch.tensor([2 / 3, 0]))


def test_tfidf_by_the_formula():
    texts = [["a", "b", "b"], ["a", "c"], ["c", "b", "d"], ["a", "3"]]
    idf = {word: math.log(5 / (1 + sum(word in text for text in texts))) + 1 for text in texts for word in text}

    def vector(text):
        return torch.tensor([Counter(text)[word] * idf[word] for word in sorted(idf)])

    expected = torch.cosine_similarity(torch.stack([*map(vector, texts[:2])]), torch.stack([*map(vector, texts[2:])]))
    found = tfidf_cosines([" ".join(text) for text in texts[:2]], [" ".join(text).upper() for text in texts[2:]])
    assert_close(found, expected)
    assert found.dtype == torch.float32
    assert (found > 0.1).all()


def test_how_rare_words_are_can_be_counted_elsewhere():
    counted = ["the dog", "the cat", "the cow", "the pig"]
    assert tfidf_cosines(["the dog"], ["the cat"], counted)[0] < tfidf_cosines(["the dog"], ["the cat"])[0] < 0.5
    assert tfidf_cosines(["unheard of"], ["unheard of"], counted).tolist() == [0]


def test_pairs_are_pairs():
    with pytest.raises(ValueError, match="2 first texts and 1 second ones: give pairs"):
        tfidf_cosines(["a", "b"], ["c"])
    with pytest.raises(ValueError, match="shorter"):
        word_overlaps(["a", "b"], ["c"])


class TestStatic:
    def test_the_mean_of_word_embeddings(self, tokenizer):
        model = make_model()
        vectors = embed_static(model, tokenizer, TEXTS)
        assert vectors.shape == (7, HIDDEN)
        ids = tokenizer(TEXTS[4])["input_ids"][1:-1]
        assert_close(vectors[4], model.get_input_embeddings().weight[ids].mean(0).detach())
        assert vectors[3].abs().max() == 0

    def test_order_and_context_do_not_count(self, tokenizer):
        model = make_model()
        texts = ["dog bites man", "man bites dog"]
        static, contextual = embed_static(model, tokenizer, texts), embed(model, tokenizer, texts)
        assert_close(static[0], static[1])
        assert (contextual[0] - contextual[1]).abs().max() > 0.01

    def test_our_own_bert_has_the_table_too(self):
        theirs = make_theirs(CONFIGS["wide"])
        table = word_embeddings(make_ours(theirs))
        assert_close(table, theirs.get_input_embeddings().weight.detach())
        assert not table.requires_grad
