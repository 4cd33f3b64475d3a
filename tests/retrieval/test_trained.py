"""Vectors, scores and losses of the three kinds are the library's; each kind learns, and sparse vectors get sparser."""

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.multi_vector_encoder import MultiVectorEncoder
from sentence_transformers.multi_vector_encoder.losses import MultiVectorMultipleNegativesRankingLoss
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from sentence_transformers.sparse_encoder import SparseEncoder
from sentence_transformers.sparse_encoder.losses import SparseMultipleNegativesRankingLoss, SpladeLoss
from sentence_transformers.sparse_encoder.modules import SpladePooling
from transformers import AutoModelForMaskedLM

from bertlab.retrieval.late_interaction import maxsim
from bertlab.retrieval.sparse import active, splade_vectors
from bertlab.retrieval.trained import Represented, SparseTraining, numbers_stored, represent, score, training_of
from bertlab.sentence_bert.triples import Triples
from tests import small_checkpoint
from tests.encoders import assert_close

KINDS = ["dense", "sparse", "late"]
HIDDEN = 32
TRIPLES = Triples(
    ("Bees make honey.", "Rain", "How old is the oak behind the house of my aunt?", "He sings.", "Ice melts."),
    ("Honey is made by bees.", "It rains", "The oak is old.", "A song of his", "Warm ice turns into water."),
    ("Bees sting.", "It snows all day in the north of the country", "An elm", "He swims.", "Iron melts late."),
)
QUERIES, PASSAGES = list(TRIPLES.anchors), [*TRIPLES.positives, *TRIPLES.negatives]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A random BERT whose weights are large enough for its texts to differ, without dropout."""
    torch.manual_seed(1)
    sizes = {"hidden_size": HIDDEN, "num_attention_heads": 4, "intermediate_size": 37, "max_position_embeddings": 64}
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.2}
    return small_checkpoint.save(tmp_path_factory.mktemp("mlm"), "BertForMaskedLM", **sizes, **still)


@pytest.fixture
def model(folder):
    return AutoModelForMaskedLM.from_pretrained(folder)


def library(kind, folder):
    """The same weights in sentence-transformers."""
    task = "fill-mask" if kind == "sparse" else "feature-extraction"
    first = Transformer(str(folder), transformer_task=task)
    if kind == "sparse":
        return SparseEncoder(modules=[first, SpladePooling("max")], device="cpu")
    if kind == "dense":
        return SentenceTransformer(modules=[first, Pooling(HIDDEN, "mean"), Normalize()], device="cpu")
    ends = MultiVectorMask(skiplist_words=["[CLS]", "[SEP]"], skiplist_tasks=["query", "document"])
    normalized = Normalize(module_input_name="token_embeddings")
    return MultiVectorEncoder(modules=[first, normalized, ends], device="cpu")


def of(kind, model, tokenizer, **recipe):
    recipe = {"epochs": 4, "batch_size": 5, "lr": 1e-2, "warmup": 0.0, **recipe}
    return training_of(kind, model, tokenizer, TRIPLES, **recipe)


def margin(kind, model, tokenizer):
    """By how much the own positive's score lies above the best of all others."""
    scores = score(represent(kind, model, tokenizer, QUERIES), represent(kind, model, tokenizer, PASSAGES))
    others = scores.clone().fill_diagonal_(-torch.inf)
    return (scores.diagonal() - others.amax(dim=1)).mean().item()


def test_dense_vectors_are_those_of_sentence_transformers(model, tokenizer, folder):
    theirs = library("dense", folder).encode(PASSAGES, convert_to_tensor=True)
    ours = represent("dense", model, tokenizer, PASSAGES, batch_size=3)
    assert_close(ours.vectors, theirs)
    assert_close(score(ours, ours).diagonal(), torch.ones(len(PASSAGES)))


def test_sparse_vectors_are_those_of_sentence_transformers(model, tokenizer, folder):
    theirs = library("sparse", folder).encode(PASSAGES, convert_to_tensor=True).to_dense()
    ours = represent("sparse", model, tokenizer, PASSAGES, batch_size=3)
    assert_close(ours.vectors, theirs)
    assert_close(ours.vectors, splade_vectors(model, tokenizer, PASSAGES))
    assert len(ours.vectors.unique(dim=0)) == len(PASSAGES)


def test_late_scores_are_those_of_sentence_transformers(model, tokenizer, folder):
    theirs = library("late", folder)
    queries, passages = theirs.encode_query(QUERIES), theirs.encode_document(PASSAGES)
    ours = [represent("late", model, tokenizer, texts, batch_size=3) for texts in (QUERIES, PASSAGES)]
    for text, row, mask in zip(passages, ours[1].vectors, ours[1].mask, strict=True):
        assert_close(row[mask], torch.as_tensor(text))
    assert_close(score(*ours), theirs.similarity(queries, passages))
    assert_close(score(*ours), maxsim(ours[0].vectors, ours[1].vectors, ours[0].mask, ours[1].mask))


def test_special_tokens_and_padding_take_no_part(model, tokenizer):
    found = represent("late", model, tokenizer, PASSAGES)
    words = [len(tokenizer.tokenize(text)) for text in PASSAGES]
    assert found.mask.sum(dim=1).tolist() == words
    assert (found.vectors[~found.mask] == 0).all()
    assert_close(found.vectors.norm(dim=2)[found.mask], torch.ones(sum(words)))


def test_numbers_stored(model, tokenizer):
    found = {kind: represent(kind, model, tokenizer, PASSAGES) for kind in KINDS}
    assert numbers_stored(found["dense"]) == HIDDEN
    assert numbers_stored(found["sparse"]) == pytest.approx(active(found["sparse"].vectors).double().mean().item())
    words = sum(len(tokenizer.tokenize(text)) for text in PASSAGES) / len(PASSAGES)
    assert numbers_stored(found["late"]) == pytest.approx(words * HIDDEN)


