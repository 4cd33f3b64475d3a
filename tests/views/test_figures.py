"""Figures: alt text is there and escaped, the image is a PNG of the promised size, no figure stays open."""

import base64
import re
import struct

import pytest
from matplotlib import pyplot

from bertlab.views.figures import show, subplots


def test_a_figure_becomes_an_image_with_alt_text() -> None:
    figure, axes = subplots(width=5, height=2)
    axes.plot([1, 2], [3, 4])
    shown = show(figure, 'Loss & "accuracy" <rise>.').data
    found = re.fullmatch(r'<img alt="([^"]*)" width="(\d+)" src="data:image/png;base64,([^"]+)">', shown)
    assert found is not None
    assert found[1] == "Loss &amp; &quot;accuracy&quot; &lt;rise&gt;."
    png = base64.b64decode(found[3])
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (2 * int(found[2]), 288)


def test_a_figure_says_what_it_shows() -> None:
    figure, _ = subplots()
    with pytest.raises(ValueError, match="say in words"):
        show(figure, "  ")


def test_axes_come_as_from_pyplot_and_pyplot_knows_nothing_of_them() -> None:
    before = pyplot.get_fignums()
    _, axes = subplots(2, 3)
    assert axes.shape == (2, 3)
    assert pyplot.get_fignums() == before


def test_every_series_has_a_colour_and_a_marker_of_its_own() -> None:
    _, axes = subplots()
    lines = [axes.plot([1, 2], [i, i])[0] for i in range(6)]
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 6
