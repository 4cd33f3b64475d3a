"""The chooser's widget: its places mean what they say, its answer is that of the data, and its text form is whole."""

import json

import pytest
import traitlets

from bertlab.variants import view_chooser
from bertlab.variants.chooser import LLM, Needs, Verdict, choose
from bertlab.variants.view_chooser import (
    LABELED,
    LATENCIES,
    LENGTHS,
    MEMORIES,
    as_text,
    count_words,
    live_chooser,
    steps,
    summarize,
)
from tests.docstrings import assert_examples_hold


@pytest.mark.parametrize("documented", [steps, count_words, summarize])
def test_what_the_docstring_shows_is_so(documented):
    assert_examples_hold(documented.__doc__, vars(view_chooser))


@pytest.fixture
def widget():
    return live_chooser()


class TestWords:
    def test_each_stop_of_a_slider_has_words(self):
        said = steps()
        stops = {"length": LENGTHS, "latency": LATENCIES, "memory": MEMORIES, "labeled": LABELED}
        assert {name: len(words) for name, words in said.items()} == {name: len(each) for name, each in stops.items()}
        assert all(list(each) == sorted(set(each)) for each in stops.values())
        assert said["latency"][3] == "1 × BERT-base"
        assert said["latency"][-1] == said["memory"][-1] == "any"
        assert said["length"][-1] == "8,192 tokens"

    def test_nothing_remains(self):
        verdicts = [Verdict("BERT-base", False, "Large.", ("memory",)), Verdict("XL", False, "Long.", ("length",))]
        assert summarize(verdicts) == "None of 2 candidates remain. Dropped out: 1 by memory, 1 by length."

    def test_the_text_form_has_a_line_for_each(self):
        lines = as_text(choose(Needs(memory=100))).splitlines()
        assert lines[0].startswith("4 of 19 candidates remain, first: ALBERT-large, ALBERT-base, ELECTRA-small.")
        assert [line[:2] for line in lines[2:]] == ["+ "] * 4 + ["- "] * 15
        wide = len(LLM) + 2
        assert all(line[wide : wide + 2] == "  " and line[wide + 2] != " " for line in lines[2:])


class TestWidget:
    def test_its_answer_is_that_of_the_data(self, widget):
        assert widget.needs() == Needs(memory=750, latency=2, labeled=1_000)
        verdicts = choose(widget.needs())
        assert [tuple(each.values()) for each in widget.answer["verdicts"]] == [tuple(each) for each in verdicts]
        assert widget.answer["summary"] == summarize(verdicts)
        assert repr(widget) == as_text(verdicts)
        json.dumps([widget.answer, widget.options, widget.steps], allow_nan=False)

    def test_everything_can_be_set(self, widget):
        widget.task, widget.labels, widget.languages = "tagging", "open", "many"
        widget.length, widget.latency, widget.memory, widget.labeled = 5, 10, 9, 0
        assert widget.needs() == Needs("tagging", 1024, labeled=0, open_labels=True, many_languages=True)
        assert [each["name"] for each in widget.answer["verdicts"] if each["kept"]] == [LLM]
        assert widget.answer["asked"]["task"] == "tagging"

    def test_from_the_start(self):
        assert live_chooser(task="search", languages="many").needs().many_languages

    @pytest.mark.parametrize(
        "wrong", [{"task": "poetry"}, {"labels": "few"}, {"length": -1}, {"memory": len(MEMORIES)}]
    )
    def test_what_there_is_not_is_refused(self, wrong):
        with pytest.raises(traitlets.TraitError):
            live_chooser(**wrong)

    def test_what_can_be_selected_is_what_counts(self, widget):
        for name, pairs in widget.options.items():
            for value, words in pairs:
                setattr(widget, name, value)
                assert "problem" not in widget.answer
                assert words
