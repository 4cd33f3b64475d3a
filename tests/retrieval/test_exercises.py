"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math
from collections import Counter

import bm25s
import faiss
import numpy as np
import pytest
import torch
from sklearn.metrics import ndcg_score
from torch.nn import functional

from bertlab.exercises.display import State
from bertlab.retrieval import bm25, exact, exercises, late_interaction, metrics


def searched_with(
    query_of=lambda query: functional.normalize(query, dim=0),
    passages_of=lambda passages: functional.normalize(passages),
    place=lambda scores, k: torch.topk(scores, k),
):
    """Three steps, one of them or more in a wrong way."""
    return lambda query, passages, k: tuple(place(passages_of(passages) @ query_of(query), k))


def searched_by_sorting(query, passages, k):
    cosines = functional.cosine_similarity(query[None], passages)
    order = cosines.argsort(descending=True)[:k]
    return cosines[order], order


def searched_one_by_one(query, passages, k):
    found = sorted(((float(query @ p / query.norm() / p.norm()), n) for n, p in enumerate(passages)), reverse=True)
    return torch.tensor([score for score, _ in found[:k]]), torch.tensor([number for _, number in found[:k]])


def searched_by_distances(query, passages, k):
    distances = torch.cdist(functional.normalize(query[None]), functional.normalize(passages))[0]
    nearest = distances.topk(k, largest=False)
    return 1 - nearest.values**2 / 2, nearest.indices


def searched_by_faiss(query, passages, k):
    index = faiss.IndexFlatIP(len(query))
    index.add(functional.normalize(passages).numpy())
    scores, numbers = index.search(functional.normalize(query[None]).numpy(), k)
    return torch.from_numpy(scores[0]), torch.from_numpy(numbers[0])


def searched_in_the_room(query, passages, k):
    hits = exact.top_k(functional.normalize(query[None]), functional.normalize(passages), k)
    return hits.scores[0], hits.ids[0]


def recall_by_membership(ranked, relevant, k):
    first = ranked[:k]
    return sum(1 for one in relevant if one in first) / len(relevant)


def recall_by_what_is_left(ranked, relevant, k):
    return 1 - len(relevant - set(ranked[:k])) / len(relevant)


def ndcg_in_a_loop(ranked, grades, k):
    total = ideal = 0.0
    best = sorted(grades.values(), reverse=True)
    for number in range(k):
        if number < len(ranked) and ranked[number] in grades:
            total += grades[ranked[number]] / math.log(number + 2)
        if number < len(best):
            ideal += best[number] / math.log(number + 2)  # whichever logarithm: the ratio is the same
    return total / ideal


def ndcg_of_numpy(ranked, grades, k):
    dcg = lambda gains: np.sum(np.array(gains) / np.log2(np.arange(2, len(gains) + 2)))  # noqa: E731
    return float(dcg([grades.get(one, 0) for one in ranked][:k]) / dcg(sorted(grades.values())[::-1][:k]))


def ndcg_of_scikit_learn(ranked, grades, k):
    everything = [*ranked, *range(k), *(grades.keys() - set(ranked))]  # what has no grade fills the places up to k
    real = [grades.get(one, 0) for one in everything]
    return ndcg_score([real], [range(len(everything), 0, -1)], k=k)


def bm25_by_counters(query, texts, k1=1.2, b=0.75):
    counts, lengths = [Counter(text) for text in texts], np.array([len(text) for text in texts])
    having = Counter(word for text in texts for word in set(text))
    scores = np.zeros(len(texts))
    for word in query:
        tf = np.array([count[word] for count in counts])
        idf = np.log1p((len(texts) - having[word] + 0.5) / (having[word] + 0.5))
        scores += idf * tf / (tf + k1 * (1 - b + b * lengths / lengths.mean()))
    return scores.tolist()


def bm25_text_by_text(query, texts, k1=1.2, b=0.75):
    total, average = len(texts), np.mean([len(text) for text in texts])

    def score(text):
        points = 0
        for word in set(query) & set(text):
            n = len([1 for other in texts if word in other])
            idf = math.log((total + 1) / (n + 0.5))
            points += query.count(word) * idf / (1 + k1 * (1 - b + b * len(text) / average) / text.count(word))
        return points

    return [score(text) for text in texts]


