"""SQuAD's format read, refusals that name the place, and splits that share no passage."""

import json
import re
from collections import Counter

import pytest

from bertlab.fine_tuning.labeled import SPLITS
from bertlab.fine_tuning.reading import DataError
from bertlab.token_classification import answers as module
from bertlab.token_classification.answers import Answer, Question, load_answers, read_squad

NILE = "The Nile flows north. In Cairo the Nile is wide."


def qa(name="1", *answers, **more):
    found = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": name, "question": f"Question {name}?", "answers": found} | more


def document(*qas, context=NILE, **more):
    return {
        "version": "v2.0",
        "data": [{"title": "Rivers", "paragraphs": [{"context": context, "qas": [*qas]}]} | more],
    }


@pytest.fixture
def write(tmp_path):
    def write(content, name="mine.json"):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


class TestReading:
    def test_answers_with_their_places(self, write):
        [question] = read_squad(write(document(qa("7", ("Cairo", 25), ("In Cairo", 22)))))
        assert question == Question(
            "7", "Question 7?", NILE, (Answer("Cairo", 25), Answer("In Cairo", 22)), {"title": "Rivers"}
        )
        assert [NILE[answer.start : answer.end] for answer in question.answers] == ["Cairo", "In Cairo"]

    @pytest.mark.parametrize("more", [{}, {"is_impossible": True}])
    def test_no_answers_means_unanswerable(self, write, more):
        plausible = [{"text": "nowhere in the passage", "answer_start": 99}]
        [question] = read_squad(write(document(qa("1", plausible_answers=plausible, **more))))
        assert question.answers == ()

    def test_notes_of_article_paragraph_and_question(self, write):
        content = document(qa("1", why="no such thing", genre="own"), qa("2"), genre="nature", license=3)
        content["data"][0]["paragraphs"][0]["split"] = "train"
        first, second = read_squad(write(content))
        assert first.about == {"title": "Rivers", "genre": "own", "split": "train", "why": "no such thing"}
        assert second.about == {"title": "Rivers", "genre": "nature", "split": "train"}

    def test_characters_are_counted_not_bytes(self, write):
        passage = "Zoë 🦆 and Łukasz met in Łódź."
        [question] = read_squad(write("\ufeff" + json.dumps(document(qa("1", ("Łódź", 24)), context=passage))))
        assert question.answers[0] == ("Łódź", 24)

    def test_a_missing_file_and_other_encodings(self, tmp_path):
        with pytest.raises(DataError, match=r"there is no file .*none\.json: give its path, seen from"):
            read_squad(tmp_path / "none.json")
        with pytest.raises(DataError, match="there is no file"):
            read_squad(tmp_path)
        (tmp_path / "old.json").write_bytes('{"data":\n"é"}'.encode("latin-1"))
        with pytest.raises(DataError, match=r"old\.json, line 2: not UTF-8; save the file with that encoding"):
            read_squad(tmp_path / "old.json")


def without(part, key):
    return {name: value for name, value in part.items() if name != key}


