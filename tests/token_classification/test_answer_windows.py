"""Windows of passages: every label read back as text, and predictions from several windows put together."""

from itertools import pairwise

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from transformers import BertForQuestionAnswering, BertModel

from bertlab.fine_tuning.loop import FineTuning
from bertlab.token_classification.answer_windows import (
    PassageWindow,
    Prediction,
    as_encoded,
    characters,
    encode_questions,
    in_passage,
    predict_answers,
)
from bertlab.token_classification.answers import Answer, Question
from bertlab.token_classification.spans import SpanFinder, is_unanswered, span_loss
from tests.fine_tuning.toys import make_config

PASSAGE = "Zoë moved to Hamburg in 1987. Ten years later, she sold the bakery in Altona to Émile."


def ask(*texts, passage=PASSAGE, asked="Where did she move?"):
    return Question("q7", asked, passage, tuple(Answer(text, passage.index(text)) for text in texts))


def read(window, passage=PASSAGE):
    begin, stop = characters(window, window.start, window.end)
    return passage[begin:stop]


class TestOneWindow:
    @pytest.mark.parametrize("text", ["Hamburg", "Zoë", "Zoë moved", "1987", "Émile", "sold the bakery", ".", PASSAGE])
    def test_the_label_read_back_is_the_answer(self, tokenizer, text):
        [window] = encode_questions([ask(text)], tokenizer)
        assert read(window) == text
        assert 0 < window.start <= window.end

    def test_where_everything_stands(self, tokenizer):
        [window] = encode_questions([ask("Ann", passage="It is Ann.", asked="Who?")], tokenizer)
        assert tokenizer.convert_ids_to_tokens(window.features["input_ids"]) == (
            ["[CLS]", "who", "?", "[SEP]", "it", "is", "ann", ".", "[SEP]"]
        )
        assert window.features["token_type_ids"] == [0, 0, 0, 0, 1, 1, 1, 1, 1]
        assert window.offsets == [None, None, None, None, (0, 2), (3, 5), (6, 9), (9, 10), None]
        assert (window.question, window.start, window.end) == (0, 6, 6)
        assert in_passage([window], 11).int().tolist() == [[0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]]

    def test_the_first_answer_is_the_label_and_none_is_cls(self, tokenizer):
        windows = encode_questions([ask("Altona", "Hamburg"), ask()], tokenizer)
        assert read(windows[0]) == "Altona"
        assert (windows[1].question, windows[1].start, windows[1].end) == (1, 0, 0)
        assert as_encoded(windows).labels.tolist() == [[windows[0].start, windows[0].end], [0, 0]]

    def test_a_part_of_a_piece_becomes_the_whole_piece(self, tokenizer):
        [window] = encode_questions([ask("198")], tokenizer)
        assert read(window) == "1987"
        [window] = encode_questions([ask(" Altona ")], tokenizer)
        assert read(window) == "Altona"

    def test_an_answer_without_pieces_is_refused(self, tokenizer):
        hidden = ask("\u200b", passage="Zoë\u200b left.")
        with pytest.raises(ValueError, match=r"question q7: the tokenizer leaves nothing of the answer .*: change it"):
            encode_questions([hidden], tokenizer)
        with pytest.raises(ValueError, match="question q7: the tokenizer leaves nothing of its passage: remove it"):
            encode_questions([ask(passage="\u200b")], tokenizer)


