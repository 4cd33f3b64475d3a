"""Vectors of texts, tokens and words: the library's on the same weights, whatever the batch."""

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig

from bertlab.sentence_embeddings import encode
from bertlab.sentence_embeddings.encode import embed, longest_first, token_vectors, tokenize, word_vectors
from bertlab.sentence_embeddings.pooling import LAST_FOUR, mean_pooling
from tests.encoders import assert_close, make_ours, make_theirs
from tests.sentence_embeddings.toys import HIDDEN, POSITIONS, TEXTS, make_model

PROMPT = "find the same: "


@pytest.fixture(scope="module")
def model():
    return make_model()


@pytest.fixture(scope="module")
def folder(model, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert")
    model.bert.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def library(folder, pooling, include_prompt=True):
    return SentenceTransformer(
        modules=[Transformer(str(folder)), Pooling(HIDDEN, pooling, include_prompt)], device="cpu"
    )


class TestEmbed:
    @pytest.mark.parametrize("pooling", ["cls", "mean", "max"])
    def test_as_the_library(self, model, tokenizer, folder, pooling):
        theirs = library(folder, pooling).encode(TEXTS, convert_to_tensor=True)
        ours = embed(model, tokenizer, TEXTS, pooling)
        assert_close(ours, theirs)
        assert ours.shape == (7, HIDDEN)
        assert ours.std(0).min() > 0.01
        normalized = library(folder, pooling).encode(TEXTS, convert_to_tensor=True, normalize_embeddings=True)
        assert_close(embed(model, tokenizer, TEXTS, pooling, normalize=True), normalized)

    @pytest.mark.parametrize("included", [True, False])
    @pytest.mark.parametrize("pooling", ["cls", "mean", "max"])
    def test_a_prompt_as_in_the_library(self, model, tokenizer, folder, pooling, included):
        theirs = library(folder, pooling, included).encode(TEXTS, prompt=PROMPT, convert_to_tensor=True)
        ours = embed(model, tokenizer, TEXTS, pooling, prompt=PROMPT, prompt_tokens=included)
        assert_close(ours, theirs)
        assert (ours - embed(model, tokenizer, TEXTS, pooling)).abs().max() > 0.01

    def test_a_text_has_the_same_vector_in_every_batch_and_alone(self, model, tokenizer):
        together = embed(model, tokenizer, TEXTS)
        for batch_size in (1, 3, 7):
            assert_close(embed(model, tokenizer, TEXTS, batch_size=batch_size), together)
        assert_close(embed(model, tokenizer, TEXTS[::-1], batch_size=2), together.flip(0))
        for number, text in enumerate(TEXTS):
            assert_close(embed(model, tokenizer, [text])[0], together[number])

    def test_texts_of_like_length_go_together(self, model, tokenizer, monkeypatch):
        seen, forward = [], model.bert.forward
        monkeypatch.setattr(model.bert, "forward", lambda **x: seen.append(x["input_ids"].shape) or forward(**x))
        embed(model, tokenizer, TEXTS, batch_size=3)
        lengths = sorted((len(found["input_ids"]) for found in tokenize(model, tokenizer, TEXTS)[0]), reverse=True)
        assert seen == [(3, lengths[0]), (3, lengths[3]), (1, lengths[6])]
        assert lengths[0] == POSITIONS

    def test_fewer_long_texts_go_together_on_a_cpu(self, model, tokenizer, monkeypatch):
        expected = embed(model, tokenizer, TEXTS)
        seen, forward = [], model.bert.forward
        monkeypatch.setattr(model.bert, "forward", lambda **x: seen.append(x["input_ids"].shape) or forward(**x))
        monkeypatch.setattr(encode, "CPU_POSITIONS", 2 * POSITIONS)
        assert_close(embed(model, tokenizer, TEXTS, batch_size=3), expected)
        assert seen[0][0] == 2
        assert max(shape[0] for shape in seen) == 3
        assert all(rows * tokens <= 2 * POSITIONS for rows, tokens in seen)

    def test_batches_of_texts_of_like_length(self):
        lengths = [3, 9, 2, 40, 3, 9, 1]
        assert longest_first(lengths, 2) == [[3, 1], [5, 0], [4, 2], [6]]
        assert longest_first(lengths, 37, positions=18) == [[3], [1, 5], [0, 4, 2, 6]]
        assert longest_first([0, 0], 37, positions=7) == [[0, 1]]
        assert longest_first([], 37) == []
        with pytest.raises(ValueError, match="batch_size=0: it must be at least 1"):
            longest_first(lengths, 0)

    def test_layers(self, model, tokenizer):
        batch = dict(tokenizer(TEXTS, truncation=True, max_length=POSITIONS, padding=True, return_tensors="pt"))
        with torch.no_grad():
            states = model.eval().bert(**batch, output_hidden_states=True).hidden_states
        model.train()
        mask = batch["attention_mask"]
        assert_close(embed(model, tokenizer, TEXTS, layer=0), mean_pooling(states[0], mask))
        assert_close(embed(model, tokenizer, TEXTS, layer=-2), mean_pooling(states[4], mask))
        last_four = sum(states[2:]) / 4
        assert_close(embed(model, tokenizer, TEXTS, layer=LAST_FOUR), mean_pooling(last_four, mask))
        assert_close(embed(model, tokenizer, TEXTS, layer=5), embed(model, tokenizer, TEXTS))
        with pytest.raises(ValueError, match=r"layers \[6\]: give numbers from 0"):
            embed(model, tokenizer, TEXTS, layer=6)

    def test_without_special_tokens(self, model, tokenizer):
        texts = ["Rain falls on [MASK] \u2603 roofs.", "Rain"]  # there is no piece for the snowman: [UNK]
        ours = embed(model, tokenizer, texts, special_tokens=False)
        for number, text in enumerate(texts):
            assert_close(ours[number], token_vectors(model, tokenizer, text).vectors[1:-1].mean(0))
        with pytest.raises(ValueError, match="text 3 has no token besides those left out: drop it, or pool"):
            embed(model, tokenizer, TEXTS, special_tokens=False)

    def test_a_pooling_of_ones_own(self, model, tokenizer):
        ours = embed(model, tokenizer, TEXTS, lambda hidden, mask: mask.sum(1, keepdim=True).float())
        assert ours.flatten().tolist() == [len(found["input_ids"]) for found in tokenize(model, tokenizer, TEXTS)[0]]

    def test_the_model_stays_as_it_was_and_a_head_can_be_trained_on_the_vectors(self, model, tokenizer):
        head = torch.nn.Linear(HIDDEN, 1)
        vectors = embed(model, tokenizer, TEXTS)
        head(vectors).sum().backward()
        assert_close(head.weight.grad[0], vectors.sum(0))
        assert model.training
        assert not vectors.requires_grad

    def test_our_own_bert(self, tokenizer):
        config = BertConfig(
            vocab_size=30_522,
            hidden_size=15,
            num_hidden_layers=2,
            num_attention_heads=3,
            intermediate_size=7,
            max_position_embeddings=POSITIONS,
        )
        theirs = make_theirs(config)
        assert_close(embed(make_ours(theirs), tokenizer, TEXTS), embed(theirs, tokenizer, TEXTS))

    def test_what_cannot_be_embedded(self, model, tokenizer):
        with pytest.raises(TypeError, match="texts is one string: give a list"):
            tokenize(model, tokenizer, "Rain")
        with pytest.raises(ValueError, match="there are no texts: give at least one"):
            embed(model, tokenizer, [])
        with pytest.raises(ValueError, match="there is no pooling 'sum'"):
            embed(model, tokenizer, TEXTS, "sum")
        with pytest.raises(ValueError, match="prompt 'out' runs into the first word of text 0: end it with a space"):
            embed(model, tokenizer, ["side", "Rain"], prompt="out")


class TestTokens:
    def test_tokens_and_words_of_a_text(self, model, tokenizer):
        text = "Unremarkable  DOGS, don't!"
        found = token_vectors(model, tokenizer, text)
        assert found.tokens == tokenizer(text).tokens()
        assert found.vectors.shape == (len(found.tokens), HIDDEN)
        assert list(found.words.values()) == ["Unremarkable", "DOGS", ",", "don", "'", "t", "!"]
        assert found.word_ids[0] is found.word_ids[-1] is None
        assert_close(
            mean_pooling(found.vectors[None], torch.ones(1, len(found.tokens)))[0], embed(model, tokenizer, [text])[0]
        )
        assert_close(token_vectors(model, tokenizer, text, layer=-1).vectors, found.vectors)
        assert (token_vectors(model, tokenizer, text, layer=1).vectors - found.vectors).abs().max() > 0.1

    def test_a_word_is_the_mean_of_its_pieces(self, model, tokenizer):
        text = "Tokenization of strawberries"
        tokens, words = token_vectors(model, tokenizer, text), word_vectors(model, tokenizer, text)
        assert words.words == text.split()
        assert tokens.word_ids.count(0) > 1
        for number in range(3):
            own = [place for place, word in enumerate(tokens.word_ids) if word == number]
            assert_close(words.vectors[number], tokens.vectors[own].mean(0))

    def test_what_is_cut_and_what_is_empty(self, model, tokenizer):
        assert len(token_vectors(model, tokenizer, TEXTS[1]).tokens) == POSITIONS
        words = word_vectors(model, tokenizer, TEXTS[1])
        assert words.words == TEXTS[1].replace(",", " ,").split()[: len(words.words)]
        assert word_vectors(model, tokenizer, "").vectors.shape == (0, HIDDEN)
        assert token_vectors(model, tokenizer, "").tokens == ["[CLS]", "[SEP]"]
