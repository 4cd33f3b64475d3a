"""Samplers to watch: every pass is there, what is new is marked, and the grammar's verdict is right."""

import pytest
import torch
from transformers import AutoTokenizer

import bertlab
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import MASK, SEP, World
from bertlab.why_bert_cannot_generate import view
from bertlab.why_bert_cannot_generate.predictors import fill_in, ideal, next_token
from bertlab.why_bert_cannot_generate.view import live_english_samplers, live_samplers, mark_tokens, verdict
from tests.docstrings import assert_examples_hold


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture
def widget(world):
    model = small_bert(world.sentences).eval()
    return live_samplers(world, {"BERT": fill_in(model), "ideal": ideal(world.sentences)}, next_token(model))


def test_the_examples_hold(world):
    for function in (mark_tokens, verdict):
        assert_examples_hold(function.__doc__, vars(view) | {"world": world})


def test_the_grammar_judges_what_is_whole_and_what_is_not(world):
    assert verdict(world, world.encode(["the dog [MASK] ."])) == "This can still become a sentence."
    assert verdict(world, world.encode(["the dog sleeps ."])) == "The grammar allows it: log P = -8.7 nats."
    assert verdict(world, world.encode(["the dogs sleeps [MASK] ."])).startswith("No sentence")


def test_the_causal_model_and_every_sampler_with_every_model_can_be_chosen(widget):
    ways = ["left to right", "Gibbs sampling", "mask-predict"]
    assert widget.samplers == ["causal model", *(f"{name}, {way}" for name in ("BERT", "ideal") for way in ways)]
    for sampler in widget.samplers:
        widget.sampler = sampler
        assert widget.answer["passes"] == len(widget.run()) - 1 >= 1
        assert {mark for _, mark in widget.answer["tokens"]} <= {"", "gap"}  # nothing has been written yet


def test_the_causal_model_stops_when_it_has_said_sep(world):
    words = world.encode(["the dog sleeps ."])[0, 1:].tolist()
    passes = iter(words)

    def predict(input_ids, asked):
        return torch.eye(len(world.words))[next(passes)][None]

    run = live_samplers(world, {}, predict).run()
    assert [int((ids == SEP).sum()) for ids in run] == [0, 0, 0, 0, 0, 1]
    assert (run[-1] == MASK).sum() == 0
    assert verdict(world, run[-1]) == "The grammar allows it: log P = -8.7 nats."


def test_each_step_marks_what_is_new(widget):
    widget.sampler = "ideal, left to right"
    passes = widget.answer["passes"]
    for step in range(1, passes + 1):
        widget.step = step
        marks = [mark for _, mark in widget.answer["tokens"]]
        assert marks.count("new") == 1 == marks.index("new") - step + 1
        assert marks.count("gap") == passes - step
        assert widget.answer["summary"].startswith(f"Pass {step} of {passes}. ")
    assert "The grammar allows it" in widget.answer["summary"]


def test_a_step_too_far_is_the_last_one_and_the_same_words_are_said_to_be_the_same(widget):
    widget.sampler, widget.step = "ideal, Gibbs sampling", 10_000
    passes = widget.answer["passes"]
    assert widget.answer["summary"].startswith(f"Pass {passes} of {passes}. ")
    same = [step for step in range(1, passes + 1) if widget.run()[step].equal(widget.run()[step - 1])]
    assert same
    widget.step = same[0]
    assert "The same words were drawn again." in widget.answer["summary"]


def test_a_seed_gives_a_sentence_and_another_seed_another(widget):
    widget.sampler = "ideal, left to right"
    first = widget.run()[-1]
    widget.seed = 1
    assert widget.run()[-1].shape == first.shape
    assert not widget.run()[-1].equal(first)
    widget.seed = 0
    assert widget.run()[-1] is first


def test_the_text_form_has_every_pass_and_the_verdict(widget):
    widget.sampler = "ideal, left to right"
    lines = repr(widget).splitlines()
    assert lines[0] == "ideal, left to right, seed 0"
    assert len(lines) == 1 + len(widget.run()) + 1
    assert lines[-1].startswith("The grammar allows it")


def test_english_keeps_its_text_and_fills_its_gaps():
    tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())
    model = BertForPreTraining.from_pretrained(bertlab.checkpoint())
    widget = live_english_samplers(model, tokenizer, "The old man [MASK] [MASK] <b>.")
    assert len(widget.samplers) == 4
    for sampler in widget.samplers:
        widget.sampler = sampler
        *_, last = widget.run()
        assert (last == tokenizer.mask_token_id).sum() == 0
        assert last[0, :4].tolist() == tokenizer("the old man").input_ids[:4]
        assert not torch.isin(last[0, 1:-1], torch.tensor(tokenizer.all_special_ids)).any()
    assert widget.answer["tokens"][6] == ("<", "")
    assert tokenizer.mask_token_id != MASK