PLACE = "mine.json, 'Rivers', paragraph 1"
ARTICLE = document(qa())["data"][0]
PARAGRAPH = ARTICLE["paragraphs"][0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"data": [\n{"title" 3}]}',
            "mine.json, line 2: no valid JSON: Expecting ':' delimiter at character 10; correct",
        ),
        ("[]", 'mine.json: expected an object with "data", not []'),
        ({"version": "v2.0"}, "mine.json: there is no \"data\", but 'version': add it"),
        ({"data": {}}, 'mine.json: "data" must be a list [...], not {}'),
        ({"data": []}, 'mine.json holds no questions: write some into the "qas" of its paragraphs'),
        (document(), "mine.json holds no questions"),
        ({"data": [ARTICLE, {}]}, 'mine.json, article 2: there is no "paragraphs", but nothing: add it'),
        ({"data": [ARTICLE, "Lakes"]}, 'mine.json, article 2: expected an object with "paragraphs", not "Lakes"'),
        (
            {"data": [{"paragraphs": [PARAGRAPH, without(PARAGRAPH, "context")]}]},
            "mine.json, article 1, paragraph 2: there is no \"context\", but 'qas': add it",
        ),
        (
            {"data": [ARTICLE | {"paragraphs": [PARAGRAPH, without(PARAGRAPH, "qas")]}]},
            "mine.json, 'Rivers', paragraph 2: there is no \"qas\", but 'context': add it",
        ),
        (document(qa(), context=" \n"), f'{PLACE}: "context" is empty: fill it in, or remove this part'),
        (document(qa(), without(qa(), "id")), f'{PLACE}, question number 2: there is no "id", but'),
        (document(qa() | {"id": 7}), f'{PLACE}, question number 1: "id" must be a text, not 7'),
        (document(without(qa("q7"), "question")), f'{PLACE}, question q7: there is no "question", but'),
        (document(without(qa("q7"), "answers")), f'{PLACE}, question q7: there is no "answers", but'),
        (
            document(qa("q7") | {"answers": [{"text": "Cairo"}]}),
            f"{PLACE}, question q7: there is no \"answer_start\", but 'text': add it",
        ),
        (document(qa("q7", ("Cairo", "25"))), f'{PLACE}, question q7: "answer_start" must be a whole number, not "25"'),
        (document(qa("q7", ("Cairo", True))), f'{PLACE}, question q7: "answer_start" must be a whole number, not true'),
        (document(qa("q7", ("", 25))), f'{PLACE}, question q7: "text" is empty'),
        (
            document(qa("q7") | {"answers": ["Cairo"]}),
            f'{PLACE}, question q7: expected an object with "text", not "Cairo"',
        ),
        (document(qa(is_impossible="no")), f'{PLACE}, question 1: "is_impossible" must be true or false, not "no"'),
        (
            document(qa("q7", ("Cairo", 24))),
            f"{PLACE}, question q7: the answer 'Cairo' begins at character 24, where the passage has ' Cair': "
            'write "answer_start": 25',
        ),
        (
            document(qa("q7", ("Nile", 30))),  # it stands twice: the nearer one
            f"{PLACE}, question q7: the answer 'Nile' begins at character 30, where the passage has ' the': "
            'write "answer_start": 35',
        ),
        (
            document(qa("q7", ("cairo", 25))),
            f"{PLACE}, question q7: the answer 'cairo' begins at character 25, where the passage has 'Cairo': "
            "copy the answer from the passage letter by letter",
        ),
        (
            document(qa("q7", ("Cairo", 25), ("wide.", 44))),
            f"{PLACE}, question q7: the answer 'wide.' begins at character 44, outside the passage, which has 48 "
            'characters: write "answer_start": 43',
        ),
        (
            document(qa("q7", ("wide.", -5))),  # Python would count from the end
            f"{PLACE}, question q7: the answer 'wide.' begins at character -5, outside the passage",
        ),
        (
            document(qa("q7", ("Cairo", 25), is_impossible=True)),
            f"{PLACE}, question q7: \"is_impossible\" is true, but there is the answer 'Cairo': write false, or empty",
        ),
        (
            document(qa("q7", is_impossible=False)),
            f'{PLACE}, question q7: there is no answer: add one, or write "is_impossible": true',
        ),
        (
            {"data": [ARTICLE, ARTICLE | {"title": "Lakes", "paragraphs": [PARAGRAPH | {"qas": []}, PARAGRAPH]}]},
            f"mine.json, 'Lakes', paragraph 2, question 1: this id stands also in {PLACE}: give each question an id of",
        ),
    ],
)
def test_malformed_files_are_refused_by_place(write, content, message):
    with pytest.raises(DataError, match=re.escape(message)):
        read_squad(write(content))


def many(count, **more):
    """An article with this many passages, each with two questions."""
    blocks = [{"context": f"Passage {n}.", "qas": [qa(f"{n}a"), qa(f"{n}b", (f"{n}", 8))]} for n in range(count)]
    return {"title": "Many", "paragraphs": blocks} | more


def ids(splits):
    return {split: [question.id for question in questions] for split, questions in splits.items()}