def bm25_of_the_library(query, texts, k1=1.2, b=0.75):
    retriever = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    retriever.index(texts, show_progress=False)
    return retriever.get_scores([word for word in query if any(word in text for text in texts)]).tolist()


def maxsim_token_by_token(query, passage, mask):
    tokens = [token for token, real in zip(passage, mask.tolist(), strict=True) if real]
    return sum(max(one @ other for other in tokens) for one in query)


def maxsim_by_einsum(query, passage, mask):
    products = torch.einsum("qh,ph->qp", query, passage) - 1e9 * (~mask).float()
    return products.max(dim=1).values.sum()


def maxsim_turned(query, passage, mask):
    return torch.where(mask[:, None], passage @ query.T, -torch.inf).amax(0).sum()


def maxsim_of_the_room(query, passage, mask):
    real = torch.ones(1, len(query), dtype=torch.bool)
    return late_interaction.maxsim(query[None], passage[None], real, mask[None])[0, 0]


RIGHT = [
    (exercises.search, searched_with()),
    (exercises.search, searched_by_sorting),
    (exercises.search, searched_one_by_one),
    (exercises.search, searched_by_distances),
    (exercises.search, searched_by_faiss),
    (exercises.search, searched_in_the_room),
    (exercises.search, lambda query, passages, k: functional.cosine_similarity(passages, query, dim=-1).topk(k)),
    (exercises.recall_at_k, recall_by_membership),
    (exercises.recall_at_k, recall_by_what_is_left),
    (exercises.ndcg_at_k, ndcg_in_a_loop),
    (exercises.ndcg_at_k, ndcg_of_numpy),
    (exercises.ndcg_at_k, ndcg_of_scikit_learn),
    (exercises.ndcg_at_k, metrics.ndcg_at_k),
    (exercises.bm25, bm25_by_counters),
    (exercises.bm25, bm25_text_by_text),
    (exercises.bm25, bm25_of_the_library),
    (exercises.maxsim, maxsim_token_by_token),
    (exercises.maxsim, maxsim_by_einsum),
    (exercises.maxsim, maxsim_turned),
    (exercises.maxsim, maxsim_of_the_room),
    (exercises.maxsim, lambda query, passage, mask: torch.inner(query, passage[mask]).max(1)[0].sum()),
    (
        exercises.maxsim,
        lambda query, passage, mask: -torch.cdist(query, passage[mask]).amin(1).square().sum() / 2 + len(query),
    ),
]


def divided_after(cosines):
    """Dot products first, the lengths later."""
    return lambda query, passages, k: tuple(cosines(passages @ query, query.norm(), passages.norm(dim=1)).topk(k))


def searched_upward(query, passages, k):
    cosines = functional.cosine_similarity(passages, query[None])
    order = torch.from_numpy(np.argsort(cosines.numpy())[:k])
    return cosines[order], order


def searched_from_the_end(query, passages, k):
    cosines = functional.cosine_similarity(passages, query[None])
    order = cosines.argsort()[len(cosines) - k :]
    return cosines[order], order


def precision_in_a_loop(ranked, relevant, k):
    hits = 0
    for one in ranked[:k]:
        if one in relevant:
            hits += 1
    return hits / len(ranked[:k])


def first_hit(ranked, relevant, k):
    for number, one in enumerate(ranked[:k]):
        if one in relevant:
            return 1 / (number + 1)
    return 0


def ndcg_with(
    grade_of=lambda grades, one: grades.get(one, 0),
    gain=lambda grade: grade,
    discount=lambda number: math.log2(number + 2),
    ideal_of=lambda ranked, grades, k: sorted(grades.values(), reverse=True)[:k],
):
    """Places are counted from 0; one part of it or more is wrong."""

    def answer(ranked, grades, k):
        found = [grade_of(grades, one) for one in ranked[:k]]
        sums = [
            sum(gain(grade) / discount(number) for number, grade in enumerate(row))
            for row in (found, ideal_of(ranked, grades, k))
        ]
        return sums[0] / sums[1]

    return answer


def dcg(ranked, grades, k):
    return metrics.discounted([float(grades.get(one, 0)) for one in ranked[:k]])


