"""What is said at later pieces, held against taggers that always or never go on with a name."""

import pytest
import torch

from bertlab.token_classification.later_pieces import read_later_pieces
from bertlab.token_classification.tagged import TaggedSentences
from bertlab.token_classification.tagger import Tagger
from tests.token_classification.toys import NAMES, make_body

DATA = TaggedSentences(
    words=(("Quetzalcoatl", "left", "Vitoria", "Gasteiz"), ("the", "electroencephalography")),
    tags=(("B-PER", "O", "B-LOC", "I-LOC"), ("O", "O")),
    names=NAMES,
)


def always(tag):
    """A tagger that says one tag at every piece."""
    tagger = Tagger(make_body(), NAMES)
    with torch.no_grad():
        tagger.classifier.weight.zero_()
        tagger.classifier.bias.copy_(torch.eye(len(NAMES))[NAMES.index(tag)])
    return tagger


def test_shares_are_taken_over_the_later_pieces_of_names_alone(tokenizer):
    def later(word):
        return len(tokenizer(word, add_special_tokens=False)["input_ids"]) - 1

    person, places = later("Quetzalcoatl"), (later("Vitoria"), later("Gasteiz"))
    pieces = person + sum(places)
    assert min(person, *places) > 0
    found = read_later_pieces(always("I-LOC"), tokenizer, DATA)
    assert found == pytest.approx((places[1] / pieces, sum(places) / pieces, 1.0, pieces))
    found = read_later_pieces(always("B-PER"), tokenizer, DATA)
    assert found == pytest.approx((person / pieces, 0.0, 0.0, pieces))


def test_names_of_one_piece_each_are_refused(tokenizer):
    data = TaggedSentences((("New", "York"),), (("B-LOC", "I-LOC"),), NAMES)
    with pytest.raises(ValueError, match="more than one piece"):
        read_later_pieces(always("O"), tokenizer, data)
