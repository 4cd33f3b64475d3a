"""The live batch: its loss is `ranking_loss`, what is left out gets nothing, and what is no batch gets a clear line."""

import json
import math

import pytest
import torch
import traitlets
from transformers import BertModel

from bertlab.sentence_bert.ranking import cosines, ranking_loss
from bertlab.sentence_bert.siamese import SentenceEncoder
from bertlab.sentence_bert.view_batch import (
    PAIRS,
    Batch,
    as_text,
    batch_of,
    excluded_of,
    live_batch,
    named,
    pairs_of,
    picture,
    row_in_words,
    summarize,
)
from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.pooling import cls_pooling
from bertlab.token_classification.view_lattice import shade
from tests.fine_tuning.toys import make_config
from tests.sentence_bert.given import draw

RIVAL = named((PAIRS[0][0], PAIRS[3][1]))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return BertModel(make_config(initializer_range=0.1))


@pytest.fixture
def widget(model, tokenizer):
    return live_batch(model, tokenizer)


def hand_set(excluded=()) -> Batch:
    """Three pairs; the cosines are logarithms of small numbers, so that at temperature 1 the shares are sixths."""
    pairs = [("Why?", "So."), ("Who?", "Ann."), ("When?", "In the year after the next.")]
    scores = torch.tensor([[1.0, 2.0, 3.0], [1.0, 4.0, 1.0], [3.0, 2.0, 1.0]]).log()
    mask = excluded_of(pairs, "\n".join(excluded))
    return Batch(pairs, scores, mask, batch_of(scores, 1.0, mask))


class TestBatchOf:
    @pytest.mark.parametrize("temperature", [0.01, 0.05, 1.0])
    @pytest.mark.parametrize("some", [False, True])
    def test_the_mean_is_the_ranking_loss(self, temperature, some):
        anchors, positives = draw(2)
        excluded = torch.zeros(7, 7, dtype=torch.bool)
        excluded[0, 3] = excluded[5, 1] = excluded[5, 2] = some
        view = batch_of(cosines(anchors, positives), temperature, excluded)
        loss = ranking_loss(anchors, positives, scale=1 / temperature, excluded=excluded)
        torch.testing.assert_close(torch.tensor(view.mean), loss.detach())
        torch.testing.assert_close(view.losses.mean(), loss)
        torch.testing.assert_close(view.probabilities.sum(1), torch.ones(7))
        assert bool((view.probabilities[excluded] == 0).all())

    def test_each_loss_is_minus_the_logarithm_of_the_diagonal(self):
        view = hand_set().view
        torch.testing.assert_close(view.probabilities[0], torch.tensor([1.0, 2.0, 3.0]) / 6)
        torch.testing.assert_close(view.losses, torch.tensor([6.0, 1.5, 6.0]).log())

    def test_a_share_too_small_for_a_float_still_has_a_finite_loss(self):
        view = batch_of(torch.tensor([[-1.0, 1.0], [0.0, 0.0]]), 0.01)
        assert view.probabilities[0, 0] == 0
        assert view.losses.tolist() == pytest.approx([200, math.log(2)])

    def test_a_guess_counts_what_is_left(self):
        scores = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
        assert batch_of(scores).guess == pytest.approx(math.log(5))
        excluded = torch.zeros(5, 5, dtype=torch.bool)
        excluded[2, :2] = excluded[4, 0] = True
        view = batch_of(scores, 1e6, excluded)
        assert view.guess == pytest.approx((3 * math.log(5) + math.log(3) + math.log(4)) / 5)
        assert view.mean == pytest.approx(view.guess, abs=1e-4)  # so hot that all are equally likely

    @pytest.mark.parametrize("temperature", [0.0, -0.05, math.nan])
    def test_the_temperature_is_above_0(self, temperature):
        with pytest.raises(ValueError, match=r"the temperature is .*: give one above 0"):
            batch_of(torch.eye(3), temperature)

    def test_the_own_positive_cannot_be_left_out(self):
        with pytest.raises(ValueError, match="leave the diagonal of `excluded` False"):
            batch_of(torch.eye(3), excluded=torch.eye(3, dtype=torch.bool))


