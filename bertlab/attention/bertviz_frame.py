"""A frame in which BertViz draws without a network, small enough to stay in a notebook.

BertViz fetches d3, jQuery and require.js from a CDN. Here d3 is that of the installed package mpld3, and
`bertviz.js` stands in for the handful of jQuery and require.js calls that BertViz makes. d3 and the attention
travel compressed, in base64: a tenth of the size, and no token can end a script or an attribute.
"""

import base64
import re
import zlib
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

from bertlab.views.live import static

SCRIPT = '\n<script type="text/javascript">\n'
"""What BertViz puts before its scripts. No token can hold it: in JSON a line break is written \\n."""


@dataclass(frozen=True, repr=False)
class BertVizFrame:
    """What a notebook shows of one view: the frame in JupyterLab, the title and the table everywhere else.

    Example: `frame(title, table, html)` makes one of a page of BertViz.
    """

    title: str
    table: str
    markup: str
    scripts: str = field(repr=False)

    def __repr__(self) -> str:
        return f"{self.title}\n{self.table}"

    def _repr_html_(self) -> str:
        packed = base64.b64encode(zlib.compress((d3() + self.scripts).encode())).decode()
        page = (
            f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><style>{static("attention/bertviz.css")}</style>'
            f'<body>{self.markup}<script>{static("attention/bertviz.js")}\nstart("{packed}");</script></body></html>'
        )
        # An untrusted notebook, such as a fresh clone opened for reading, keeps nothing of this but the line of text.
        return (
            f'<div><iframe title="{escape(self.title)}" srcdoc="{escape(page)}" '
            'style="width: 100%; height: 30em; border: 0"></iframe>'
            f"<p>{escape(self.title)} If nothing is drawn above, run the cell or trust the notebook.</p></div>"
        )


def frame(title: str, table: str, html: str) -> BertVizFrame:
    """Take BertViz's page apart and put it into a frame; the same page always gives the same frame.

    Example: `frame("Head view", table, bertviz.head_view(attention, tokens, html_action="return").data)`

    Left out are the script that would fetch require.js, the random name of the picture, and the second copy of the
    attention, which gets into a comment of BertViz's own code.
    """
    markup, *scripts = html.split(SCRIPT)
    markup = re.sub("<script.*?</script>", "", markup)
    code = ";\n".join(script.removesuffix("\n</script>\n") for script in scripts)
    code = re.sub("// HACK: .*", "", code)
    return BertVizFrame(title, table, *(re.sub("bertviz-[0-9a-f]{32}", "bertviz", part) for part in (markup, code)))


@cache
def d3() -> str:
    """Read d3 5.7, the version that BertViz asks for, from the installed package mpld3, without importing that.

    Example: `d3().startswith("// https://d3js.org v5.7.0")`
    """
    spec = find_spec("mpld3")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("BertViz needs d3, which comes with the package mpld3: pip install mpld3")
    return Path(spec.origin).with_name("js").joinpath("d3.v5.min.js").read_text(encoding="utf-8")
