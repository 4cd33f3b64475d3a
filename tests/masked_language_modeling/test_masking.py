"""The masking is BERT's 80/10/10, leaves its input alone, and the guesses are the model's own."""

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.masking import (
    NothingToGuess,
    fill_mask,
    mask_tokens,
    outcomes,
    select_whole_words,
    whole,
)

MASK, VOCAB = 4, 1009


def draw(shape=(200, 500), rate=0.15, seed=0):
    """Mask random ids, of which the first five are special, and return ids, specials, corrupted and labels."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(VOCAB, shape, generator=generator)
    special = ids < 5
    corrupted, labels = mask_tokens(ids, special, mask_token_id=MASK, vocab_size=VOCAB, rate=rate, generator=generator)
    return ids, special, corrupted, labels


def test_fifteen_percent_of_ordinary_tokens_are_selected():
    _, special, _, labels = draw()
    share = (labels != IGNORED)[~special].double().mean()
    assert share == pytest.approx(0.15, abs=0.005)


def test_of_those_80_percent_are_masked_10_random_10_kept():
    ids, _, corrupted, labels = draw()
    counts = outcomes(ids, corrupted, labels, MASK).double()
    selected = labels != IGNORED
    # A random token can be [MASK] or the original: one in VOCAB each.
    expected = torch.tensor([0.8 + 0.1 / VOCAB, 0.1 + 0.1 / VOCAB, 0.1 - 0.2 / VOCAB]).double() * selected.sum()
    assert ((counts - expected) ** 2 / expected).sum() < 13.8  # chi-square, 2 degrees of freedom, p = 0.001


def test_outcomes_count_what_is_read_at_selected_tokens():
    ids, read = torch.tensor([[2, 7, 8, 9, 7, 7]]), torch.tensor([[2, MASK, 8, 5, 6, MASK]])
    labels = torch.tensor([[IGNORED, 7, 8, 9, 7, IGNORED]])
    assert outcomes(ids, read, labels, MASK).tolist() == [1, 1, 2]


def test_random_replacements_are_uniform_over_the_vocabulary():
    ids, _, corrupted, labels = draw(shape=(400, 1000), rate=1.0)
    replaced = (labels != IGNORED) & (corrupted != MASK) & (corrupted != ids)
    counts = torch.bincount(corrupted[replaced], minlength=VOCAB).double()
    others = torch.arange(VOCAB) != MASK
    expected = counts[others].mean()
    # chi-square: about VOCAB degrees of freedom, so a standard deviation of sqrt(2 VOCAB)
    assert ((counts[others] - expected) ** 2 / expected).sum() < VOCAB + 4 * (2 * VOCAB) ** 0.5


def test_a_label_is_the_original_where_selected_and_ignored_elsewhere():
    ids, _, corrupted, labels = draw()
    selected = labels != IGNORED
    assert torch.equal(labels[selected], ids[selected])
    assert torch.equal(corrupted[~selected], ids[~selected])


def test_special_tokens_are_never_selected():
    _, special, _, labels = draw(rate=1.0)
    assert special.any()
    assert (labels[special] == IGNORED).all()
    assert (labels[~special] != IGNORED).all()


def test_the_input_is_left_alone():
    ids = torch.arange(5, 12).reshape(1, 7)
    special = torch.zeros(1, 7, dtype=torch.bool)
    before = ids.clone(), special.clone()
    mask_tokens(ids, special, mask_token_id=MASK, vocab_size=VOCAB, rate=1.0)
    assert torch.equal(ids, before[0])
    assert torch.equal(special, before[1])


def test_a_seed_repeats_the_draw_and_another_does_not():
    assert torch.equal(draw(seed=7)[2], draw(seed=7)[2])
    assert not torch.equal(draw(seed=7)[2], draw(seed=8)[2])


@pytest.mark.parametrize(("mask_share", "random_share"), [(1.0, 0.0), (0.8, 0.0), (0.0, 1.0), (0.2, 0.7)])
def test_other_shares_than_bert_s(mask_share, random_share):
    ids = torch.randint(5, VOCAB, (200, 500), generator=torch.Generator().manual_seed(0))
    special = torch.zeros_like(ids, dtype=torch.bool)
    corrupted, labels = mask_tokens(
        ids, special, mask_token_id=MASK, vocab_size=VOCAB, mask_share=mask_share, random_share=random_share
    )
    selected = labels != IGNORED
    masked, kept = corrupted[selected] == MASK, corrupted[selected] == ids[selected]
    shares = [masked.double().mean().item(), kept.double().mean().item()]
    assert shares == pytest.approx([mask_share, 1 - mask_share - random_share], abs=0.02)


@pytest.mark.parametrize(("mask_share", "random_share"), [(0.9, 0.2), (-0.1, 0.5)])
def test_impossible_shares_are_refused(mask_share, random_share):
    with pytest.raises(ValueError, match="together 1 at most"):
        mask_tokens(
            torch.full((2, 3), 7),
            torch.zeros(2, 3, dtype=torch.bool),
            mask_token_id=MASK,
            vocab_size=VOCAB,
            mask_share=mask_share,
            random_share=random_share,
        )


def test_rate_zero_changes_nothing():
    ids, _, corrupted, labels = draw(rate=0.0)
    assert torch.equal(corrupted, ids)
    assert (labels == IGNORED).all()


@pytest.mark.parametrize("rate", [-0.1, 1.01, 15.0])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match="between 0 and 1"):
        draw(shape=(1, 7), rate=rate)


def test_whole_words_are_selected_by_their_own_draw(tokenizer):
    encoded = tokenizer("Snowboarders love tokenization.")
    words = encoded.word_ids()
    chosen = select_whole_words(words, torch.tensor([0.9, 0.1, 0.1, 0.9]), rate=0.2).tolist()
    assert chosen == [word in (1, 2) for word in words]
    assert len({words.count(word) for word in (0, 1, 2)}) > 1  # words of one piece and of several


def test_whole_words_keep_to_the_rate():
    words = [None, *(word for word in range(4000) for _ in range(1 + word % 3)), None]
    chosen = select_whole_words(words, torch.rand(4000, generator=torch.Generator().manual_seed(0)))
    assert not chosen[[0, -1]].any()
    assert chosen.double().mean().item() == pytest.approx(0.15, abs=0.02)


@pytest.fixture(scope="module", params=[BertForMaskedLM, BertForPreTraining])
def model(request, tokenizer):
    """A small random model that reads 32 pieces at most, with dropout that would show if it were left on."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=26,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=37,
        max_position_embeddings=32,
        hidden_dropout_prob=0.5,
        initializer_range=0.5,
    )
    return request.param(config).eval()


