"""The default world, its tokenizer, and what a learner adds to it."""

import pytest
import torch

from bertlab.tinyworld import CLS, MASK, PAD, SEP, Template, World, posterior


@pytest.fixture(scope="module")
def world():
    return World.default()


def test_the_tokenizer_has_the_ids_of_the_mixtures(world):
    tokenizer = world.tokenizer()
    assert tokenizer.convert_ids_to_tokens(list(range(len(tokenizer)))) == world.words
    assert len(tokenizer) == world.sentences.vocab_size == world.discourses.vocab_size
    assert (tokenizer.pad_token_id, tokenizer.cls_token_id) == (PAD, CLS)
    assert (tokenizer.sep_token_id, tokenizer.mask_token_id) == (SEP, MASK)


@pytest.mark.parametrize("name", ["sentences", "discourses"])
def test_text_and_ids_go_both_ways_by_tokenizer_and_world(world, name):
    ids = getattr(world, name).sample(32, torch.Generator().manual_seed(0)).input_ids
    texts = world.decode(ids)
    longest = int((ids != PAD).sum(1).max())
    assert torch.equal(world.encode(texts), ids[:, :longest])
    assert torch.equal(world.tokenizer()(texts, padding=True, return_tensors="pt").input_ids, ids[:, :longest])


@pytest.mark.parametrize(
    "text",
    [
        "the dogs sleep .",
        "the keys near the door shine .",
        "the dog that the cats chase sleeps .",
        "the capital of france is paris .",
        "people in japan speak japanese .",
        "the soup was not good because it was cold .",
    ],
)
def test_sentences_of_the_course_are_in_the_language(world, text):
    assert world.sentences.log_prob(world.encode([text])).isfinite().all()


@pytest.mark.parametrize(
    "text",
    [
        "the dogs sleeps .",
        "the keys near the door shines .",
        "the dog that the cats chase sleep .",
        "the capital of france is rome .",
        "the soup was not good because it was warm .",
        "anna drank the bread yesterday .",
    ],
)
def test_what_breaks_agreement_or_facts_is_not(world, text):
    assert world.sentences.log_prob(world.encode([text])).tolist() == [-torch.inf]


def test_the_second_sentence_follows_from_the_first(world):
    texts = [f"emma brown lives in paris . [SEP] {end} ." for end in ("she speaks french", "she speaks german")]
    texts.append("emma brown lives in paris . [SEP] he speaks french .")
    assert world.discourses.log_prob(world.encode(texts)).isfinite().tolist() == [True, False, False]


def test_it_has_the_size_that_the_course_promises(world):
    assert 350 <= len(world.words) <= 450
    for mixture in (world.sentences, world.discourses):
        assert mixture.lengths.min() - 2 >= 4
        assert mixture.lengths.max() - 2 <= 16


def test_a_learner_adds_a_word_and_a_sentence_in_three_lines(world):
    larger = world.with_(
        lexicon={"pet": {"sg": "hamster:2 parrot", "pl": "hamsters:2 parrots"}},
        sentences=[Template(5, "my pet[N] be[N] state[] .")],
    )
    ids = larger.encode(["my [MASK] are happy ."])
    found = posterior(larger.sentences, ids, ids == MASK)[0]
    assert found[larger.words.index("hamsters")].item() == pytest.approx(2 / 3)
    assert set(larger.words) - set(world.words) == {"my", "hamster", "hamsters", "parrot", "parrots"}


def test_an_entry_that_is_given_anew_takes_the_place_of_the_old_one_and_leaves_the_old_world(world):
    before = list(world.words)
    larger = world.with_(lexicon={"weather": {"wet": "drizzle", "dry": "heat", "white": "hail"}}, priors={"wet": 8})
    assert "drizzle" in larger.words
    assert "rain" not in larger.words
    assert world.words == before


def test_unknown_words_are_named(world):
    with pytest.raises(ValueError, match=r"gnu, zebra\b"):
        world.encode(["the zebra sleeps .", "the gnu sleeps ."])
