import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.training.batches import held_out_batches
from bertlab.training.evaluate import evaluate, evaluate_all


@pytest.fixture
def model(make_model):
    model = make_model(hidden_dropout_prob=0.5)
    with torch.no_grad():  # a model that often says word0 or the full stop: some guesses are right
        model.cls.predictions.bias[[5, 6]] += 1.0
    return model


def test_the_figures_are_those_of_a_direct_computation(model, corpus, tokenizer):
    figures = evaluate(model, corpus, tokenizer, batches=3, seq_len=37, batch_size=7, seed=11)
    model.eval()
    losses, hits, masked, following = [], [], [], []
    stream = held_out_batches(corpus, tokenizer, seq_len=37, batch_size=7, seed=11)
    for batch, _ in zip(stream, range(3), strict=False):
        with torch.no_grad():
            output = model(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        for row, column in (batch.labels != IGNORED).nonzero().tolist():
            label, logits = batch.labels[row, column], output.prediction_logits[row, column]
            losses.append(-logits.log_softmax(-1)[label].item())
            hits.append(int(logits.argmax() == label))
            masked.append(int(batch.input_ids[row, column] == tokenizer.mask_token_id))
        following += (output.seq_relationship_logits.argmax(-1) == batch.next_sentence_label).tolist()
    assert figures == {
        "mlm_loss": pytest.approx(sum(losses) / len(losses), rel=1e-5),
        "mlm_accuracy": pytest.approx(sum(hits) / len(hits)),
        "mlm_accuracy_masked": pytest.approx(sum(h * m for h, m in zip(hits, masked, strict=True)) / sum(masked)),
        "mlm_positions": len(hits),
        "mlm_masked": sum(masked),
        "nsp_accuracy": pytest.approx(sum(following) / 21),
        "nsp_pairs": 21,
    }
    assert 0 < sum(hits) < len(hits)
    assert sum(masked) < len(hits)


def test_it_measures_one_pass_without_dropout_and_leaves_the_model_training(model, corpus, tokenizer):
    model.train()
    first = evaluate(model, corpus, tokenizer, seq_len=37, batch_size=7)
    assert first == evaluate(model, corpus, tokenizer, seq_len=37, batch_size=7)
    assert model.training
    chunks = sum(1 for _ in held_out_batches(corpus, tokenizer, seq_len=37, batch_size=7)) * 7
    assert first["nsp_pairs"] == chunks


def test_every_held_out_text_is_measured_under_its_heading(model, data, tokenizer):
    figures = evaluate_all(model, data, tokenizer, batches=1)
    assert list(figures) == ["tiny"]
    assert figures["tiny"]["articles"] == 40
    assert figures["tiny"]["mlm_positions"] > 0
