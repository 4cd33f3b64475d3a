"""Tables are read as they were written, and each malformed one is refused with its line and what to do."""

import csv
import json
import re

import pytest

from bertlab.fine_tuning.reading import DataError, Row, read_rows

COLUMNS = ("text", "label")


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, message, columns=COLUMNS):
    with pytest.raises(DataError, match=re.escape(message)):
        read_rows(path, columns)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_three_formats_hold_the_same_rows(write, ending, mark):
    rows = [Row(2, {"text": "So, so.", "label": "bad"}), Row(4, {"text": "Größer!", "label": "good"})]
    table = {
        "a.csv": ["text,label", '"So, so.",bad', "", "Größer!,good"],
        "a.tsv": ["text\tlabel", "So, so.\tbad", "", "Größer!\tgood"],
        "a.jsonl": [" ", '{"text": "So, so.", "label": "bad"}', "", '{"text": "Gr\\u00f6\\u00dfer!", "label": "good"}'],
    }
    for name, lines in table.items():
        assert read_rows(write(name, mark + ending.join(lines) + ending), COLUMNS) == rows, name


def test_what_a_library_writes_is_read(tmp_path):
    texts = ['He said "no", twice.', "a\nb", "tab\there", "' \"", ",", "  kept  "]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *((text, "x") for text in texts)])
    with (tmp_path / "a.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text, "label": "x"}) + "\n" for text in texts)
    for name in ("a.csv", "a.jsonl"):
        assert [row.values["text"] for row in read_rows(tmp_path / name, COLUMNS)] == texts, name


def test_a_quote_in_a_tsv_file_is_a_character_like_any_other(write):
    path = write("a.tsv", 'text\tlabel\n"Great" they said\tgood\n"\tbad\n')
    assert [row.values["text"] for row in read_rows(path, COLUMNS)] == ['"Great" they said', '"']


def test_a_line_break_within_quotes_does_not_shift_the_numbers_of_lines(write):
    path = write("a.csv", 'text,label\n"one\ntwo\n\nfour",good\nplain,bad\n"x\ny",good\nlast,bad\n')
    rows = read_rows(path, COLUMNS)
    assert [row.line for row in rows] == [2, 6, 7, 9]
    assert rows[0].values["text"] == "one\ntwo\n\nfour"


def test_a_mistake_after_a_quoted_line_break_is_named_by_its_own_line(write):
    path = write("a.csv", 'text,label\n"one\ntwo",good\nplain,bad,more\n')
    refused(path, "a.csv, line 4: 3 fields, but the header has 2: text, label")


def test_values_in_json_become_text(write):
    path = write("a.jsonl", '{"text": "Fine.", "label": 4, "stars": null, "sure": true}\n')
    assert read_rows(path, COLUMNS) == [Row(1, {"text": "Fine.", "label": "4", "stars": "", "sure": "True"})]


def test_json_objects_need_not_be_alike(write):
    path = write("a.jsonl", '{"text": "a", "label": "x", "stars": 5}\n{"label": "y", "by": "me", "text": "b"}\n')
    first, second = read_rows(path, COLUMNS)
    assert first.values == {"text": "a", "label": "x", "stars": "5", "by": ""}
    assert second.values == {"text": "b", "label": "y", "stars": "", "by": "me"}
    assert [*first.values] == [*second.values]


@pytest.mark.parametrize("name", ["a.txt", "a.csv.gz", "a", "csv"])
def test_another_format_is_refused_before_it_is_looked_for(tmp_path, name):
    refused(tmp_path / name, f"{name}: the name must end in .csv, .tsv, .jsonl, which says how to read it")


def test_a_missing_file_is_named_with_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(tmp_path / "no.csv", f"there is no file {tmp_path / 'no.csv'}: give its path, seen from {tmp_path}")


@pytest.mark.parametrize("content", ["", "\n\n", "text,label\n"])
def test_a_file_without_rows_is_refused(write, content):
    refused(write("a.csv", content), "a.csv holds no rows")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_line_that_is_not_utf_8_is_named(write, mark):
    latin = b"text,label\nfine,good\n\xe9t\xe9,bad\n"
    refused(write("a.csv", mark + latin), "a.csv, line 3: not UTF-8; save the file with that encoding")


def test_utf_16_is_refused(write):
    refused(write("a.tsv", "text\tlabel\n".encode("utf-16")), "a.tsv, line 1: not UTF-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('text,label\nfine,good\n"not closed,bad\nplain,good\n', "a.csv, line 3: unexpected end of data; check"),
        ('text,label\n"closed" too early,bad\n', "a.csv, line 2: ',' expected after '\"'; check the quotes"),
        ("text,label\nfine,good\nyes, but,bad\n", "a.csv, line 3: 3 fields, but the header has 2: text, label"),
        ("text,label\nfine,good\n\nfine\n", "a.csv, line 4: 1 fields, but the header has 2: text, label"),
        ("review,label\nfine,good\n", "a.csv, line 2: there is no column 'text', but 'review', 'label'"),
    ],
)
def test_a_malformed_csv_file_is_refused_by_line(write, content, message):
    refused(write("a.csv", content), message)


def test_a_quote_that_swallows_lines_is_named_where_it_begins(write):
    refused(write("a.csv", 'text,label\n"open,bad\nfine,good\nshe said "no",bad\n'), "a.csv, line 2: ")


def test_a_tsv_line_with_a_field_too_few_or_too_many_is_refused(write):
    refused(write("a.tsv", "text\tlabel\nfine\tgood\nfine good\n"), "a.tsv, line 3: 1 fields, but the header has 2")
    refused(write("b.tsv", "text\tlabel\nfine\tgood\t\n"), "b.tsv, line 2: 3 fields, but the header has 2")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('{"text": "Hi", "label": }', "a.jsonl, line 3: no valid JSON: Expecting value at character 25"),
        ('{"text": "Hi", "label": "x"', "a.jsonl, line 3: no valid JSON: Expecting ',' delimiter at character 28"),
        ('["Hi", "x"]', 'a.jsonl, line 3: expected an object such as {"text": "...", "label": "..."}'),
        ("3", 'a.jsonl, line 3: expected an object such as {"text": "...", "label": "..."}'),
        ('{"text": "Hi"}', "a.jsonl, line 3: there is no column 'label', but 'text'"),
    ],
)
def test_a_malformed_json_line_is_refused_by_line(write, source, message):
    refused(write("a.jsonl", f'{{"text": "a", "label": "x"}}\n\n{source}\n'), message)


def test_a_missing_column_is_named_for_each_that_is_asked_for(write):
    path = write("a.tsv", "premise\tlabel\nfine\tgood\n")
    refused(path, "there is no column 'hypothesis', but 'premise', 'label'", ("premise", "hypothesis", "label"))
