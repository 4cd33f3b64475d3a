import pytest

from bertlab.training.cloze import Blank, count_fits, measure_cloze, read_blanks

TABLE = "kind\tsentence\tfits\nkitchen\tShe ate an [MASK].\tapple, egg\nstreet\tHe drove the [MASK].\tcar,bus,van\n"


@pytest.fixture
def blanks(tmp_path) -> list[Blank]:
    path = tmp_path / "cloze.tsv"
    path.write_text(TABLE)
    return read_blanks(path)


def test_a_row_is_a_sentence_and_the_words_that_fit(blanks):
    assert blanks == [
        Blank("She ate an [MASK].", frozenset({"apple", "egg"})),
        Blank("He drove the [MASK].", frozenset({"car", "bus", "van"})),
    ]


@pytest.mark.parametrize(
    ("guesses", "first", "five"),
    [
        ([["egg", "a", "b", "c", "d"], ["van", "a", "b", "c", "d"]], 1.0, 1.0),
        ([["hat", "a", "b", "c", "egg"], ["a", "b", "c", "d", "e"]], 0.0, 0.5),
        ([["egg", "a", "b", "c", "d"], ["a", "b", "bus", "c", "d"]], 0.5, 1.0),
    ],
)
def test_first_guesses_and_fives_are_counted(blanks, guesses, first, five):
    assert count_fits(blanks, guesses) == {"first_fits": first, "one_of_five_fits": five, "sentences": 2}


def test_a_model_is_asked_for_every_blank(make_model, tokenizer):
    blanks = [Blank("Topic7 word1 [MASK].", frozenset(tokenizer.get_vocab()))]
    assert measure_cloze(blanks, make_model(), tokenizer) == {
        "first_fits": 1.0,
        "one_of_five_fits": 1.0,
        "sentences": 1,
    }
