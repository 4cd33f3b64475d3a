"""The chooser: each constraint drops what it should, with a sentence that names it and a figure of the census."""

from math import inf

import pytest

from bertlab.variants import chooser
from bertlab.variants.census import CONFIGS, census, work
from bertlab.variants.chooser import (
    LLM,
    RULES,
    TASKS,
    Candidate,
    Needs,
    Rule,
    Verdict,
    candidates,
    choose,
    compare,
    enough,
    facts,
    judge,
)
from bertlab.variants.published import MNLI
from tests.docstrings import assert_examples_hold

MINI = "all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    "documented", [candidates, Candidate, Candidate.work, Verdict, enough, compare, facts, judge, choose]
)
def test_what_the_docstring_shows_is_so(documented):
    assert_examples_hold(documented.__doc__, vars(chooser))


def kept(**needs) -> list[str]:
    return [verdict.name for verdict in choose(Needs(**needs)) if verdict.kept]


def said(name: str, **needs) -> str:
    [verdict] = [verdict for verdict in choose(Needs(**needs)) if verdict.name == name]
    assert not verdict.kept
    return verdict.says


class TestCandidates:
    def test_they_are_the_census_and_a_large_language_model(self):
        assert [candidate.name for candidate in candidates()] == [*CONFIGS, LLM]

    def test_their_figures_are_those_of_the_census(self):
        for candidate in candidates()[:-1]:
            row = census(candidate.name)
            assert candidate.parameters == row.total
            assert candidate.layers == row.places["attention"] + row.places["feed-forward"]
            assert candidate.megabytes == row.bytes / 1e6
            assert candidate.work(512) == work(candidate.name, 512)

    def test_a_large_language_model_costs_two_operations_for_each_parameter(self):
        model = candidates()[-1]
        assert model.megabytes == 32_000
        assert model.work(128) == pytest.approx(16e9 / census("BERT-base").flops[128])


class TestRules:
    def test_without_constraints_all_remain(self):
        verdicts = choose(Needs())
        assert all(verdict.kept and verdict.dropped_by == () for verdict in verdicts)
        assert len(verdicts) == len(CONFIGS) + 1

    @pytest.mark.parametrize("budget", [0.1, 0.13, 0.5, 1.0, 3.5])
    @pytest.mark.parametrize("length", [128, 512])
    def test_latency(self, budget, length):
        within = {name for name in CONFIGS if work(name, length) <= budget and (length == 128 or name != MINI)}
        assert set(kept(latency=budget, length=length)) == within
        factor = work("BERT-large", length)
        if factor > budget:
            assert said("BERT-large", latency=budget, length=length) == (
                f"A token takes {factor:.2g} times BERT-base's work, and the budget is {budget:g}."
            )

    def test_memory(self):
        assert set(kept(memory=100)) == {"ALBERT-base", "ALBERT-large", "ELECTRA-small", MINI}
        assert said("RoBERTa-base", memory=250) == "Its weights take 499 MB in fp32, and there are 250 MB."

    def test_length(self):
        assert set(kept(length=8192)) == {"ModernBERT-base", "ModernBERT-large", LLM}
        assert MINI in kept(length=256)
        assert said(MINI, length=512) == (
            "It takes at most 256 tokens, and texts have 512: only parts of them would fit."
        )

    def test_labeled_examples(self):
        assert set(kept(labeled=99)) == {MINI, LLM}
        assert {"BERT-base", "ALBERT-xlarge", "XLM-R-base"} < set(kept(labeled=100))
        assert said("ALBERT-xxlarge", labeled=999) == (
            "Its 201 million parameters in layers want some 1,000 labeled examples (rule of thumb); there are 999."
        )
        assert len(kept(labeled=1_000)) == len(CONFIGS) + 1
        assert "want some 1,000 pairs of question and text" in said("DistilBERT", task="search", labeled=500)

    def test_tasks(self):
        assert kept(task="generation") == [LLM]
        assert set(kept(task="tagging")) == {*CONFIGS, LLM} - {MINI}
        assert set(kept(task="search")) == set(CONFIGS)
        assert set(kept(task="pair scoring")) == {*CONFIGS, LLM}
        assert "every text of the collection" in said(LLM, task="search")
        with pytest.raises(ValueError, match="'poetry' is no task of the chooser: take one of classification, tagging"):
            choose(Needs(task="poetry"))

    def test_open_labels_are_for_tasks_with_labels(self):
        assert kept(open_labels=True) == [MINI, LLM]
        assert kept(open_labels=True, task="tagging") == [LLM]
        assert set(kept(open_labels=True, task="search")) == set(CONFIGS)
        assert said("BERT-base", open_labels=True).startswith("Each new label adds 769 untrained parameters")

    def test_languages(self):
        assert kept(many_languages=True) == ["XLM-R-base", LLM]
        assert said("DistilBERT", many_languages=True) == (
            "Its vocabulary and its 66 million parameters were made for English."
        )

    def test_every_rule_can_drop_something_and_its_sentence_is_filled(self):
        hard = Needs("tagging", 1024, 0.1, 10, 3, open_labels=True, many_languages=True)
        for rule in RULES:
            assert isinstance(rule, Rule)
            dropped = [candidate for candidate in candidates() if rule.drops(candidate, hard)]
            assert dropped, rule.constraint
            for candidate in dropped:
                assert rule.says.format(**facts(candidate, hard)).endswith(".")
        assert kept(**hard._asdict()) == []

    def test_the_first_reason_is_said_and_all_are_named(self):
        verdict = judge(candidates()[0], Needs("tagging", 1024, 0.5, 100, 3))
        assert verdict.dropped_by == ("length", "latency", "memory", "labeled data")
        assert verdict.says.startswith("It takes at most 512 tokens")

    @pytest.mark.parametrize("task", TASKS)
    @pytest.mark.parametrize("labeled", [0, 150, 5_000])
    def test_a_wider_budget_drops_no_more(self, task, labeled):
        tight = set(kept(task=task, labeled=labeled, memory=300, latency=1))
        assert tight <= set(kept(task=task, labeled=labeled, memory=600, latency=2))
        assert tight <= set(kept(task=task, labeled=labeled, memory=inf, latency=inf))


class TestOrder:
    def test_the_best_on_mnli_come_first_and_of_equal_ones_the_cheaper(self):
        names = [name for name in kept() if name in MNLI]
        accuracies = [MNLI[name][0] for name in names]
        assert accuracies == sorted(accuracies, reverse=True)
        assert names[0] == "DeBERTa-v2-xxlarge"
        assert names.index("DeBERTa-v3-base") + 1 == names.index("ALBERT-xxlarge")

    def test_what_was_made_for_the_task_comes_first_and_the_prompt_last(self):
        assert kept(task="search")[0] == MINI
        assert kept()[-1] == LLM

    def test_what_remains_is_praised_with_its_figures(self):
        [verdict] = [verdict for verdict in choose(Needs()) if verdict.name == "DistilBERT"]
        assert verdict.says == (
            "Half of BERT-base's layers, taught by BERT; 0.5 times BERT-base's work, 265 MB, 82.2 on MNLI."
        )
