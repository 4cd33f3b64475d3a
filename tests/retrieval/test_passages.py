"""A learner's own folder or table: what is read, and what is skipped by name."""

import pytest

from bertlab.fine_tuning.reading import DataError
from bertlab.retrieval.passages import Passage, Skipped, read_folder, read_table


def test_a_folder(tmp_path):
    (tmp_path / "insects").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.txt").write_text("no text of mine")
    (tmp_path / "insects" / "bees.md").write_text("# Of bees\n\n" + "One two three. " * 5, encoding="utf-8")
    (tmp_path / "wax.TXT").write_text("\ufeffWax melts. Zoë says so.", encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "old.txt").write_bytes("Zoë".encode("latin-1"))
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    passages, skipped = read_folder(tmp_path, words=8)
    assert passages == [
        Passage("wax.TXT#1", "", "wax", "Wax melts. Zoë says so."),
        Passage("insects/bees.md#1", "insects", "Of bees", "# Of bees\n\nOne two three."),
        Passage("insects/bees.md#2", "insects", "Of bees", "One two three. One two three."),
        Passage("insects/bees.md#3", "insects", "Of bees", "One two three. One two three."),
    ]
    assert skipped == [
        Skipped(".git", "a hidden folder"),
        Skipped("empty.txt", "it is empty"),
        Skipped("old.txt", "not UTF-8: save it with that encoding"),
        Skipped("photo.png", "no .txt or .md file"),
    ]


def test_links_that_lead_nowhere_or_round_in_a_circle_are_named(tmp_path):
    (tmp_path / "a.txt").write_text("A text.")
    try:
        (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")
        (tmp_path / "round").symlink_to(tmp_path)
    except OSError:
        pytest.skip("this system lets no one make links")
    passages, skipped = read_folder(tmp_path)
    assert [passage.id for passage in passages] == ["a.txt#1"]
    assert [entry.name for entry in skipped] == ["round", "gone.txt"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="none cannot be opened"):
        read_folder(tmp_path / "none")


@pytest.mark.parametrize(("name", "mark"), [("mine.csv", ","), ("mine.tsv", "\t")])
def test_a_table(tmp_path, name, mark):
    lines = ["id|title|text", "b1|Bees|They dance.", "b2||  ", "b1|Again|Another.", "|Wax|It melts."]
    (tmp_path / name).write_text("\n".join(lines).replace("|", mark), encoding="utf-8")
    passages, skipped = read_table(tmp_path / name)
    assert passages == [Passage("b1", "", "Bees", "They dance."), Passage("5", "", "Wax", "It melts.")]
    assert skipped == [
        Skipped(f"{name}, line 3", "its text is empty"),
        Skipped(f"{name}, line 4", "the id 'b1' was there before"),
    ]


def test_text_alone_is_enough_and_without_it_nothing_is(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "One."}\n{"text": "Two."}')
    assert [passage.id for passage in read_table(path)[0]] == ["1", "2"]
    path.write_text('{"content": "One."}')
    with pytest.raises(DataError, match="line 1: there is no column 'text', but 'content'"):
        read_table(path)
