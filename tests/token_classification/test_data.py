"""The course's own sentences and passages: what their cards in data/README.md promise."""

from collections import Counter

from bertlab.token_classification.answers import load_answers
from bertlab.token_classification.bio import entities_of, is_valid
from bertlab.token_classification.tagged import load_tagged

SPLITS = {"train": 360, "validation": 80, "test": 120}


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
        assert len(sentences) == SPLITS[split]
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
        for split in SPLITS
    }
    assert wrong == {"train": 30, "validation": 0, "test": 0}
    assert all(right[split].words == planted[split].words for split in SPLITS)


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