def test_guesses_are_the_softmax_of_the_models_own_logits(model, tokenizer):
    text = "The [MASK] sat on the [MASK]."
    encoded = tokenizer(text, return_tensors="pt")
    output = model(**encoded)
    logits = output.logits if isinstance(model, BertForMaskedLM) else output.prediction_logits
    expected = logits[encoded.input_ids == tokenizer.mask_token_id].softmax(-1).topk(5)
    guesses = fill_mask(text, model, tokenizer, top_k=5)
    assert [[guess.token for guess in column] for column in guesses] == [
        tokenizer.convert_ids_to_tokens(ids) for ids in expected.indices.tolist()
    ]
    probabilities = torch.tensor([[guess.probability for guess in column] for column in guesses])
    torch.testing.assert_close(probabilities, expected.values)


@pytest.mark.parametrize("text", ["Nothing is hidden.", "", "word " * 40 + "[MASK]"])
def test_without_a_mask_the_error_says_what_to_write(text, model, tokenizer):
    with pytest.raises(NothingToGuess, match=r"no \[MASK\] within the first 32 tokens: write \[MASK\] where"):
        fill_mask(text, model, tokenizer)


def test_half_a_surrogate_pair_is_refused_with_its_place(model, tokenizer):
    with pytest.raises(ValueError, match=r"character 2 is '\\ud83d', half of a surrogate pair"):
        fill_mask("a \ud83d [MASK].", model, tokenizer)


def test_a_whole_text_stays_as_it_is():
    assert whole("naïve 日本 🙂") == "naïve 日本 🙂"


def test_masks_beyond_the_models_length_are_cut_off(model, tokenizer):
    assert len(fill_mask("[MASK] " * 100, model, tokenizer)) == 30


def test_dropout_is_off_while_guessing_and_comes_back(model, tokenizer):
    quiet = fill_mask("A [MASK].", model, tokenizer)
    model.train()
    assert fill_mask("A [MASK].", model, tokenizer) == quiet
    assert model.training
    model.eval()
