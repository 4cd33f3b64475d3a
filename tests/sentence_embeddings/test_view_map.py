"""The live map: PCA as the library does it, a picture that does not flip, and neighbors that differ where they do."""

import json

import pytest
import torch
import traitlets
from sklearn.decomposition import PCA

from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.similarity import cosine
from bertlab.sentence_embeddings.view_map import (
    MOST_SENTENCES,
    SHORT,
    TOO_FEW,
    Mapped,
    Neighbors,
    as_text,
    live_map,
    map_of,
    neighbors,
    picture,
    sentences_of,
    short,
    summarize,
)
from tests.encoders import assert_close
from tests.sentence_embeddings.toys import HIDDEN, draw, make_model

SENTENCES = [
    "Rain",
    "Two dogs play.",
    "The dog sleeps.",
    "A train leaves at nine.",
    "Who let the old dog in?",
    "Cake",
    "He ate it.",
]


@pytest.fixture(scope="module")
def model():
    return make_model()


@pytest.fixture
def widget(model, tokenizer):
    return live_map(model, tokenizer, SENTENCES)


def hand_set(chosen: int = 0) -> Mapped:
    """Five vectors of which the third dimension, lost on the map, tells one from the chosen one."""
    vectors = torch.tensor(
        [[3.0, 1.0, 0.1], [3.0, 0.9, 0.1], [2.9, 1.0, -2.0], [3.0, -4.0, 0.3], [2.0, 1.2, 0.1], [-9.0, 0.1, 0.1]]
    )
    mapped = map_of(vectors)._replace(points=vectors[:, :2])
    names = ["A", "B", "C", "D", "E", "F"]
    return Mapped(names, vectors, mapped, chosen, neighbors(vectors, mapped.points, chosen))


class TestMap:
    @pytest.mark.parametrize(("rows", "columns"), [(13, 7), (7, 37), (2, 5), (3, 2)])
    def test_as_the_library_up_to_signs(self, rows, columns):
        vectors = draw(rows, columns)
        found, pca = map_of(vectors), PCA(2).fit(vectors.numpy())
        assert_close(found.points.abs(), torch.tensor(pca.transform(vectors.numpy())).abs())
        assert found.kept == pytest.approx(pca.explained_variance_ratio_.sum(), rel=1e-5)

    def test_neither_the_order_nor_doubling_all_flips_the_picture(self):
        vectors = draw(13, 7)
        points, order = map_of(vectors).points, torch.randperm(13, generator=torch.Generator().manual_seed(5))
        assert_close(map_of(vectors[order]).points, points[order])
        assert_close(map_of(torch.cat([vectors, vectors])).points, torch.cat([points, points]))
        assert_close(map_of(vectors + 5).points, points)

    def test_the_sign_is_that_of_the_largest_number_of_a_direction(self):
        direction = torch.tensor([[0.6, -0.8, 0.0]])
        along = torch.tensor([[-1.0], [0.0], [3.0]])
        found = map_of(along @ direction)
        assert_close(found.points[:, 0], torch.tensor([5 / 3, 2 / 3, -7 / 3]))
        assert_close(map_of(along @ -direction).points[:, 0], -found.points[:, 0])

    def test_a_flat_cloud_loses_nothing_and_keeps_its_distances(self):
        flat = draw(13, 2) @ torch.linalg.qr(draw(37, 2, seed=1))[0].T
        found = map_of(flat)
        assert found.kept == pytest.approx(1)
        assert_close(torch.cdist(found.points, found.points), torch.cdist(flat, flat), rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize("vectors", [torch.full((3, 7), 0.1), draw(1), torch.zeros(4, 2)])
    def test_where_nothing_differs_nothing_is_lost(self, vectors):
        found = map_of(vectors)
        assert_close(found.points, torch.zeros(len(vectors), 2))
        assert found.kept == 1

    def test_one_dimension_gets_a_second_axis_of_zeros(self):
        found = map_of(torch.tensor([[1.0], [2.0], [6.0]]))
        assert_close(found.points, torch.tensor([[-2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]]))
        assert found.kept == pytest.approx(1)

    def test_no_vectors_say_so(self):
        with pytest.raises(ValueError, match="give at least one"):
            map_of(torch.zeros(0, 7))


class TestNeighbors:
    def test_they_are_ordered_by_cosine_and_by_distance(self):
        vectors = draw(13, 7)
        points = map_of(vectors).points
        found = neighbors(vectors, points, 4, count=12)
        cosines, distances = cosine(vectors, vectors)[4], (points - points[4]).norm(dim=1)
        assert sorted(found.real) == sorted(found.seen) == [number for number in range(13) if number != 4]
        assert (cosines[found.real].diff() <= 0).all()
        assert (distances[found.seen].diff() >= 0).all()

    def test_of_few_vectors_all_others_are_near(self):
        vectors = draw(3)
        found = neighbors(vectors, map_of(vectors).points, 1)
        assert set(found.real) == set(found.seen) == {0, 2}
        assert not found.differ

    def test_what_differs_by_rounding_keeps_its_order(self):
        points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0 - 1e-7, 0.0], [0.0, 1.0]])
        assert neighbors(torch.ones(4, 5), points, 0) == Neighbors([1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("The cat sat.", "The cat sat."),
        ("x" * SHORT, "x" * SHORT),
        ("x" * (SHORT + 1), "x" * (SHORT - 1) + "…"),
        ("Our dog sleeps here now, and", "Our dog sleeps here…"),
    ],
)
def test_a_label_is_short_and_ends_with_a_word_where_it_can(sentence, label):
    assert short(sentence) == label
    assert len(label) <= SHORT


