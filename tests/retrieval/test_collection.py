"""The course's collection is what its questions need; a learner's own; and questions that do not fit, by line."""

import re
from collections import Counter

import pytest

from bertlab.fine_tuning.reading import DataError
from bertlab.retrieval.bm25 import words_of
from bertlab.retrieval.chunking import sentences
from bertlab.retrieval.collection import Collection, Question, load_collection

STOP_WORDS = frozenset(
    words_of("""
    a about after again against all also am an and another any anything are as at be because been before being
    between both but by can could did do does done down during each every few for from get gets give given go
    goes got had has have having he her here him his how i if in into is it its itself just many may me might
    more most much must my never no nor not of off on once one only onto or other our out over quite rather s
    she should since so some someone something still such t than that the their them then there these they this
    those through to too under until up upon us very via was way we were what when where which while who whom
    whose why will with within without would yet you your
""")
)


@pytest.fixture(scope="module")
def collection():
    return load_collection()


def content(text):
    """Words that say something, their endings cut off."""
    found = {re.sub(r"(?<=\w{3})(ing|ies|ed|es|s|e|y)$", "", word) for word in words_of(text) if word not in STOP_WORDS}
    return {word for word in found if len(word) > 1}


class TestTheCoursesOwn:
    def test_sizes(self, collection):
        assert collection.skipped == ()
        assert len(collection.passages) == 320
        assert Counter(passage.id[0] for passage in collection.passages) == {"m": 160, "g": 160}
        lengths = [len(passage.text.split()) for passage in collection.passages]
        assert 45 <= min(lengths) <= max(lengths) <= 110
        for values in zip(*((p.id, p.title, p.text) for p in collection.passages), strict=True):
            assert len(set(values)) == 320
        assert all(passage.subject for passage in collection.passages)

    def test_kinds_and_splits(self, collection):
        counts = Counter((question.kind, question.split) for question in collection.questions)
        assert counts == {
            ("shared", "validation"): 31,
            ("shared", "test"): 63,
            ("other words", "validation"): 35,
            ("other words", "test"): 71,
            ("none", "validation"): 10,
            ("none", "test"): 20,
        }
        for first in "mg":
            part = [question for question in collection.questions if question.id.startswith(first)]
            assert len(part) == 115
            assert 36 <= sum(question.split == "validation" for question in part) <= 39
        assert [len(collection.split(name)) for name in ("validation", "test")] == [76, 154]
        assert len({question.question.lower() for question in collection.questions}) == 230

    def test_answers_stand_once_in_the_first_relevant_passage(self, collection):
        texts = {passage.id: passage.text for passage in collection.passages}
        for question in collection.questions:
            if question.kind == "none":
                assert (question.relevant, question.answer) == ((), "")
            else:
                assert texts[question.relevant[0]].count(question.answer) == 1, question
                assert 1 <= len(question.answer.split()) <= 12, question

    def test_other_words_are_others_than_those_of_the_answering_sentence(self, collection):
        texts = {passage.id: passage.text for passage in collection.passages}
        shared = {"shared": {}, "other words": {}, "none": {}}
        for question in collection.questions:
            if question.relevant:
                text = texts[question.relevant[0]]
                place = text.index(question.answer)
                [sentence] = [part for part in sentences(text) if part.start <= place < part.end]
                if words := content(question.question) & content(sentence.text):
                    shared[question.kind][question.id] = words
        assert shared["other words"] == {}
        assert len(shared["shared"]) >= 85  # of 94: the comparison does find what is shared


@pytest.fixture
def write(tmp_path):
    def write(content, name):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return tmp_path / name

    return write


def test_a_folder_of_ones_own_with_questions(write):
    folder = write("Bees dance. " * 60, "bees.txt").parent / "notes"
    folder.mkdir()
    (folder / "bees.txt").write_text("Bees dance. " * 60)
    (folder / "photo.jpg").write_bytes(b"")
    asked = write('question,relevant\nWho dances?,"bees.txt#1, bees.txt#2"\nWho sings?,\n', "asked.csv")
    found = load_collection(str(folder), questions=asked, words=100)
    assert [len(passage.text.split()) for passage in found.passages] == [100, 20]
    assert found.questions == (
        Question("q1", "", "Who dances?", ("bees.txt#1", "bees.txt#2"), "", "test"),
        Question("q2", "", "Who sings?", (), "", "test"),
    )
    assert [entry.name for entry in found.skipped] == ["photo.jpg"]
    assert found.split("validation") == []
    with pytest.raises(ValueError, match="the split 'train' is none of validation, test"):
        found.split("train")


def test_a_table_of_ones_own(write):
    found = load_collection(write("id,text\nb1,Bees dance.\nb2,\n", "mine.csv"))
    assert ([passage.id for passage in found.passages], found.questions) == (["b1"], ())
    assert isinstance(found, Collection)
    assert found.skipped[0].name == "mine.csv, line 3"


def test_nothing_to_read_is_refused_with_the_reasons(tmp_path, write):
    (tmp_path / "notes").mkdir()
    with pytest.raises(DataError, match=r"notes holds no text that can be read \(it is empty\): give .txt or .md"):
        load_collection(tmp_path / "notes")
    (tmp_path / "notes" / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(DataError, match=r"\(a\.pdf: no \.txt or \.md file\)"):
        load_collection(tmp_path / "notes")
    with pytest.raises(DataError, match="the name must end in"):
        load_collection(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"there is no file .*nowhere\.csv"):
        load_collection(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q2\tWho?\tb9\t\ttest", "there is no passage 'b9': correct the id, or add the passage"),
        ("q2\tWho?\tb1,b1\t\ttest", "a passage is named twice in 'relevant'"),
        ("q1\tWho?\tb1\t\ttest", "the id 'q1' stands also in line 2: give it another"),
        ("q2\t \tb1\t\ttest", "the question is empty"),
        ("q2\tWho?\tb1\t\ttrain", "the split 'train' is none of validation, test"),
        ("q2\tWho?\tb2,b1\tBees\ttest", "the answer 'Bees' does not stand in the first relevant passage"),
        ("q2\tWho?\t\tBees\ttest", "the answer 'Bees' does not stand in the first relevant passage"),
        ("q2\tWho?\tb1", "3 fields, but the header has 5"),
    ],
)
def test_questions_that_do_not_fit_are_refused_by_line(write, line, message):
    passages = write("id\ttext\nb1\tBees dance.\nb2\tWax melts.", "mine.tsv")
    asked = write(f"id\tquestion\trelevant\tanswer\tsplit\nq1\tWho dances?\tb1\tBees\ttest\n{line}\n", "asked.tsv")
    with pytest.raises(DataError, match=re.escape(f"asked.tsv, line 3: {message}")):
        load_collection(passages, questions=asked)
