"""The deck is read strictly, and what its cards claim is so."""

from pathlib import Path

import nbformat
import pytest
import yaml
from transformers import AutoTokenizer

from bertlab.constants import ROOT
from bertlab.interview.corner import cards_of
from bertlab.interview.deck import DECK, Card, DeckError, Probe, WrongAnswer, load_deck
from bertlab.tokenization.pieces import wordpiece
from bertlab.tokenization.vocabulary import pair_scores

NOTEBOOKS = {path.stem.split("_", 1)[1]: path for path in ROOT.glob("notebooks/*.ipynb")}


def entry(**changes) -> dict:
    card = {
        "id": "attention.scaling",
        "notebook": "attention",
        "cell": "scaled-scores",
        "kind": "derive",
        "difficulty": 2,
        "question": "Why divide by the root of the width?",
        "answer": "To keep the variance at one.",
        "key_points": ["variance", "softmax"],
        "wrong_answers": [{"answer": "For speed.", "reason": "It costs time."}],
        "probes": [{"question": "And without?", "answer": "The softmax saturates."}],
        "phrases": ["Keep the variance at one."],
    }
    return {name: value for name, value in (card | changes).items() if value is not None}


def deck_file(folder: Path, *entries: object) -> Path:
    path = folder / "deck.yaml"
    path.write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return path


class TestLoading:
    def test_a_card_comes_back_as_frozen_dataclasses(self, tmp_path):
        (card,) = load_deck(deck_file(tmp_path, entry()))
        assert card == Card(
            id="attention.scaling",
            notebook="attention",
            cell="scaled-scores",
            kind="derive",
            difficulty=2,
            question="Why divide by the root of the width?",
            answer="To keep the variance at one.",
            key_points=("variance", "softmax"),
            wrong_answers=(WrongAnswer("For speed.", "It costs time."),),
            probes=(Probe("And without?", "The softmax saturates."),),
            phrases=("Keep the variance at one.",),
        )
        assert hash(card) == hash(load_deck(deck_file(tmp_path, entry()))[0])

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"answer": None}, "card 'attention.scaling', the card itself: 'answer' is a required property"),
            ({"hint": "no"}, r"card 'attention.scaling', the card itself: .*'hint' was unexpected"),
            ({"kind": "riddle"}, "card 'attention.scaling', kind: 'riddle' .*; give one of recall, explain"),
            ({"difficulty": 4}, r"card 'attention.scaling', difficulty: 4 .*; give 1 \(easy\), 2 \(medium\) or 3"),
            ({"cell": "Cell 7"}, "card 'attention.scaling', cell: .*; give the id of the notebook cell"),
            ({"question": " "}, "card 'attention.scaling', question: .*; give text that is not blank"),
            ({"probes": [{"question": "?"}]}, "card 'attention.scaling', probes.0: 'answer' is a required property"),
            ({"key_points": ["a", "a"]}, "card 'attention.scaling', key_points: .* non-unique elements"),
            ({"id": None}, "card 'number 1, which has no id', the card itself: 'id' is a required property"),
            ({"id": "scaling"}, "card 'scaling', id: .*; give the topic, a dot and a name"),
            (
                {"id": "tokenization.scaling"},
                "card 'tokenization.scaling', id: begin it with its notebook, 'attention.'",
            ),
        ],
    )
    def test_a_faulty_card_is_named_with_the_field_and_what_to_do(self, tmp_path, changes, message):
        with pytest.raises(DeckError, match=message):
            load_deck(deck_file(tmp_path, entry(**changes)))

    def test_every_fault_is_reported_at_once(self, tmp_path):
        with pytest.raises(DeckError, match=r"2 correction\(s\)(.|\n)*'x.a', kind(.|\n)*'x.b', difficulty"):
            load_deck(deck_file(tmp_path, entry(id="x.a", kind="?"), entry(id="x.b", difficulty=0)))

    @pytest.mark.parametrize("field", ["id", "question"])
    def test_cards_do_not_repeat_each_other(self, tmp_path, field):
        other = entry(id="attention.other", question="Another?") | {field: entry()[field]}
        with pytest.raises(DeckError, match=f"2 cards share the {field}"):
            load_deck(deck_file(tmp_path, entry(), other))

    def test_a_forgotten_dash_does_not_swallow_a_card(self, tmp_path):
        path = deck_file(tmp_path, entry())
        path.write_text(path.read_text() + yaml.safe_dump([entry(id="attention.b")]).replace("- ", "  ", 1))
        with pytest.raises(DeckError, match="occurs twice in one entry; is a '- ' missing"):
            load_deck(path)

    @pytest.mark.parametrize("text", ["", "[]", "cards: []", "- a card"])
    def test_what_is_no_list_of_cards_is_refused(self, tmp_path, text):
        path = tmp_path / "deck.yaml"
        path.write_text(text)
        with pytest.raises(DeckError, match=r"deck\.yaml needs 1 correction"):
            load_deck(path)


