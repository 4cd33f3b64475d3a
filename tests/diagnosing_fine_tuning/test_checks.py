"""Checks: each figure equal to the one worked out another way, mostly text by text and without padding."""

import copy
import math

import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch.testing import assert_close
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining

from bertlab.constants import IGNORED
from bertlab.diagnosing_fine_tuning import checks
from bertlab.diagnosing_fine_tuning.causes import CAUSES, Setup
from bertlab.diagnosing_fine_tuning.checks import check_run, check_texts, gradient_left, old_task
from bertlab.diagnosing_fine_tuning.leakage import jaccard, shingles
from bertlab.fine_tuning.experiment import classifier
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.masked_language_modeling.measure import hide_tokens, mlm_loss_on
from bertlab.texts import passages
from tests.fine_tuning.toys import NAMES, SIZES, make_reviews


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkpoint of a small random BERT, whose weights are large enough to tell texts apart."""
    path = str(tmp_path_factory.mktemp("checkpoint"))
    torch.manual_seed(0)
    config = BertConfig(**SIZES | {"initializer_range": 0.1, "max_position_embeddings": 128})
    BertForPreTraining(config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def setup(folder, tokenizer):
    """Training on 107 texts; three in four of the 13 validation texts are negative."""
    validation = make_reviews(26, seed=1).pick([*range(0, 20, 2), 1, 3, 5])
    splits = {"train": make_reviews(107), "validation": validation}
    return Setup(lambda seed: classifier(folder, seed), tokenizer, splits).with_recipe(epochs=1, lr=2e-3)


@pytest.fixture(scope="module")
def ended(setup):
    """A run to the end, with both answers about equally often, whose best weights are not its last ones."""
    run = setup.start(seed=0).finish()
    answer = one_by_one(run.model, run.tokenizer, setup.splits["train"].texts[:37]).logit().median()
    with torch.no_grad():
        run.model.classifier.bias[1] -= answer
    run.best = {name: weight.clone() for name, weight in run.best.items()}
    run.best["classifier.bias"] = torch.tensor([100.0, 0.0])  # the best weights call everything negative
    return run


@pytest.fixture
def run(ended, tokenizer):
    return copy.deepcopy(ended, {id(tokenizer): tokenizer})  # all but the tokenizer


@torch.no_grad()
def one_by_one(model, tokenizer, texts) -> torch.Tensor:
    """P(positive) of each text, alone and without padding."""
    model.eval()
    return torch.stack([model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0, 1] for text in texts])


def share(found, data: LabeledTexts) -> float:
    return sum(int(one > 0.5) == label for one, label in zip(found.tolist(), data.labels, strict=True)) / len(data)


def loss_of_library(folder, tokenizer, texts) -> float:
    """The loss of masked language modeling as the library's model computes it, few texts at a time to save memory."""
    model = BertForMaskedLM.from_pretrained(folder).eval()
    inputs, labels = hide_tokens(model, tokenizer, texts)
    total = 0.0
    with torch.no_grad():
        for rows in torch.arange(len(texts)).split(7):
            part = {name: values[rows] for name, values in inputs.items()}
            total += model(**part, labels=labels[rows]).loss.item() * (labels[rows] != IGNORED).sum().item()
    return total / (labels != IGNORED).sum().item()


def test_what_goes_in_is_looked_at(setup, folder, tokenizer):
    train, validation = setup.splits["train"], setup.splits["validation"]
    found = check_texts(setup, folder)
    assert found["majority"] == 10 / 13
    alike = [any(jaccard(shingles(a), shingles(b)) >= 0.5 for a in train.texts) for b in validation.texts]
    assert found["near-copies"] == sum(alike)
    count = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(train.texts)
    regression = LogisticRegression(C=10.0, max_iter=1000).fit(count.transform(train.texts), train.labels)
    predicted = regression.predict(count.transform(validation.texts))
    assert found["words alone"] == sum(predicted == validation.labels) / 13
    assert found["text loss"] == pytest.approx(loss_of_library(folder, tokenizer, list(train.texts[:100])), rel=1e-5)
    assert found["old task, before"] == pytest.approx(loss_of_library(folder, tokenizer, passages()), rel=1e-5)
    assert found["text loss"] != found["old task, before"]


def test_a_text_with_two_near_copies_counts_once(setup, folder, monkeypatch):
    monkeypatch.setattr(checks, "mlm_loss_on", lambda *given: 0.0)  # not looked at here
    texts = ("The plot was thin and slow.", "the plot was thin and slow", "THE PLOT WAS THIN AND SLOW!", "Great cast.")
    train = LabeledTexts(texts, (0, 0, 0, 1), NAMES)
    validation = LabeledTexts(("The plot was thin, and slow.", "Nobody laughed."), (0, 0), NAMES)
    found = check_texts(setup.with_texts(train=train, validation=validation), folder)
    assert found["near-copies"] == 1
    assert found["majority"] == 1


def test_the_tokenizer_in_use_makes_the_text_loss(setup, folder, monkeypatch):
    used = []
    monkeypatch.setattr(checks, "mlm_loss_on", lambda model, *given: used.append(given) or 0.0)
    changed = CAUSES["wrong tokenizer"].change(setup)
    check_texts(changed, folder)
    assert all(tokenizer is changed.tokenizer for tokenizer, _ in used)
    assert [texts for _, texts in used] == [list(setup.splits["train"].texts[:100]), passages()]