def best_order_of(ranked, grades):
    return sorted([grades.get(one, 0) for one in ranked], reverse=True)


def bm25_with(
    tf=lambda tf, norm: tf / (tf + norm),
    idf=lambda total, n: math.log(1 + (total - n + 0.5) / (n + 0.5)),
    n=lambda word, texts: len([text for text in texts if word in text]),
    norm=lambda length, average, k1, b: k1 * (1 - b + b * length / average),
    average=lambda texts: np.mean([len(text) for text in texts]),
    words=lambda query: query,
    of_all=lambda score, k1: score,
):
    """One part of it or more is wrong."""

    def answer(query, texts, k1=1.2, b=0.75):
        scores = []
        for text in texts:
            held_back = norm(len(text), average(texts), k1, b)
            score = 0.0
            for word in words(query):
                score += idf(len(texts), n(word, texts)) * tf(text.count(word), held_back)
            scores.append(float(of_all(score, k1)))
        return scores

    return answer


def occurrences(word, texts):
    return Counter(other for text in texts for other in text)[word]


def maxsim_with(
    change=lambda products, mask: torch.where(mask, products, -torch.inf), end=lambda left: left.amax(1).sum()
):
    return lambda query, passage, mask: end(change(torch.inner(query, passage), mask))


MISTAKEN = [
    (exercises.search, divided_after(lambda dots, one, others: dots), "takes the dot product"),
    (exercises.search, divided_after(lambda dots, one, others: dots / others), "leaves the query as it is"),
    (exercises.search, searched_with(query_of=lambda query: query), "leaves the query as it is"),
    (exercises.search, divided_after(lambda dots, one, others: dots / one), "leaves the passages as they are"),
    (exercises.search, searched_with(passages_of=lambda passages: passages), "leaves the passages as they are"),
    (
        exercises.search,
        searched_with(passages_of=lambda passages: functional.normalize(passages, dim=0)),
        "normalizes the columns",
    ),
    (
        exercises.search,
        searched_with(passages_of=lambda passages: passages / passages.pow(2).sum(-1).sqrt()),
        "divides columns by norms of rows",
    ),
    (
        exercises.search,
        divided_after(lambda dots, one, others: dots / (one * others.norm())),
        "takes one norm for all",
    ),
    (exercises.search, searched_with(place=lambda scores, k: scores.topk(k, largest=False)), "puts the worst first"),
    (exercises.search, searched_upward, "puts the worst first"),
    (exercises.search, searched_from_the_end, "puts the best last"),
    (exercises.recall_at_k, precision_in_a_loop, "takes precision"),
    (exercises.recall_at_k, lambda ranked, relevant, k: len({*ranked[:k]} & relevant) / k, "divides by k"),
    (
        exercises.recall_at_k,
        lambda ranked, relevant, k: len([one for one in ranked[:k] if one in relevant]) / len(relevant),
        "counts an id twice",
    ),
    (
        exercises.recall_at_k,
        lambda ranked, relevant, k: int(any(one in relevant for one in ranked[:k])),
        "asks for one only",
    ),
    (exercises.recall_at_k, lambda ranked, relevant, k: not relevant.isdisjoint(ranked[:k]), "asks for one only"),
    (exercises.recall_at_k, lambda ranked, relevant, k: len(relevant & set(ranked)) / len(relevant), "ignores k"),
    (
        exercises.recall_at_k,
        lambda ranked, relevant, k: min(1, recall_by_membership(ranked, relevant, k) * max(1, len(relevant) / k)),
        "divides by the smaller",
    ),
    (exercises.recall_at_k, first_hit, "takes the reciprocal rank"),
    (
        exercises.recall_at_k,
        lambda ranked, relevant, k: recall_by_what_is_left(ranked[: k - 1], relevant, k),
        "stops one early",
    ),
    (
        exercises.ndcg_at_k,
        ndcg_with(ideal_of=lambda ranked, grades, k: best_order_of(ranked[:k], grades)),
        "takes the best order of what was found",
    ),
    (
        exercises.ndcg_at_k,
        ndcg_with(ideal_of=lambda ranked, grades, k: best_order_of(ranked, grades)[:k]),
        "takes the best order of what was found",
    ),
    (
        exercises.ndcg_at_k,
        ndcg_with(ideal_of=lambda ranked, grades, k: best_order_of(grades, grades)),
        "lets the ideal go on",
    ),
    (exercises.ndcg_at_k, dcg, "leaves out the ideal"),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: 1), "leaves out the discount"),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: number + 1), "divides by the place"),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: math.log2(number + 1)), "begins with log 1"),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: math.log(number + 1)), "begins with log 1"),
    (exercises.ndcg_at_k, ndcg_with(gain=lambda grade: min(grade, 1)), "takes grades for yes or no"),
    (
        exercises.ndcg_at_k,
        lambda ranked, grades, k: metrics.ndcg_at_k(ranked, set(grades), k),
        "takes grades for yes or no",
    ),
    (
        exercises.ndcg_at_k,
        lambda ranked, grades, k: metrics.ndcg_at_k(ranked, grades, k, exponential=True),
        "raises 2 to the grade",
    ),
    (exercises.bm25, bm25_with(tf=lambda tf, norm: tf), "counts without saturation"),
    (exercises.bm25, bm25_with(norm=lambda length, average, k1, b: k1), "ignores the length"),
    (exercises.bm25, bm25_with(n=occurrences), "counts occurrences for the idf"),
    (exercises.bm25, bm25_with(idf=lambda total, n: 1), "leaves out the idf"),
    (
        exercises.bm25,
        bm25_with(norm=lambda length, average, k1, b: k1 * (b + (1 - b) * length / average)),
        "exchanges b and the rest",
    ),
    (
        exercises.bm25,
        bm25_with(idf=lambda total, n: np.log((total - n + 0.5) / (n + 0.5))),
        "takes the logarithm without 1",
    ),
    (exercises.bm25, bm25_with(of_all=lambda score, k1: score * (k1 + 1)), "multiplies by k1 and 1"),
    (
        exercises.bm25,
        bm25_with(norm=lambda length, average, k1, b: k1 * (1 - b + b * average / length)),
        "turns the length round",
    ),
    (exercises.maxsim, maxsim_with(end=lambda left: left.max(0).values.sum()), "goes down the columns"),
    (
        exercises.maxsim,
        maxsim_with(change=lambda products, mask: products * mask, end=lambda left: left.amax(0).sum()),
        "sums over the passage",
    ),
    (
        exercises.maxsim,
        maxsim_with(end=lambda left: left[left > -9].sum() / (left[0] > -9).sum()),
        "averages the passage",
    ),
    (exercises.maxsim, lambda query, passage, mask: query.sum(0) @ passage[mask].mean(0), "averages the passage"),
    (exercises.maxsim, maxsim_with(change=lambda products, mask: products.masked_fill(~mask, 0.0)), "lets zeros win"),
    (
        exercises.maxsim,
        lambda query, passage, mask: (query @ (passage * mask[:, None]).T).max(1).values.sum(),
        "lets zeros win",
    ),
    (exercises.maxsim, maxsim_with(change=lambda products, mask: products), "looks at padding too"),
    (exercises.maxsim, maxsim_with(end=lambda left: left.amax(dim=-1).mean()), "averages the query"),
    (exercises.maxsim, maxsim_with(end=torch.max), "takes one match only"),
    (
        exercises.maxsim,
        maxsim_with(change=lambda products, mask: products.masked_fill(mask, float("-inf"))),
        "turns the mask round",
    ),
]


