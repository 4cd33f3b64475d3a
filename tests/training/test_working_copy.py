import torch

from bertlab.training.working_copy import WorkingCopy


def test_gradients_of_the_copy_move_the_master_and_the_copy_follows(make_model):
    master = make_model()
    working = WorkingCopy(master, torch.bfloat16)
    ids = torch.randint(6, 60, (3, 13))
    working.model(ids, labels=ids).prediction_logits.float().logsumexp(-1).sum().backward()
    expected = working.model.bert.embeddings.word_embeddings.weight.grad.float()
    working.take_gradients()
    assert torch.equal(master.bert.embeddings.word_embeddings.weight.grad, expected)
    assert all(weight.grad is None for weight in working.model.parameters())
    assert (master.cls.seq_relationship.weight.grad == 0).all()  # no NSP loss was taken

    torch.optim.SGD(master.parameters(), lr=0.1).step()
    working.refresh()
    for mine, copy in zip(master.parameters(), working.model.parameters(), strict=True):
        assert torch.equal(copy, mine.bfloat16())


def test_changes_too_small_for_bf16_add_up_in_the_master(make_model):
    master = make_model()
    working = WorkingCopy(master, torch.bfloat16)
    with torch.no_grad():
        master.bert.pooler.dense.weight.fill_(1.0)
        for _ in range(100):
            master.bert.pooler.dense.weight += 1e-4
    working.refresh()
    assert (working.model.bert.pooler.dense.weight == 1 + 2**-7).all()  # the next number in bf16
