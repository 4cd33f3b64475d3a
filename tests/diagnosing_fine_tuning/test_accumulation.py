"""Accumulated gradients: equal to the large batch's where they should be, different where they must be."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from bertlab.constants import IGNORED
from bertlab.diagnosing_fine_tuning.accumulation import (
    accumulated_gradient,
    contrastive_loss,
    shares_of,
    split_batch,
)
from bertlab.fine_tuning.with_trainer import QUIETLY

CONFIG = BertConfig(
    vocab_size=37,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=41,
    max_position_embeddings=19,
)


def random_bert(kind):
    torch.manual_seed(0)
    return kind(CONFIG).eval()  # dropout off


def draw_ids(rows: int = 7) -> torch.Tensor:
    return torch.randint(5, 37, (rows, 13), generator=torch.Generator().manual_seed(1))


def text_loss(model, batch):
    return model(input_ids=batch["input_ids"], labels=batch["labels"]).loss


def token_batch() -> dict[str, torch.Tensor]:
    """Seven texts, of which the first has one label, the second two, and so on."""
    ids = draw_ids()
    labels = torch.where(torch.arange(13) <= torch.arange(7)[:, None], ids, torch.tensor(IGNORED))
    return {"input_ids": ids, "labels": labels}


def largest_difference(first, second) -> float:
    assert first.keys() == second.keys()
    return max((first[name] - second[name]).abs().max().item() for name in first)


def test_a_batch_is_cut_and_nothing_is_lost():
    batch = token_batch()
    parts = split_batch(batch, 3)
    assert [len(part["labels"]) for part in parts] == [3, 3, 1]
    for name, value in batch.items():
        assert torch.equal(torch.cat([part[name] for part in parts]), value)


def test_texts_weighted_by_their_share_give_the_gradient_of_the_large_batch():
    model = random_bert(BertForSequenceClassification)
    batch = {"input_ids": draw_ids(), "labels": torch.tensor([0, 1, 1, 0, 1, 1, 1])}
    whole = accumulated_gradient(model, text_loss, [batch], [1.0])
    parts = split_batch(batch, 3)
    same = accumulated_gradient(model, text_loss, parts, shares_of([len(part["labels"]) for part in parts]))
    torch.testing.assert_close(same, whole, rtol=1e-4, atol=1e-6)
    plain = accumulated_gradient(model, text_loss, parts, [1 / 3] * 3)  # the last part is smaller
    assert largest_difference(plain, whole) > 1e-3


def test_the_whole_batch_gives_what_backward_gives():
    model, batch = random_bert(BertForMaskedLM), token_batch()
    whole = accumulated_gradient(model, text_loss, [batch], [1.0])
    text_loss(model, batch).backward()
    expected = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    torch.testing.assert_close(whole, expected, rtol=0, atol=0)


def test_tokens_count_by_tokens_and_not_by_texts():
    model, batch = random_bert(BertForMaskedLM), token_batch()
    whole = accumulated_gradient(model, text_loss, [batch], [1.0])
    parts = split_batch(batch, 1)  # equally many texts in each, but 1 to 7 tokens
    tokens = [int((part["labels"] != IGNORED).sum()) for part in parts]
    assert tokens == [1, 2, 3, 4, 5, 6, 7]
    same = accumulated_gradient(model, text_loss, parts, shares_of(tokens))
    torch.testing.assert_close(same, whole, rtol=1e-4, atol=1e-6)
    plain = accumulated_gradient(model, text_loss, parts, [1 / 7] * 7)
    assert largest_difference(plain, whole) > 1e-2


def test_a_part_without_labels_is_passed_over():
    model, batch = random_bert(BertForMaskedLM), token_batch()
    batch["labels"][0] = IGNORED
    parts = split_batch(batch, 1)
    shares = shares_of([int((part["labels"] != IGNORED).sum()) for part in parts])
    assert shares[0] == 0
    same = accumulated_gradient(model, text_loss, parts, shares)
    torch.testing.assert_close(same, accumulated_gradient(model, text_loss, [batch], [1.0]), rtol=1e-4, atol=1e-6)


def pairs_loss(model, batch):
    return contrastive_loss(model(batch["first"]), model(batch["second"]))


def test_negatives_from_the_batch_do_not_accumulate():
    torch.manual_seed(0)
    model = nn.Linear(13, 7)
    batch = {"first": torch.randn(8, 13), "second": torch.randn(8, 13)}
    whole = accumulated_gradient(model, pairs_loss, [batch], [1.0])
    parts = split_batch(batch, 4)
    apart = accumulated_gradient(model, pairs_loss, parts, shares_of([4, 4]))
    assert largest_difference(apart, whole) > 0.1
    assert sum(pairs_loss(model, part) for part in parts) / 2 < pairs_loss(model, batch)  # fewer negatives: easier


def test_batch_norm_does_not_accumulate_and_layer_norm_does():
    torch.manual_seed(0)
    batch = {"x": torch.randn(8, 13), "labels": torch.arange(8) % 3}

    def loss(model, batch):
        return cross_entropy(model(batch["x"]), batch["labels"])

    for norm, agrees in ((nn.BatchNorm1d(7), False), (nn.LayerNorm(7), True)):
        model = nn.Sequential(nn.Linear(13, 7), norm, nn.Linear(7, 3))
        whole = accumulated_gradient(model, loss, [batch], [1.0])
        parts = accumulated_gradient(model, loss, split_batch(batch, 4), [0.5, 0.5])
        assert (largest_difference(parts, whole) < 1e-6) is agrees


def test_the_model_is_left_without_gradients_and_earlier_ones_do_not_count():
    model, batch = random_bert(BertForMaskedLM), token_batch()
    first = accumulated_gradient(model, text_loss, [batch], [1.0])
    assert all(value.grad is None for value in model.parameters())
    text_loss(model, batch).backward()  # left behind by someone
    second = accumulated_gradient(model, text_loss, [batch], [1.0])
    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_the_contrastive_loss_is_worked_by_hand():
    first = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    second = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    # cosines: 1 1 / 0 0, so either partner is as likely as the other
    assert contrastive_loss(first, second, temperature=0.5).item() == pytest.approx(torch.tensor(2.0).log().item())


def test_shares_and_weights_that_fit_nothing_are_refused():
    with pytest.raises(ValueError, match="nothing to average over"):
        shares_of([0, 0])
    with pytest.raises(ValueError, match="one weight for each"):
        accumulated_gradient(nn.Linear(2, 1), text_loss, [], [1.0])


def test_the_pinned_trainer_does_not_divide_for_berts_own_head(tmp_path):
    """What notebook 08 says of it: should this fail after an update, the notebook's sentence is out of date."""
    rows = [{"input_ids": torch.arange(5, 12), "labels": label} for label in (0, 1, 1, 0, 1, 0)]
    lengths = []
    for size, parts in ((6, 1), (2, 3)):
        torch.manual_seed(0)
        without = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        model = BertForSequenceClassification(BertConfig(**CONFIG.to_dict() | without))
        before = model.classifier.weight.detach().clone()
        arguments = TrainingArguments(
            output_dir=str(tmp_path),
            max_steps=1,
            per_device_train_batch_size=size,
            gradient_accumulation_steps=parts,
            optim="sgd",
            learning_rate=0.01,
            max_grad_norm=0.0,
            **QUIETLY,
        )
        trainer = Trainer(model, arguments, train_dataset=rows)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        lengths.append((model.classifier.weight - before).norm().item())
    assert lengths[1] / lengths[0] == pytest.approx(3, rel=1e-3)