class TestPairs:
    def test_a_line_for_each_and_spaces_do_not_count(self):
        assert pairs_of("\n a  b|c\t\n\n<d> |  e f \n") == [("a b", "c"), ("<d>", "e f")]
        assert pairs_of("\n".join(map(named, PAIRS))) == list(PAIRS)

    @pytest.mark.parametrize("line", ["Only this", "a |", "| b", "|", "a | b | c", "a || b"])
    def test_a_line_that_is_no_pair_is_named(self, line):
        with pytest.raises(ValueError, match=r'Line 3 \(.+\) needs one "\|" with text on both sides'):
            pairs_of(f"x | y\n\n{line}\nv | w")

    @pytest.mark.parametrize(
        ("lines", "problem"),
        [
            ("a | b\nc | d\na | e", 'Line 3 repeats "a" of line 1'),
            ("a | b\nc |  b", 'Line 2 repeats "b" of line 1'),
            ("a | b\n\nb | c", 'Line 3 repeats "b" of line 1'),
            ("a | b\nc | c", 'Line 2 repeats "c" of line 2'),
        ],
    )
    def test_equal_texts_are_named(self, lines, problem):
        with pytest.raises(ValueError, match=f"{problem}: a batch cannot tell equal texts apart"):
            pairs_of(lines)

    @pytest.mark.parametrize(("count", "what"), [(0, "0 pairs"), (1, "1 pair"), (9, "9 pairs")])
    def test_too_few_or_too_many(self, count, what):
        with pytest.raises(ValueError, match=rf"Type 2 to 8 pairs, .*; not {what}\."):
            pairs_of("\n".join(f"a{number} | b{number}" for number in range(count)))

    def test_two_and_eight_are_a_batch(self):
        for count in (2, 8):
            assert len(pairs_of("\n".join(f"a{number} | b{number}" for number in range(count)))) == count


def test_what_is_left_out_is_no_own_positive_and_what_is_no_candidate_is_passed_over():
    pairs = [("a", "x"), ("b", "y"), ("c", "z")]
    assert excluded_of(pairs, "a | z\nb | y\nx | a\n\nd | z").int().tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


class TestWords:
    def test_a_row_names_its_strongest_rival(self):
        assert row_in_words(hand_set(), 0) == (
            "Row 1: its own positive gets 0.17; the strongest rival is 3 (In the year after…) with 0.50."
        )

    def test_what_is_left_out_is_no_rival(self):
        found = hand_set(["Why? | In the year after the next.", "Who? | So.", "Who? | In the year after the next."])
        assert row_in_words(found, 0) == (
            "Row 1: its own positive gets 0.33; the strongest rival is 2 (Ann.) with 0.67. Left out: 3."
        )
        assert row_in_words(found, 1) == "Row 2: its own positive gets 1.00; no rival is left. Left out: 1, 3."

    def test_the_summary_has_the_mean_a_guess_and_the_largest_loss(self):
        found = hand_set(["Why? | Ann."])
        assert summarize(found) == (
            "Mean loss 1.19; a guess costs 0.96. The largest loss is 1.79. "
            "Row 3: its own positive gets 0.17; the strongest rival is 1 (So.) with 0.50."
        )

    def test_the_text_form_is_a_table(self):
        lines = as_text(hand_set(["Why? | Ann."])).splitlines()
        assert lines[2] == "3  When? | In the year after the next."
        assert lines[4:8] == [
            "row           1           2           3   loss",
            "  1  0.25 0.00*   left out   0.75 1.10    1.39",
            "  2  0.17 0.00   0.67 1.39*  0.17 0.00    0.41",
            "  3  0.50 1.10   0.33 0.69   0.17 0.00*   1.79",
        ]
        assert lines[-1] == summarize(hand_set(["Why? | Ann."]))


