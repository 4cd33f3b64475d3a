"""Prompts keep to their budget, and say what is in them."""

import pytest

from bertlab.retrieval.context import build_prompt, sources_with
from bertlab.retrieval.passages import Passage

PASSAGES = [
    Passage("a", "", "Tower", "The tower was opened in 1889 by its engineer."),
    Passage("b", "", "Fair", "A world's fair took place in 1889 and drew crowds from all over the world. " * 3),
    Passage("c", "", "Rust", "Paint keeps it from rusting."),
]
QUESTION = "When was the tower opened?"


def count(text):
    return len(text.split())


def test_everything_fits():
    prompt = build_prompt(QUESTION, PASSAGES, budget=500, count=count)
    assert prompt.sources == tuple(PASSAGES)
    assert prompt.left_out == ()
    assert prompt.tokens == count(prompt.text) <= 500
    assert prompt.text.index("[1] Tower") < prompt.text.index("[2] Fair") < prompt.text.index("[3] Rust")
    assert prompt.text.endswith(f"Question: {QUESTION}\nAnswer:")
    assert all(passage.text in prompt.text for passage in PASSAGES)


def test_the_first_that_does_not_fit_ends_the_prompt():
    """The third would fit: it is left out too, since it was found to answer less well than the second."""
    full = build_prompt(QUESTION, PASSAGES[:1], budget=500, count=count).tokens
    prompt = build_prompt(QUESTION, PASSAGES, budget=full + 20, count=count)
    assert [passage.id for passage in prompt.sources] == ["a"]
    assert [passage.id for passage in prompt.left_out] == ["b", "c"]
    assert "rusting" not in prompt.text


def test_the_budget_is_exact():
    full = build_prompt(QUESTION, PASSAGES, budget=500, count=count).tokens
    assert len(build_prompt(QUESTION, PASSAGES, budget=full, count=count).sources) == 3
    assert len(build_prompt(QUESTION, PASSAGES, budget=full - 1, count=count).sources) == 2
    bare = build_prompt(QUESTION, [], budget=500, count=count).tokens
    assert build_prompt(QUESTION, PASSAGES, budget=bare, count=count).sources == ()
    with pytest.raises(ValueError, match="does not even hold the question"):
        build_prompt(QUESTION, PASSAGES, budget=bare - 1, count=count)


def test_which_sources_hold_the_answer():
    prompt = build_prompt("Was it 1900?", PASSAGES, budget=500, count=count)
    assert sources_with(prompt, "1889") == ["a", "b"]
    assert sources_with(prompt, "opened in 1889") == ["a"]
    assert sources_with(prompt, "1900") == []  # the question is no source
    with pytest.raises(ValueError, match="the answer is empty"):
        sources_with(prompt, "")


def test_with_a_tokenizer(tokenizer):
    def pieces(text):
        return len(tokenizer(text)["input_ids"])

    prompt = build_prompt(QUESTION, PASSAGES, budget=64, count=pieces)
    assert pieces(prompt.text) == prompt.tokens <= 64
    assert [passage.id for passage in prompt.sources] == ["a"]
