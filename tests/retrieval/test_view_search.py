"""The live search: the hits of the room's own functions, excerpts that show why, and links only where a cell is."""

import json
import math
import zlib

import pytest
import torch
import traitlets

from bertlab.retrieval.bm25 import BM25, words_of
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.fusion import reciprocal_rank_fusion
from bertlab.retrieval.passages import Passage
from bertlab.retrieval.view_search import (
    EMPTY,
    EXCERPT,
    HITS,
    HOW,
    MOST_CHARACTERS,
    NOTHING,
    QUESTION,
    Hit,
    excerpt,
    find,
    joined,
    link_of,
    live_search,
    marked,
    name_of,
    rated,
    searched,
)
from tests.encoders import assert_close

HIDDEN = 37
SUBJECTS = ["bees", "masks", "trains"]
TEXTS = [
    "Bees make honey. They fly far for it, and dance at home.",
    "A causal mask hides what comes later. The encoder has no such mask.",
    "A padding mask hides what is only filler.",
    "Trains leave at nine. Nobody waits for the late ones.",
    "Wax is made of honey, with much work.",
    "The encoder reads both sides, so nothing later is hidden from it.",
    "A mask of beeswax.",
]
PASSAGES = [
    Passage(f"0{n % 3}_topic.ipynb#cell-id=cell-{n}", SUBJECTS[n % 3], f"Heading {n}", text)
    for n, text in enumerate(TEXTS)
]


def encode(texts: list[str]) -> torch.Tensor:
    """A vector of words, with some noise for what no word is shared by."""
    vectors = torch.zeros(len(texts), HIDDEN)
    for row, text in enumerate(texts):
        vectors[row] = 0.1 * torch.randn(HIDDEN, generator=torch.Generator().manual_seed(zlib.crc32(text.encode())))
        for word in words_of(text):
            vectors[row, zlib.crc32(word.encode()) % HIDDEN] += 1
    return torch.nn.functional.normalize(vectors, dim=1)


@pytest.fixture(scope="module")
def source():
    return searched(encode, PASSAGES, encode(TEXTS))


@pytest.fixture
def widget():
    return live_search(encode, PASSAGES, encode(TEXTS))


QUERIES = [QUESTION, "honey", "who waits for late trains", "mask mask of wax"]


@pytest.mark.parametrize("query", QUERIES)
class TestFind:
    def test_by_meaning_it_is_exact_search(self, source, query):
        found = find(query, "meaning", source, k=5)
        scores, ids = top_k(encode([query]), encode(TEXTS), k=5)
        assert [hit.number for hit in found] == ids[0].tolist()
        assert_close(torch.tensor([hit.score for hit in found]), scores[0])
        assert [(hit.meaning, hit.words) for hit in found] == [(place, None) for place in range(1, 6)]

    def test_by_words_it_is_bm25_of_titles_and_texts(self, source, query):
        found = find(query, "words", source, k=7)
        scores = BM25([words_of(f"{passage.title} {passage.text}") for passage in PASSAGES]).scores(words_of(query))
        assert sorted(hit.number for hit in found) == scores.nonzero().flatten().tolist()
        assert [hit.score for hit in found] == sorted((score for score in scores.tolist() if score), reverse=True)
        assert all(scores[hit.number].item() == hit.score for hit in found)

    def test_both_is_the_fusion_of_the_two_by_places(self, source, query):
        rankings = [[hit.number for hit in find(query, how, source, k=7)] for how in ("meaning", "words")]
        fused = reciprocal_rank_fusion(rankings)
        found = find(query, "both", source, k=4)
        assert [(hit.number, hit.score) for hit in found] == list(fused.items())[:4]
        for hit in found:
            places = [ranking.index(hit.number) + 1 if hit.number in ranking else None for ranking in rankings]
            assert [hit.meaning, hit.words] == places


class TestFindNothing:
    @pytest.mark.parametrize("how", HOW)
    def test_an_empty_query_finds_nothing(self, source, how):
        assert find(" \n", how, source) == []

    def test_no_word_no_hit_but_meaning_always_has_some(self, source):
        assert find("zebra ???", "words", source) == []
        assert len(find("zebra ???", "both", source)) == len(find("zebra ???", "meaning", source)) == HITS

    def test_another_way_is_refused(self, source):
        with pytest.raises(ValueError, match="meaning, words, both"):
            find("bees", "magic", source)


class TestWhatDoesNotFitIsRefused:
    def test_other_numbers_of_vectors_and_other_lengths(self):
        with pytest.raises(ValueError, match="7 passages, but 6 vectors"):
            live_search(encode, PASSAGES, encode(TEXTS[1:]))
        with pytest.raises(ValueError, match="not of length 1"):
            live_search(encode, PASSAGES, 3 * encode(TEXTS))

    def test_an_encoder_of_another_width(self):
        with pytest.raises(ValueError, match=r"the shape \(1, 13\) for one text, not \(1, 37\)"):
            live_search(lambda texts: encode(texts)[:, :13], PASSAGES, encode(TEXTS))

    def test_no_passages(self):
        with pytest.raises(ValueError, match="no words"):
            live_search(encode, [], torch.zeros(0, HIDDEN))