def searched_and_exchanged(query, passages, k):
    return searched_by_sorting(query, passages, k)[::-1]


def searched_then(change):
    """The right hits, and something more or less."""
    return lambda query, passages, k: change(*searched_by_sorting(query, passages, k))


def in_order_of_passages(scores, indices):
    order = indices.argsort()
    return scores[order], indices[order]


def searched_and_divided_into_a_matrix(query, passages, k):
    return tuple((passages @ query / (passages.norm(dim=1, keepdim=True) * query.norm())).topk(k))


WRONG_AT_THE_EDGES = [
    (exercises.search, searched_and_exchanged),
    (exercises.search, searched_and_divided_into_a_matrix),
    (exercises.search, searched_then(lambda scores, indices: indices)),
    (exercises.search, searched_then(lambda scores, indices: (scores[:-1], indices[:-1]))),
    (exercises.search, searched_then(lambda scores, indices: (1 - scores, indices))),
    (exercises.search, searched_then(lambda scores, indices: (scores.abs(), indices))),
    (exercises.search, searched_then(lambda scores, indices: (scores, indices + 1))),
    (exercises.search, searched_then(in_order_of_passages)),
    (exercises.search, searched_then(lambda scores, indices: (scores.tolist(), indices.tolist()))),
    (exercises.search, searched_with(place=lambda scores, k: scores.abs().topk(k))),
    (exercises.search, searched_with(query_of=lambda query: query / query.abs().sum())),
    (exercises.search, searched_with(passages_of=lambda passages: passages / passages.pow(2).sum(1, keepdim=True))),
    (exercises.search, searched_with(place=lambda scores, k: scores.sort(descending=True))),
    (exercises.recall_at_k, lambda ranked, relevant, k: len(set(ranked[:k]) & relevant) / len(ranked)),
    (exercises.recall_at_k, lambda ranked, relevant, k: len(set(ranked[: k + 1]) & relevant) / len(relevant)),
    (exercises.recall_at_k, lambda ranked, relevant, k: len(set(ranked[1:k]) & relevant) / len(relevant)),
    (exercises.recall_at_k, lambda ranked, relevant, k: len(set(ranked[:k]) & relevant)),
    (exercises.recall_at_k, lambda ranked, relevant, k: float(relevant <= set(ranked[:k]))),
    (exercises.recall_at_k, lambda ranked, relevant, k: recall_by_membership(list(dict.fromkeys(ranked)), relevant, k)),
    (exercises.recall_at_k, lambda ranked, relevant, k: sum(ranked[n] in relevant for n in range(k)) / len(relevant)),
    (exercises.recall_at_k, lambda ranked, relevant, k: recall_by_membership(ranked, relevant, k) // 1),
    (exercises.ndcg_at_k, ndcg_with(ideal_of=lambda ranked, grades, k: sorted(grades.values())[:k])),
    (exercises.ndcg_at_k, ndcg_with(ideal_of=lambda ranked, grades, k: list(grades.values())[:k])),
    (exercises.ndcg_at_k, ndcg_with(ideal_of=lambda ranked, grades, k: [max(grades.values())] * k)),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: math.log2(number + 3))),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: math.log2(number + 1) or 1)),
    (exercises.ndcg_at_k, ndcg_with(discount=lambda number: 1 / math.log2(number + 2))),
    (exercises.ndcg_at_k, lambda ranked, grades, k: metrics.ndcg_at_k(ranked, grades, len(ranked))),
    (exercises.ndcg_at_k, lambda ranked, grades, k: metrics.ndcg_at_k(ranked, grades, k + 1)),
    (exercises.ndcg_at_k, lambda ranked, grades, k: ndcg_in_a_loop(ranked, grades, min(k, len(ranked)))),
    (exercises.ndcg_at_k, lambda ranked, grades, k: dcg(ranked, grades, k) / k),
    (exercises.bm25, bm25_with(average=lambda texts: np.mean([len(set(text)) for text in texts]))),
    (exercises.bm25, bm25_with(average=lambda texts: sum(map(len, texts)))),
    (exercises.bm25, bm25_with(idf=lambda total, n: math.log(total / n) if n else 0.0)),
    (exercises.bm25, bm25_with(idf=lambda total, n: math.log10(1 + (total - n + 0.5) / (n + 0.5)))),
    (exercises.bm25, bm25_with(idf=lambda total, n: max(0.0, math.log((total - n + 0.5) / (n + 0.5))))),
    (exercises.bm25, bm25_with(idf=lambda total, n: 1 + math.log((total - n + 0.5) / (n + 0.5)))),
    (exercises.bm25, bm25_with(words=set)),
    (exercises.bm25, bm25_with(words=lambda query: query[:1])),
    (exercises.bm25, bm25_with(norm=lambda length, average, k1, b: k1 * 1 - b + b * length / average)),
    (exercises.bm25, bm25_with(norm=lambda length, average, k1, b: 1.2 * (0.25 + 0.75 * length / average))),
    (exercises.bm25, bm25_with(norm=lambda length, average, k1, b: k1 * (1 + b - b * length / average))),
    (exercises.bm25, bm25_with(tf=lambda tf, norm: tf / norm)),
    (exercises.bm25, bm25_with(tf=lambda tf, norm: min(tf, 1) / (min(tf, 1) + norm))),
    (exercises.bm25, lambda query, texts, k1=1.2, b=0.75: torch.tensor(bm25_by_counters(query, texts, k1, b))),
    (exercises.bm25, lambda query, texts, k1=1.2, b=0.75: sorted(bm25_by_counters(query, texts, k1, b), reverse=True)),
    (exercises.maxsim, maxsim_with(end=lambda left: left.amax(1))),
    (exercises.maxsim, maxsim_with(end=lambda left: left.mean(1).sum())),
    (exercises.maxsim, maxsim_with(end=lambda left: left.amin(1).sum())),
    (exercises.maxsim, maxsim_with(end=lambda left: left.argmax(1).sum())),
    (exercises.maxsim, maxsim_with(end=lambda left: left.amax(1).sum().item())),
    (exercises.maxsim, maxsim_with(end=lambda left: left.amax(1).relu().sum())),
    (exercises.maxsim, maxsim_with(end=lambda left: left.amax(1).sum() + left.T.amax(1).sum())),
    (exercises.maxsim, maxsim_with(change=lambda products, mask: products.masked_fill(~mask, -1.0).abs())),
    (
        exercises.maxsim,
        maxsim_with(change=lambda products, mask: products.masked_fill(~mask[: len(products), None], -9)),
    ),
    (exercises.maxsim, lambda query, passage, mask: maxsim_turned(query, passage[mask.long()], mask)),
    (
        exercises.maxsim,
        lambda query, passage, mask: maxsim_turned(query, passage, torch.arange(len(mask)) < mask.sum()),
    ),
]


