"""Notebook 04: masked language modeling, the objective and how to measure it."""

from bertlab.masked_language_modeling.masking import (
    NothingToGuess,
    Prediction,
    fill_mask,
    mask_tokens,
    outcomes,
    select_whole_words,
)
from bertlab.masked_language_modeling.measure import hide_tokens, mlm_loss_on
from bertlab.masked_language_modeling.pseudo_likelihood import (
    AGREEMENT,
    AgreementPair,
    TokenScore,
    agreement_pairs,
    hide_each,
    hide_side,
    log_probs_at,
    pseudo_log_likelihood,
)
from bertlab.masked_language_modeling.training import BATCH_SIZE, STEPS, TRAINING, mlm_batch, mlm_loss, mlm_losses

__all__ = [
    "AGREEMENT",
    "BATCH_SIZE",
    "STEPS",
    "TRAINING",
    "AgreementPair",
    "NothingToGuess",
    "Prediction",
    "TokenScore",
    "agreement_pairs",
    "fill_mask",
    "hide_each",
    "hide_side",
    "hide_tokens",
    "log_probs_at",
    "mask_tokens",
    "mlm_batch",
    "mlm_loss",
    "mlm_loss_on",
    "mlm_losses",
    "outcomes",
    "pseudo_log_likelihood",
    "select_whole_words",
]
