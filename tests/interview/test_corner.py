"""The interview corner asks first, folds the rest away, and shows whatever a card says as plain text."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.interview.corner import interview_corner, to_html, to_text
from bertlab.interview.deck import Card, Probe, WrongAnswer, load_deck

ALLOWED_TAGS = {"p", "ol", "ul", "li", "details", "summary", "div", "strong", "br", "code", "a"}
"""JupyterLab's sanitiser keeps all of these in a notebook that is not trusted yet."""


class _Page(HTMLParser):
    """What a reader sees at first (`open`), what is folded away, and of which tags and attributes it is made."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.folded = "", ""
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.depth = 0

    @classmethod
    def of(cls, html: str) -> "_Page":
        page = cls()
        page.feed(html)
        page.close()
        return page

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(attrs)
        self.depth += tag == "details"

    def handle_endtag(self, tag):
        self.depth -= tag == "details"

    def handle_data(self, data):
        if self.depth:
            self.folded += data
        else:
            self.open += data


def test_it_shows_the_cards_of_its_topic_in_the_order_of_the_deck():
    cards = interview_corner("tokenization").cards
    assert [card.id for card in cards] == [card.id for card in load_deck() if card.notebook == "tokenization"]


def test_a_topic_without_cards_is_refused_with_those_that_have_some():
    with pytest.raises(ValueError, match=r"no interview card belongs to 'tokenisation': choose one of .*tokenization"):
        interview_corner("tokenisation")


def test_the_text_form_asks_and_gives_nothing_away():
    corner = interview_corner("tokenization")
    for card in corner.cards:
        assert card.question in repr(corner)
        assert card.answer not in repr(corner)
    assert "hard, find the fault" in repr(corner)


def test_the_question_is_open_and_all_the_rest_is_folded():
    page = _Page.of(interview_corner("tokenization")._repr_html_())
    (first, *_) = interview_corner("tokenization").cards
    assert first.question in page.open
    assert "Easy, explain an idea" in page.open
    for text in (first.answer, *first.key_points, first.wrong_answers[1].answer, first.wrong_answers[0].reason):
        assert text.replace("`", "") in page.folded
        assert text.replace("`", "") not in page.open
    assert first.probes[0].question in page.folded
    assert first.probes[0].answer in page.folded
    assert first.phrases[0] in page.folded


def test_nothing_in_it_needs_a_trusted_notebook_or_the_network():
    page = _Page.of(interview_corner("tokenization")._repr_html_())
    assert page.tags <= ALLOWED_TAGS
    assert {name for name, _ in page.attributes} == {"href", "style", "data-lm-suppress-shortcuts"}
    links = {value for name, value in page.attributes if name == "href"}
    assert links == {f"#cell-id={card.cell}" for card in interview_corner("tokenization").cards}


@given(st.text().filter(lambda text: "`" not in text), st.sampled_from(["<b>", "<script>x</script>", "&", '"', "'"]))
def test_whatever_a_card_says_is_shown_as_text(text, markup):
    said = text + markup
    card = Card(
        "a.b", "a", "b", "recall", 1, said, said, (said,), (WrongAnswer(said, said),), (Probe(said, said),), (said,)
    )
    page = _Page.of(to_html([card]))
    assert page.tags <= ALLOWED_TAGS
    assert (page.open + page.folded).count(said) >= 8
    assert said in to_text([card])


def test_backticks_become_code_after_escaping():
    card = load_deck()[0]
    html = to_html([Card(**{**vars(card), "question": "Why is `<b>` not **bold**?"})])
    assert "Why is <code>&lt;b&gt;</code> not **bold**?" in html
