"""The pairs of notebook 00 are what their card says, and the measure tells a small change from a large one."""

import hashlib
from difflib import SequenceMatcher

import nbformat
import pytest
import torch
from transformers import AutoModelForPreTraining

import bertlab
from bertlab.constants import NOTEBOOKS
from bertlab.start_here import try_these as ours

PAIRS = ours.pairs()
SHOWN = {
    ("The [MASK] was born in 1950.", "The [MASK] was built in 1950."),
    ("The dog [MASK] hungry.", "The dogs [MASK] hungry."),
    ("He is interested [MASK] music.", "He is afraid [MASK] music."),
    ("The soldier wrote to [MASK] mother.", "The dancer wrote to [MASK] mother."),
    ("A robin is a [MASK].", "A robin is not a [MASK]."),
    ("I was born in [MASK].", "I live in [MASK]."),
}


@pytest.fixture(scope="module")
def model():
    return AutoModelForPreTraining.from_pretrained(bertlab.checkpoint())


def test_a_hundred_sentences_each_with_one_blank():
    sentences = [sentence for pair in PAIRS for sentence in (pair.first, pair.second)]
    assert len(sentences) >= 100
    assert [sentence for sentence in sentences if sentence.count("[MASK]") != 1 or not sentence.isascii()] == []
    assert len(set(PAIRS)) == len(PAIRS)


def test_the_sentences_of_a_pair_have_most_words_in_common():
    for pair in PAIRS:
        assert pair.first != pair.second
        assert SequenceMatcher(None, pair.first, pair.second).ratio() > 0.5, pair


def test_the_data_card_names_this_file():
    digest = hashlib.sha256(ours.PAIRS.read_bytes()).hexdigest()
    assert f"`{digest}`" in (ours.DATA / "README.md").read_text(encoding="utf-8")


def test_notebook_00_shows_pairs_that_were_measured():
    assert {(pair.first, pair.second) for pair in PAIRS} >= SHOWN
    [table] = (
        cell.source
        for cell in nbformat.read(NOTEBOOKS / "00_start_here.ipynb", as_version=4).cells
        if cell.id == "try-these"
    )
    assert table.count("\n| `") == len(SHOWN)
    for first, _ in SHOWN:
        assert f"`{first}`" in table


class TestShift:
    def test_the_same_sentence_moves_nothing(self, model, tokenizer):
        found = ours.shift(ours.Pair("none", "A [MASK].", "A [MASK]."), model, tokenizer)
        assert found.moved == pytest.approx(0, abs=1e-5)
        assert found.first == found.second
        assert len(found.first) == 5

    def test_it_is_half_the_sum_of_the_differences(self, model, tokenizer):
        """By hand, sentence by sentence, without padding; the longer one first, so that the other is padded."""
        pair = ours.Pair("none", "The dogs in the garden [MASK] hungry.", "The dog [MASK] hungry.")
        rows = []
        for sentence in pair[1:]:
            inputs = tokenizer(sentence, return_tensors="pt")
            with torch.inference_mode():
                logits = model(**inputs).prediction_logits[inputs.input_ids == tokenizer.mask_token_id]
            rows.append(logits[0].softmax(-1))
        one, other = rows
        assert ours.shift(pair, model, tokenizer).moved == pytest.approx(
            1 - torch.minimum(one, other).sum().item(), 1e-3
        )

    def test_what_the_notebook_tells_to_look_at_can_be_seen(self, model, tokenizer):
        """Bounds that any trained BERT keeps: other guesses for built, are, of, her; much the same for not."""
        moved = {pair.first: ours.shift(pair, model, tokenizer) for pair in PAIRS if (pair.first, pair.second) in SHOWN}
        for sentence in ["The [MASK] was born in 1950.", "The dog [MASK] hungry.", "He is interested [MASK] music."]:
            assert moved[sentence].moved > 0.5, sentence
            assert moved[sentence].first[0] != moved[sentence].second[0], sentence
        assert moved["He is interested [MASK] music."].first[0] == "in"
        assert moved["He is interested [MASK] music."].second[0] == "of"
        assert moved["The soldier wrote to [MASK] mother."].first[0] == "his"
        assert moved["A robin is a [MASK]."].moved < moved["The [MASK] was born in 1950."].moved - 0.2


def test_the_report_has_every_pair_once_and_each_lesson_sorted(monkeypatch):
    monkeypatch.setattr(ours, "pairs", lambda: [pair for pair in PAIRS if pair.lesson in ("negation", "order")])
    lines = ours.report().splitlines()
    assert len(lines) == 3 * len(ours.pairs())
    shares = [(line.split()[0], int(line.split()[1].removesuffix("%"))) for line in lines[::3]]
    assert shares == sorted(shares, key=lambda row: (row[0], -row[1]))
