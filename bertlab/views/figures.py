"""Figures for a notebook: one look for all of them, and each with its text in words.

JupyterLab ignores the alt text of an `image/png` output, so a figure is shown as an `<img>` in HTML. Figures are made
without pyplot: nothing is displayed twice, and nothing stays open.
"""

import base64
import html
import io
from typing import Any

import matplotlib.style
from IPython.display import HTML
from matplotlib.figure import Figure
from PIL import Image

from bertlab.views.live import PACKAGE

STYLE = str(PACKAGE / "views" / "figures.mplstyle")
DOTS_PER_INCH = 144  # twice what is shown, for screens with small pixels
COLORS = 128  # enough for lines, bars and a color map, and a third of the bytes: figures are kept in the notebooks


def subplots(
    rows: int = 1, columns: int = 1, width: int | float = 7, height: int | float = 3.2, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure, its size in inches, and its axes: one, or an array of them as in `matplotlib.pyplot.subplots`.

    Example: `figure, axes = subplots(1, 2, sharey=True)`
    """
    with matplotlib.style.context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(rows, columns, **options)


def show(figure: Figure, alt: str) -> HTML:
    """Return the figure as a notebook shows it. Example: `show(figure, "Loss falls from 4.1 to 0.9 in 300 steps.")`

    `alt` says in words what there is to see, for those who do not see it: axes, and what stands out. ValueError if it
    is blank.
    """
    if not alt.strip():
        raise ValueError("alt is blank: say in words what the figure shows")
    drawn, image = io.BytesIO(), io.BytesIO()
    with matplotlib.style.context(STYLE):
        figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH)
    Image.open(drawn).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(image, "png", optimize=True)
    source = base64.b64encode(image.getvalue()).decode()
    width = round(figure.get_figwidth() * DOTS_PER_INCH / 2)
    return HTML(f'<img alt="{html.escape(alt)}" width="{width}" src="data:image/png;base64,{source}">')
