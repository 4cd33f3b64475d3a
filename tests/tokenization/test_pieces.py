"""Our tokenizer is the library's: on each character, on thousands of words, on hard texts, on whatever comes."""

import unicodedata
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from transformers import AutoTokenizer

from bertlab import texts as corpora
from bertlab.constants import CHECKPOINTS
from bertlab.tokenization import pieces as ours
from tests.docstrings import assert_examples_hold

CHECKPOINT = CHECKPOINTS / "bertlab-mini"
TRICKY = [
    *ours.SPECIAL_TOKENS,
    "##",
    "e\u0301",
    "ß",
    "İ",
    "Σ",
    "東",
    "한",
    "👩\u200d👧",
    "\u200b",
    "\x00",
    "\u00a0",
    " ",
    "'",
]
relaxed = settings(deadline=None, max_examples=200)


@cache
def library():
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    assert len(tokenizer) == 30_522, "a tokenizer without its vocabulary maps everything to [UNK]"
    return tokenizer


@cache
def vocab() -> dict[str, int]:
    return library().get_vocab()


def library_normalize(text: str) -> str:
    return library().backend_tokenizer.normalizer.normalize_str(text)


def library_pre_tokenize(text: str) -> list[str]:
    return [word for word, _ in library().backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)]


@cache
def characters() -> list[str]:
    """Every character with a name or a use in Unicode, "0" aside: it stands between the others."""
    every = map(chr, range(0x110000))
    return [char for char in every if unicodedata.category(char) not in ("Cn", "Co", "Cs") and char != "0"]


@cache
def differently_normalized() -> list[str]:
    text = "0".join(characters())
    mine, theirs = ours.normalize(text).split("0"), library_normalize(text).split("0")
    return [char for char, m, t in zip(characters(), mine, theirs, strict=True) if m != t]


@cache
def differently_split() -> list[str]:
    return [char for char in characters() if ours.pre_tokenize(f"x{char}y") != library_pre_tokenize(f"x{char}y")]


def known_to_the_library() -> st.SearchStrategy[str]:
    strangers = [*differently_normalized(), *differently_split()]
    known = st.characters(exclude_categories=["Cs", "Cn"], exclude_characters=strangers)
    return st.lists(st.text(known, max_size=8) | st.sampled_from(TRICKY), max_size=6).map("".join)


any_text = st.deferred(known_to_the_library)
words_of_few_letters = st.text("abc", min_size=1, max_size=12)
lists_of_pieces = st.lists(st.sampled_from(["a", "b", "##c", "[UNK]", "!"]), max_size=12)


@pytest.mark.parametrize(
    "name", ["normalize", "pre_tokenize", "wordpiece", "tokenize", "truncate_pair", "build_inputs", "fertility"]
)
def test_what_the_docstring_shows_is_so(name):
    names = vars(ours) | {"vocab": {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "hi": 3, "yo": 4}}
    assert_examples_hold(names[name].__doc__, names)


class TestNormalize:
    def test_each_character_of_unicode(self):
        """The library's tables are those of an older Unicode: later marks, it keeps; later format characters, too."""
        different = differently_normalized()
        assert len(characters()) > 140_000
        assert len(different) < 1_000
        assert {unicodedata.category(char) for char in different} <= {"Mn", "Mc", "Cf"}
        assert min(different) > "\u0600"

    @pytest.mark.parametrize("text", corpora.HARD_TEXTS.values(), ids=corpora.HARD_TEXTS)
    def test_hard_texts(self, text):
        assert ours.normalize(text) == library_normalize(text)
        assert ours.normalize(text, lowercase=False) == BertNormalizer(lowercase=False).normalize_str(text)

    @relaxed
    @given(any_text)
    def test_any_text(self, text):
        assert ours.normalize(text) == library_normalize(text)
        assert ours.normalize(text, lowercase=False) == BertNormalizer(lowercase=False).normalize_str(text)

    @relaxed
    @given(any_text)
    def test_a_second_time_changes_only_the_spaces_around_chinese_characters(self, text):
        once = ours.normalize(text)
        assert ours.normalize(once).split() == once.split()

    def test_composed_and_combining_accents_come_out_the_same(self):
        composed, combining = (corpora.HARD_TEXTS[f"accents, {how}"] for how in ("composed (NFC)", "combining (NFD)"))
        assert composed != combining
        assert ours.normalize(composed) == ours.normalize(combining) == "creme brulee, naive cafe"

    def test_a_cased_tokenizer_keeps_accents_and_capitals(self):
        assert ours.normalize("Caf\u00e9\tÀ\u200b la", lowercase=False) == "Caf\u00e9 À la"

    def test_google_code_sets_apart_a_block_that_the_library_forgets(self):
        assert ours.normalize("a\U0002b81fb\U0002b820c") == "a \U0002b81f b\U0002b820c"


