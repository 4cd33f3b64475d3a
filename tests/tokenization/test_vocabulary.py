"""Learning a vocabulary, worked by hand on four words, and what other trainers make of the same words."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from bertlab.constants import SPECIAL_TOKENS
from bertlab.texts import standard_library_words
from bertlab.tokenization import vocabulary as ours
from bertlab.tokenization.pieces import wordpiece
from tests.docstrings import assert_examples_hold

COUNTS = {"cat": 1, "cats": 2, "cars": 3, "tea": 2}
SPLITS = {
    "cat": ["c", "##a", "##t"],
    "cats": ["c", "##a", "##t", "##s"],
    "cars": ["c", "##a", "##r", "##s"],
    "tea": ["t", "##e", "##a"],
}
ALPHABET = ["##a", "##e", "##r", "##s", "##t", "c", "t"]


def exactly(**scores: str) -> dict[tuple[str, str], float]:
    """Write scores as fractions. Example: `exactly(c__a="6/48")` is `{("c", "##a"): 0.125}`, `__` standing for ##."""
    pairs = ((name.rsplit("__", 1), score) for name, score in scores.items())
    return {(first.replace("__", "##"), "##" + second): float(Fraction(score)) for (first, second), score in pairs}


def piece_counts(splits: dict[str, list[str]], word_counts: dict[str, int]) -> Counter[str]:
    return Counter({piece: 0 for split in splits.values() for piece in split}) + sum(
        (
            Counter({piece: n * word_counts[word] for piece, n in Counter(split).items()})
            for word, split in splits.items()
        ),
        Counter(),
    )


def pair_counts(splits: dict[str, list[str]], word_counts: dict[str, int]) -> Counter[tuple[str, str]]:
    return Counter(pair for word, split in splits.items() for pair in [*pairwise(split)] * word_counts[word])


@pytest.mark.parametrize("name", ["pair_scores", "merge", "log_likelihood", "train_wordpiece"])
def test_what_the_docstring_shows_is_so(name):
    assert_examples_hold(getattr(ours, name).__doc__, vars(ours))


class TestFourWordsByHand:
    """cat once, cats twice, cars three times, tea twice: each number below was worked out on paper."""

    def test_what_is_counted(self):
        assert piece_counts(SPLITS, COUNTS) == {"c": 6, "##a": 8, "##t": 3, "##s": 5, "##r": 3, "t": 2, "##e": 2}
        assert pair_counts(SPLITS, COUNTS) == {
            ("c", "##a"): 6,
            ("##a", "##t"): 3,
            ("##t", "##s"): 2,
            ("##a", "##r"): 3,
            ("##r", "##s"): 3,
            ("t", "##e"): 2,
            ("##e", "##a"): 2,
        }

    def test_three_merges(self):
        first = ours.pair_scores(SPLITS, COUNTS)
        assert first == exactly(
            c__a="6/48", __a__t="3/24", __t__s="2/15", __a__r="3/24", __r__s="3/15", t__e="2/4", __e__a="2/16"
        )
        splits = {word: ours.merge(split, ("t", "##e")) for word, split in SPLITS.items()}  # 1/2 is the highest
        assert splits == SPLITS | {"tea": ["te", "##a"]}

        second = ours.pair_scores(splits, COUNTS)
        assert second == exactly(c__a="6/48", __a__t="3/24", __t__s="2/15", __a__r="3/24", __r__s="3/15", te__a="2/16")
        splits = {word: ours.merge(split, ("##r", "##s")) for word, split in splits.items()}  # 1/5
        assert splits["cars"] == ["c", "##a", "##rs"]

        # ##s is now left in "cats" alone, so that its score with ##t rises from 2/15 to 2/6.
        third = ours.pair_scores(splits, COUNTS)
        assert third == exactly(c__a="6/48", __a__t="3/24", __t__s="2/6", __a__rs="3/24", te__a="2/16")
        splits = {word: ours.merge(split, ("##t", "##s")) for word, split in splits.items()}  # 1/3
        assert splits == {
            "cat": ["c", "##a", "##t"],
            "cats": ["c", "##a", "##ts"],
            "cars": ["c", "##a", "##rs"],
            "tea": ["te", "##a"],
        }

        fourth = ours.pair_scores(splits, COUNTS)
        assert fourth == exactly(c__a="6/48", __a__t="1/8", __a__ts="2/16", __a__rs="3/24", te__a="2/16")
        assert set(fourth.values()) == {1 / 8}, "all equal: now the alphabet decides"

    def test_the_vocabulary_grows_by_these_merges(self):
        assert ours.train_wordpiece(COUNTS, 12) == [*SPECIAL_TOKENS, *ALPHABET]
        assert ours.train_wordpiece(COUNTS, 13)[12:] == ["te"]
        assert ours.train_wordpiece(COUNTS, 14)[12:] == ["te", "##rs"]
        assert ours.train_wordpiece(COUNTS, 15)[12:] == ["te", "##rs", "##ts"]
        assert ours.train_wordpiece(COUNTS, 16)[12:] == ["te", "##rs", "##ts", "##ars"]