def test_a_sentence_is_a_line_that_is_not_blank():
    assert sentences_of(" One. \n\n\tTwo.\r\nThree\n ") == ["One.", "Two.", "Three"]


class TestSummary:
    def test_it_says_that_a_neighbor_on_the_map_is_none(self):
        found = hand_set()
        assert found.nearest == Neighbors([1, 4, 2], [1, 2, 4])
        far = found._replace(nearest=Neighbors([1, 4, 3], [1, 2, 4]))
        kept = f"The two axes keep {found.map.kept:.0%} of the variance."
        assert summarize(far) == (
            f"{kept} Nearest to 1 (A) in all dimensions: 2 (B); 5 (E); 4 (D). "
            "On the map: 2 (B); 3 (C); 5 (E). They differ: 3 (C) only seems near."
        )
        both = found._replace(nearest=Neighbors([1, 3, 5], [1, 2, 4]))
        assert summarize(both).endswith("They differ: 3 (C); 5 (E) only seem near.")

    def test_it_says_that_they_are_the_same(self):
        found = hand_set()
        assert summarize(found).endswith(
            "Nearest to 1 (A), in all dimensions as on the map, though in another order: 2 (B); 5 (E); 3 (C)."
        )
        same = found._replace(nearest=Neighbors([1, 2, 4], [1, 2, 4]))
        assert summarize(same).endswith("as on the map, in the same order: 2 (B); 3 (C); 5 (E).")

    def test_on_a_map_of_vectors_with_many_dimensions_they_differ(self):
        vectors = draw(MOST_SENTENCES, 37)
        points = map_of(vectors).points
        assert sum(neighbors(vectors, points, chosen).differ for chosen in range(len(vectors))) > len(vectors) // 2


def test_the_picture_marks_what_is_near_in_one_way_only():
    found = hand_set()._replace(nearest=Neighbors([1, 4, 3], [1, 2, 4]))
    drawn = picture(found)
    cosines = cosine(found.vectors[:1], found.vectors)[0].tolist()
    assert drawn["real"] == [
        [1, f"cosine {cosines[1]:.2f}", True],
        [4, f"cosine {cosines[4]:.2f}", True],
        [3, f"cosine {cosines[3]:.2f}", False],
    ]
    assert drawn["seen"] == [[1, "distance 0.10", True], [2, "distance 0.10", False], [4, "distance 1.02", True]]
    assert (drawn["chosen"], drawn["dimensions"], len(drawn["points"])) == (0, 3, 6)
    json.dumps(drawn, allow_nan=False)


