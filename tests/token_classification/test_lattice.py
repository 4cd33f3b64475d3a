"""The lattice is what brute force finds, with and without forbidden moves, and the tagger stays as it is."""

import re
from math import inf

import pytest
import torch

from bertlab.token_classification import brute_force
from bertlab.token_classification.alignment import encode_words
from bertlab.token_classification.bio import allowed_moves, is_valid
from bertlab.token_classification.crf import FORBIDDEN
from bertlab.token_classification.lattice import (
    START,
    best_path,
    crf_of,
    lattice,
    moves_of,
    without_moves,
    words_of,
)
from bertlab.token_classification.tagged import load_tagged
from bertlab.token_classification.tagger import Tagger, predict_tags
from bertlab.token_classification.word_batches import word_batch
from tests.encoders import assert_close
from tests.token_classification.toys import NAMES, make_body

WORDS = ["mister", "Quetzalcoatl", "left", "Oslo"]
FORBIDDEN_MOVES = [
    [],
    [("B-LOC", "O")],
    [("start", "B-PER"), ("B-PER", "B-LOC"), ("O", "B-LOC")],
    [("start", "O"), ("start", "B-LOC"), ("B-PER", "O"), ("B-PER", "I-PER")],
]


def make_tagger(seed=6, **options):
    """A tagger with a CRF whose emissions and moves differ enough to matter."""
    tagger = Tagger(make_body(), NAMES, crf=True, **options).eval()
    made = torch.Generator().manual_seed(seed)
    torch.nn.init.normal_(tagger.classifier.weight, std=0.7, generator=made)
    for scores in tagger.crf.parameters():
        torch.nn.init.normal_(scores, generator=made)
    return tagger


def hand_set_tagger():
    """A tagger to which all words are alike: the moves alone make the path B-PER I-PER O O ... O.

    Allowed moves score 0, but start → B-PER scores 2, B-PER → I-PER 4, I-PER → O 3; O emits 1, and O → O scores 1.
    """
    tagger = Tagger(make_body(), NAMES, crf=True, allowed=allowed_moves(NAMES)).eval()
    for scores in (tagger.classifier.weight, tagger.classifier.bias, *tagger.crf.parameters()):
        torch.nn.init.zeros_(scores)
    outside, begin, inside = (NAMES.index(name) for name in ("O", "B-PER", "I-PER"))
    with torch.no_grad():
        tagger.classifier.bias[outside] = 1
        tagger.crf.start[begin] = 2
        tagger.crf.transitions[begin, inside] = 4
        tagger.crf.transitions[inside, outside] = 3
        tagger.crf.transitions[outside, outside] = 1
    return tagger


def table_of(tagger, tokenizer, words, forbidden=()):
    """All paths of a sentence, forbidden moves scored as the CRF scores those that its own rules forbid."""
    start, transitions, end = (scores.detach().clone() for scores in tagger.crf.move_scores())
    for before, after in forbidden:
        if before == START:
            start[NAMES.index(after)] = FORBIDDEN
        else:
            transitions[NAMES.index(before), NAMES.index(after)] = FORBIDDEN
    with torch.no_grad():
        emissions = tagger(word_batch([encode_words(words, tokenizer)], [range(len(words))], tokenizer)).states[0]
    return brute_force.score_table(emissions, start, transitions, end)


@pytest.mark.parametrize("allowed", [None, allowed_moves(NAMES)])
@pytest.mark.parametrize("forbidden", FORBIDDEN_MOVES)
def test_paths_scores_and_probabilities_are_those_of_brute_force(tokenizer, forbidden, allowed):
    tagger = make_tagger(allowed=allowed)
    found = lattice(tagger, tokenizer, WORDS, forbidden)
    learned, limited = table_of(tagger, tokenizer, WORDS), table_of(tagger, tokenizer, WORDS, forbidden)
    paths = [brute_force.best_path(table) for table in (learned, limited)]
    assert [found.path, found.new_path] == [[NAMES[number] for number in path] for path, _ in paths]
    assert found.scores == pytest.approx([score for _, score in paths], abs=1e-4)
    total = brute_force.log_partition(learned)
    assert found.probabilities == pytest.approx([(score - total).exp().item() for _, score in paths], abs=1e-5)
    assert_close(found.marginals, brute_force.marginals(learned, len(NAMES)))
    assert not set(moves_of(found.new_path)) & set(forbidden)
    assert is_valid(found.new_path) or not allowed


