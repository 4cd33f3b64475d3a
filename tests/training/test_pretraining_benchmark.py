"""The benchmark compares like with like."""

import numpy as np
import pytest
import torch
from transformers import DataCollatorForLanguageModeling

from benchmarks._pretraining_steps import EveryPosition, SelectedPositions, make_example, mean_loss
from bertlab.training.batches import held_out_batches, lay_out
from bertlab.training.objective import PretrainingObjective
from bertlab.training.pairs import Pair


def test_both_sides_read_the_same_rows(tokenizer):
    pairs = [Pair(np.array([10, 11]), np.array([12]), 0), Pair(np.array([13]), np.array([14, 15, 16]), 1)]
    collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)
    theirs, ours = collate([make_example(pair, tokenizer) for pair in pairs]), lay_out(pairs, tokenizer, rate=0.0)
    assert torch.equal(theirs["attention_mask"], ours.attention_mask)
    assert torch.equal(theirs["token_type_ids"], ours.token_type_ids)
    assert torch.equal(theirs["next_sentence_label"], ours.next_sentence_label)
    unmasked = theirs["labels"] == -100
    assert torch.equal(theirs["input_ids"][unmasked], ours.input_ids[unmasked])


@pytest.mark.parametrize("peer", [EveryPosition, SelectedPositions])
def test_all_ways_to_compute_the_loss_agree(corpus, tokenizer, make_model, peer):
    model = make_model().eval()
    batch = next(held_out_batches(corpus, tokenizer, seq_len=37, batch_size=7))
    losses = [mean_loss(objective(batch), batch) for objective in (peer(model), PretrainingObjective(model))]
    torch.testing.assert_close(*losses)
