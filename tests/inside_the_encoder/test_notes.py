"""What is noted of a model while it reads: inputs and outputs of its modules, up to an error if there is one."""

import pytest
import torch
from torch import nn

from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.inside_the_encoder.notes import at_real_tokens, make_batch, take_notes
from bertlab.inside_the_encoder.places import list_places
from tests.encoders import CONFIGS, make_ours, make_theirs

CONFIG = CONFIGS["wide"]


def test_the_batch_has_two_types_and_padding():
    batch = make_batch(CONFIG)
    assert batch["input_ids"].max() < CONFIG.vocab_size
    assert set(batch["token_type_ids"].flatten().tolist()) == {0, 1}
    assert batch["attention_mask"].sum(dim=1).tolist() == [7, 4]


@torch.no_grad()
def test_ours_and_the_library_s_leave_the_same_notes():
    theirs = make_theirs(CONFIG)
    batch = make_batch(CONFIG)
    (expected, error), (found, _) = take_notes(theirs, batch), take_notes(make_ours(theirs), batch)
    assert error is None
    for place in list_places(CONFIG):
        key = (place.module, place.side)
        torch.testing.assert_close(found[key], expected[key], rtol=1e-5, atol=1e-5)


def test_notes_end_where_an_error_is_raised():
    class Broken(BertForPreTraining):
        def forward(self, input_ids, token_type_ids, attention_mask):
            self.bert.embeddings(input_ids, token_type_ids)
            raise KeyError("here")

    notes, error = take_notes(Broken(CONFIG), make_batch(CONFIG))
    assert isinstance(error, KeyError)
    assert ("bert.embeddings.LayerNorm", "out") in notes
    assert not any("layer" in name for name, _ in notes)


def test_hooks_are_taken_off_again():
    model = BertForPreTraining(CONFIG)
    take_notes(model, make_batch(CONFIG))
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


@pytest.mark.parametrize("result", [None, torch.zeros(2), (torch.zeros(2),), (torch.zeros(2), None)])
def test_two_tensors_are_wanted(result):
    class Other(nn.Module):
        def forward(self, **inputs):
            return result

    _, error = take_notes(Other(), make_batch(CONFIG))
    assert "should return (MLM logits, NSP logits)" in str(error)


def test_padding_is_left_out():
    batch = make_batch(CONFIG)
    per_token, per_text = torch.rand(2, 7, 3), torch.rand(2, 3)
    kept = at_real_tokens({("a", "in"): per_token, ("b", "in"): per_text}, batch)
    assert kept["a", "in"].shape == (11, 3)
    assert kept["b", "in"] is per_text
