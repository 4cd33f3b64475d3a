"""Texts for a student: whole sentences and runs of them, in their shares, in batches that any restart finds again."""

from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.recipe import Recipe, Text
from bertlab.training.text_batches import (
    LONGEST_RUN,
    MAX_TOKENS,
    SINGLES,
    TextMixture,
    group_by_tokens,
    lay_out_texts,
    run_of_sentences,
)

POOL, TOKENS = 370, 137
RECIPE = Recipe((Text("a.txt", pairs=0.75), Text("b.txt", pairs=0.25, singles=1.0)), singles=0.2)


@pytest.fixture(scope="module")
def corpora(articles, tokenizer):
    """Text a: the articles on topics 0 to 19; text b: those on topics 20 to 39."""
    return {name: TokenizedCorpus.build(articles[i : i + 20], tokenizer) for name, i in (("a", 0), ("b", 20))}


@pytest.fixture
def make_mixture(corpora, tokenizer):
    def make(**changes):
        recipe = changes.pop("recipe", RECIPE)
        return TextMixture(recipe, corpora, tokenizer, **{"tokens": TOKENS, "seed": 5, "pool": POOL} | changes)

    return make


def rows_of(batch):
    """The ids of each text of a batch, without padding."""
    return [ids[mask.bool()].tolist() for ids, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True)]


def sentences_of(corpus):
    return [tuple(corpus.ids[i:j].tolist()) for i, j in pairwise(corpus.sentence_starts)]


def assert_same(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_is_so_many_whole_sentences_and_ends_with_the_text(corpora):
    corpus, sentences = corpora["a"], sentences_of(corpora["a"])
    assert tuple(run_of_sentences(corpus, 7, 1)) == sentences[7]
    assert tuple(run_of_sentences(corpus, 7, 3)) == sum(sentences[7:10], ())
    assert tuple(run_of_sentences(corpus, len(sentences) - 1, LONGEST_RUN)) == sentences[-1]
    assert len(run_of_sentences(corpus, 0, 200)) == MAX_TOKENS


def test_a_pool_has_each_text_in_its_share(make_mixture, corpora):
    texts = make_mixture().draw(np.random.default_rng(0))
    assert len(texts) == POOL  # none of these has a single token
    full_stop = 5
    of_a = [bool((text >= 66).any()) and text[text >= 66].min() - 66 < 20 for text in texts]
    running = POOL - round(SINGLES * POOL)
    assert sum(of_a) == pytest.approx(0.75 * running, abs=1)
    numbers = [int((text == full_stop).sum()) for text in texts]
    assert set(numbers) == set(range(1, LONGEST_RUN + 1))
    single = [number for number, a in zip(numbers, of_a, strict=True) if not a]
    assert np.mean(np.array(single) == 1) > 0.8  # b gives single sentences, and few runs
    longer = [number for number, a in zip(numbers, of_a, strict=True) if a]
    assert np.mean(longer) == pytest.approx((1 + LONGEST_RUN) / 2, abs=0.6)


def test_without_lists_all_texts_are_runs(make_mixture):
    mixture = make_mixture(recipe=Recipe((Text("a.txt", pairs=1.0),)))
    assert [(quota, longest) for _, quota, longest in mixture.sources] == [(POOL, LONGEST_RUN)]


def test_a_text_of_a_single_token_is_left_out(tokenizer):
    corpus = TokenizedCorpus.build([["Word1."], ["Word2"], ["Word3 word4."], ["Word5"]], tokenizer)
    lengths = np.diff(corpus.sentence_starts).tolist()
    assert lengths == [2, 1, 3, 1]
    recipe = Recipe((Text("a.txt", pairs=0.5, singles=1.0),))
    texts = TextMixture(recipe, {"a": corpus}, tokenizer, pool=137).draw(np.random.default_rng(0))
    assert 0 < len(texts) < 137
    assert min(map(len, texts)) == 2


def test_a_batch_is_whole_texts_between_special_tokens(make_mixture, corpora, tokenizer):
    known = {sentence for corpus in corpora.values() for sentence in sentences_of(corpus)}
    for batch in islice(make_mixture().batches(), 13):
        for row in rows_of(batch):
            assert (row[0], row[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
            text = row[1:-1]
            assert 1 < len(text) <= MAX_TOKENS
            cuts = [0, *(i + 1 for i, token in enumerate(text) if token == 5)]
            assert {tuple(text[i:j]) for i, j in pairwise(cuts)} <= known


def test_a_batch_keeps_its_budget_and_hardly_pads(make_mixture):
    mixture, shares = make_mixture(), []
    groups = group_by_tokens(mixture.draw(np.random.default_rng([5, 0])), TOKENS)
    for batch in islice(mixture.batches(), len(groups)):
        assert batch["input_ids"].numel() <= TOKENS
        shares.append(batch["attention_mask"].float().mean().item())
    assert np.mean(shares) > 0.9
    assert sum(len(group) for group in groups) == POOL


def test_groups_hold_every_text_once_and_none_could_take_one_more():
    texts = [np.arange(length) for length in (5, 3, 3, 40, 2, 7)]
    groups = group_by_tokens(texts, tokens=18)
    assert [[len(text) for text in group] for group in groups] == [[2, 3, 3], [5, 7], [40]]
    assert [len(group) for group in group_by_tokens([np.arange(3), np.arange(5)], tokens=10)] == [1, 1]


def test_skipping_gives_the_very_batch_that_comes_next(make_mixture):
    mixture = make_mixture()
    count = len(group_by_tokens(mixture.draw(np.random.default_rng([5, 0])), TOKENS))
    batches = list(islice(mixture.batches(), 2 * count + 7))
    for skip in (0, 1, count - 1, count, count + 1, 2 * count + 5):
        assert_same(next(make_mixture().batches(skip)), batches[skip])
    for mine, other in zip(mixture.batches(count - 2), batches[count - 2 :], strict=False):
        assert_same(mine, other)


def test_a_pool_is_drawn_by_its_number_alone(make_mixture):
    mixture = make_mixture()
    first = list(islice(mixture.batches(), 3))
    mixture.draw(np.random.default_rng(1))
    torch.rand(5)
    for one, again in zip(mixture.batches(), first, strict=False):
        assert_same(one, again)
    other = next(make_mixture(seed=6).batches())
    assert rows_of(other) != rows_of(first[0])


def test_pools_differ_and_short_texts_do_not_come_first(make_mixture):
    mixture = make_mixture()
    count = len(group_by_tokens(mixture.draw(np.random.default_rng([5, 0])), TOKENS))
    batches = list(islice(mixture.batches(), 2 * count))
    widths = [batch["input_ids"].shape[1] for batch in batches[:count]]
    assert widths != sorted(widths)
    pools = [sorted(row for batch in part for row in rows_of(batch)) for part in (batches[:count], batches[count:])]
    assert pools[0] != pools[1]


def test_shorter_texts_are_padded(tokenizer):
    batch = lay_out_texts([np.array([7, 8], dtype=np.uint16), np.array([9, 10, 11], dtype=np.uint16)], tokenizer)
    assert batch["input_ids"].tolist() == [[2, 7, 8, 3, 0], [2, 9, 10, 11, 3]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