def losses_of(kind, folder):
    """The library's loss for the same weights, at full regularization."""
    theirs = library(kind, folder)
    if kind == "dense":
        return theirs, MultipleNegativesRankingLoss(theirs, scale=20)
    if kind == "late":
        return theirs, MultiVectorMultipleNegativesRankingLoss(theirs, scale=0.5)
    return theirs, SpladeLoss(
        theirs,
        SparseMultipleNegativesRankingLoss(theirs, scale=0.01),
        document_regularizer_weight=0.02,
        query_regularizer_weight=0.07,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_losses_and_gradients_are_those_of_sentence_transformers(kind, model, tokenizer, folder):
    options = {"dense": {}, "late": {"temperature": 2.0}}.get(
        kind, {"temperature": 100.0, "anchor_weight": 0.07, "text_weight": 0.02}
    )
    run = of(kind, model, tokenizer, **options)
    run.step = run.steps  # the weights have risen
    ours = run.batch_loss(list(range(len(QUERIES))))
    ours.backward()
    theirs, loss = losses_of(kind, folder)
    theirs.train()
    columns = [theirs.preprocess(list(column)) for column in TRIPLES.texts]
    found = loss(columns, torch.empty(0))
    found = sum(found.values()) if isinstance(found, dict) else found
    found.backward()
    assert_close(ours, found)
    assert ours.item() > 0.1
    mine = dict(model.bert.named_parameters())
    named = dict(theirs[0].model.named_parameters())
    compared = 0
    for name, weight in mine.items():
        other = named.get(name, named.get(f"bert.{name}"))
        if weight.grad is not None:
            torch.testing.assert_close(weight.grad, other.grad, rtol=1e-3, atol=1e-5)
            compared += weight.grad.abs().max().item() > 1e-4
    assert compared > 20


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_learns(kind, model, tokenizer):
    """The head is trained only where it takes part, but its matrix is also that of the word embeddings."""
    before, head = margin(kind, model, tokenizer), model.cls.predictions.transform.dense.weight.clone()
    scaled = {"temperature": 30.0, "lr": 3e-2, "anchor_weight": 0.0, "text_weight": 0.0} if kind == "sparse" else {}
    run = of(kind, model, tokenizer, **scaled).finish()
    assert run.losses[-1][1] < run.losses[0][1]
    assert margin(kind, model, tokenizer) > before
    assert torch.equal(head, model.cls.predictions.transform.dense.weight) == (kind != "sparse")


def test_regularizers_make_vectors_sparser(folder, tokenizer):
    counts = []
    for weight in (0.0, 1.0):
        model = AutoModelForMaskedLM.from_pretrained(folder)
        weights = {"anchor_weight": weight, "text_weight": weight}
        of("sparse", model, tokenizer, lr=3e-2, temperature=30.0, **weights).finish()
        counts.append(numbers_stored(represent("sparse", model, tokenizer, PASSAGES)))
    assert counts[1] < 0.7 * counts[0]


def test_weights_rise_as_a_square(model, tokenizer):
    run = of("sparse", model, tokenizer, epochs=13, batch_size=2)  # 39 steps
    assert isinstance(run, SparseTraining)
    risen = []
    for step in range(run.steps):
        run.step = step
        risen.append(run.risen)
    assert risen[:14] == pytest.approx([(step / 13) ** 2 for step in range(14)])
    assert set(risen[13:]) == {1.0}
    run.step = 0
    anchors = Represented("sparse", torch.ones(2, 3))
    assert run.penalty(anchors, [anchors]).item() == 0
    run.step = run.steps
    assert run.penalty(anchors, [anchors]).item() == pytest.approx(3 * (run.anchor_weight + run.text_weight))


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_in_bfloat16_the_loss_is_nearly_the_same(kind, model, tokenizer):
    found = []
    for bfloat16 in (False, True):
        run = of(kind, model, tokenizer, bfloat16=bfloat16, **({"temperature": 100.0} if kind == "sparse" else {}))
        loss = run.batch_loss([3, 1])
        assert loss.dtype == torch.float32
        loss.backward()
        found.append(loss.item())
    assert found[0] == pytest.approx(found[1], rel=0.1)
    assert found[0] != found[1]


def test_pairs_without_negatives(model, tokenizer):
    pairs = Triples(TRIPLES.anchors, TRIPLES.positives)
    run = training_of("late", model, tokenizer, pairs, epochs=1, batch_size=2)
    assert run.batch_loss([2, 4]).item() > 0
    assert run.batch_loss([2]).item() == pytest.approx(0, abs=1e-6)


def test_long_texts_are_cut(model, tokenizer):
    assert represent("late", model, tokenizer, ["bee " * 300]).vectors.shape == (1, 62, HIDDEN)


def test_what_does_not_fit_is_refused(model, tokenizer):
    with pytest.raises(ValueError, match="no kind 'hybrid': choose from dense, sparse, late"):
        represent("hybrid", model, tokenizer, QUERIES)
    with pytest.raises(ValueError, match="no kind 'hybrid'"):
        of("hybrid", model, tokenizer)
    for nothing in ("Bees", []):
        with pytest.raises(ValueError, match="give a list of texts"):
            represent("dense", model, tokenizer, nothing)
    with pytest.raises(ValueError, match="dense queries and sparse passages: represent both in the same way"):
        score(Represented("dense", torch.eye(2)), Represented("sparse", torch.eye(2)))