class TestManyWindows:
    def test_neighbors_share_the_stride_and_lose_nothing(self, tokenizer):
        windows = encode_questions([ask("Altona")], tokenizer, max_length=20, stride=5)
        assert len(windows) > 2
        assert max(len(window.offsets) for window in windows) == 20
        pieces = [[place for place in window.offsets if place] for window in windows]
        for before, after in pairwise(pieces):
            assert before[-5:] == after[:5]
        whole = [place for place in encode_questions([ask()], tokenizer)[0].offsets if place]
        assert pieces[0] + [place for window in pieces[1:] for place in window[5:]] == whole

    def test_each_window_has_the_whole_question(self, tokenizer):
        windows = encode_questions([ask("Altona")], tokenizer, max_length=20, stride=5)
        starts = {tuple(window.features["input_ids"][:7]) for window in windows}
        assert tokenizer.decode(list(starts.pop())) == "[CLS] where did she move? [SEP]"
        assert not starts

    def test_cls_is_the_label_where_the_answer_is_not_whole(self, tokenizer):
        windows = encode_questions([ask("Altona to Émile")], tokenizer, max_length=20, stride=5)
        labeled = [window for window in windows if window.end]
        assert [read(window) for window in labeled] == ["Altona to Émile"]
        assert all((window.start, window.end) == (0, 0) for window in windows if window not in labeled)

    def test_an_answer_longer_than_a_window_is_in_none(self, tokenizer):
        windows = encode_questions([ask(PASSAGE)], tokenizer, max_length=20, stride=5)
        assert {(window.start, window.end) for window in windows} == {(0, 0)}

    @settings(deadline=None)  # a busy machine is no error
    @given(data=st.data())
    def test_whatever_is_labeled_covers_the_answer(self, tokenizer, data):
        words = st.sampled_from(
            ["Émile", "Hamburg", "unrecognizable", "a", "1987", "—", "🦆", "東京", ",", "so-called"]
        )
        passage = " ".join(data.draw(st.lists(words, min_size=1, max_size=37)))
        start = data.draw(st.integers(0, len(passage) - 1))
        answer = Answer(passage[start : data.draw(st.integers(start + 1, len(passage)))], start)
        assume(answer.text.strip())
        stride = data.draw(st.integers(0, 11))
        windows = encode_questions([Question("1", "Who?", passage, (answer,))], tokenizer, 17, stride)
        [whole] = encode_questions([Question("1", "Who?", passage, (answer,))], tokenizer, 512)
        for window in windows:
            if window.end:
                assert answer.text.strip() in read(window, passage)
                assert read(window, passage) == read(whole, passage)
        if whole.end - whole.start <= stride:
            assert any(window.end for window in windows)

    @pytest.mark.parametrize("stride", [13, 100, -1])
    def test_no_room_is_said_before_the_tokenizer_breaks(self, tokenizer, stride):
        with pytest.raises(
            ValueError, match=rf"question q7 leaves room for 12 pieces .* the stride of {stride}: raise"
        ):
            encode_questions([ask()], tokenizer, max_length=20, stride=stride)

    def test_a_tokenizer_without_offsets_is_refused(self, tokenizer, monkeypatch):
        monkeypatch.setattr(type(tokenizer), "is_fast", False)
        with pytest.raises(ValueError, match="BertTokenizer has no offsets: load a fast tokenizer"):
            encode_questions([ask()], tokenizer)


class TestCharacters:
    WINDOW = PassageWindow({}, 0, [None, None, (0, 3), (3, 5), (6, 9), None], 0, 0)

    def test_from_the_first_character_to_the_one_after_the_last(self):
        assert characters(self.WINDOW, 2, 3) == (0, 5)
        assert characters(self.WINDOW, 4, 4) == (6, 9)

    @pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 3), (3, 5), (4, 3), (-2, 4), (4, 6), (7, 7)])
    def test_what_is_no_span_of_the_passage_is_refused(self, start, end):
        with pytest.raises(ValueError, match=f"pieces {start} to {end} are no span of the passage"):
            characters(self.WINDOW, start, end)