class TestPicture:
    def test_a_cell_has_its_share_its_cosine_and_its_color(self):
        drawn = picture(hand_set(["Why? | Ann."]))
        assert drawn["cells"][0][0] == ["0.25", "0.00", False, *shade(0.25)]
        assert drawn["cells"][0][1] == ["0.00", "0.69", True]
        assert drawn["losses"] == ["1.39", "0.41", "1.79"]
        assert len(drawn["rows"]) == 3
        json.dumps(drawn, allow_nan=False)

    def test_the_mean_stands_beside_a_guess(self):
        assert picture(hand_set())["guess"][:2] == ["a guess: ln 3", "1.10"]
        drawn = picture(hand_set(["Why? | Ann."]))
        assert drawn["guess"][:2] == ["a guess among those left", "0.96"]
        assert drawn["mean"] == ["mean loss", "1.19", 100.0]
        assert drawn["guess"][2] == pytest.approx(100 * (math.log(2) + 2 * math.log(3)) / math.log(36))

    def test_where_nothing_is_left_to_tell_from_both_are_0(self):
        pairs = [("a", "x"), ("b", "y")]
        mask = excluded_of(pairs, "a | y\nb | x")
        drawn = picture(Batch(pairs, torch.eye(2), mask, batch_of(torch.eye(2), 0.05, mask)))
        assert (drawn["mean"][1:], drawn["guess"][1:]) == (["0.00", 0.0], ["0.00", 0.0])


class TestWidget:
    def test_its_loss_is_that_of_the_models_vectors(self, widget, model, tokenizer):
        columns = [embed(model, tokenizer, list(texts)) for texts in zip(*PAIRS, strict=True)]
        for temperature, excluded in [(0.05, ""), (0.3, RIVAL)]:
            widget.temperature, widget.excluded = temperature, excluded
            mask = excluded_of(PAIRS, excluded)
            assert mask.sum() == bool(excluded)
            expected = ranking_loss(*columns, scale=1 / temperature, excluded=mask)
            torch.testing.assert_close(torch.tensor(widget.found().view.mean), expected)
            assert widget.answer["mean"][1] == f"{expected:.2f}"
        assert widget.answer["asked"] == {"text": widget.text, "temperature": 0.3, "excluded": RIVAL}

    def test_a_sentence_encoder_pools_in_its_own_way(self, model, tokenizer):
        own = live_batch(SentenceEncoder(model, cls_pooling), tokenizer).found().cosines
        columns = [embed(model, tokenizer, list(texts), "cls") for texts in zip(*PAIRS, strict=True)]
        torch.testing.assert_close(own, cosines(*columns))

    def test_only_new_texts_are_embedded(self, widget, model):
        calls = []
        hook = model.register_forward_hook(lambda part, given, result: calls.append(len(result[0])))
        widget.temperature = 0.1
        widget.excluded = RIVAL
        assert calls == []
        widget.text = "\n".join([*widget.text.splitlines()[:3], "Who is it? | Ann."])
        hook.remove()
        assert calls == [2]
        assert len(widget.answer["cells"]) == 4

    def test_what_is_left_out_stays_with_its_texts(self, widget):
        widget.excluded = RIVAL
        assert widget.found().excluded.nonzero().tolist() == [[0, 3]]
        widget.text = f"Who is it? | Ann.\n{widget.text}"
        assert widget.found().excluded.nonzero().tolist() == [[1, 4]]

    @pytest.mark.parametrize("text", ["", "a | b", "a | b\nc", "a | b\nc | b"])
    def test_what_is_no_batch_gets_a_line_and_no_matrix(self, widget, text):
        widget.text = text
        with pytest.raises(ValueError, match=r".") as caught:
            pairs_of(text)
        assert (widget.answer["pairs"], widget.answer["summary"], repr(widget)) == (
            [],
            str(caught.value),
            str(caught.value),
        )

    @pytest.mark.parametrize("temperature", [0.0, 0.009, 1.1])
    def test_the_temperature_has_its_bounds(self, widget, model, tokenizer, temperature):
        with pytest.raises(traitlets.TraitError):
            widget.temperature = temperature
        with pytest.raises(traitlets.TraitError):
            live_batch(model, tokenizer, temperature=temperature)
        assert widget.temperature == 0.05

    def test_its_text_form_is_that_of_the_data(self, widget):
        assert repr(widget) == as_text(widget.found())
        assert "0.05" not in repr(widget).splitlines()[0]
