"""The documents keep up with the repository: license, data cards, links."""

import hashlib
import re

import pytest

from bertlab.constants import DATA, ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *DATA.glob("*.md")]


def test_the_license_is_the_standard_text_of_apache_2():
    """The sum is that of the text which apache.org publishes, to the byte."""
    text = (ROOT / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_every_data_file_has_a_card():
    cards = re.findall(r"^## `(.+?)`$", (DATA / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    folders = tuple(card for card in cards if card.endswith("/"))
    files = [path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file()]
    assert [name for name in files if name not in ("README.md", *cards) and not name.startswith(folders)] == []
    assert [card for card in cards if not (DATA / card).exists()] == []


def test_files_are_those_that_their_cards_were_written_for():
    """By their SHA-256, with lines that end in a newline: Git may write other line ends on Windows."""
    cards = re.split(r"^## `(.+?)`$", (DATA / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    said = {name: re.findall(r"`([0-9a-f]{64})`", card) for name, card in zip(cards[1::2], cards[2::2], strict=True)}
    sums = {name: sha256 for name, found in said.items() for sha256 in found if (DATA / name).is_file()}
    assert len(sums) >= 8
    texts = {name: (DATA / name).read_text(encoding="utf-8").encode() for name in sums}
    assert {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()} == sums


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(path):
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    broken = [target for target in targets if not re.match(r"\w+:", target) and not (path.parent / target).exists()]
    assert broken == []


def test_the_readme_shows_both_commands_early_and_stays_short():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    for command in ("python3 -m bertlab study", "python3 -m bertlab test"):
        assert command in "\n".join(lines[:25])
