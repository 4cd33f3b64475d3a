import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.training.batches import Batch
from bertlab.training.objective import PretrainingObjective, should_use_bf16


@pytest.fixture
def batch() -> Batch:
    torch.manual_seed(1)
    ids = torch.randint(37, (7, 13))
    attention = torch.ones_like(ids)
    attention[2, 5:] = 0
    types = (torch.arange(13) > 6).long().expand(7, 13).clone()
    labels = torch.where((torch.rand(7, 13) < 0.3) & (attention == 1), torch.randint(37, (7, 13)), IGNORED)
    return Batch(ids, types, attention, labels, torch.randint(2, (7,)))


def test_loss_and_gradients_from_selected_positions_are_hugging_faces(make_model, batch):
    ours, theirs = make_model(vocab_size=37).eval(), make_model(vocab_size=37).eval()
    mlm, nsp = PretrainingObjective(ours)(batch)
    selected = int((batch.labels != IGNORED).sum())
    (mlm / selected + nsp / 7).backward()
    output = theirs(**vars(batch))
    output.loss.backward()

    flat = output.prediction_logits.flatten(0, 1)
    torch.testing.assert_close(mlm / selected, torch.nn.functional.cross_entropy(flat, batch.labels.flatten()))
    relation = output.seq_relationship_logits
    torch.testing.assert_close(nsp / 7, torch.nn.functional.cross_entropy(relation, batch.next_sentence_label))
    torch.testing.assert_close(mlm / selected + nsp / 7, output.loss)
    expected = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name].grad, msg=lambda text, name=name: f"{name}: {text}")


def test_a_batch_with_nothing_selected_has_no_mlm_loss_and_no_nan(make_model, batch):
    batch.labels.fill_(IGNORED)
    model = make_model(vocab_size=37)
    mlm, nsp = PretrainingObjective(model)(batch)
    (mlm + nsp).backward()
    assert mlm == 0
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_the_bf16_probe_answers_and_leaves_no_trace(make_model, batch):
    model = make_model(vocab_size=37)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert should_use_bf16(model, batch, trials=1) in (True, False)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