class TestOtherTrainersOnTheSameWords:
    def test_byte_pair_encoding_takes_the_most_frequent_pair_which_scores_lowest(self):
        counts, scores = pair_counts(SPLITS, COUNTS), ours.pair_scores(SPLITS, COUNTS)
        assert counts.most_common(2) == [(("c", "##a"), 6), (("##a", "##t"), 3)]
        assert scores["c", "##a"] == min(scores.values())

    @pytest.mark.parametrize("trainer_class", [trainers.WordPieceTrainer, trainers.BpeTrainer])
    def test_the_trainer_called_wordpiece_in_tokenizers_is_byte_pair_encoding(self, trainer_class):
        """Its alphabet has every letter without ## too: 5 special tokens and 11 characters leave room for one merge."""
        trainer = trainer_class(
            vocab_size=17, special_tokens=[*SPECIAL_TOKENS], show_progress=False, continuing_subword_prefix="##"
        )
        is_bpe = trainer_class is trainers.BpeTrainer
        model = models.BPE(continuing_subword_prefix="##") if is_bpe else models.WordPiece()
        tokenizer = Tokenizer(model)
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.train_from_iterator([" ".join([word] * count) for word, count in COUNTS.items()], trainer)
        assert tokenizer.get_vocab().keys() == {*SPECIAL_TOKENS, *ALPHABET, "a", "e", "r", "s", "ca"}

    def test_the_likelihood_of_the_corpus_gains_most_by_yet_another_rule(self):
        """Under a unigram model; the score leaves out how often the pair occurs, and the likelihood does not."""

        def gain(pair):
            merged = {word: ours.merge(split, pair) for word, split in SPLITS.items()}
            return ours.log_likelihood(merged, COUNTS) - ours.log_likelihood(SPLITS, COUNTS)

        gains = {pair: gain(pair) for pair in pair_counts(SPLITS, COUNTS)}
        assert max(gains, key=gains.__getitem__) == ("c", "##a")
        assert gains["c", "##a"] == pytest.approx(10.29, abs=0.005)
        assert gains["t", "##e"] == pytest.approx(7.28, abs=0.005)

    def test_the_likelihood_is_the_product_of_all_shares(self):
        counts = piece_counts(SPLITS, COUNTS)
        shares = [log(counts[piece] / counts.total()) for piece in counts.elements()]
        assert ours.log_likelihood(SPLITS, COUNTS) == pytest.approx(sum(shares))

    def test_a_published_example_that_was_worked_wrong(self):
        """The Hugging Face course (chapter 6.6) gives hu+##g and hu+##gs 1/15 each, and merges hu+##g third."""
        counts = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
        splits = {word: [word[0], *(f"##{char}" for char in word[1:])] for word in counts}
        for pair in [("##g", "##s"), ("h", "##u")]:
            splits = {word: ours.merge(split, pair) for word, split in splits.items()}
        scores = ours.pair_scores(splits, counts)
        assert scores["hu", "##gs"] == 1 / 15
        assert scores["hu", "##g"] == float(Fraction(2, 45)) < float(Fraction(1, 21)) == scores["p", "##u"]


