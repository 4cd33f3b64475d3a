"""Splits of tagged sentences, from one file or several, and the format of the course's own file."""

import re
from collections import Counter

import pytest

from bertlab.fine_tuning.reading import DataError
from bertlab.token_classification import tagged
from bertlab.token_classification.bio import entities_of, is_valid
from bertlab.token_classification.tagged import SPLITS, TaggedSentences, load_tagged

NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
FIVE = TaggedSentences(
    words=(("a",), ("b", "c"), ("d",), ("e", "f", "g"), ("h",)),
    tags=(("O",), ("B-PER", "I-PER"), ("O",), ("O", "B-LOC", "O"), ("O",)),
    names=NAMES,
    columns={"genre": tuple("xyxyy")},
)
OWN = """\
# genre=news split=train
Ann\tB-PER\tB-PER
left\tO\tO
New\tB-LOC\tB-PER
York\tI-LOC\tI-PER

# genre=sports split=validation
So\tO\tB-LOC

# genre=news split=train
Rome\tB-LOC\tB-LOC
.\tO\tO

# genre=stories split=test
Lee\tB-PER\tO
fell\tO\tO
"""


@pytest.fixture
def write(tmp_path):
    def write(content, name="mine.conll"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    return write


def sentences(count, tag="B-PER", start=0):
    return "\n".join(f"word{number} {tag}\nis O\n" for number in range(start, start + count))


class TestTaggedSentences:
    def test_picking_keeps_the_order_and_all_columns(self):
        picked = FIVE.pick(number for number in (3, 0))
        assert picked == TaggedSentences(
            (("e", "f", "g"), ("a",)), (("O", "B-LOC", "O"), ("O",)), NAMES, {"genre": ("y", "x")}
        )
        assert len(picked) == 2

    def test_sentences_of_a_genre(self):
        assert FIVE.where("genre", "x").words == (("a",), ("d",))
        assert len(FIVE.where("genre", "none such")) == 0
        with pytest.raises(KeyError, match="domain"):
            FIVE.where("domain", "x")

    def test_a_sample_holds_the_smaller_ones(self):
        small, large = FIVE.sample(2, 3), FIVE.sample(4, 3)
        assert set(small.words) < set(large.words)
        assert FIVE.sample(5, 3) == FIVE.sample(5, 3)
        assert len({FIVE.sample(5, seed).words for seed in range(7)}) > 1
        assert len(FIVE.sample(0, 3)) == 0
        with pytest.raises(ValueError, match="6 sentences cannot be drawn from 5: ask for fewer"):
            FIVE.sample(6, 3)


class TestTheCoursesOwnFormat:
    @pytest.fixture(autouse=True)
    def own(self, write, tmp_path, monkeypatch):
        write(OWN, "entities.tsv")
        monkeypatch.setattr(tagged, "DATA", tmp_path)

    def test_the_checked_tags(self):
        splits = load_tagged()
        assert [*splits] == [*SPLITS]
        assert splits["train"] == TaggedSentences(
            words=(("Ann", "left", "New", "York"), ("Rome", ".")),
            tags=(("B-PER", "O", "B-LOC", "I-LOC"), ("B-LOC", "O")),
            names=NAMES,
            columns={"genre": ("news", "news")},
        )
        assert splits["validation"].columns == {"genre": ("sports",)}
        assert splits["test"].words == (("Lee", "fell"),)
        assert splits["test"].names == NAMES

    def test_the_tags_with_planted_mistakes(self):
        checked, planted = load_tagged("entities")["train"], load_tagged("entities", tag=2)["train"]
        assert checked.words == planted.words
        assert planted.tags == (("B-PER", "O", "B-PER", "I-PER"), ("B-LOC", "O"))

    def test_a_copy_under_another_name_has_the_tag_last(self, write):
        path = write(OWN, "copy.tsv")
        assert load_tagged(path) == load_tagged("entities", tag=2) == load_tagged(str(path))
        assert load_tagged(path, tag=1) == load_tagged("entities")


class TestOneFile:
    def test_without_splits_it_is_dealt_out(self, write):
        splits = load_tagged(write(sentences(140)))
        assert {split: len(data) for split, data in splits.items()} == {"train": 98, "validation": 14, "test": 28}
        words = [one for data in splits.values() for one in data.words]
        assert len(set(words)) == 140
        assert words != [(f"word{number}", "is") for number in range(140)]  # shuffled before they are dealt
        assert splits == load_tagged(write(sentences(140)))

    def test_each_type_is_seen_in_training(self, write):
        rare = sentences(1, "B-ORG", 200) + "\n" + sentences(2, "B-LOC", 300)
        splits = load_tagged(write(sentences(140) + "\n" + rare))
        assert splits["train"].names == ("O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER")

    def test_equal_sentences_stay_together(self, write):
        content = "\n".join(f"{'Word' if number % 2 else 'WORD'} B-PER\n{number % 37} O\n" for number in range(140))
        where: dict = {}
        for split, data in load_tagged(write(content)).items():
            for words in data.words:
                where.setdefault(words[1], set()).add(split)
        assert len(where) == 37
        assert all(len(splits) == 1 for splits in where.values())

    def test_where_none_is_for_validation_a_tenth_of_the_training_split_is(self, write):
        blocks = sentences(130).split("\n\n")
        content = "\n\n".join(f"# split={'test' if n < 30 else 'train'}\n{one}" for n, one in enumerate(blocks))
        splits = load_tagged(write(content))
        assert {split: len(data) for split, data in splits.items()} == {"train": 90, "validation": 10, "test": 30}
        assert splits["test"].words == tuple((f"word{n}", "is") for n in range(30))

    def test_notes_that_only_some_have(self, write):
        content = "# split=train\nAnn B-PER\n\n# split=train genre=news\nSo O\n\n# split=test id=3\nNo O\n"
        splits = load_tagged(write(content))
        assert splits["train"].columns == {"genre": ("", "news"), "id": ("", "")}
        assert splits["test"].columns == {"genre": ("",), "id": ("3",)}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("# split=train\nAnn B-PER\n\n# split=dev\nSo O\n", "mine.conll, line 5: the split 'dev' is none of train, "
             "validation, test: write a line such as # split=train before the sentence"),
            ("# split=train\nAnn B-PER\n\nSo O\n", "mine.conll, line 4: the split '' is none of"),
            ("# split=train\nAnn O\n\n# split=test\nLee B-PER\n", "mine.conll: the training split has no entity"),
            ("# split=test\nLee B-PER\n", "mine.conll: the training split has no entity: tag some, or put tagged"),
            ("# split=train\nAnn B-PER\n\n# split=test\nin O\nRome B-LOC\n", "mine.conll, line 6: B-LOC has a type "
             "that does not occur in the training split, which has PER: correct it, or tag some there"),
            ("Ann O\nleft O\n", "mine.conll: the training split has no entity"),
            ("Ann I-PER\n", "mine.conll, line 1: I-PER continues nothing"),
            ("", "mine.conll holds no sentences"),
        ],
    )  # fmt: skip
    def test_what_is_unfit_is_refused(self, write, content, message):
        with pytest.raises(DataError, match=re.escape(message)):
            load_tagged(write(content))

    def test_iob1(self, write):
        path = write("# split=train\nAnn I-PER\nLee B-PER\n")
        assert load_tagged(path, repaired=True)["train"].tags == (("B-PER", "B-PER"),)

    def test_no_such_file(self, tmp_path):
        with pytest.raises(DataError, match="there is no file"):
            load_tagged(tmp_path / "none.conll")