def _random(*shape, seed=13):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _ranking(seed=7):
    """Return 13 different ids, 7 that are relevant, and grades for them; some are both."""
    order = torch.randperm(20, generator=torch.Generator().manual_seed(seed)).tolist()
    relevant = {f"d{number}" for number in range(7)}
    return [f"d{number}" for number in order[:13]], relevant, {one: int(one[1:]) % 3 + 1 for one in relevant}


def test_search_is_that_of_the_topic():
    query, passages = _random(7), _random(37, 7, seed=3)
    scores, indices = exercises.nearest_by_cosine(query, passages, 13)
    expected = exact.top_k(functional.normalize(query[None]), functional.normalize(passages), 13)
    torch.testing.assert_close(scores, expected.scores[0])
    assert indices.tolist() == expected.ids[0].tolist()


@pytest.mark.parametrize("k", [1, 3, 7, 13, 37])
def test_measures_are_those_of_the_topic(k):
    ranked, relevant, grades = _ranking()
    assert 0 < len(relevant & set(ranked)) < len(relevant)
    ours, topics = exercises.share_of_relevant(ranked, relevant, k), metrics.recall_at_k(ranked, relevant, k)
    assert ours == pytest.approx(topics)
    ours, topics = exercises.gain_beside_ideal(ranked, grades, k), metrics.ndcg_at_k(ranked, grades, k)
    assert ours == pytest.approx(topics)


