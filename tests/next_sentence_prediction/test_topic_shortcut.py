"""The four kinds of pairs, the judge that knows words alone, and how two judges are compared."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers import BertForPreTraining

from bertlab import checkpoint
from bertlab.next_sentence_prediction.objective import follows
from bertlab.next_sentence_prediction.topic_shortcut import (
    FURTHER,
    passage_pairs,
    ranked_right,
    sentences_of,
    topic_similarity,
    word_bags,
)
from bertlab.texts import passages

TEXTS = [f"{letter} one. {letter} two? {letter} three!" for letter in "abcdefgh"] + ["i one. i two."]


@pytest.fixture(scope="module")
def model():
    return BertForPreTraining.from_pretrained(checkpoint()).eval()


def test_a_passage_is_cut_after_each_sentence():
    assert sentences_of("It rained. Did it? Yes! The 3.5 km were wet.") == [
        "It rained.",
        "Did it?",
        "Yes!",
        "The 3.5 km were wet.",
    ]


def test_four_kinds_by_hand():
    pairs = passage_pairs(TEXTS)
    assert pairs["next"][:2] == [("a one.", "a two?"), ("a two?", "a three!")]
    assert pairs["swapped"][0] == ("a two?", "a one.")
    assert pairs["one left out"][0] == ("a one.", "a three!")
    assert FURTHER == 7
    assert pairs["another passage"][:2] == [("a one.", "h two?"), ("a two?", "h three!")]
    assert pairs["another passage"][3] == ("b two?", "i one.")  # that passage is shorter: counted from its start
    assert [len(kind) for kind in pairs.values()] == [17, 17, 8, 17]


def test_the_passages_give_133_pairs_and_53_with_one_left_out():
    assert {kind: len(pairs) for kind, pairs in passage_pairs().items()} == {
        "next": 133,
        "swapped": 133,
        "one left out": 53,
        "another passage": 133,
    }
    home = {sentence: number for number, text in enumerate(passages()) for sentence in sentences_of(text)}
    pairs = passage_pairs()
    assert all(home[a] == home[b] for a, b in pairs["next"] + pairs["one left out"])
    assert all(home[a] != home[b] for a, b in pairs["another passage"])


def test_similarity_does_not_see_order_and_is_1_for_the_same_words(model, tokenizer):
    pairs = [("dogs bark", "bark dogs"), ("dogs bark", "the river rose"), ("the river rose", "dogs bark")]
    same, other, swapped = topic_similarity(pairs, model, tokenizer)
    assert same == pytest.approx(1, abs=1e-5)
    assert other == pytest.approx(swapped.item(), abs=1e-6)
    common = word_bags([sentence for text in passages() for sentence in sentences_of(text)], model, tokenizer).mean(0)
    bags = word_bags(pairs[1], model, tokenizer) - common
    assert_close(other, nn.functional.cosine_similarity(bags[0], bags[1], dim=0))


def test_a_bag_is_the_mean_of_the_word_embeddings(model, tokenizer):
    table = model.bert.embeddings.word_embeddings.weight.detach()
    ids = tokenizer.convert_tokens_to_ids(["snow", "##board", "##ers"])
    assert_close(word_bags(["snowboarders"], model, tokenizer)[0], table[ids].mean(0))


def test_ranking_equals_counting_one_by_one():
    generator = torch.Generator().manual_seed(0)
    trues = torch.randint(5, (13,), generator=generator) + 1.0
    negatives = torch.randint(5, (37,), generator=generator) + 0.0
    won = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in trues.tolist() for b in negatives.tolist())
    assert ranked_right(trues, negatives) == pytest.approx(won / (13 * 37))
    assert ranked_right(negatives, trues) == pytest.approx(1 - won / (13 * 37))
    assert ranked_right(torch.zeros(3), torch.zeros(7)) == 0.5


def test_the_embedded_head_tells_strangers_from_followers_but_hardly_forwards_from_backwards(model, tokenizer):
    scores = {kind: follows(pairs, model, tokenizer) for kind, pairs in passage_pairs().items()}
    ranks = {kind: ranked_right(scores["next"], found) for kind, found in scores.items()}
    assert ranks["another passage"] > 0.75
    assert all(abs(ranks[kind] - 0.5) < 0.15 for kind in ("swapped", "one left out"))