def test_what_came_out_is_looked_at(run, setup, tokenizer):
    train, validation, test = setup.splits["train"], setup.splits["validation"], make_reviews(37, seed=2)
    model = copy.deepcopy(run.model)
    model_best = copy.deepcopy(run.model)
    model_best.load_state_dict(run.best)
    found = check_run(run, setup, test)
    answers = one_by_one(model, tokenizer, validation.texts)
    assert found["test accuracy"] == pytest.approx(share(one_by_one(model, tokenizer, test.texts), test))
    assert found["training accuracy"] == pytest.approx(share(one_by_one(model, tokenizer, train.texts), train))
    expected = f1_score(validation.labels, (answers > 0.5).long(), average="macro")
    assert found["macro F1"] == pytest.approx(expected)
    assert found["spread of P"] == pytest.approx(answers.std().item(), rel=1e-4)
    assert found["spread of P"] > 1e-3
    assert found["evaluated twice"] == 0
    assert found["perfect loss"] == pytest.approx(0)
    assert found["gradient left"] == 0
    best = share(one_by_one(model_best, tokenizer, test.texts), test)
    assert found["test accuracy, best weights"] == pytest.approx(best) == pytest.approx(19 / 37)
    assert len({found["test accuracy"], found["training accuracy"], best}) == 3  # none is mistaken for another


def test_a_run_is_left_with_its_best_weights(run, setup):
    last = {name: weight.clone() for name, weight in run.model.state_dict().items()}
    history, step = list(run.history), run.step
    check_run(run, setup, make_reviews(7, seed=2))
    assert_close(run.model.state_dict(), run.best, rtol=0, atol=0)
    assert not torch.equal(run.model.classifier.bias, last["classifier.bias"])
    assert (run.history, run.step) == (history, step)


def test_training_accuracy_is_on_the_labels_that_were_trained_with(setup, tokenizer):
    wrong = CAUSES["wrong labels"].change(setup)
    run = wrong.start(seed=0)
    run.train_step()
    run.evaluate(run.validation)
    right = share(one_by_one(run.model, tokenizer, setup.splits["train"].texts), setup.splits["train"])
    trained = share(one_by_one(run.model, tokenizer, setup.splits["train"].texts), wrong.splits["train"])
    assert check_run(run, wrong, make_reviews(7, seed=2))["training accuracy"] == pytest.approx(trained)
    assert trained != right


@pytest.mark.parametrize(
    ("cause", "check", "lowest"),
    [
        ("softmax twice", "perfect loss", 0.31),
        ("gradients kept", "gradient left", 0.1),
        ("no eval mode", "evaluated twice", 1e-3),
    ],
)
def test_a_check_sees_its_cause_and_the_others_do_not(setup, cause, check, lowest):
    changed = CAUSES[cause].change(setup)
    run = changed.start(seed=0)
    run.train_step()
    run.evaluate(run.validation)
    found = check_run(run, changed, make_reviews(7, seed=2))
    assert found[check] > lowest
    others = {"perfect loss", "gradient left", "evaluated twice"} - {check}
    assert [found[other] for other in others] == pytest.approx([0, 0])


def test_the_perfect_loss_of_a_second_softmax(setup):
    changed = CAUSES["softmax twice"].change(setup)
    run = changed.start(seed=0)
    run.evaluate(run.validation)
    found = check_run(run, changed, make_reviews(7, seed=2))
    assert found["perfect loss"] == pytest.approx(math.log(1 + math.exp(-1)))


def test_the_gradient_left_is_the_length_of_all_of_it(run):
    run.optimizer.zero_grad = lambda set_to_none=True: None
    for number, weight in enumerate(run.model.parameters()):
        weight.grad = torch.zeros_like(weight) if number else torch.zeros_like(weight).fill_diagonal_(3.0)
    run.model.classifier.bias.grad = torch.tensor([0.0, 4.0])
    first = next(run.model.parameters())
    assert gradient_left(run) == pytest.approx(math.sqrt(9 * min(first.shape) + 16))


def test_nothing_is_forgotten_before_the_training(setup, folder, tokenizer):
    before = mlm_loss_on(BertForMaskedLM.from_pretrained(folder), tokenizer, passages())
    assert old_task(setup.start(seed=5), folder) == before


def test_the_body_is_the_fine_tuned_one_and_the_head_the_old_one(run, folder, tokenizer, monkeypatch):
    used = []
    monkeypatch.setattr(checks, "mlm_loss_on", lambda model, *given: used.append((model, *given)) or 1.5)
    assert old_task(run, folder) == 1.5
    [(model, its_tokenizer, texts)] = used
    body, tuned = model.bert.state_dict(), run.model.bert.state_dict()
    assert tuned.keys() - body.keys() == {"pooler.dense.weight", "pooler.dense.bias"}
    assert body.keys() <= tuned.keys()
    assert_close(body, {name: tuned[name] for name in body}, rtol=0, atol=0)
    given = BertForMaskedLM.from_pretrained(folder)
    assert not torch.equal(body["encoder.layer.1.output.dense.weight"], given.bert.encoder.layer[1].output.dense.weight)
    old = given.cls.predictions.transform.state_dict()
    assert_close(model.cls.predictions.transform.state_dict(), old, rtol=0, atol=0)
    assert torch.equal(model.cls.predictions.bias, given.cls.predictions.bias)
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight  # tied: it moved too
    assert (its_tokenizer, texts) == (tokenizer, passages())


def test_the_old_task_suffers_with_the_weights(setup, folder):
    run = setup.start(seed=0)
    before = old_task(run, folder)
    own = {name: weight.clone() for name, weight in run.model.state_dict().items()}
    with torch.no_grad():
        run.model.classifier.weight += 1
        run.model.bert.pooler.dense.weight += 1
    assert old_task(run, folder) == before  # head and pooler have no part in it
    with torch.no_grad():
        run.model.bert.encoder.layer[0].attention.self.value.weight *= 2
    assert abs(old_task(run, folder) - before) > 1e-3
    run.model.load_state_dict(own)
    assert old_task(run, folder) == before