class TestAFileForEachSplit:
    @pytest.mark.parametrize(
        "names",
        [
            ("train.conll", "validation.conll", "test.conll"),
            ("train.txt", "dev.txt", "test.txt"),
            ("Train.tsv", "valid.tsv", "TEST.tsv"),
            ("eng.train", "eng.testa", "eng.testb"),
        ],
    )
    def test_a_folder(self, write, names):
        for start, name in enumerate(names):
            path = write(sentences(start + 2, start=10 * start), f"own/{name}")
        write("not read", "own/README.md")
        splits = load_tagged(path.parent)
        assert {split: len(data) for split, data in splits.items()} == {"train": 2, "validation": 3, "test": 4}
        assert splits["test"].words[0] == ("word20", "is")

    def test_three_paths_in_their_order(self, write):
        paths = [write(sentences(count, start=count), f"{count}.conll") for count in (5, 1, 3)]
        splits = load_tagged(paths)
        assert [len(data) for data in splits.values()] == [5, 1, 3]
        assert splits == load_tagged(tuple(map(str, paths)))

    def test_without_validation_a_tenth_of_the_training_file_is(self, write):
        write(sentences(140), "own/train.conll")
        path = write(sentences(7, start=200), "own/test.conll")
        splits = load_tagged(path.parent)
        assert [len(data) for data in splits.values()] == [126, 14, 7]
        assert Counter(map(len, splits["test"].words)) == {2: 7}

    def test_the_file_says_the_split_whatever_a_comment_does(self, write):
        paths = [write("# split=test genre=news\n" + sentences(2), f"{name}.conll") for name in "abc"]
        splits = load_tagged(paths)
        assert [len(data) for data in splits.values()] == [2, 2, 2]
        assert splits["train"].columns == {"genre": ("news", "")}

    def test_folders_that_leave_a_doubt_are_refused(self, write):
        path = write(sentences(2), "own/train.conll")
        with pytest.raises(DataError, match=r"own: no file for the split 'test': name one file test.conll, or give"):
            load_tagged(path.parent)
        write(sentences(2), "own/test.conll")
        write(sentences(2), "own/train.txt")
        with pytest.raises(DataError, match=r"train.conll, train.txt for the split 'train': name one file"):
            load_tagged(path.parent)

    def test_another_number_of_files_is_refused(self, write):
        with pytest.raises(DataError, match="1 files: give three, for training, validation and test"):
            load_tagged([write(sentences(2))])

    def test_an_error_names_the_file_of_its_split(self, write):
        paths = [write(sentences(2), "a.conll"), write(sentences(2), "b.conll"), write("x B-LOC\n", "c.conll")]
        with pytest.raises(DataError, match=r"c.conll, line 1: B-LOC has a type that does not occur"):
            load_tagged(paths)


