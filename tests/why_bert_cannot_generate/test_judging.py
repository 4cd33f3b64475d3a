"""The judge: compared with the exact language, and with sentences made wrong by hand."""

import math

import pytest
import torch

from bertlab.tinyworld import CLS, MASK, PAD, SEP, World, next_word
from bertlab.why_bert_cannot_generate import judging
from bertlab.why_bert_cannot_generate.judging import (
    blank_sentences,
    judge,
    log_prob_so_far,
    template_numbers,
    template_of_component,
    unlimited,
    words_between_templates,
)
from bertlab.why_bert_cannot_generate.predictors import ideal
from tests.docstrings import assert_examples_hold
from tests.tinyworld.small import SMALL


@pytest.fixture(scope="module")
def world():
    return World.default()


def test_blanks_have_the_lengths_of_the_language(world):
    blanks = blank_sentences(world.sentences, 4_000, torch.Generator().manual_seed(0))
    assert (blanks[:, 0] == CLS).all()
    assert ((blanks == SEP).sum(1) == 1).all()
    assert set(blanks.unique().tolist()) == {PAD, CLS, SEP, MASK}
    mean = (world.sentences.weights * world.sentences.lengths).sum()
    assert (blanks != PAD).sum(1).double().mean().item() == pytest.approx(mean.item(), abs=0.1)
    assert unlimited(world.sentences, 2).tolist() == [[CLS] + [MASK] * 12] * 2


def test_what_is_written_so_far(world):
    whole = world.encode(["the dog sleeps ."])
    gap, wrong = world.encode(["the dog [MASK] ."]), world.encode(["the dog sleep [MASK] ."])
    language = world.sentences
    torch.testing.assert_close(log_prob_so_far(language, whole), language.log_prob(whole))
    answer = ideal(language)(gap, gap == MASK)[0, whole[0, 3]].log()
    torch.testing.assert_close(
        log_prob_so_far(language, gap)[0] + answer, language.log_prob(whole)[0], atol=1e-6, rtol=0
    )
    assert log_prob_so_far(language, wrong) == -torch.inf
    begun = unlimited(language, 1)
    begun[0, 1] = whole[0, 1]
    expected = next_word(language, whole)[0, 0, whole[0, 1]].log()
    torch.testing.assert_close(log_prob_so_far(language, begun)[0], expected)


def test_the_judge_counts(world):
    right = world.encode(["the dog sleeps .", "the dog sleeps .", "people in spain speak spanish ."])
    wrong = world.encode(["the dog sleep .", "the the the the the ."])
    wide = [torch.nn.functional.pad(ids, (0, 13 - ids.shape[1])) for ids in (right, wrong)]
    found = judge(world.sentences, torch.cat(wide))
    assert found.allowed == pytest.approx(3 / 5)
    assert found.templates == pytest.approx(math.exp(-(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3)))
    assert judge(world.sentences, wide[1]).templates == 0


def test_template_numbers_are_those_of_the_components(world):
    sample = world.sentences.sample(300, torch.Generator().manual_seed(0))
    templates = list(dict.fromkeys(component.template for component in world.sentences.components))
    true = [templates.index(world.sentences.components[number].template) for number in sample.components.tolist()]
    assert template_numbers(world.sentences, sample.input_ids).tolist() == true  # no sentence fits two templates


def test_no_change_of_one_word_leads_to_another_template(world):
    for function in (words_between_templates, template_of_component):
        assert_examples_hold(function.__doc__, vars(judging) | {"world": world})
    language = world.sentences
    ids = language.sample(12, torch.Generator().manual_seed(3)).input_ids
    before = template_numbers(language, ids)
    for row, template in zip(ids, before, strict=True):
        changed = row.repeat(world.sentences.vocab_size, 1)
        for place in (row > MASK).nonzero()[:, 0]:
            one = changed.clone()
            one[:, place] = torch.arange(len(one))
            one = one[language.log_prob(one).isfinite()]
            assert template_numbers(language, one).unique().tolist() == [template]


def test_templates_that_are_nowhere_equally_long_cannot_be_compared(world):
    lonely = world.sentences.only(template_of_component(world.sentences) == 0)
    with pytest.raises(ValueError, match="nothing to compare"):
        words_between_templates(lonely)


def test_the_words_between_templates_are_those_of_a_language_that_can_be_written_out():
    language = SMALL.sentences
    ids = language.sample(3_000, torch.Generator().manual_seed(0)).input_ids.unique(dim=0)  # all there are
    templates, lengths = template_numbers(language, ids), (ids != PAD).sum(1)
    others = (templates[:, None] != templates) & (lengths[:, None] == lengths)
    assert words_between_templates(language) == int((ids[:, None] != ids).sum(2)[others].min())
