"""Templates are written out into components as the text says."""

import pytest

from bertlab.tinyworld import grammar
from bertlab.tinyworld.grammar import Source, Template, expand, read_words
from bertlab.tinyworld.lexicon import ENTITIES, LEXICON, PRIORS
from bertlab.tinyworld.templates import DISCOURSES, PARAPHRASES, SENTENCES
from tests.docstrings import assert_examples_hold
from tests.tinyworld import small


def components(text, priors=None):
    return expand([Template(3, text)], small.LEXICON, priors or {})


def test_slots_with_the_same_letter_share_their_value():
    found = components("the animal[N] near animal[M] rest[N]")
    assert len(found) == 4
    for component in found:
        assert component.sources[1].value == component.sources[4].value == component.hidden["N"]
        assert component.sources[3].value == component.hidden["M"]


def test_priors_weigh_hidden_values_against_each_other():
    chances = {c.hidden["N"]: c.probability for c in components("animal[N] rest[N]", {"sg": 3})}
    assert chances == {"sg": 0.75, "pl": 0.25}


def test_an_optional_slot_is_there_half_of_the_time():
    found = components("the adj[]? animal[N]")
    assert {(len(c.sources), c.hidden["N"]): c.probability for c in found} == {
        (3, "sg"): 0.25,
        (3, "pl"): 0.25,
        (2, "sg"): 0.25,
        (2, "pl"): 0.25,
    }


def test_only_values_that_all_slots_know_are_drawn():
    lexicon = {"a": {"x": "one", "y": "two"}, "b": {"y": "three", "z": "four"}}
    (component,) = expand([Template(1, "a[K] b[K]")], lexicon, {})
    assert component.sources == (Source("a", "y"), Source("b", "y"))


def test_weights_of_templates_are_shares():
    found = expand([Template(3, "the dog"), Template(1.0, "the cat")], {}, {})
    assert [c.probability for c in found] == [0.75, 0.25]


@pytest.mark.parametrize("templates", [SENTENCES, DISCOURSES])
def test_probabilities_of_the_components_sum_to_one(templates):
    assert sum(c.probability for c in expand(templates, LEXICON, PRIORS)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("the beast[N] .", "no entry 'beast'"),
        ("the animal[] .", "must hold a letter for one of sg, pl"),
        ("the adj[N] dog .", "must hold nothing"),
        ("the animal[N].", "spaces around it"),
        ("animal[N] other[N] .", r"no value of \[N\]"),
    ],
)
def test_a_mistaken_template_is_refused_with_what_to_do(text, message):
    with pytest.raises(ValueError, match=message):
        expand([Template(1, text)], {**small.LEXICON, "other": {"x": "word"}}, {})


@pytest.mark.parametrize("name", ["read_words", "fill", "read_item", "expand"])
def test_examples_in_docstrings_hold(name):
    names = {**vars(grammar), "LEXICON": LEXICON, "PRIORS": PRIORS}
    assert_examples_hold(getattr(grammar, name).__doc__, names)


def test_a_word_without_weight_weighs_one():
    assert read_words("dog:2 fox cat") == {"dog": 0.5, "fox": 0.25, "cat": 0.25}


def test_every_entry_of_the_lexicon_is_used_and_every_entity_and_prior_exists():
    texts = [t.text for t in [*SENTENCES, *DISCOURSES]] + [p.text for p in PARAPHRASES]
    used = {entry for text in texts for entry, _, _ in grammar.SLOT.findall(text)}
    assert used == set(LEXICON)
    assert set(ENTITIES) <= set(LEXICON)
    values = {value for words in LEXICON.values() if isinstance(words, dict) for value in words}
    assert set(PRIORS) <= values


def test_every_discourse_has_two_sentences_and_a_topic():
    assert all(t.text.split().count("[SEP]") == 1 and t.topic for t in DISCOURSES)
    assert len({t.topic for t in DISCOURSES}) == 4