def test_the_text_form_lists_places_and_sentences():
    lines = as_text(hand_set()).splitlines()
    assert lines[0].split() == ["no", "x", "y", "sentence"]
    assert lines[4] == "  4    3.00   -4.00  D"
    assert lines[-1] == summarize(hand_set())


class TestWidget:
    def test_its_map_is_that_of_the_mean_pooled_unit_vectors(self, widget, model, tokenizer):
        vectors = embed(model, tokenizer, SENTENCES, normalize=True)
        found = widget.found()
        assert_close(found.vectors, vectors)
        assert_close(found.map.points, map_of(vectors).points)
        assert widget.answer["dimensions"] == HIDDEN
        assert widget.answer["sentences"] == SENTENCES
        assert widget.answer["summary"] == summarize(found)

    def test_it_follows_the_text_and_the_choice(self, widget):
        widget.chosen = 3
        assert widget.answer["asked"] == {"text": "\n".join(SENTENCES), "chosen": 3}
        assert "Nearest to 3 (The dog sleeps.)" in widget.answer["summary"]
        widget.text = "Rain\nCake\nRain\n\n"
        assert widget.answer["sentences"] == ["Rain", "Cake", "Rain"]
        assert widget.answer["real"][0] == [0, "cosine 1.00", True]

    def test_only_what_is_new_goes_through_the_model(self, widget, monkeypatch):
        asked = []

        def counting(model, tokenizer, texts, **kwargs):
            asked.append(list(texts))
            return embed(model, tokenizer, texts, **kwargs)

        monkeypatch.setattr("bertlab.sentence_embeddings.view_map.embed", counting)
        widget.chosen = 2
        assert asked == []
        widget.text += "\nSnow\nSnow"
        assert asked == [["Snow"]]
        assert len(widget.answer["points"]) == len(SENTENCES) + 2

    def test_a_choice_beyond_the_last_is_the_last_and_below_the_first_is_refused(self, widget):
        widget.chosen = 99
        assert widget.answer["chosen"] == len(SENTENCES) - 1
        with pytest.raises(traitlets.TraitError):
            widget.chosen = 0

    @pytest.mark.parametrize("sentences", [[], ["Rain"], ["Rain", " "]])
    def test_too_few_sentences_get_a_hint(self, model, tokenizer, sentences):
        widget = live_map(model, tokenizer, sentences)
        assert (widget.answer["sentences"], widget.answer["summary"], repr(widget)) == ([], TOO_FEW, TOO_FEW)
        with pytest.raises(ValueError, match="two sentences or more"):
            widget.found()

    def test_many_sentences_are_cut_and_it_says_so(self, model, tokenizer):
        widget = live_map(model, tokenizer, [f"Rain {number}" for number in range(MOST_SENTENCES + 3)])
        assert len(widget.answer["points"]) == MOST_SENTENCES
        note = f"There are {MOST_SENTENCES + 3} sentences: the first {MOST_SENTENCES} count."
        assert widget.answer["notes"] == [note]
        assert repr(widget).startswith(note)

    def test_the_same_sentence_everywhere_lies_in_one_place(self, model, tokenizer):
        widget = live_map(model, tokenizer, ["Rain"] * 5)
        assert widget.answer["points"] == [[0.0, 0.0]] * 5
        assert "keep 100% of the variance" in widget.answer["summary"]
        json.dumps(widget.answer, allow_nan=False)

    def test_a_line_break_within_a_sentence_makes_no_two_of_it(self, model, tokenizer):
        widget = live_map(model, tokenizer, ["It\nrains.", "Cake"], chosen=2)
        assert widget.answer["sentences"] == ["It rains.", "Cake"]
        assert widget.answer["chosen"] == 1
        assert repr(widget) == as_text(widget.found())

    def test_one_string_is_refused(self, model, tokenizer):
        with pytest.raises(TypeError, match="list of sentences"):
            live_map(model, tokenizer, "Rain")
