"""What a notebook's outputs may hold: rules over the notebook's JSON, each returning a list of complaints."""

import json
import re
from collections.abc import Iterator

MAX_BYTES = 3_000_000

NETWORK = re.compile(
    r"""(?:\b(?:src|srcset|poster)\\?["']?\s*[=:]            # pictures, scripts, frames
      | \b(?:data|xlink:href)\s*=
      | <link\b[^>]*\bhref\s*=                            # style sheets
      | \burl\( | @import\b
      | \b(?:fetch|import|importScripts|require)\(
      | \b(?:import|from)\b )
      [\s\\"'\[]* (?:https?:)?// [\w\[]""",
    re.VERBOSE | re.IGNORECASE,
)
"""Something that a browser fetches by itself; a link to click is none of these."""

MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:home|Users|root|tmp|usr|opt|work|private|var/folders)/\w|site-packages|[A-Z]:\\+Users"
)


def outputs(nb: dict) -> Iterator[tuple[dict, dict]]:
    for cell in nb["cells"]:
        for output in cell.get("outputs", []):
            yield cell, output


def as_text(value: object) -> str:
    """The text of a source, a stream or one entry of an output, with embedded pictures left out."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return re.sub(r"base64,[A-Za-z0-9+/=\\n]+", "", text)


def errors(nb: dict) -> list[str]:
    """No cell failed, unless its tag says that failing is what it shows."""
    return [
        f"cell {cell['id']}: {output['ename']}, without the tag raises-exception"
        for cell, output in outputs(nb)
        if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", [])
    ]


def network(nb: dict) -> list[str]:
    """Nothing that is shown, prose and saved widgets included, is fetched from elsewhere."""
    places = [(f"cell {cell['id']}", cell["source"]) for cell in nb["cells"] if cell["cell_type"] == "markdown"]
    for cell, output in outputs(nb):
        shown = {mime: value for mime, value in output.get("data", {}).items() if mime != "text/plain"}
        places += [(f"cell {cell['id']}", as_text(value)) for value in shown.values()]
    places.append(("saved widgets", as_text(nb["metadata"].get("widgets", {}))))
    return [
        f"{place}: loads from the network: {found.group()}"
        for place, text in places
        if (found := NETWORK.search(text) or re.search(r"!\[[^]]*\]\(\s*<?(?:https?:)?//", text))
    ]


def size(nb: dict) -> list[str]:
    """The notebook stays below 3 MB, so that it opens at once and its history stays small."""
    count = len(json.dumps(nb, ensure_ascii=False).encode())
    return [] if count <= MAX_BYTES else [f"{count:,} bytes: at most {MAX_BYTES:,}"]


def alt_texts(nb: dict) -> list[str]:
    """Every picture says in words what it shows.

    JupyterLab 4.6 ignores the `alt` that an image/png output carries in its metadata, so that a picture has to come as
    HTML: `<img alt="..." src="data:image/png;base64,...">`. That survives in a notebook which is not trusted yet.
    """
    complaints = []
    for cell in nb["cells"]:
        if cell["cell_type"] == "markdown" and re.search(r"!\[\s*\]\(", cell["source"]):
            complaints.append(f"cell {cell['id']}: ![](...) needs a text between its brackets")
        bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
        if any("text/html" not in data and any(mime.startswith("image/") for mime in data) for data in bundles):
            complaints.append(
                f"cell {cell['id']}: show the picture as HTML, <img alt=...>; JupyterLab drops its alt text"
            )
        html = "\n".join(as_text(data.get("text/html", "")) for data in bundles)
        html += cell["source"] if cell["cell_type"] == "markdown" else ""
        if any(
            not re.search(r"\balt\s*=\s*(\"\s*[^\"\s]|'\s*[^'\s])", tag) for tag in re.findall(r"<img\b[^>]*>", html)
        ):
            complaints.append(f"cell {cell['id']}: an <img> has no alt text")
    return complaints


def machine_paths(nb: dict) -> list[str]:
    """No path of the machine it was run on is left in a source or an output."""
    places = [(cell["id"], cell["source"]) for cell in nb["cells"]]
    for cell, output in outputs(nb):
        shown = {mime: value for mime, value in output.get("data", {}).items() if not mime.startswith("image/")}
        lines = [output.get("text", ""), *output.get("traceback", []), *shown.values()]
        places += [(cell["id"], as_text(line)) for line in lines]
    return [f"cell {name}: path {found.group()}..." for name, text in places if (found := MACHINE_PATH.search(text))]
