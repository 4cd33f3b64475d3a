import re
import unicodedata

from transformers import AutoTokenizer

import bertlab
from bertlab.texts import DATA, HARD_TEXTS, passages, standard_library_words


def sentences(passage: str) -> list[str]:
    return re.findall(r"\S.*?[.!?](?= |$)", passage)


def test_more_than_ten_thousand_words_of_letters_only():
    words = standard_library_words()
    assert len(words) > 10_000
    assert all(word.isalpha() and word == word.lower() for word in words)
    assert words.most_common(1)[0][0] == "the"
    assert len(str(words["the"])) == 5, "the docstring says so"
    assert {"internationalization", "endswith"} <= words.keys()


def test_they_are_read_once():
    assert standard_library_words() is standard_library_words()


def test_no_editor_has_changed_the_hard_texts():
    assert not unicodedata.is_normalized("NFC", HARD_TEXTS["accents, combining (NFD)"])
    assert not unicodedata.is_normalized("NFD", HARD_TEXTS["accents, composed (NFC)"])
    assert HARD_TEXTS["emoji, joined by zero-width joiners"].count("\u200d") == 2
    assert [len(HARD_TEXTS[f"a word of {n} letters"]) for n in (100, 101, 200)] == [100, 101, 200]


def test_the_passages_are_as_their_card_says():
    card = (DATA / "README.md").read_text(encoding="utf-8").split("## `passages.txt`")[1].split("\n## ")[0]
    texts = passages()
    words, parts = sum(len(text.split()) for text in texts), sum(len(sentences(text)) for text in texts)
    assert f"**Size**: {len(texts)} passages, {parts} sentences, {words:,} words" in card


def test_each_passage_is_two_to_four_plain_sentences():
    assert len(passages()) == 80
    for passage in passages():
        assert " ".join(sentences(passage)) == passage, "nothing stands outside a sentence, one space parts them"
        assert 2 <= len(sentences(passage)) <= 4, passage
        assert 25 <= len(passage.split()) <= 60, passage
        assert passage.isascii(), passage
        assert passage.isprintable(), passage


def test_no_sentence_of_the_passages_is_repeated():
    every = [sentence for passage in passages() for sentence in sentences(passage)]
    assert len(set(every)) == len(every)


def test_each_passage_fits_in_128_tokens_without_an_unknown_one():
    tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())
    for passage, input_ids in zip(passages(), tokenizer(passages())["input_ids"], strict=True):
        assert len(input_ids) <= 128, passage
        assert tokenizer.unk_token_id not in input_ids, passage