class TestDeck:
    def test_each_topic_brings_five_to_eight_cards_of_several_kinds(self):
        for topic in {card.notebook for card in load_deck()}:
            cards = cards_of(topic, load_deck())
            assert 5 <= len(cards) <= 8, topic
            assert len({card.kind for card in cards}) >= 3, topic
            assert {card.difficulty for card in cards} == {1, 2, 3}, topic

    @pytest.mark.parametrize("card", load_deck(), ids=lambda card: card.id)
    def test_an_answer_can_be_said_out_loud(self, card):
        assert len(card.answer.split()) <= 150
        assert max(len(probe.answer.split()) for probe in card.probes) <= 80
        assert max(len(phrase.split()) for phrase in card.phrases) <= 20

    @pytest.mark.parametrize("card", load_deck(), ids=lambda card: card.id)
    def test_the_cell_that_shows_the_answer_exists(self, card):
        assert card.notebook in NOTEBOOKS, (
            f"write notebooks/NN_{card.notebook}.ipynb first, or mend the card's notebook"
        )
        nb = nbformat.read(NOTEBOOKS[card.notebook], as_version=4)
        assert card.cell in [cell["id"] for cell in nb["cells"]]

    def test_the_splits_it_names_are_the_tokenizers(self):
        tokenizer = AutoTokenizer.from_pretrained(ROOT / "data" / "checkpoints" / "bertlab-mini")
        text = DECK.read_text(encoding="utf-8")
        assert len(tokenizer) == 30_522
        assert "30,522" in text
        assert " ".join(tokenizer.tokenize("untokenizable")) == "unto ##ken ##iza ##ble"
        assert tokenizer.tokenize("good🦉") == ["[UNK]"]
        assert tokenizer.decode(tokenizer("$3.50", add_special_tokens=False)["input_ids"]) == "$ 3. 50"
        assert all(quoted in text for quoted in ("unto ##ken ##iza ##ble", "good🦉", "`$ 3. 50`"))

    def test_the_split_by_hand_and_its_probe_come_out_as_said(self):
        board = {"un", "unto", "##to", "##ken", "##iz", "##iza", "##able", "##ble"}
        assert wordpiece("untokenizable", board) == ["unto", "##ken", "##iza", "##ble"]
        assert wordpiece("untokenizable", board - {"##ble"}) == ["[UNK]"]

    def test_the_merge_by_hand_comes_out_as_said(self):
        splits = {word: [word[0], *(f"##{letter}" for letter in word[1:])] for word in ("ten", "tin", "ox")}
        scores = pair_scores(splits, {"ten": 8, "tin": 6, "ox": 2})
        assert scores.pop(("o", "##x")) == pytest.approx(1 / 2)
        assert scores.keys() == {("t", "##e"), ("##e", "##n"), ("t", "##i"), ("##i", "##n")}
        assert list(scores.values()) == pytest.approx([1 / 14] * 4)