SIZES = {"train": 360, "validation": 80, "test": 120}


def names_of(sentences):
    return [
        " ".join(words[entity.start : entity.end]).casefold()
        for words, tags in zip(sentences.words, sentences.tags, strict=True)
        for entity in entities_of(tags, "strict")
    ]


def runs_of_five(words):
    spoken = [word.casefold() for word in words if word[0].isalnum()]
    return {tuple(spoken[start : start + 5]) for start in range(len(spoken) - 4)}


def test_all_tags_are_valid_and_of_four_types():
    for split, sentences in load_tagged("entities").items():
        assert len(sentences) == SIZES[split]
        assert all(is_valid(tags) for tags in sentences.tags)
        assert len(sentences.names) == 9
        assert {entity.type for tags in sentences.tags for entity in entities_of(tags)} == {"PER", "ORG", "LOC", "MISC"}
        assert len(set(sentences.columns["genre"])) > 10


def test_half_of_the_names_to_test_on_or_more_do_not_occur_in_training():
    found = load_tagged("entities")
    seen, asked = set(names_of(found["train"])), set(names_of(found["test"]))
    assert 0.5 <= sum(name not in seen for name in asked) / len(asked) <= 0.75


def test_no_two_sentences_share_five_words_in_a_row():
    whose = {}
    for split, sentences in load_tagged("entities").items():
        for number, words in enumerate(sentences.words):
            for run in runs_of_five(words):
                assert whose.setdefault(run, (split, number)) == (split, number), run


def test_thirty_training_sentences_have_a_planted_mistake_and_no_others():
    right, planted = load_tagged("entities"), load_tagged("entities", tag=2)
    wrong = {
        split: sum(one != other for one, other in zip(right[split].tags, planted[split].tags, strict=True))
        for split in SIZES
    }
    assert wrong == {"train": 30, "validation": 0, "test": 0}
    assert all(right[split].words == planted[split].words for split in SIZES)
