"""Notebook 05: next-sentence prediction, and what it teaches."""

from bertlab.next_sentence_prediction.joint import doubt, pretraining_batch, pretraining_loss, without_torn
from bertlab.next_sentence_prediction.objective import (
    CHUNK,
    INPUTS,
    NSP_BATCH_SIZE,
    NSP_STEPS,
    POSITIONS,
    Batch,
    Pair,
    follows,
    next_sentence_logits,
    nsp_accuracy,
    nsp_batch,
    nsp_loss,
    nsp_training,
    refuse_what_is_not_in_pairs,
)
from bertlab.next_sentence_prediction.topic_shortcut import (
    FURTHER,
    passage_pairs,
    ranked_right,
    sentences_of,
    topic_similarity,
    word_bags,
)
from bertlab.next_sentence_prediction.trained_head import lacks_nsp_head, with_nsp_head

__all__ = [
    "CHUNK",
    "FURTHER",
    "INPUTS",
    "NSP_BATCH_SIZE",
    "NSP_STEPS",
    "POSITIONS",
    "Batch",
    "Pair",
    "doubt",
    "follows",
    "lacks_nsp_head",
    "next_sentence_logits",
    "nsp_accuracy",
    "nsp_batch",
    "nsp_loss",
    "nsp_training",
    "passage_pairs",
    "pretraining_batch",
    "pretraining_loss",
    "ranked_right",
    "refuse_what_is_not_in_pairs",
    "sentences_of",
    "topic_similarity",
    "with_nsp_head",
    "without_torn",
    "word_bags",
]