class TestSplits:
    def test_dealt_out_by_passage(self, write):
        splits = load_answers(write({"data": [many(130)]}))
        passages = [{question.passage for question in splits[split]} for split in SPLITS]
        assert [len(found) for found in passages] == [91, 13, 26]
        assert len(set.union(*passages)) == 130
        assert sum(map(len, splits.values())) == 260
        assert splits == load_answers(str(write({"data": [many(130)]})))

    def test_as_the_file_says(self, write):
        content = {"data": [many(3, split="train")]}
        content["data"][0]["paragraphs"][1]["split"] = "test"
        content["data"][0]["paragraphs"][2]["split"] = "validation"
        assert ids(load_answers(write(content))) == {
            "train": ["0a", "0b"],
            "validation": ["2a", "2b"],
            "test": ["1a", "1b"],
        }

    def test_where_none_is_for_validation_a_tenth_of_the_training_passages_is(self, write):
        content = {"data": [many(30, split="train"), document(qa("last"), split="test")["data"][0]]}
        splits = load_answers(write(content))
        assert {split: len(found) for split, found in splits.items()} == {"train": 54, "validation": 6, "test": 1}

    def test_a_file_for_each_split(self, write):
        train, test = write({"data": [many(7)]}, "a.json"), write(document(qa("last")), "b.json")
        assert ids(load_answers([train, test, write(document(qa("x"), context="Other."), "c.json")])) == {
            "train": [f"{n}{letter}" for n in range(7) for letter in "ab"],
            "validation": ["last"],
            "test": ["x"],
        }
        splits = ids(load_answers((str(train), str(test))))
        assert splits["test"] == ["last"]
        assert len(splits["train"]) + len(splits["validation"]) == 14
        with pytest.raises(DataError, match="1 files: give three, for training, validation and test, or two"):
            load_answers([train])

    def test_the_courses_own_file_is_the_default(self, write, monkeypatch):
        monkeypatch.setattr(module, "DATA", write(document(qa("own")), "answers.json").parent)
        assert ids(load_answers()) == {"train": ["own"], "validation": [], "test": []}

    def test_unfit_splits_are_refused(self, write):
        with pytest.raises(
            DataError, match=r"mine\.json, question 1: its split 'dev' is none of train, validation, test"
        ):
            load_answers(write(document(qa(), split="dev")))
        with pytest.raises(DataError, match="question 2: its split '' is none of train, validation, test: write it"):
            load_answers(write({"data": [ARTICLE | {"split": "train"}, document(qa("2"))["data"][0]]}))
        with pytest.raises(DataError, match='no question is in the training split: write "split": "train" beside some'):
            load_answers(write(document(qa(), split="test")))

    def test_a_passage_in_two_splits_is_refused(self, write):
        other = document(qa("2"), context="the NILE flows  north. In Cairo the Nile is wide.", split="test")["data"]
        with pytest.raises(
            DataError, match="question 2: its passage is in the split 'test', but for question 1 in 'train'"
        ):
            load_answers(write({"data": [ARTICLE | {"split": "train"}, *other]}))

    def test_an_id_in_two_files_is_refused(self, write):
        paths = [write(document(qa("1")), "a.json"), write(document(qa("1"), context="Other."), "b.json")]
        with pytest.raises(DataError, match=r"b\.json, question 1: this id stands in another file too"):
            load_answers(paths)


def test_a_quarter_of_the_questions_has_no_answer_and_each_answer_stands_where_it_says():
    found = load_answers()
    counts = Counter()
    for split, questions in found.items():
        counts[split] = len(questions)
        unanswered = sum(not question.answers for question in questions)
        assert 0.2 <= unanswered / len(questions) <= 0.3
        for question in questions:
            for answer in question.answers:
                assert question.passage[answer.start : answer.start + len(answer.text)] == answer.text
    assert counts == {"train": 369, "validation": 56, "test": 140}
    passages = [{question.passage for question in questions} for questions in found.values()]
    assert sum(map(len, passages)) == len(set.union(*passages)) == 160