def test_the_forbidden_moves_matter_in_that_test(tokenizer):
    tagger = make_tagger(allowed=allowed_moves(NAMES))
    paths = {tuple(lattice(tagger, tokenizer, WORDS, forbidden).new_path) for forbidden in FORBIDDEN_MOVES}
    assert len(paths) >= 3


def test_a_path_by_hand(tokenizer):
    found = lattice(hand_set_tagger(), tokenizer, WORDS, [("B-PER", "I-PER")])
    assert found.path == ["B-PER", "I-PER", "O", "O"]
    assert found.new_path == ["O", "O", "O", "O"]
    assert found.scores == (2 + 4 + 3 + 1 + 1 + 1, 4 * 1 + 3 * 1)
    assert found.probabilities[0] / found.probabilities[1] == pytest.approx(torch.tensor(5.0).exp().item(), rel=1e-4)
    assert found.changed() == [0, 1]
    assert found.entities == []
    assert found.moves() == [
        ("start", "B-PER"),
        ("B-PER", "I-PER"),
        ("I-PER", "O"),
        ("O", "O"),
        ("start", "O"),
    ]
    assert lattice(hand_set_tagger(), tokenizer, WORDS).entities == [("PER", 0, 2)]


def test_nothing_forbidden_leaves_the_path_that_the_tagger_predicts(tokenizer):
    tagger = make_tagger(allowed=allowed_moves(NAMES))
    found = lattice(tagger, tokenizer, WORDS)
    assert found.path == found.new_path == predict_tags(tagger, tokenizer, [WORDS])[0]
    assert found.scores[0] == found.scores[1]
    assert found.changed() == []
    assert found.marginals.sum(1).tolist() == pytest.approx([1.0] * len(WORDS))


def test_if_each_path_makes_a_forbidden_move_there_is_none(tokenizer):
    found = lattice(make_tagger(), tokenizer, WORDS, [("start", name) for name in NAMES])
    assert found.new_path == found.entities == found.changed() == []
    assert (found.scores[1], found.probabilities[1]) == (-inf, 0.0)
    assert len(found.path) == len(WORDS)
    assert found.probabilities[0] > 0


def test_a_short_sentence_may_have_a_path_where_a_longer_one_has_none(tokenizer):
    forbidden = [(before, after) for before in NAMES for after in NAMES]
    tagger = make_tagger()
    assert len(lattice(tagger, tokenizer, ["Oslo"], forbidden).new_path) == 1
    assert lattice(tagger, tokenizer, ["in", "Oslo"], forbidden).new_path == []


def test_what_the_tagger_itself_forbids_stays_forbidden():
    crf = make_tagger(allowed=allowed_moves(NAMES)).crf
    limited = without_moves(crf, NAMES, [("O", "I-PER"), ("start", "I-LOC"), ("O", "B-PER")])
    moves = crf.moves.clone()
    moves[NAMES.index("O"), NAMES.index("B-PER")] = False
    assert limited.moves.equal(moves)
    assert limited.starts.equal(crf.starts)


def test_the_tagger_is_not_changed(tokenizer):
    tagger = make_tagger(allowed=allowed_moves(NAMES)).train()
    before = {name: value.clone() for name, value in tagger.state_dict().items()}
    lattice(tagger, tokenizer, WORDS, [("start", "O"), ("B-PER", "I-PER"), ("O", "O")])
    after = tagger.state_dict()
    assert before.keys() == after.keys()
    assert all(after[name].equal(value) for name, value in before.items())
    assert tagger.training


