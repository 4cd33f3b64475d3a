"""The live matrix of cosines: its numbers are those of `embed`, special tokens stand apart, and what is long is cut."""

import json

import pytest
import torch
from transformers import BertModel

from bertlab.sentence_embeddings.encode import embed, token_vectors
from bertlab.sentence_embeddings.similarity import cosine, pairwise_cosine
from bertlab.sentence_embeddings.view_similarity import (
    MOST_DRAWN,
    NO_TEXT,
    Similarity,
    as_text,
    live_similarity,
    picture,
    similarity,
    summarize,
    to_draw,
    written,
)
from bertlab.token_classification.view_lattice import shade
from tests.encoders import assert_close
from tests.fine_tuning.toys import make_config
from tests.sentence_embeddings.toys import POSITIONS, make_model

A, B = "The unremarkable dog.", "Two dogs play."


@pytest.fixture(scope="module")
def model():
    return make_model()


@pytest.fixture(scope="module")
def long_model():
    torch.manual_seed(1)
    return BertModel(make_config(initializer_range=0.1, max_position_embeddings=67))


@pytest.fixture
def widget(model, tokenizer):
    return live_similarity(model, tokenizer, A, B)


def hand_set() -> Similarity:
    """Two pieces against three, in which a special token would be the best partner of one."""
    cosines = torch.tensor(
        [
            [0.9, 0.1, 0.2, 0.3, 0.4],
            [0.1, 0.5, 0.7, -0.004, 0.6],
            [0.2, -0.3, -0.2, -0.25, 0.99],
            [0.4, 0.1, 0.2, 0.3, 0.95],
        ]
    )
    tokens = ["[CLS]", "un", "##seen", "[SEP]"], ["[CLS]", "not", "a", "hat", "[SEP]"]
    special = [True, False, False, True], [True, False, False, False, True]
    return Similarity(tokens, special, cosines, {"cls": 0.9, "mean": -0.1234, "max": 1.0000001}, 0.25, [])


class TestSimilarity:
    @pytest.mark.parametrize(("layer", "number"), [("last", -1), (0, 0), ("3", 3)])
    def test_the_numbers_are_those_of_the_functions_of_the_notebook(self, model, tokenizer, layer, number):
        found = similarity(model, tokenizer, A, B, layer)
        vectors = [token_vectors(model, tokenizer, text, number).vectors for text in (A, B)]
        assert_close(found.cosines, cosine(*vectors))
        assert found.cosines.shape == tuple(map(len, found.tokens))
        for pooling, value in found.pooled.items():
            a, b = (embed(model, tokenizer, [text], pooling, number) for text in (A, B))
            assert_close(torch.tensor([value]), pairwise_cosine(a, b))
        assert list(found.pooled) == ["cls", "mean", "max"]
        assert found.overlap == 0
        assert found.notes == []

    def test_cls_and_sep_are_special_and_what_stands_for_words_is_not(self, model, tokenizer):
        found = similarity(model, tokenizer, "A [MASK]", "☃")
        assert found.tokens == (["[CLS]", "a", "[MASK]", "[SEP]"], ["[CLS]", "[UNK]", "[SEP]"])
        assert found.special == ([True, False, False, True], [True, False, True])

    def test_no_such_layer_says_so(self, model, tokenizer):
        with pytest.raises(ValueError, match="layers"):
            similarity(model, tokenizer, A, B, 6)

    def test_a_text_that_fills_the_model_is_named(self, model, tokenizer):
        found = similarity(model, tokenizer, A, "rain " * 37)
        assert found.notes == [f"b fills all {POSITIONS} tokens that this model reads: what may follow is not read."]

    def test_the_best_partner_is_no_special_token(self):
        assert hand_set().partners() == {1: 2, 2: 2}

    def test_it_is_the_best_of_its_row(self, model, tokenizer):
        found = similarity(model, tokenizer, A, B)
        inner = found.cosines[1:-1, 1:-1]
        assert found.partners() == {row: column + 1 for row, column in enumerate(inner.argmax(dim=1).tolist(), 1)}
        assert len(found.partners()) == len(found.tokens[0]) - 2


def test_the_first_pieces_and_all_special_tokens_are_drawn():
    special = [True, *[False] * 37, True]
    assert to_draw(special, 13) == [*range(14), 38]
    assert to_draw(special[:8], 13) == list(range(8))


@pytest.mark.parametrize(
    ("value", "words"), [(-0.004, "0.00"), (-0.006, "-0.01"), (1.0000001, "1.00"), (0.125, "0.12")]
)
def test_a_cosine_in_words(value, words):
    assert written(value) == words