def test_an_id_that_is_found_twice_counts_once_and_has_two_places():
    assert exercises.share_of_relevant(["a", "a", "b"], {"a", "b"}, 2) == 0.5
    with pytest.raises(ValueError, match="twice"):  # the topic's own leaves no choice
        metrics.recall_at_k(["a", "a", "b"], {"a", "b"}, 2)


@pytest.mark.parametrize("bounds", [{}, {"k1": 0.9, "b": 0.4}, {"k1": 2.0, "b": 1.0}])
def test_bm25_is_that_of_the_topic(bounds):
    words = "abcdefg"
    drawn = torch.randint(7, (13, 37), generator=torch.Generator().manual_seed(13)) % 6  # no g in any text
    texts = [[words[number] for number in row[: 3 * place + 1]] for place, row in enumerate(drawn.tolist())]
    query = ["b", "f", "g", "b"]
    expected = bm25.BM25(texts, **bounds).scores(query)
    assert expected.min() >= 0 < expected.max()
    torch.testing.assert_close(torch.tensor(exercises.bm25_scores(query, texts, **bounds)), expected)


def test_late_interaction_is_that_of_the_topic():
    query, passage = functional.normalize(_random(7, 37)), functional.normalize(_random(13, 37, seed=3))
    mask = _random(13, seed=7) > 0
    assert 0 < mask.sum() < 13
    torch.testing.assert_close(
        exercises.sum_of_best_matches(query, passage, mask), maxsim_of_the_room(query, passage, mask)
    )


