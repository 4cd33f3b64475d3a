from itertools import pairwise

import numpy as np
import pytest

from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.pairs import draw_pair, draw_stranger, gather_chunks


def test_parts_meet_between_whole_sentences_and_lose_only_their_outer_ends(corpus):
    sentences = {tuple(corpus.ids[i:j].tolist()) for i, j in pairwise(corpus.sentence_starts)}
    rng, whole = np.random.default_rng(0), 0
    for chunk in gather_chunks(corpus, 37):
        pair = draw_pair(corpus, chunk, 37, rng)
        full = len(pair.a) + len(pair.b) == 34
        for name, part in (("a", pair.a.tolist()), ("b", pair.b.tolist())):
            cuts = [0, *(i + 1 for i, token in enumerate(part) if token == 5), len(part)]  # 5 is the full stop
            pieces = [tuple(part[i:j]) for i, j in pairwise(cuts) if i < j]
            outer = 0 if name == "a" else len(pieces) - 1
            broken = [k for k, piece in enumerate(pieces) if piece not in sentences]
            assert broken == [] or (broken == [outer] and full)
            whole += len(pieces) - len(broken)
    assert whole > 100


def test_b_follows_a_or_comes_from_another_article_as_its_label_says(corpus):
    rng, labels = np.random.default_rng(1), []
    for chunk in np.concatenate([gather_chunks(corpus, 37, shift) for shift in range(7)]):
        a, b, label = draw_pair(corpus, chunk, 37, rng)
        topics = [{int(token) for token in part if token >= 66} for part in (a, b)]  # 66 is the first topic
        if all(topics):
            assert (topics[0] != topics[1]) == bool(label)
        if label == 0:
            text = corpus.ids[corpus.sentence_starts[chunk[0]] : corpus.sentence_starts[chunk[1]]].tolist()
            joined = [*a.tolist(), *b.tolist()]
            assert any(text[i : i + len(joined)] == joined for i in range(len(text)))
        labels.append(label)
    assert len(labels) > 1000
    assert 0.45 < np.mean(labels) < 0.55


def test_one_article_has_no_stranger(tokenizer):
    corpus = TokenizedCorpus.build([["Topic1 word2. Topic1 word3."]], tokenizer)
    with pytest.raises(ValueError, match="a second, for strangers"):
        draw_stranger(corpus, 0, 5, np.random.default_rng(0))


def test_chunks_hold_every_sentence_once_but_what_an_article_leaves_over(corpus):
    chunks = gather_chunks(corpus, 37)
    sentences = [s for first, last in chunks.tolist() for s in range(first, last)]
    assert len(set(sentences)) == len(sentences) > 0.9 * (len(corpus.sentence_starts) - 1)
    assert min(last - first for first, last in chunks.tolist()) == 2
