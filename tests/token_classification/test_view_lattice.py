"""The live lattice: nodes that can be read, both paths, what changed in words, moves in and out, and the text form."""

import json

import pytest

from bertlab.token_classification.lattice import lattice, words_of
from bertlab.token_classification.tagger import Tagger
from bertlab.token_classification.view_lattice import (
    MOST_DRAWN,
    NOTHING_LEFT,
    as_text,
    live_lattice,
    percent,
    picture,
    shade,
    summarize,
)
from tests.token_classification.test_lattice import hand_set_tagger, make_tagger
from tests.token_classification.toys import NAMES, make_body

TEXT = "Ann Lee slept."


@pytest.fixture(scope="module")
def tagger():
    return hand_set_tagger()


@pytest.fixture
def widget(tagger, tokenizer):
    return live_lattice(tagger, tokenizer, TEXT)


def brightness(color):
    """The relative luminance of a color as WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_number_in_each_node_can_be_read_and_the_more_probable_is_the_darker():
    shades = [shade(place / 200) for place in range(201)]
    assert shades[0] == []
    contrasts = []
    for fill, ink in shades[1:]:
        low, high = sorted([brightness(fill), brightness(ink)])
        contrasts.append((high + 0.05) / (low + 0.05))
    assert min(contrasts) >= 4.5
    fills = [brightness(fill) for fill, _ in shades[1::9]]  # neighbors may be rounded to the same color
    assert fills == sorted(fills, reverse=True)


@pytest.mark.parametrize(("share", "words"), [(1.0, "100.0%"), (0.0, "0.0%"), (0.00099, "9.9e-04"), (0.001, "0.1%")])
def test_a_probability_in_words(share, words):
    assert percent(share) == words


class TestPicture:
    def test_it_has_a_column_for_each_word_and_a_node_for_each_tag(self, tagger, tokenizer):
        found = lattice(tagger, tokenizer, words_of(TEXT))
        drawn = picture(found)
        assert [len(column) for column in drawn["nodes"]] == [len(NAMES)] * 4
        for column, shares in zip(drawn["nodes"], found.marginals.tolist(), strict=True):
            assert [node[0] for node in column] == [f"{share:.2f}" for share in shares]
            assert [node[1:] for node in column] == [shade(share) for share in shares]
        assert drawn["words"] == [["Ann", "B-PER", ""], ["Lee", "I-PER", ""], ["slept", "O", ""], [".", "O", ""]]
        assert drawn["entities"] == [("PER", 0, 2)]
        assert drawn["paths"] == [[3, 4, 0, 0]] * 2
        assert drawn["moves"] == ["start → B-PER", "B-PER → I-PER", "I-PER → O", "O → O"]
        assert drawn["description"].startswith("Ann B-PER 0.9")
        json.dumps(drawn, allow_nan=False)

    def test_what_was_forbidden_shows_both_paths(self, tagger, tokenizer):
        drawn = picture(lattice(tagger, tokenizer, words_of(TEXT), [("B-PER", "I-PER")]))
        assert drawn["words"][:3] == [["Ann", "O", "B-PER"], ["Lee", "O", "I-PER"], ["slept", "O", ""]]
        assert drawn["paths"] == [[3, 4, 0, 0], [0, 0, 0, 0]]
        assert drawn["entities"] == []
        assert drawn["moves"][-1] == "start → O"

    def test_a_long_sentence_is_drawn_as_far_as_it_fits_and_says_so(self, tagger, tokenizer):
        words = ["rain"] * (MOST_DRAWN + 13)
        drawn = picture(lattice(tagger, tokenizer, words))
        assert [len(drawn[part]) for part in ("words", "nodes")] == [MOST_DRAWN] * 2
        assert [len(path) for path in drawn["paths"]] == [MOST_DRAWN] * 2
        assert drawn["notes"] == [
            f"This sentence has {len(words)} words: the first {MOST_DRAWN} are drawn, and the path goes through all "
            "of them."
        ]

    def test_an_entity_at_the_edge_is_cut_and_one_beyond_it_is_left_out(self, tokenizer):
        words, edge = ["rain"] * (MOST_DRAWN + 13), MOST_DRAWN
        found = lattice(hand_set_tagger(), tokenizer, words)
        found = found._replace(entities=[("PER", edge - 1, edge + 1), ("LOC", edge, edge + 2)])
        assert picture(found)["entities"] == [("PER", edge - 1, edge)]

    def test_words_that_are_cut_off_are_outside_and_named(self, tagger, tokenizer):
        drawn = picture(lattice(tagger, tokenizer, ["Ann", "Lee", "left", "Oslo", "by", "car"], max_length=4))
        assert [word[1] for word in drawn["words"]] == ["B-PER", "I-PER", "O", "O", "O", "O"]
        assert [bool(column) for column in drawn["nodes"]] == [True, True, False, False, False, False]
        assert drawn["paths"][0] == [3, 4, None, None, None, None]
        assert drawn["notes"] == [
            '4 words not read (cut off, or without a piece), and said to be O: "left", "Oslo", "by", ...'
        ]


class TestSummary:
    def test_nothing_is_forbidden(self, tagger, tokenizer):
        found = lattice(tagger, tokenizer, words_of(TEXT))
        assert summarize(found) == (
            f"1 entity: Ann Lee (PER). The probability of the best path is {percent(found.probabilities[0])}."
        )

    def test_a_move_of_the_path_is_forbidden(self, tagger, tokenizer):
        found = lattice(tagger, tokenizer, words_of(TEXT), [("B-PER", "I-PER")])
        old, new = map(percent, found.probabilities)
        assert summarize(found) == (
            "2 words changed: Ann is O instead of B-PER; Lee is O instead of I-PER. No entity. The score fell by 5.00, "
            f"from 12.00 to 7.00: the learned CRF gives the old path a probability of {old}, and the new one {new}."
        )

    def test_another_move_is_forbidden(self, tagger, tokenizer):
        found = lattice(tagger, tokenizer, words_of(TEXT), [("O", "B-LOC")])
        assert summarize(found) == (
            "Nothing changes: the best path makes none of the forbidden moves. 1 entity: Ann Lee (PER)."
        )

    def test_no_path_is_left(self, tagger, tokenizer):
        found = lattice(tagger, tokenizer, words_of(TEXT), [(name, "O") for name in ("start", *NAMES)])
        assert "O" not in found.new_path  # B- may still follow B-
        found = lattice(tagger, tokenizer, words_of(TEXT), [("start", name) for name in NAMES])
        assert summarize(found) == NOTHING_LEFT
        drawn = picture(found)
        assert drawn["words"][0] == ["Ann", "", ""]
        assert (drawn["paths"][1], drawn["entities"]) == ([], [])
        json.dumps(drawn, allow_nan=False)

    def test_of_many_changed_words_the_first_are_named(self, tagger, tokenizer):
        found = lattice(tagger, tokenizer, ["rain"] * 13, [("O", "O")])
        assert len(found.changed()) > 6
        assert f"; and {len(found.changed()) - 6} more. " in summarize(found)


def test_the_text_form_has_words_tags_probabilities_and_the_change(tagger, tokenizer):
    found = lattice(tagger, tokenizer, ["Ann", "Lee", "Quetzalcoatl", "slept"], [("B-PER", "I-PER")], max_length=6)
    lines = as_text(found).splitlines()
    assert lines[0].split() == ["word", "tag", "probability"]
    shares = [f"{share:.2f}" for share in found.marginals[:, 0].tolist()]
    assert lines[1].split() == ["Ann", "O", shares[0], "was", "B-PER"]
    assert lines[2].split() == ["Lee", "O", shares[1], "was", "I-PER"]
    assert lines[4].split() == ["slept", "O", "not", "read"]
    assert lines[5].startswith("1 word not read")
    assert lines[6:] == [summarize(found)]


class TestWidget:
    def test_it_follows_the_text_and_the_forbidden_moves(self, widget):
        assert [word[0] for word in widget.answer["words"]] == ["Ann", "Lee", "slept", "."]
        widget.forbidden = "B-PER → I-PER"
        assert widget.answer["summary"].startswith("2 words changed")
        widget.text = "Bob slept"
        assert [word[1] for word in widget.answer["words"]] == ["O", "O"]
        widget.forbidden = ""
        assert [word[1] for word in widget.answer["words"]] == ["B-PER", "I-PER"]
        assert widget.found().path == ["B-PER", "I-PER"]

    def test_moves_are_kept_in_one_form(self, widget, tagger, tokenizer):
        widget.forbidden = "B-PER I-PER\n\n start → O \nB-PER → I-PER"
        assert widget.forbidden == "B-PER → I-PER\nstart → O"
        assert widget.answer["asked"] == {"text": TEXT, "forbidden": widget.forbidden}
        given = live_lattice(tagger, tokenizer, TEXT, forbidden=[("B-PER", "I-PER"), ("start", "O")])
        assert given.answer == widget.answer

    @pytest.mark.parametrize(
        ("moves", "what"),
        [("B-PER", "is no move: write two tags"), ("B-PER → I-ORG", "there is no move B-PER → I-ORG")],
    )
    def test_what_is_no_move_is_refused_and_nothing_changes(self, widget, moves, what):
        before = widget.answer
        with pytest.raises(ValueError, match=what):
            widget.forbidden = moves
        assert (widget.forbidden, widget.answer) == ("", before)

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_no_text_gets_a_hint(self, tagger, tokenizer, text):
        widget = live_lattice(tagger, tokenizer, text)
        assert (widget.answer["words"], widget.answer["summary"], repr(widget)) == ([], *["Type a sentence."] * 2)

    def test_a_text_without_a_piece_is_a_problem_on_the_page(self, widget):
        widget.text = "\u200b"
        assert "give at least one" in widget.answer["problem"]

    def test_what_was_typed_is_cut_off_at_the_given_length(self, tagger, tokenizer):
        widget = live_lattice(tagger, tokenizer, "rain " * 99, max_length=13)
        assert widget.found().rows == list(range(11))
        assert len(widget.answer["notes"]) == 2

    def test_its_text_form_is_that_of_the_lattice(self, widget):
        widget.forbidden = "start → B-PER"
        assert repr(widget) == as_text(widget.found())
        assert "was B-PER" in repr(widget)

    def test_a_tagger_without_crf_is_refused_whatever_the_text(self, tokenizer):
        with pytest.raises(ValueError, match="crf=True"):
            live_lattice(Tagger(make_body(), NAMES), tokenizer, "")

    def test_any_tags_will_do(self, tokenizer):
        widget = live_lattice(make_tagger(), tokenizer, "Near Oslo, rain.")
        assert widget.names == list(NAMES)
        assert len(widget.answer["nodes"]) == 5