class TestExcerpt:
    def test_the_sentence_with_the_rarest_words_comes_with_its_neighbors_as_far_as_there_is_room(self):
        text = "One is the first. The two have a mask. Three is the last."
        assert excerpt(text, {"mask": 2.0, "the": 0.1, "is": 0.1}, most=30) == "… The two have a mask. …"
        assert excerpt(text, {"mask": 2.0}, most=44) == "… The two have a mask. Three is the last."
        assert excerpt(text, {"mask": 2.0}, most=57) == text
        assert excerpt(text, {}, most=20) == "One is the first. …"

    @pytest.mark.parametrize("length", [1, 3, 40, 200])
    @pytest.mark.parametrize("place", [0, 37, 99])
    def test_a_long_sentence_is_cut_round_the_word(self, length, place):
        told = ["w" * length] * 100
        told[place] = "mask"
        found = excerpt(" ".join(told), {"mask": 1.0})
        assert len(found) <= EXCERPT
        assert "mask" in found.split()
        if found.split()[-1] == "…" and length < EXCERPT / 2:
            assert len(found) > EXCERPT - length - 3  # no room is wasted

    def test_one_word_without_end_is_cut_and_no_text_is_none(self):
        assert len(excerpt("w" * 999, {})) == EXCERPT
        assert excerpt("", {"a": 1.0}) == ""

    def test_line_breaks_go_and_lists_are_sentences(self):
        assert excerpt("One\n\n  two\nthree\n\nfour", {"three": 1.0}, most=16) == "… two three four"


class TestMarked:
    def test_whole_words_in_any_case_and_nothing_is_lost(self):
        text = "Mask it: masks MASK (mask)."
        pieces = marked(text, {"mask": 1.0, "it": 0.1})
        assert [piece for piece, found in pieces if found] == ["Mask", "it", "MASK", "mask"]
        assert joined(pieces) == text

    def test_no_words_no_marks(self):
        assert marked("A text.", []) == [("A text.", False)]


def test_names_links_and_ratings():
    assert name_of(Passage("b1", "", "", "Text.")) == "b1"
    assert name_of(Passage("b1", "Bees", "Bees", "Text.")) == "Bees"
    for other in ("notes.md#2", "javascript:alert(1)//a.ipynb#cell-id=b", "../a.ipynb#cell-id=b", "a.ipynb"):
        assert link_of(Passage(other, "", "", "Text.")) == ""
    assert rated(Hit(3, 0.712, 1, None), "meaning") == "cosine 0.71"
    assert rated(Hit(3, 7.12, None, 1), "words") == "BM25 7.1"
    assert rated(Hit(3, 1 / 61 + 1 / 62, 1, 2), "both") == "fused 0.0325: place 1 by meaning, 2 by words"


class TestWidget:
    def test_it_shows_what_find_gives(self, widget, source):
        for how in HOW:
            widget.how = how
            hits = find(QUESTION, how, source)
            assert widget.found() == hits
            assert [hit["link"] for hit in widget.answer["hits"]] == [PASSAGES[hit.number].id for hit in hits]
            assert [hit["rated"] for hit in widget.answer["hits"]] == [rated(hit, how) for hit in hits]
        assert widget.answer["asked"] == {"text": QUESTION, "how": "both"}
        json.dumps(widget.answer, allow_nan=False)

    def test_words_of_the_question_are_marked_in_title_and_excerpt(self, widget):
        widget.how, widget.text = "words", "heading of honey"
        first = widget.answer["hits"][0]
        assert ("Heading", True) in first["title"]
        assert ("honey", True) in first["excerpt"]

    def test_the_summary_says_how_many_by_what_and_the_best(self, widget):
        widget.how, widget.text = "words", "honey"
        best = PASSAGES[widget.found()[0].number]
        score = widget.found()[0].score
        said = f"2 of 7 passages, by words. Best: {name_of(best)} (BM25 {score:.1f})."
        assert widget.answer["summary"] == said

    def test_the_text_form_has_all_of_it(self, widget):
        asked, *lines = repr(widget).splitlines()
        assert asked == f"You asked: {widget.text}"
        assert len(lines) == 3 * HITS + 1
        best = PASSAGES[widget.found()[0].number]
        assert lines[0] == f"1. {name_of(best)} ({rated(widget.found()[0], 'meaning')})"
        assert lines[1].strip() == excerpt(best.text, {})
        assert lines[2].strip() == best.id
        assert lines[-1] == widget.answer["summary"]

    def test_nothing_asked_and_nothing_found_are_said(self, widget):
        widget.text = " "
        assert (widget.answer["hits"], widget.answer["summary"], repr(widget)) == ([], EMPTY, EMPTY)
        widget.text, widget.how = "zebra", "words"
        assert (widget.answer["hits"], widget.answer["summary"], repr(widget)) == ([], NOTHING, NOTHING)

    def test_a_long_question_is_cut_and_it_says_so(self, widget):
        widget.how, widget.text = "words", "bees " * 1200 + "honey"
        assert widget.answer["notes"] == ["The question has 6,005 characters: the first 5,000 count."]
        assert repr(widget).startswith(widget.answer["notes"][0])
        widget.text = " " * MOST_CHARACTERS + "honey"
        assert widget.answer["summary"] == EMPTY

    def test_passages_of_ones_own_have_titles_and_no_links(self):
        own = [Passage(f"notes.md#{number}", "", "Notes", text) for number, text in enumerate(TEXTS)]
        widget = live_search(encode, own, encode(TEXTS), "honey", how="words")
        assert {hit["link"] for hit in widget.answer["hits"]} == {""}
        assert "notes.md" not in repr(widget)

    def test_an_error_of_the_encoder_is_shown(self, source):
        def moody(texts: list[str]) -> torch.Tensor:
            return encode(texts) * (math.nan if "boom" in texts[0] else 1)

        widget = live_search(moody, PASSAGES, source.vectors)
        widget.text = "boom"
        assert widget.answer["problem"].startswith("ValueError: queries hold NaN")
        widget.text = "bees"
        assert len(widget.answer["hits"]) == HITS

    def test_no_other_way_can_be_set(self, widget):
        with pytest.raises(traitlets.TraitError):
            widget.how = "magic"
