"""A batch of columns gives the loss that it gives by hand, rows stay together, and a run goes on where it was."""

import copy

import pytest
import torch
from torch.testing import assert_close
from transformers import BertModel

from bertlab.fine_tuning.batches import MAX_LENGTH
from bertlab.sentence_bert.cosent import cosent_loss
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.siamese import SentenceEncoder, tokenize_columns
from bertlab.sentence_bert.training import SentenceTraining, encode_texts
from tests.fine_tuning.toys import make_config, make_reviews

COUNT = 37


def make_encoder(dropout=0.0):
    torch.manual_seed(0)
    return SentenceEncoder(BertModel(make_config(dropout, initializer_range=0.1)))


COLUMNS = [make_reviews(COUNT, seed=seed).texts for seed in (0, 1, 2)]


def make_run(tokenizer, objective=ranking_loss, texts=COLUMNS, **recipe):
    recipe = {"batch_size": 7, "epochs": 2, "lr": 1e-3} | recipe
    return SentenceTraining.of(make_encoder(), tokenizer, texts, objective, **recipe)


@pytest.mark.parametrize("count", [2, 3])
def test_a_batch_has_the_loss_of_its_columns(tokenizer, count):
    run, numbers = make_run(tokenizer, texts=COLUMNS[:count]), [5, 0, 13, 36]
    batches = tokenize_columns(tokenizer, [[column[number] for number in numbers] for column in COLUMNS[:count]])
    expected = ranking_loss(*[run.model(**batch) for batch in batches])
    assert_close(run.batch_loss(numbers), expected)
    assert expected > 0


def test_labels_follow_their_rows(tokenizer):
    scores = [number / 10 for number in range(COUNT)]
    run, numbers = make_run(tokenizer, cosent_loss, COLUMNS[:2], labels=scores), [21, 3, 8]
    u, v = (run.model(**batch) for batch in tokenize_columns(tokenizer, [[c[n] for n in numbers] for c in COLUMNS[:2]]))
    assert_close(run.batch_loss(numbers), cosent_loss(u, v, torch.tensor([2.1, 0.3, 0.8])))
    assert not torch.isclose(run.batch_loss(numbers), cosent_loss(u, v, torch.tensor([0.3, 0.8, 2.1])))


def test_an_objective_without_labels_gets_none(tokenizer):
    given = []

    def objective(*columns):
        given.append(len(columns))
        return sum(column.double().square().mean() for column in columns)

    for labels in (None, [0] * COUNT):
        make_run(tokenizer, objective, labels=labels).batch_loss([0, 1])
    assert given == [3, 4]


def test_every_row_is_seen_once_an_epoch_with_its_own_texts(tokenizer):
    labels, seen = list(range(COUNT)), []
    run = make_run(tokenizer, lambda u, v, numbers: (u - v).square().sum(), COLUMNS[:2], labels=labels)
    vectors = [run.model.eval()(**batch) for batch in tokenize_columns(tokenizer, COLUMNS[:2])]

    def objective(u, v, numbers):
        seen.extend(numbers.tolist())
        assert_close(u, vectors[0][numbers], rtol=1e-4, atol=1e-5)
        assert_close(v, vectors[1][numbers], rtol=1e-4, atol=1e-5)
        return u.sum() * 0

    run.objective = objective
    for numbers in run.batches:
        run.batch_loss(numbers)
    assert sorted(seen[:COUNT]) == sorted(seen[COUNT:]) == labels
    assert seen[:COUNT] != seen[COUNT:]


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([COLUMNS[0], COLUMNS[1][1:]], None, r"columns of \[37, 36\] texts"),
        ([], None, r"columns of \[\] texts: give at least one"),
        (COLUMNS, [1] * 36, "36 labels for 37 rows"),
        (COLUMNS, [1] * 38, "38 labels for 37 rows"),
    ],
)
def test_columns_and_labels_of_unequal_length_are_refused(tokenizer, texts, labels, message):
    with pytest.raises(ValueError, match=message):
        make_run(tokenizer, texts=texts, labels=labels)


def test_a_validation_set_is_refused_before_training(tokenizer):
    column = encode_texts(COLUMNS[0], tokenizer, torch.zeros(COUNT))
    with pytest.raises(TypeError, match="leave validation out"):
        make_run(tokenizer, validation=column)


def test_a_run_that_was_interrupted_goes_on_to_the_same_weights(tokenizer):
    short = [column[:21] for column in COLUMNS[:2]]
    whole = make_run(tokenizer, texts=short).finish()
    run = make_run(tokenizer, texts=short)
    once = run.objective
    calls = []

    def interrupted(*columns):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return once(*columns)

    run.objective = interrupted
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    assert run.step == 4
    run.finish()
    assert run.step == run.steps == 2 * 3
    assert run.losses == whole.losses
    for mine, other in zip(run.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_training_lowers_the_loss_and_moves_the_encoder(tokenizer):
    run = make_run(tokenizer, texts=(COLUMNS[0][:13], COLUMNS[1][:13]), batch_size=13, epochs=8)
    before = copy.deepcopy(run.model.state_dict())
    run.finish()
    losses = [loss for _, loss in run.losses]
    assert losses[-1] < 0.95 * losses[0]
    name = "bert.encoder.layer.0.output.dense.weight"
    assert not torch.equal(run.model.state_dict()[name], before[name])


def test_texts_are_cut_at_the_longest_that_is_read(tokenizer):
    encoded = encode_texts(["rain " * 200, "Rain."], tokenizer, torch.tensor([1, 0]))
    assert encoded.lengths == [MAX_LENGTH, 4]
    assert encoded.labels.tolist() == [1, 0]
