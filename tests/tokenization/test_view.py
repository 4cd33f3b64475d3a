"""The rows are the library's own; the counts, the text form and the widget say the same."""

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from bertlab import checkpoint
from bertlab.tokenization.pieces import fertility
from bertlab.tokenization.view import MOST_DRAWN, PieceRow, analyze, as_text, live_tokenizer, summarize


@cache
def library():
    return AutoTokenizer.from_pretrained(checkpoint())


def columns(rows: list[PieceRow]) -> tuple[list, list, list]:
    return [row.id for row in rows], [row.token_type_id for row in rows], [row.attention_mask for row in rows]


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60), st.none() | st.text(max_size=60), st.none() | st.integers(4, 40))
@example("The unaffable [MASK] 東京 👩\u200d👧", "", 12)
def test_rows_are_what_the_library_gives(text, pair, max_length):
    fit = {"padding": "max_length", "truncation": True, "max_length": max_length} if max_length else {}
    wanted = library()(text, pair, **fit)
    rows = analyze(text, pair, library(), max_length=max_length)
    assert columns(rows) == (wanted.input_ids, wanted.token_type_ids, wanted.attention_mask)
    assert [row.piece for row in rows] == wanted.tokens()
    assert [row.word for row in rows] == wanted.word_ids()


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60))
def test_a_piece_carries_on_a_word_exactly_where_it_has_hashes(text):
    rows = analyze(text.replace("#", ""), None, library(), vocab_size=2400)
    assert all(row.is_continuation == row.piece.startswith("##") for row in rows)


def test_a_worked_example():
    assert analyze("unaffable", "no", library()) == [
        PieceRow("[CLS]", 101, 0, 1, None, False),
        PieceRow("una", 14477, 0, 1, 0, False),
        PieceRow("##ffa", 20961, 0, 1, 0, True),
        PieceRow("##ble", 3468, 0, 1, 0, True),
        PieceRow("[SEP]", 102, 0, 1, None, False),
        PieceRow("no", 2053, 1, 1, 0, False),
        PieceRow("[SEP]", 102, 1, 1, None, False),
    ]


@pytest.mark.parametrize(("pair", "max_length"), [(None, 2), ("b", 3), ("b", 0)])
def test_a_length_with_no_room_for_text_is_refused(pair, max_length):
    with pytest.raises(ValueError, match="special tokens alone take"):
        analyze("a", pair, library(), max_length=max_length)


def test_the_sentence_of_counts_agrees_with_fertility():
    text, pair = "Didn't the unaffable ☃ snowboarders", "embroider?"
    rows = analyze(text, pair, library())
    per_word = fertility([f"{text} {pair}"], library().tokenize)
    assert summarize(text, pair, rows, "[UNK]") == f"6 words, 15 pieces: {per_word:.2f} pieces per word, 1 [UNK]"


def test_the_sentence_of_counts_for_one_word_and_for_none():
    assert summarize("the", None, analyze("the", None, library()), "[UNK]").startswith("1 word, 1 piece: 1.00")
    assert summarize("", None, analyze("", None, library()), "[UNK]") == (
        "0 words, 0 pieces: 0.00 pieces per word, no [UNK]"
    )


def test_the_text_form_has_a_line_for_each_row():
    lines = as_text(analyze("unaffable", None, library(), max_length=6)).splitlines()
    assert lines[0].split() == ["piece", "input_ids", "token_type_ids", "attention_mask"]
    assert [line.split() for line in lines[1:]][1:3] == [["una", "14477", "0", "1"], ["##ffa", "20961", "0", "1"]]
    assert lines[-1].split() == ["[PAD]", "0", "0", "0"]
    assert len({len(line) for line in lines}) == 1


def test_the_widget_answers_each_change():
    widget = live_tokenizer(library(), "one")
    widget.text = "unaffable"
    assert [row["piece"] for row in widget.answer["rows"]] == ["[CLS]", "una", "##ffa", "##ble", "[SEP]"]
    widget.has_pair = True
    assert widget.answer["rows"][-1]["token_type_id"] == 1
    widget.vocab_size = widget.vocab_sizes[0]
    assert widget.answer["rows"][1]["piece"] == "u"
    assert "ids are still those of all 30,522" in widget.answer["notes"][0]
    assert widget.answer["asked"]["vocab_size"] == 1999


def test_a_pair_that_is_given_is_shown_at_once():
    assert live_tokenizer(library(), "a", pair="b").answer["rows"][-1]["token_type_id"] == 1
    assert live_tokenizer(library(), "a").answer["rows"][-1]["token_type_id"] == 0


def test_the_widget_says_what_was_cut_and_padded():
    widget = live_tokenizer(library(), "one two three four five")
    widget.fits, widget.max_length = True, 5
    assert widget.answer["notes"] == ["2 of 7 pieces did not fit and were cut off."]
    widget.max_length = 9
    assert widget.answer["notes"] == ["2 [PAD] fill the row up to 9: attention mask 0 hides them."]
    assert widget.answer["rows"][-1]["kind"] == "padding"


def test_a_long_text_is_not_all_drawn_but_all_counted():
    widget = live_tokenizer(library(), "word " * 1000)
    assert len(widget.answer["rows"]) == MOST_DRAWN
    assert widget.answer["summary"].startswith("1,000 words, 1,000 pieces")
    assert widget.answer["notes"] == ["Only the first 200 of 1,002 pieces are drawn."]


def test_pieces_are_told_apart_by_kind():
    kinds = [row["kind"] for row in live_tokenizer(library(), "a ☃ [MASK]").answer["rows"]]
    assert kinds == ["special", "ordinary", "unknown", "special", "special"]


def test_printed_the_widget_is_its_text_form():
    widget = live_tokenizer(library(), "unaffable")
    assert repr(widget) == f"{widget.answer['summary']}\n{as_text(analyze('unaffable', None, library()))}"
    assert widget._repr_mimebundle_()[0]["text/plain"] == repr(widget)
