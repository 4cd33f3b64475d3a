"""Files of the STS Benchmark as they are published, and what only looks like one."""

import pytest

from bertlab.fine_tuning.reading import DataError
from bertlab.sentence_embeddings.sts_benchmark import is_sts_benchmark, read_sts_benchmark, sts_files

LINE = "main-news\theadlines\t2016\t{0}\t3.20{0}\tHe said \"no.\tShe, too, 'said' {0}."


@pytest.fixture
def write(tmp_path):
    def write(content, name="sts-train.csv"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return tmp_path / name

    return write


def test_seven_columns_or_nine_and_quotes_like_any_character(write):
    path = write(LINE.format(1) + "\n" + LINE.format(2) + "\tsource\tsource\n\n")
    assert is_sts_benchmark(path)
    first, second = read_sts_benchmark(path)
    assert first.values == {
        "genre": "main-news",
        "file": "headlines",
        "year": "2016",
        "number": "1",
        "score": "3.201",
        "sentence_a": 'He said "no.',
        "sentence_b": "She, too, 'said' 1.",
        "split": "train",
    }
    assert (second.line, second.values["sentence_b"]) == (2, "She, too, 'said' 2.")


@pytest.mark.parametrize(
    ("name", "split"),
    [("sts-dev.csv", "validation"), ("stsb_test.tsv", "test"), ("STS-Train.csv", "train"), ("constraints.csv", None)],
)
def test_the_name_tells_the_split(write, name, split):
    [row] = read_sts_benchmark(write(LINE.format(1), name))
    assert row.values.get("split") == split


def test_other_files_are_none(write, tmp_path):
    assert not is_sts_benchmark(write("sentence_a,sentence_b,score\n"))
    assert not is_sts_benchmark(write("genre\tfile\tyear\tnumber\tscore\tsentence_a\tsentence_b\n"))
    assert not is_sts_benchmark(write(""))
    assert not is_sts_benchmark(tmp_path / "absent.csv")
    (tmp_path / "latin.csv").write_bytes(LINE.format(1).replace("no", "Caf\u00e9").encode("latin-1"))
    assert not is_sts_benchmark(tmp_path / "latin.csv")


def test_the_files_of_a_folder(write, tmp_path):
    with pytest.raises(DataError, match=r"no file of the STS Benchmark is there: it needs some of sts-train.csv"):
        sts_files(tmp_path)
    for name in ("sts-train.csv", "sts-test.csv", "sts-mini.csv", "other-dev.csv"):
        write(LINE.format(1), name)
    write("About the STS Benchmark, dev and test", "sts-test-readme.txt")
    assert [path.name for path in sts_files(tmp_path)] == ["sts-test.csv", "sts-train.csv"]
    assert sts_files(tmp_path / "sts-mini.csv") == [tmp_path / "sts-mini.csv"]


def test_a_malformed_line_is_named(write):
    path = write(LINE.format(1) + "\nmain-news\theadlines\t2016\t2\t3\tonly one\n")
    with pytest.raises(DataError, match=r"sts-train.csv, line 2: 6 columns, but a pair of the STS Benchmark has 7"):
        read_sts_benchmark(path)
    path.write_bytes((LINE.format(1) + "\n").encode() + b"Caf\xe9")
    with pytest.raises(DataError, match=r"sts-train.csv, line 2: not UTF-8"):
        read_sts_benchmark(path)