class TestPreTokenize:
    def test_each_character_of_unicode(self):
        """Punctuation younger than the library's tables is no punctuation to it, and U+001C to U+001F are no space."""
        different = differently_split()
        separators = {"\x1c", "\x1d", "\x1e", "\x1f"}
        assert separators < set(different)
        assert len(different) < 300
        assert min(set(different) - separators) > "\u0600"
        assert not any(ours.normalize(char) for char in separators), "normalized text has none of them"

    @pytest.mark.parametrize("text", corpora.HARD_TEXTS.values(), ids=corpora.HARD_TEXTS)
    def test_hard_texts(self, text):
        normalized = ours.normalize(text)
        assert ours.pre_tokenize(normalized) == library_pre_tokenize(normalized)

    @relaxed
    @given(any_text)
    def test_any_text_even_before_it_is_normalized(self, text):
        words = ours.pre_tokenize(text)
        assert words == library_pre_tokenize(text)
        assert "".join(words) == "".join(text.split())

    def test_ascii_symbols_are_punctuation_and_others_are_not(self):
        assert ours.pre_tokenize("a$b^c`d€e") == ["a", "$", "b", "^", "c", "`", "d€e"]


class TestWordpiece:
    def test_longest_match_first(self):
        pieces = {"un", "unmask", "##mask", "##able", "##a", "##b", "##l", "##e"}
        assert ours.wordpiece("unmaskable", pieces) == ["unmask", "##able"]
        assert ours.wordpiece("unmaskables", pieces) == ["[UNK]"]
        assert ours.wordpiece("able", pieces) == ["[UNK]"], "##able cannot start a word"

    def test_greed_can_miss_a_split_that_exists(self):
        assert ours.wordpiece("abcd", {"ab", "abc", "##cd"}) == ["[UNK]"]

    def test_one_hundred_characters_and_no_more(self):
        assert ours.wordpiece("b" * 100, {"b", "##b"}) == ["b"] + ["##b"] * 99
        assert ours.wordpiece("b" * 101, {"b", "##b"}) == ["[UNK]"]
        assert ours.wordpiece("b" * 101, {"b", "##b"}, max_chars=200) == ["b"] + ["##b"] * 100

    def test_the_unknown_token_can_have_another_name(self):
        assert ours.wordpiece("x", {"b"}, unk_token="<unk>") == ["<unk>"]

    @relaxed
    @given(words_of_few_letters, st.sets(words_of_few_letters | words_of_few_letters.map("##{}".format), max_size=12))
    def test_any_word_in_any_vocabulary(self, word, pieces):
        ids = {piece: place for place, piece in enumerate(["[UNK]", *sorted(pieces)])}
        model = WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=11)
        split = ours.wordpiece(word, ids, max_chars=11)
        assert split == [token.value for token in model.tokenize(word)]
        assert split == ["[UNK]"] or (set(split) <= pieces and word == split[0] + "".join(p[2:] for p in split[1:]))


class TestTokenize:
    def test_over_ten_thousand_real_words(self):
        words = list(corpora.standard_library_words())
        split = [ours.tokenize(word, vocab()) for word in words]
        assert split == [library().tokenize(word) for word in words]
        assert len(words) > 10_000
        assert sum(len(pieces) > 1 for pieces in split) > 5_000, "words that are one piece prove little"

    @pytest.mark.parametrize("text", corpora.HARD_TEXTS.values(), ids=corpora.HARD_TEXTS)
    def test_hard_texts(self, text):
        assert ours.tokenize(text, vocab()) == library().tokenize(text)

    @relaxed
    @given(any_text)
    def test_any_text(self, text):
        pieces = ours.tokenize(text, vocab())
        assert pieces == library().tokenize(text)
        assert set(pieces) <= vocab().keys()

    def test_a_special_token_in_the_text_is_that_token(self):
        assert ours.tokenize("a[SEP]b [sep]", vocab()) == ["a", "[SEP]", "b", "[", "sep", "]"]

    def test_the_library_can_be_told_to_read_special_tokens_as_text(self):
        assert library().tokenize("[SEP]", split_special_tokens=True) == ["[", "sep", "]"]


def google_truncate(a: list, b: list, room: int) -> tuple[list, list]:
    """The loop of google-research/bert: drop the last of a while it is the longer, and else the last of b."""
    a, b = list(a), list(b)
    while len(a) + len(b) > room:
        (a if len(a) > len(b) else b).pop()
    return a, b


SIZES = [(a, b, room) for a in range(10) for b in range(10) for room in range(20)]