class TestPicture:
    def test_it_has_a_cell_for_each_pair_and_names_the_partners(self):
        drawn = picture(hand_set())
        assert drawn["rows"] == [["[CLS]", True], ["un", False], ["##seen", False], ["[SEP]", True]]
        assert [name for name, _ in drawn["columns"]] == ["[CLS]", "not", "a", "hat", "[SEP]"]
        assert [cell[0] for cell in drawn["cells"][1]] == ["0.10", "0.50", "0.70", "0.00", "0.60"]
        assert drawn["cells"][1][2][1:] == shade(torch.tensor(0.7).item())
        assert drawn["cells"][2][1] == ["-0.30"]  # below 0 there is no color
        assert drawn["partners"] == [None, 2, 2, None]
        json.dumps(drawn, allow_nan=False)

    def test_each_pooling_stands_beside_the_overlap(self):
        drawn = picture(hand_set())
        assert drawn["pooled"] == [["[CLS]", "0.90", 90.0], ["mean", "-0.12", 0.0], ["max", "1.00", 100.0]]
        assert drawn["overlap"] == ["0.25", 25.0]

    def test_a_long_sentence_is_drawn_as_far_as_it_fits_and_says_so(self, long_model, tokenizer):
        pieces = MOST_DRAWN + 13
        found = similarity(long_model, tokenizer, "rain " * pieces, "It rained.")
        drawn = picture(found)
        assert (len(drawn["rows"]), len(drawn["cells"]), len(drawn["columns"])) == (MOST_DRAWN + 2, MOST_DRAWN + 2, 5)
        assert drawn["rows"][-1] == ["[SEP]", True]
        assert drawn["cells"][-1][-1][0] == written(found.cosines[-1, -1].item())
        assert drawn["notes"] == [
            f"a has {pieces} pieces: the first {MOST_DRAWN} are drawn, and partners are looked for among those drawn. "
            "The cosines of the sentences count all that is read."
        ]
        assert len(found.partners()) == MOST_DRAWN

    def test_a_partner_that_is_not_drawn_is_none(self, long_model, tokenizer):
        found = similarity(long_model, tokenizer, "snow", "rain " * MOST_DRAWN + "snow")
        assert len(found.tokens[1]) == MOST_DRAWN + 3
        cosines = found.cosines.clone()
        cosines[1, MOST_DRAWN + 1] = 1.0  # beyond the last that is drawn
        assert found._replace(cosines=cosines).partners()[1] <= MOST_DRAWN


class TestSummary:
    def test_it_has_the_cosines_the_overlap_and_the_partners(self):
        assert summarize(hand_set()) == (
            "Cosine of the sentences: [CLS] 0.90, mean -0.12, max 1.00. Word overlap: 0.25. "
            'Best partners: "un" with "a" 0.70; "##seen" with "a" -0.20.'
        )

    def test_of_many_partners_the_first_are_named(self, model, tokenizer):
        found = similarity(model, tokenizer, "one two three four five six seven", B)
        assert summarize(found).endswith("; and 1 more.")

    def test_a_sentence_of_special_tokens_only(self, model, tokenizer):
        for texts in (("\u200b", B), (A, "\u200b")):
            found = similarity(model, tokenizer, *texts)
            assert found.partners() == {}
            assert "No piece has a partner" in summarize(found)
            json.dumps(picture(found), allow_nan=False)


def test_the_text_form_is_a_table_with_stars():
    assert as_text(hand_set()).splitlines() == [
        "        [CLS]    not      a    hat  [SEP]",
        "[CLS]   0.90   0.10   0.20   0.30   0.40",
        "un      0.10   0.50   0.70*  0.00   0.60",
        "##seen  0.20  -0.30  -0.20* -0.25   0.99",
        "[SEP]   0.40   0.10   0.20   0.30   0.95",
        summarize(hand_set()),
    ]


class TestWidget:
    def test_it_follows_the_texts_and_the_layer(self, widget, model, tokenizer):
        assert widget.answer["asked"] == {"a": A, "b": B, "layer": "last"}
        widget.layer = "2"
        assert widget.answer["summary"] == summarize(similarity(model, tokenizer, A, B, 2))
        widget.b = A
        assert [number for _, number, _ in widget.answer["pooled"]] == ["1.00"] * 3
        assert widget.answer["overlap"][0] == "1.00"
        assert widget.found().tokens[0] == widget.found().tokens[1]

    def test_it_offers_each_layer_and_the_last_is_the_highest(self, widget, model, tokenizer):
        assert widget.layers == ["last", "0", "1", "2", "3", "4", "5"]
        before = widget.answer["cells"]
        widget.layer = "5"
        assert widget.answer["cells"] == before
        assert live_similarity(model, tokenizer, A, B, layer=5).answer == widget.answer

    @pytest.mark.parametrize("layer", ["6", "-1", "first"])
    def test_what_is_no_layer_is_refused_and_nothing_changes(self, widget, layer):
        with pytest.raises(ValueError, match=f"no layer '{layer}': choose from last, 0, 1"):
            widget.layer = layer
        assert widget.layer == widget.answer["asked"]["layer"] == "last"

    @pytest.mark.parametrize(("a", "b"), [("", B), (A, "  \n")])
    def test_a_missing_text_gets_a_hint(self, model, tokenizer, a, b):
        widget = live_similarity(model, tokenizer, a, b)
        assert (widget.answer["rows"], widget.answer["summary"], repr(widget)) == ([], NO_TEXT, NO_TEXT)

    def test_its_text_form_is_that_of_the_data(self, widget):
        assert repr(widget) == as_text(widget.found())
        assert "*" in repr(widget)