class TestMerge:
    @pytest.mark.parametrize(
        ("split", "pair", "merged"),
        [
            (["h", "##u", "##g"], ("h", "##u"), ["hu", "##g"]),
            (["h", "##u", "##g", "##s"], ("##g", "##s"), ["h", "##u", "##gs"]),
            (["a", "##a", "##a", "##a", "##a"], ("##a", "##a"), ["a", "##aa", "##aa"]),
            (["a", "##a", "##a", "##a"], ("##a", "##a"), ["a", "##aa", "##a"]),
            (["a", "##a", "##a"], ("a", "##a"), ["aa", "##a"]),
            (["a", "##b", "##a", "##b"], ("##a", "##b"), ["a", "##b", "##ab"]),
            (["a", "##b"], ("##a", "##b"), ["a", "##b"]),
            (["#", "###"], ("#", "###"), ["##"]),
            (["a"], ("a", "##b"), ["a"]),
            ([], ("a", "##b"), []),
        ],
    )
    def test_golden(self, split, pair, merged):
        before = list(split)
        assert ours.merge(split, pair) == merged
        assert split == before, "its argument stays as it is"

    @settings(deadline=None)
    @given(st.text("ab", min_size=2, max_size=12), st.sampled_from(["a", "##a", "##b", "##ab"]), st.sampled_from("ab"))
    def test_the_word_stays_and_the_pair_is_gone(self, word, first, second):
        split = [word[0], *(f"##{char}" for char in word[1:])]
        merged = ours.merge(split, (first, f"##{second}"))
        assert "".join(piece.removeprefix("##") for piece in merged) == word
        assert [piece.startswith("##") for piece in merged] == [False] + [True] * (len(merged) - 1)
        assert (first, f"##{second}") not in pairwise(merged)


class TestTrainWordpiece:
    def test_equal_scores_fall_to_the_alphabetically_first_pair_in_whatever_order_the_words_come(self):
        tied = {"xy": 2, "ab": 2, "pq": 1}  # 2/4, 2/4 and 1/1
        assert ours.train_wordpiece(tied, 13)[11:] == ["pq", "ab"]
        assert ours.train_wordpiece(dict(reversed(tied.items())), 13)[11:] == ["pq", "ab"]

    def test_it_ends_when_every_word_is_whole(self):
        vocab = ours.train_wordpiece(COUNTS, 1_000)
        assert {*COUNTS} <= {*vocab}
        assert len(vocab) < 30

    @settings(deadline=None)
    @given(st.dictionaries(st.text("aab", min_size=1, max_size=8), st.integers(1, 6), min_size=1, max_size=6))
    def test_no_two_merges_lead_to_the_same_piece(self, counts):
        vocab = ours.train_wordpiece(counts, 1_000)
        assert len(vocab) == len({*vocab})
        assert {*counts} <= {*vocab}

    def test_no_room_for_the_characters(self):
        with pytest.raises(ValueError, match=r"vocab_size is 11: .* alone need 12"):
            ours.train_wordpiece(COUNTS, 11)

    def test_on_real_words_each_can_be_split_and_some_get_shorter(self):
        counts = dict(standard_library_words().most_common(200))
        vocab = ours.train_wordpiece(counts, 130)
        assert len(vocab) == 130
        pieces = {word: wordpiece(word, vocab) for word in counts}
        assert all(split != ["[UNK]"] for split in pieces.values())
        assert sum(map(len, pieces.values())) < sum(map(len, counts))