def test_dropout_is_off(tokenizer):
    tagger = Tagger(make_body(dropout=0.5), NAMES, crf=True, dropout=0.5).train()
    one, other = (lattice(tagger, tokenizer, WORDS).marginals for _ in range(2))
    assert one.equal(other)


def test_words_that_are_not_read_are_outside(tokenizer):
    words = ["Oslo", "\u200b", *WORDS]
    found = lattice(hand_set_tagger(), tokenizer, words, max_length=8)
    assert found.rows[:2] == [0, 2]  # a zero-width space has no piece
    assert len(words) - 1 not in found.rows  # and the last word does not fit
    assert [found.path[row] for row in found.rows[:2]] == ["B-PER", "I-PER"]
    for row in set(range(len(words))) - set(found.rows):
        assert found.path[row] == found.new_path[row] == "O"
        assert found.marginals[row].eq(0).all()
    assert found.moves()[:2] == [("start", "B-PER"), ("B-PER", "I-PER")]


@pytest.mark.parametrize("words", [[], ["\u200b"]])
def test_words_without_a_piece_are_refused(tokenizer, words):
    with pytest.raises(ValueError, match="give at least one"):
        lattice(make_tagger(), tokenizer, words)


def test_a_tagger_without_crf_is_refused(tokenizer):
    tagger = Tagger(make_body(), NAMES, allowed=allowed_moves(NAMES))
    with pytest.raises(ValueError, match="crf=True"):
        lattice(tagger, tokenizer, WORDS)


@pytest.mark.parametrize("move", [("B-PER", "I-ORG"), ("O", "start"), ("B-ORG", "O")])
def test_what_is_no_move_is_refused(tokenizer, move):
    with pytest.raises(ValueError, match=r"there is no move .*: choose from start, O, B-LOC, I-LOC, B-PER, I-PER"):
        lattice(make_tagger(), tokenizer, WORDS, [move])


def test_a_path_with_a_forbidden_move_is_no_path():
    crf = crf_of(make_tagger())
    crf.starts[:] = False
    assert best_path(crf, torch.zeros(1, 3, len(NAMES))) == ([], -inf)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", []),
            ("  \n ", []),
            ("James' dog", ["James", "'", "dog"]),
            ('"He\'s here," she said...', ['"', "He", "'s", "here", ",", '"', "she", "said", ".", ".", "."]),
            ("Ann’s well-known café—in San José", ["Ann", "’s", "well-known", "café", "—", "in", "San", "José"]),
            (
                "AT&T at 10:30 p.m. on the 3.5-mile line",
                ["AT&T", "at", "10:30", "p.m.", "on", "the", "3.5-mile", "line"],
            ),
            ("Dr. A. B. Lee of the U.S. team", ["Dr.", "A.", "B.", "Lee", "of", "the", "U.S.", "team"]),
            ("So do I. Plan B.", ["So", "do", "I", ".", "Plan", "B", "."]),
            ("dog,in (New York)", ["dog", ",", "in", "(", "New", "York", ")"]),
            ("'tis ' - & #1", ["'", "tis", "'", "-", "&", "#", "1"]),
            ("हिन्दी में।", ["हिन्दी", "में", "।"]),
        ],
    )
    def test_worked_examples(self, text, words):
        assert words_of(text) == words

    def test_tagged_sentences_are_cut_as_their_annotators_cut_them(self):
        sentences = [words for split in load_tagged().values() for words in split.words]
        typed = [re.sub(r" (?=('s|[.,;:?!])( |$))", "", " ".join(words)) for words in sentences]
        differ = [text for text, words in zip(typed, sentences, strict=True) if words_of(text) != list(words)]
        assert [text[:8] for text in differ] == ["Dr. I. M"]  # which I is an initial cannot be seen
        assert len(sentences) > 500
