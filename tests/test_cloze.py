"""The sentences with a blank are what their card says: one blank each, and only whole pieces that fit it."""

import csv
import re
from collections import Counter
from statistics import median

from bertlab.constants import DATA

CLOZE = DATA / "cloze.tsv"
TEXT = CLOZE.read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TEXT.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
RUN = 5


def runs(sentence: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\[mask\]|[a-z'-]+", sentence.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def test_a_header_and_three_columns_in_every_row():
    lines = TEXT.splitlines()
    assert lines[0] == "kind\tsentence\tfits"
    assert [line for line in lines if line.count("\t") != 2] == []
    assert len(ROWS) >= 150


def test_each_sentence_is_plain_short_and_has_one_blank():
    for row in ROWS:
        sentence = row["sentence"]
        assert sentence.count("[MASK]") == 1, sentence
        assert re.search(r"(?<!\S)\[MASK\](?=[ ,.!?])", sentence), f"the blank is a word of its own: {sentence}"
        assert 5 <= len(sentence.split()) <= 16, sentence
        assert sentence.isascii(), sentence
        assert sentence[-1] in ".!?", sentence


def test_each_fitting_word_is_a_single_piece_and_stands_once(tokenizer):
    for row in ROWS:
        fits = row["fits"].split(",")
        assert [word for word in fits if not re.fullmatch("[a-z]+", word)] == [], row["sentence"]
        assert [word for word in fits if tokenizer.tokenize(word) != [word]] == [], row["sentence"]
        assert len(set(fits)) == len(fits), row["sentence"]


def test_the_article_before_the_blank_suits_every_word():
    for row in ROWS:
        article = re.search(r"\b(an?) \[MASK\]", row["sentence"])
        if article:
            opening = re.compile("[aeiou]|hour" if article[1] == "an" else "[^aeio]|one")
            assert [word for word in row["fits"].split(",") if not opening.match(word)] == [], row["sentence"]


def test_no_sentence_resembles_another():
    sentences = [row["sentence"] for row in ROWS]
    assert len(set(sentences)) == len(sentences)
    seen = Counter(run for sentence in sentences for run in runs(sentence))
    assert [" ".join(run) for run, times in seen.items() if times > 1] == []


def test_it_is_as_its_card_says():
    card = (DATA / "README.md").read_text(encoding="utf-8").split("## `cloze.tsv`")[1].split("\n## ")[0]
    card = " ".join(card.split())
    kinds, counts = Counter(row["kind"] for row in ROWS), [len(row["fits"].split(",")) for row in ROWS]
    assert set(kinds.values()) == {12}
    assert f"{len(ROWS)} sentences, twelve of each of {len(kinds)} kinds" in card
    assert f"{sum(counts):,} fitting words, {min(counts)} to {max(counts)} a sentence, {median(counts):g}" in card
    last = sum(re.search(r"\[MASK\]\W$", row["sentence"]) is not None for row in ROWS)
    assert f"the last word in {last}" in card
