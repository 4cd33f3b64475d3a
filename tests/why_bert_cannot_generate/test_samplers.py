"""Samplers: what they change at each pass, in which order, how often they ask, and what is right by exact answers."""

import pytest
import torch

from bertlab.tinyworld import CLS, MASK, PAD, SEP, World
from bertlab.why_bert_cannot_generate import samplers
from bertlab.why_bert_cannot_generate.judging import blank_sentences
from bertlab.why_bert_cannot_generate.predictors import ideal
from bertlab.why_bert_cannot_generate.samplers import draw_words, gibbs, hide_again, left_to_right, mask_predict
from tests.docstrings import assert_examples_hold

ROWS = torch.tensor([[CLS, MASK, MASK, MASK, SEP], [CLS, MASK, 9, MASK, SEP], [CLS, MASK, SEP, PAD, PAD]])


@pytest.fixture(scope="module")
def language():
    return World.default().sentences


class Recorder:
    """Answers every question with one word, 7 + the number of the pass, and keeps what it was asked."""

    def __init__(self):
        self.seen, self.asked = [], []

    def __call__(self, input_ids, asked):
        self.seen.append(input_ids.clone())
        self.asked.append(asked.clone())
        answers = torch.zeros(int(asked.sum()), 50)
        answers[:, 7 + len(self.asked)] = 1
        return answers


def test_from_the_left_each_gap_is_asked_for_once_and_those_to_the_right_are_still_open():
    predict = Recorder()
    states = list(left_to_right(predict, ROWS, ROWS == MASK))
    assert [asked.nonzero().tolist() for asked in predict.asked] == [
        [[0, 1], [1, 1], [2, 1]],
        [[0, 2]],
        [[0, 3], [1, 3]],
    ]
    assert states[-1].tolist() == [[CLS, 8, 9, 10, SEP], [CLS, 8, 9, 10, SEP], [CLS, 8, SEP, PAD, PAD]]
    assert predict.seen[1][0].tolist() == [CLS, 8, MASK, MASK, SEP]
    assert ROWS[0, 1] == MASK  # the caller's own tensor stays as it is


def test_each_pass_yields_a_tensor_of_its_own():
    first, *_, last = left_to_right(Recorder(), ROWS, ROWS == MASK)
    assert not first.equal(last)


def test_a_sweep_of_gibbs_asks_for_each_gap_once_with_only_that_one_hidden():
    predict, start = Recorder(), torch.tensor([[CLS, 20, 21, 22, 23, SEP], [CLS, 20, 21, SEP, PAD, PAD]])
    gaps = start > MASK
    states = list(gibbs(predict, start, gaps, torch.Generator().manual_seed(0), sweeps=2))
    assert len(states) == 2 * 4
    for half in (predict.asked[:4], predict.asked[4:]):
        assert torch.stack(half).sum(0).equal(gaps.long())
    assert all((row == MASK).sum() <= 1 for seen in predict.seen for row in seen)
    assert all(seen[asked].eq(MASK).all() for seen, asked in zip(predict.seen, predict.asked, strict=True))
    orders = [[asked[0].nonzero().item() for asked in half] for half in (predict.asked[:4], predict.asked[4:])]
    assert orders[0] != orders[1]  # drawn again for each sweep


def test_mask_predict_hides_fewer_each_time_and_stops_when_nothing_is_left():
    predict = Recorder()
    row = torch.tensor([[CLS, *[MASK] * 8, SEP]])
    assert len(list(mask_predict(predict, row, row == MASK, iterations=4))) == 4
    assert [int(asked.sum()) for asked in predict.asked] == [8, 6, 4, 2]
    short = row[:, [0, 1, 2, 9]]
    assert len(list(mask_predict(Recorder(), short, short == MASK, iterations=10))) < 10


def test_mask_predict_keeps_what_was_most_sure():
    asked_for = []

    def predict(input_ids, asked):
        places = asked[0].nonzero()[:, 0]
        asked_for.append(places.tolist())
        answers = torch.zeros(len(places), 60)
        answers[range(len(places)), 20 * len(asked_for) + places] = torch.tensor([0.9, 0.2, 0.6, 0.4])[places - 1]
        return answers

    row = torch.tensor([[CLS, MASK, MASK, MASK, MASK, SEP]])
    states = list(mask_predict(predict, row, row == MASK, iterations=2))
    assert asked_for == [[1, 2, 3, 4], [2, 4]]
    assert [state[0].tolist() for state in states] == [[CLS, 21, 22, 23, 24, SEP], [CLS, 21, 42, 23, 44, SEP]]


def test_a_word_is_as_sure_as_it_was_itself_not_as_the_likeliest(monkeypatch):
    asked_for = []

    def predict(input_ids, asked):
        asked_for.append(asked[0].nonzero()[:, 0].tolist())
        return torch.tensor([[0.9, 0.1], [0.6, 0.4]])[: int(asked.sum())]

    monkeypatch.setattr(
        samplers, "draw_words", lambda probabilities, generator: torch.tensor([1, 0])[: len(probabilities)]
    )
    row = torch.tensor([[CLS, MASK, MASK, SEP]])
    list(mask_predict(predict, row, row == MASK, iterations=2))
    assert asked_for == [[1, 2], [1]]


def test_words_are_drawn_as_often_as_they_are_likely():
    shares = torch.tensor([0.2, 0.0, 0.8]).expand(5_000, -1)
    counts = draw_words(shares, torch.Generator().manual_seed(0)).bincount(minlength=3)
    assert counts[1] == 0
    assert 0.17 < counts[0] / 5_000 < 0.23


def test_the_example_of_drawing_holds():
    assert_examples_hold(draw_words.__doc__, vars(samplers) | {"torch": torch})


@pytest.mark.parametrize(
    ("iteration", "iterations", "expected"),
    [(1, 4, [6, 3]), (2, 4, [4, 2]), (3, 4, [2, 1]), (4, 4, [0, 0]), (9, 10, [0, 0]), (7, 10, [2, 1])],
)
def test_how_many_are_hidden_again(iteration, iterations, expected):
    gaps = torch.zeros(2, 10, dtype=torch.bool)
    gaps[0, 1:9], gaps[1, 1:6] = True, True
    sure = torch.rand(2, 10, generator=torch.Generator().manual_seed(1))
    hidden = hide_again(sure, gaps, iteration, iterations)
    assert hidden.sum(1).tolist() == expected
    assert not (hidden & ~gaps).any()
    for row in range(2):
        if hidden[row].any():
            assert sure[row][hidden[row]].max() < sure[row][gaps[row] & ~hidden[row]].min()


def test_with_exact_answers_left_to_right_and_gibbs_write_only_what_is_allowed(language):
    generator = torch.Generator().manual_seed(0)
    blanks = blank_sentences(language, 60, generator)
    for sampler in (left_to_right, lambda *asked: gibbs(*asked, sweeps=2)):
        *_, written = sampler(ideal(language), blanks, blanks == MASK, generator)
        assert language.log_prob(written).isfinite().all()
    *_, written = mask_predict(ideal(language), blanks, blanks == MASK, generator, iterations=1)
    assert not language.log_prob(written).isfinite().all()  # dependent gaps, filled independently
