"""The first hits in the order of a cross-encoder, all others where they were, and what that costs."""

import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import AutoModelForSequenceClassification

from bertlab.retrieval.exact import Hits
from bertlab.retrieval.reranker import pairs_read, rerank, train_reranker
from bertlab.sentence_bert.cross_encoder import score_pairs
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_embeddings.encode import longest
from tests import small_checkpoint
from tests.encoders import assert_close

QUERIES = ["What do bees make?", "Who sings in the garden at night?", "Why?"]
PASSAGES = ["Bees make honey.", "Rain", "The nightingale sings at night.", "Because.", "An oak", "Wax and honey", "No."]
HITS = Hits(
    torch.tensor([[0.9, 0.8, 0.7, 0.6, 0.5], [0.9, 0.7, 0.7, 0.2, 0.1], [0.4, 0.3, -1.0, -1.0, -1.0]]),
    torch.tensor([[4, 0, 6, 2, 5], [1, 3, 0, 2, 6], [5, 3, -1, -1, -1]]),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 37, "initializer_range": 0.2}
    return small_checkpoint.save(
        tmp_path_factory.mktemp("cross"), "BertForSequenceClassification", num_labels=1, **sizes
    )


@pytest.fixture(scope="module")
def model(folder):
    return AutoModelForSequenceClassification.from_pretrained(folder).eval()


@pytest.mark.parametrize("depth", [1, 3, 5, 20])
def test_the_first_are_sorted_by_the_cross_encoder_and_the_others_stay(depth, model, tokenizer):
    found = rerank(model, tokenizer, QUERIES, PASSAGES, HITS, depth)
    for row, query in enumerate(QUERIES):
        ids = [number for number in HITS.ids[row].tolist() if number >= 0]
        first, rest = ids[:depth], ids[depth:]
        scores = score_pairs(model, tokenizer, [query] * len(first), [PASSAGES[number] for number in first])
        best = [first[place] for place in scores.argsort(descending=True).tolist()]
        assert found.ids[row].tolist() == [*best, *rest, *[-1] * (5 - len(ids))]
        assert_close(found.scores[row, : len(first)], scores.sort(descending=True).values)
        assert (found.scores[row, len(first) :] == -torch.inf).all()
    assert HITS.ids[0].tolist() == [4, 0, 6, 2, 5]
    assert HITS.scores[0, 0].item() == pytest.approx(0.9)


def test_a_hole_among_the_first_is_not_read(model, tokenizer):
    hits = Hits(torch.tensor([[0.9, 0.8, 0.7]]), torch.tensor([[-1, 2, 6]]))
    assert rerank(model, tokenizer, QUERIES[:1], PASSAGES, hits, depth=2).ids.tolist() == [[2, -1, 6]]
    nothing = Hits(torch.tensor([[-1.0, -1.0]]), torch.tensor([[-1, -1]]))
    assert rerank(model, tokenizer, QUERIES[:1], PASSAGES, nothing).ids.tolist() == [[-1, -1]]


def test_scores_are_those_of_sentence_transformers(folder, model, tokenizer):
    theirs = CrossEncoder(str(folder), device="cpu", activation_fn=torch.nn.Identity())
    pairs = tuple((QUERIES[0], passage) for passage in PASSAGES)
    assert_close(
        score_pairs(model, tokenizer, *zip(*pairs, strict=True), max_length=longest(model, tokenizer)),
        theirs.predict(list(pairs), convert_to_tensor=True),
    )


def test_long_passages_are_read_to_the_model_s_end(model, tokenizer):
    """128 tokens, enough for training pairs, would end before what tells these apart."""
    text = "bee " * 200
    both = Hits(torch.tensor([[0.9, 0.8]]), torch.tensor([[0, 1]]))
    ends = rerank(model, tokenizer, QUERIES[:1], [text + "honey", text + "rain"], both).scores[0]
    assert (ends[0] - ends[1]).abs().item() > 1e-4
    cut = score_pairs(model, tokenizer, [QUERIES[0]] * 2, [text + "honey", text + "rain"])
    assert_close(cut[0], cut[1])


def test_the_cost():
    assert [pairs_read(HITS.ids, depth) for depth in (1, 3, 20)] == [3, 8, 12]


def test_training_tells_positives_from_negatives(folder, tokenizer):
    triples = Triples(
        ("What do bees make?", "Is it wet?", "Who sings?", "What grows?"),
        ("Yes, honey.", "Yes, rain.", "Yes, birds.", "Yes, an oak."),
        ("No, wax.", "No, sun.", "No, fish.", "No, a stone."),
    )
    before = AutoModelForSequenceClassification.from_pretrained(folder).state_dict()
    model = train_reranker(str(folder), tokenizer, triples, seed=3, epochs=6, batch_size=4, lr=1e-2)
    better, worse = (score_pairs(model, tokenizer, triples.anchors, texts) for texts in triples.texts[1:])
    assert (better > worse).all()
    assert not torch.equal(before["classifier.weight"], model.state_dict()["classifier.weight"])


def test_what_does_not_fit_is_refused(model, tokenizer):
    for queries, depth in ((QUERIES[:2], 3), (QUERIES, 0)):
        with pytest.raises(ValueError, match="give a row each, and 1 or more"):
            rerank(model, tokenizer, queries, PASSAGES, HITS, depth)


def test_a_model_that_has_diverged_is_refused(folder, tokenizer):
    broken = AutoModelForSequenceClassification.from_pretrained(folder)
    torch.nn.init.constant_(broken.classifier.bias, torch.nan)
    with pytest.raises(ValueError, match="logits hold NaN or infinity"):
        rerank(broken, tokenizer, QUERIES, PASSAGES, HITS)