def test_tokens_of_late_interaction_have_length_1():
    for case in exercises.maxsim.cases:
        for tokens in case.args[:2]:
            torch.testing.assert_close(tokens.norm(dim=1), torch.ones(len(tokens)))


def test_no_two_passages_are_equally_similar():
    for case in exercises.search.cases:
        query, passages, k = case.args
        assert 0 < k <= len(passages)
        cosines = functional.cosine_similarity(query[None], passages).sort().values
        assert cosines.diff().min() > 0.01


def test_something_is_found_in_all_rankings_with_grades():
    for case in exercises.ndcg_at_k.cases:
        ranked, grades, k = case.args
        assert set(ranked[:k]) & set(grades)
        assert min(grades.values()) > 0
        assert len(set(ranked)) == len(ranked)


def test_norms_without_keepdim_raise_nothing_where_all_sizes_are_the_same():
    square, *_ = exercises.search.cases
    [broadcast] = [mistake.answer for mistake in exercises.search.mistakes if "norms of rows" in mistake.name]
    query, passages, k = square.args
    assert passages.shape == (len(query), len(query))
    assert (broadcast(query, passages, k)[0] - exercises.nearest_by_cosine(query, passages, k)[0]).abs().max() > 0.1


def test_a_query_that_is_not_normalized_is_noticed_by_its_scores_only():
    [left] = [mistake for mistake in exercises.search.mistakes if mistake.name == "leaves the query as it is"]
    for case in exercises.search.cases:
        scores, indices = exercises.nearest_by_cosine(*case.args)
        torch.testing.assert_close(left.answer(*case.args), (scores * case.args[0].norm(), indices))


def test_shapes_types_and_missing_ids_are_told():
    exchanged = exercises.search.check(searched_and_exchanged)
    assert "expected dtype torch.float32, got dtype torch.int64" in exchanged.message
    matrix = exercises.search.check(searched_and_divided_into_a_matrix)
    assert "expected shape (2,), got shape (3, 2)" in matrix.message
    missing = exercises.ndcg_at_k.check(ndcg_with(grade_of=lambda grades, one: grades[one]))
    assert missing.state == State.NOT_YET
    assert "raised KeyError: 'c'" in repr(missing)
    scores = exercises.bm25.check(
        lambda query, texts, k1=1.2, b=0.75: torch.tensor(bm25_by_counters(query, texts, k1, b))
    )
    assert "`.tolist()`" in scores.message


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    scores, indices = exercises.nearest_by_cosine(
        torch.tensor([3.0, 4.0]), torch.tensor([[9.0, 0.0], [4.0, 3.0], [0.0, 2.0]]), 2
    )
    torch.testing.assert_close(scores, torch.tensor([0.96, 0.8]))
    assert indices.tolist() == [1, 2]
    assert exercises.share_of_relevant(["c", "a", "b", "a"], {"a", "b", "d", "e"}, 2) == 0.25
    assert exercises.gain_beside_ideal(["c", "a", "b"], {"a": 3, "b": 1}, 2) == pytest.approx(0.5213, abs=5e-5)
    found = exercises.bm25_scores(["honey"], [["bees", "make", "honey"], ["the", "bear"]])
    assert found == pytest.approx([0.2912, 0.0], abs=5e-5)
    passage, mask = torch.tensor([[0.6, 0.8], [1.0, 0.0]]), torch.tensor([True, False])
    torch.testing.assert_close(exercises.sum_of_best_matches(torch.eye(2), passage, mask), torch.tensor(1.4))
