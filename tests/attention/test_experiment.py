"""The recorded ablation of attention heads: what it measures, what it reads back, and that its file is complete."""

import pytest
import torch

from bertlab.attention import experiment as attention
from bertlab.attention.experiment import PARTS, intact, load, measure, part, recorded, settings
from bertlab.checkpoints import fingerprint
from bertlab.experiments.record import Results
from bertlab.inside_the_encoder.ablation import without_heads
from bertlab.masked_language_modeling.measure import mlm_loss_on
from bertlab.texts import passages

METRICS = {"loss increase", "strongest line", "confidence", "gradient"}


@pytest.fixture(scope="module")
def small():
    """Two short passages in place of a third of them, so that a run takes no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention, "part", lambda seed: ["Tea is hot, and the cat sat on the mat.", "It rained all day."])
        for cached in (intact, attention.guesses):
            cached.cache_clear()
        yield
    for cached in (intact, attention.guesses):
        cached.cache_clear()


def test_the_parts_are_all_of_the_text_and_do_not_overlap():
    assert sorted(text for seed in range(PARTS) for text in part(seed)) == sorted(passages())


def test_a_run_is_the_difference_that_one_head_makes(small):
    model, tokenizer = load()
    values = measure("layer 2, head 5", 1)
    assert set(values) == METRICS
    with without_heads(model, {2: [5]}):
        without = mlm_loss_on(model, tokenizer, attention.part(1), seed=1)
    assert values["loss increase"] == pytest.approx(without - mlm_loss_on(model, tokenizer, attention.part(1), seed=1))
    assert values["loss increase"] != 0


def test_the_file_in_the_repository_is_complete():
    for metric in METRICS:
        values = recorded(metric)
        config = load()[0].config
        assert values.shape == (config.num_hidden_layers, config.num_attention_heads, PARTS)
    assert {row["metric"] for row in Results("attention").rows()} == METRICS


def test_values_come_back_by_layer_head_and_part(monkeypatch, tmp_path):
    rows = [
        (seed, setting, "confidence", 10 * i + seed, 0.1, f"torch 2, weights {fingerprint()}")
        for seed in range(PARTS)
        for i, setting in enumerate(settings())
    ]
    Results("attention", tmp_path).append(rows)
    monkeypatch.setattr(attention, "results", Results("attention", tmp_path))
    heads = load()[0].config.num_attention_heads
    torch.testing.assert_close(
        recorded("confidence")[1, 3], torch.tensor([10.0, 10, 10]) * (heads + 3) + torch.arange(PARTS)
    )


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [(fingerprint(), "does not hold every head"), ("0123456789ab", f"other weights .* \\({fingerprint()}\\)")],
)
def test_an_unfinished_or_a_stale_file_is_refused(monkeypatch, tmp_path, weights, complaint):
    row = (0, "layer 0, head 0", "confidence", 1.0, 0.1, f"torch 2, weights {weights}")
    Results("attention", tmp_path).append([row])
    monkeypatch.setattr(attention, "results", Results("attention", tmp_path))
    with pytest.raises(ValueError, match=rf"{complaint}.*with: python -m bertlab\.attention\.experiment"):
        recorded("confidence")


def test_another_checkpoint_does_not_change_what_is_measured(monkeypatch, tmp_path):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", str(tmp_path))
    model, _ = load.__wrapped__()
    assert model.config.num_hidden_layers == load()[0].config.num_hidden_layers