class TestPredicting:
    QUESTIONS = (ask("Altona"), ask("Hamburg", passage="She moved to Hamburg."), ask())

    @pytest.fixture
    def windows(self, tokenizer):
        return encode_questions(self.QUESTIONS, tokenizer, max_length=20, stride=5)

    @pytest.fixture
    def theirs(self):
        torch.manual_seed(0)
        return BertForQuestionAnswering(make_config(0.5, initializer_range=0.3)).train()

    def one_by_one(self, model, windows):
        """The best span and the smallest null score of each question, a window at a time, without padding."""
        found = [("", -1, -1e9, 1e9)] * len(self.QUESTIONS)
        for window in windows:
            inputs = {name: torch.tensor([values]) for name, values in window.features.items()}
            logits = model(**inputs)
            starts, ends = logits.start_logits[0], logits.end_logits[0]
            text, begin, score, null = found[window.question]
            found[window.question] = (text, begin, score, min(null, (starts[0] + ends[0]).item()))
            places = [place for place, offsets in enumerate(window.offsets) if offsets]
            for first in places:
                for last in places:
                    if first <= last < first + 4 and (starts[first] + ends[last]).item() > score:
                        score = (starts[first] + ends[last]).item()
                        a, b = characters(window, first, last)
                        text = self.QUESTIONS[window.question].passage[a:b]
                        found[window.question] = (text, a, score, found[window.question][3])
        return found

    def test_the_best_of_all_windows_ours_and_theirs(self, theirs, windows, tokenizer):
        ours = SpanFinder(BertModel(theirs.config, add_pooling_layer=False))
        ours.load_state_dict(theirs.state_dict())
        options = {"questions": self.QUESTIONS, "windows": windows, "max_length": 4, "batch_size": 3}
        found = predict_answers(theirs, tokenizer, **options)
        by_ours = predict_answers(ours, tokenizer, **options)
        assert [one[:2] for one in by_ours] == [one[:2] for one in found]
        assert [one.score for one in by_ours] == pytest.approx([one.score for one in found], abs=1e-4)
        assert theirs.training
        with torch.inference_mode():
            expected = self.one_by_one(theirs.eval(), windows)
        theirs.train()
        assert [(one.text, one.start) for one in found] == [(text, begin) for text, begin, *_ in expected]
        assert [one.score for one in found] == pytest.approx([score for *_, score, _ in expected], abs=1e-4)
        assert [one.null for one in found] == pytest.approx([null for *_, null in expected], abs=1e-4)

    def test_a_question_without_windows_is_refused(self, theirs, windows, tokenizer):
        with pytest.raises(ValueError, match="question q7 has no window: give all that encode_questions returned"):
            predict_answers(theirs, tokenizer, [*self.QUESTIONS, ask()], windows)

    @pytest.mark.parametrize("null_threshold", [-2.0, 0.0, 1.0, 1.5])
    def test_the_threshold_is_that_of_spans(self, null_threshold):
        prediction = Prediction("Nile", 4, score=2.0, null=3.0)
        silent = is_unanswered(torch.tensor(3.0), torch.tensor(2.0), null_threshold).item()
        assert prediction.answer(null_threshold) == ("" if silent else "Nile")

    def test_it_learns_in_the_loop_of_notebook_07(self, tokenizer):
        torch.manual_seed(0)
        names = ["Ann", "Bert", "Carla", "Dan", "Eve", "Fred", "Grace"]
        questions = [
            ask(
                *([name] if tail else []),
                passage=f"{'Yes' * tail} {name} {'left' if tail else 'stayed'} .",
                asked="Who?",
            )
            for name in names
            for tail in (0, 1)
        ]
        windows = encode_questions(questions, tokenizer)
        model = SpanFinder(BertModel(make_config(), add_pooling_layer=False))
        run = FineTuning(
            model,
            tokenizer,
            as_encoded(windows),
            epochs=40,
            batch_size=7,
            lr=5e-3,
            loss=lambda logits, labels: span_loss(*logits.unbind(-1), *labels.unbind(-1)),
        ).finish()
        assert run.losses[-1][1] < 0.1 < run.losses[0][1]
        found = [one.answer() for one in predict_answers(model, tokenizer, questions, windows)]
        assert found == [text for name in names for text in ("", name)]
