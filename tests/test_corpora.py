import unicodedata

from bertlab.corpora import HARD_TEXTS, standard_library_words


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
