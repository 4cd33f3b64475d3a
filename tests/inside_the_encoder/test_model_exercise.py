"""Checking a whole model: verdicts, the learner's progress, and the last look with real weights."""

import nbformat
import torch
from torch import nn
from transformers import AutoTokenizer

import bertlab
from bertlab.constants import NOTEBOOKS
from bertlab.exercises import progress
from bertlab.exercises.display import State
from bertlab.inside_the_encoder import model as ours
from bertlab.inside_the_encoder.exercises import my_bert
from bertlab.inside_the_encoder.mistakes import my_bert as wrong_models
from bertlab.inside_the_encoder.model_exercise import compare


class Stub(nn.Module):
    def __init__(self, config):
        super().__init__()
        ...

    def forward(self, input_ids, token_type_ids, attention_mask): ...


def test_the_stub_of_the_notebook_is_not_attempted_and_not_kept():
    before = progress.solved()
    assert my_bert.check(Stub).state == State.NOT_ATTEMPTED
    assert progress.solved() == before


def test_a_model_in_place_of_its_class_is_sent_back():
    verdict = my_bert.check(ours.BertForPreTraining(my_bert.cases[0].args[0]))
    assert verdict.state == State.NOT_YET
    assert "the class" in verdict.message


def test_a_right_answer_holds_the_real_weights():
    verdict = my_bert.check(ours.BertForPreTraining)
    assert verdict.state == State.CORRECT
    pieces = len(AutoTokenizer.from_pretrained(bertlab.checkpoint()))
    assert "every step agrees" in verdict.message
    assert int(verdict.message.split(" numbers")[0].split()[-1].replace(",", "")) > pieces


def test_the_bert_that_the_notebook_builds_passes():
    nb = nbformat.read(NOTEBOOKS / "02_inside_the_encoder.ipynb", as_version=4)
    scope: dict = {"torch": torch, "nn": nn}
    for cell in nb.cells:
        if cell.id == "split-and-merge" or (cell.cell_type == "code" and cell.id.endswith("-class")):
            exec(cell.source, scope)
    for case in my_bert.cases:
        assert compare(scope["MyBert"], *case.args).place == ""


def test_what_is_no_known_mistake_is_told_the_step_alone():
    class Wrong(ours.BertForPreTraining):
        def __init__(self, config):
            super().__init__(config)
            self.bert.pooler.tanh = nn.Identity()

    verdict = my_bert.check(Wrong)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, None)
    assert verdict.message.startswith("The first step that differs is “pooled vector”")
    assert "It should be the tanh of `pooler.dense`." in verdict.message
    assert dict(verdict.details)["Called as"].startswith("MyBert(BertConfig(hidden_size=24, num_hidden_layers=2")


def test_of_two_mistakes_the_first_is_named():
    """Each is recognized at its own step, so that they can be mended one by one."""

    def two(config):
        return _with_own_eps(wrong_models.approximates_gelu_by_tanh(config))

    assert my_bert.check(two).mistake == "takes its own eps"


def _with_own_eps(model):
    for part in model.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-12  # another one than in the named mistake, and the same mistake
    return model


def test_a_size_that_fits_one_configuration_only_is_found():
    def four_heads(config):
        model = ours.BertForPreTraining(config)
        for layer in model.bert.encoder["layer"]:
            layer.attention["self"].num_heads = 4
        return model

    assert my_bert.check(four_heads).state == State.NOT_YET


def test_another_kind_of_checkpoint_ends_without_the_last_look(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')
    monkeypatch.setattr(bertlab, "checkpoint", lambda: str(tmp_path), raising=False)
    assert my_bert.check(ours.BertForPreTraining).message == "All 2 cases agree."


def test_the_solution_is_the_whole_file():
    assert "class BertForPreTraining(nn.Module)" in repr(my_bert.solution())
    assert "def split_heads(" in repr(my_bert.solution())


def test_a_length_that_is_written_into_the_code_is_found_by_a_text_as_long_as_the_positions():
    class Short(ours.Embeddings):
        def forward(self, input_ids, token_type_ids):
            places = torch.arange(input_ids.shape[1]).clamp(max=200)
            summed = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids)
            return self.LayerNorm(summed + self.position_embeddings(places))

    def build(config):
        model = ours.BertForPreTraining(config)
        model.bert.embeddings = Short(config)
        model.cls["predictions"].decoder.weight = model.bert.embeddings.word_embeddings.weight
        return model

    verdict = my_bert.check(build)
    assert verdict.state == State.NOT_YET
    assert "With the weights of" in verdict.message
