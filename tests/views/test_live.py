"""A live widget answers each change, shows an error instead of losing it, and needs nothing from elsewhere."""

import re

import pytest
import traitlets

from bertlab.views.live import PACKAGE, LiveWidget


class Halves(LiveWidget):
    """Says what half of a number is, and that zero has none."""

    number = traitlets.Int().tag(sync=True, asks=True)
    unrelated = traitlets.Int().tag(sync=True)

    def compute(self):
        return {"half": 2 / self.number}


def test_an_answer_follows_each_change_and_says_what_it_is_for():
    widget = Halves(number=1)
    widget.number = 4
    assert widget.answer == {"asked": {"number": 4}, "half": 0.5}


def test_an_error_after_the_start_becomes_the_answer_and_passes():
    widget = Halves(number=1)
    widget.number = 0
    assert widget.answer == {"asked": {"number": 0}, "problem": "ZeroDivisionError: division by zero"}
    widget.number = 2
    assert widget.answer == {"asked": {"number": 2}, "half": 1.0}


def test_an_error_at_the_start_is_raised():
    with pytest.raises(ZeroDivisionError):
        Halves(number=0)


PAGES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".js", ".css"})


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_loads_nothing_from_elsewhere_and_never_writes_html(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert not re.search(
        r"https?:|@import|url\(|\bimport\b.*from|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", text
    )
