"""CoNLL files as they are found, and each malformed line by its number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.fine_tuning.reading import DataError
from bertlab.token_classification.bio import bio_tags, repair
from bertlab.token_classification.conll import Sentence, blocks, columns_of, notes, read_conll

PLAIN = "Ann\tB-PER\nleft\tO\nNew\tB-LOC\nYork\tI-LOC\n\nSo\tO\n"


@pytest.fixture
def read(tmp_path):
    def read(content, **options):
        path = tmp_path / "mine.conll"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_conll(path, **options)

    return read


def test_words_tags_and_lines(read):
    assert read(PLAIN) == [
        Sentence((1, 2, 3, 4), ("Ann", "left", "New", "York"), ("B-PER", "O", "B-LOC", "I-LOC"), {}),
        Sentence((6,), ("So",), ("O",), {}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace("\t", " "),
        PLAIN.replace("\t", "   "),
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n\n", "\n \t\n"),
    ],
)
def test_the_same_in_other_guises(read, content):
    assert read(content) == read(PLAIN)


def test_more_blank_lines_do_no_harm(read):
    assert [one.words for one in read("\n\n" + PLAIN.replace("\n\n", "\n\n\n") + "\n\n")] == [
        one.words for one in read(PLAIN)
    ]


def test_conll_2003_has_the_tag_last_and_documents(read):
    content = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n-DOCSTART- -X- -X- O\n\n"
    content += "Peter NNP B-NP B-PER\n"
    assert [(one.words, one.tags) for one in read(content)] == [
        (("EU", "rejects"), ("B-ORG", "O")),
        (("Peter",), ("B-PER",)),
    ]
    assert read(content, tag=2)[0].tags == ("B-NP", "B-VP")


def test_iob1_is_repaired_on_request(read):
    content = "EU I-ORG\nin O\nNew I-LOC\nYork I-LOC\nParis B-LOC\n"
    assert read(content, repaired=True)[0].tags == ("B-ORG", "O", "B-LOC", "I-LOC", "B-LOC")


def test_comments_are_passed_over_and_their_notes_kept(read):
    content = "# made by hand\n# genre=news split=test\nAnn B-PER\n# split=train\nleft O\n\n#\n# id=7\nSo O\n\nNo O\n"
    first, second, third = read(content)
    assert first == Sentence((3, 5), ("Ann", "left"), ("B-PER", "O"), {"genre": "news", "split": "test"})
    assert second.about == {"id": "7"}
    assert third.about == {}


def test_a_hash_may_be_a_word(read):
    assert read("Ann B-PER\n# O\n#nlp B-MISC\n\n#1 O\n# O\n")[0].words == ("Ann", "#", "#nlp")
    assert read("Ann\tB-PER\n\n#\tO\n1\tO\n")[1].words == ("#", "1")


def test_other_white_space_is_part_of_a_word(read):
    content = "a\u00a0b O\n\u2028 B-PER\n\u200b I-PER\n\u0085 O\nNew York O\n".replace("New York O", "x O")
    assert read(content)[0].words == ("a\u00a0b", "\u2028", "\u200b", "\u0085", "x")
    assert read("New York\tB-LOC\n")[0].words == ("New York",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Ann B-PER\nleft\n", "mine.conll, line 2: 'left' has no tag: write one behind it, after a tab or a space"),
        ("Ann O\n\u00a0\n", "mine.conll, line 2: '\\xa0' has no tag"),
        ("Ann B-PER\n\nleft VB O\n", "mine.conll, line 3: 3 columns, but the first word of the file has 2: give all"),
        ("Ann\tB-PER\n\tO\n", "mine.conll, line 2: the word or its tag is empty: fill it in, or remove the line"),
        ("Ann\tB-PER\nleft\t\n", "mine.conll, line 2: the word or its tag is empty"),
        ("Ann S-PER\n", "mine.conll, line 1: 'S-PER' is no BIO tag: write O, or B- or I- with a type, such as B-PER; "
         "convert other schemes, such as BIOES, first"),
        ("\nAnn O\n#nlp X\n", "mine.conll, line 3: 'X' is no BIO tag"),
        ("#nlp X\n", "mine.conll, line 1: 'X' is no BIO tag"),
        ("Ann B-PER\n\n# odd\nin O\nYork I-LOC\n", "mine.conll, line 5: I-LOC continues nothing: it follows O; write "
         "B-LOC, or give repaired=True to do so everywhere, as for a file in IOB1"),
        ("Ann B-PER\n\nIn I-PER\n", "mine.conll, line 3: I-PER continues nothing: it begins the sentence; write B-PER"),
        ("Ann B-PER\nYork I-LOC\n", "mine.conll, line 2: I-LOC continues nothing: it follows B-PER"),
        ("", "mine.conll holds no sentences: write a word and its tag on each line, and a blank line between"),
        (" \n# only comments\n-DOCSTART- O\n", "mine.conll holds no sentences"),
        (b"Ann O\nCaf\xe9 O\n", "mine.conll, line 2: not UTF-8; save the file with that encoding"),
    ],
)  # fmt: skip
def test_malformed_lines_are_named(read, content, message):
    with pytest.raises(DataError, match=re.escape(message)):
        read(content)


def test_repairing_does_not_hide_an_unknown_tag(read):
    with pytest.raises(DataError, match="line 2: 'PER' is no BIO tag"):
        read("Ann I-PER\nLee PER\n", repaired=True)


@pytest.mark.parametrize("tag", [2, -3, 7])
def test_a_column_that_is_not_there(read, tag):
    with pytest.raises(DataError, match=f"line 1: there is no column {tag}: there are 2, counted from 0"):
        read(PLAIN, tag=tag)


def test_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.conll", tmp_path):
        with pytest.raises(DataError, match=r"there is no file .*: give its path, seen from"):
            read_conll(path)


@given(st.lists(st.lists(st.tuples(st.sampled_from(["a", "#", "#x", "\u200b"]), st.sampled_from(bio_tags("XY"))),
                         min_size=1, max_size=7), min_size=1, max_size=5), st.sampled_from(["\t", " "]))  # fmt: skip
def test_what_is_written_is_read(tmp_path_factory, sentences, gap):
    words = [("a", *(word for word, _ in one)) for one in sentences]
    tags = [("O", *repair([tag for _, tag in one])) for one in sentences]
    path = tmp_path_factory.getbasetemp() / "written.conll"
    lines = ["\n".join(map(gap.join, zip(*one, strict=True))) for one in zip(words, tags, strict=True)]
    path.write_text("\n\n".join(lines), encoding="utf-8")
    found = read_conll(path)
    assert [one.words for one in found] == words
    assert [one.tags for one in found] == tags


def test_the_parts():
    assert columns_of(" Ann   B-PER ") == ["Ann", "B-PER"]
    assert columns_of("New York\t NNP\tB-LOC") == ["New York", " NNP", "B-LOC"]
    assert notes("## a=b c=d=e") == {"a": "b", "c": "d=e"}
    assert notes("# a=b and more") == notes("#") == notes("# =b") == {}
    assert [about for _, about in blocks(["# a=1", "", "# b=2", "x O", "", "y O"], 2)] == [{"a": "1", "b": "2"}, {}]