class TestTruncatePair:
    def test_all_sizes_as_the_library_does_it(self):
        for size_a, size_b, room in SIZES:
            a, b = list("abcdefghi"[:size_a]), list("rstuvwxyz"[:size_b])
            theirs = library()([" ".join(a)], [" ".join(b)], truncation="longest_first", max_length=room + 3)
            pieces = library().convert_ids_to_tokens(theirs["input_ids"][0])
            kept_a, kept_b = ours.truncate_pair(a, b, room)
            assert ["[CLS]", *kept_a, "[SEP]", *kept_b, "[SEP]"] == pieces, (size_a, size_b, room)

    def test_all_sizes_against_google_loop(self):
        for size_a, size_b, room in SIZES:
            a, b = [*range(size_a)], [*range(size_b)]
            kept_a, kept_b = ours.truncate_pair(a, b, room)
            google_a, google_b = google_truncate(a, b, room)
            if room % 2 and size_a <= size_b and size_a > room // 2:
                assert (len(google_a), len(google_b)) == (len(kept_a) + 1, len(kept_b) - 1)
            else:
                assert (google_a, google_b) == (kept_a, kept_b)

    @relaxed
    @given(lists_of_pieces, lists_of_pieces, st.integers(0, 30))
    def test_as_much_as_fits_from_the_front_and_from_the_longer_last(self, a, b, room):
        before = list(a), list(b)
        kept_a, kept_b = ours.truncate_pair(a, b, room)
        assert len(kept_a) + len(kept_b) == min(room, len(a) + len(b))
        assert a[: len(kept_a)] == kept_a
        assert b[: len(kept_b)] == kept_b
        if len(kept_a) < len(a) and len(kept_b) < len(b):
            assert abs(len(kept_a) - len(kept_b)) <= 1
        assert (a, b) == before, "its arguments stay as they are"

    def test_no_room_at_all(self):
        assert ours.truncate_pair(["a"], ["b"], 0) == ([], [])
        with pytest.raises(ValueError, match="room is -1"):
            ours.truncate_pair(["a"], ["b"], -1)


class TestBuildInputs:
    @pytest.mark.parametrize("text", ["", "Did the cat sit unobtrusively?"], ids=["empty", "text"])
    def test_one_text_as_the_library_does_it(self, text):
        theirs = library()(text, padding="max_length", max_length=13)
        assert ours.build_inputs(ours.tokenize(text, vocab()), None, 13, vocab()) == dict(theirs)

    @relaxed
    @given(any_text, any_text, st.integers(3, 40))
    @example("Did the cat sit unobtrusively?", "Yes, on the mat.", 23)
    @example("[SEP] " * 9, "", 7)
    def test_from_any_pair_to_input_as_the_library_does_it(self, a, b, max_length):
        pieces = ours.truncate_pair(ours.tokenize(a, vocab()), ours.tokenize(b, vocab()), max_length - 3)
        theirs = library()([a], [b], truncation="longest_first", padding="max_length", max_length=max_length)
        assert ours.build_inputs(*pieces, max_length, vocab()) == {name: row for name, [row] in theirs.items()}

    def test_the_library_outside_a_batch_takes_an_empty_second_text_for_none(self):
        assert library()("a", "")["token_type_ids"] == [0, 0, 0]
        assert library()(["a"], [""])["token_type_ids"] == [[0, 0, 0, 1]]
        assert ours.build_inputs(["a"], [], 4, vocab())["token_type_ids"] == [0, 0, 0, 1]

    def test_special_tokens_take_room_too(self):
        assert ours.build_inputs(["a"] * 4, ["b"] * 3, 10, vocab())["attention_mask"] == [1] * 10
        with pytest.raises(ValueError, match="10 pieces do not fit into 9"):
            ours.build_inputs(["a"] * 4, ["b"] * 3, 9, vocab())

    def test_a_piece_that_is_not_in_the_vocabulary_is_named(self):
        with pytest.raises(KeyError, match="##zzzz"):
            ours.build_inputs(["##zzzz"], None, 5, vocab())


class TestFertility:
    def test_all_pieces_over_all_words(self):
        texts = ["a bb", "ccc"]
        assert ours.fertility(texts, list) == pytest.approx((4 + 3) / 3)
        assert ours.fertility(iter(texts), str.split) == 1.0
        assert ours.fertility(["don't!"], list) == 6.0, "one word, whatever its punctuation"

    def test_of_the_library_equals_ours(self):
        texts = [" ".join([*corpora.standard_library_words()][:1_000]), "The cat sat, didn't it?"]
        mine = ours.fertility(texts, lambda text: ours.tokenize(text, vocab()))
        assert 1 < mine == ours.fertility(texts, library().tokenize) < 3

    @pytest.mark.parametrize("texts", [[], ["", " \n"]], ids=["no text", "no word"])
    def test_without_words_there_is_none(self, texts):
        with pytest.raises(ValueError, match="no words"):
            ours.fertility(texts, list)
