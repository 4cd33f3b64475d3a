"""Notebook 01: from text to WordPiece ids, by hand."""

from bertlab.tokenization.pieces import (
    CHINESE,
    build_inputs,
    fertility,
    normalize,
    pre_tokenize,
    tokenize,
    truncate_pair,
    wordpiece,
)
from bertlab.tokenization.vocabulary import log_likelihood, merge, pair_scores, train_wordpiece

__all__ = [
    "CHINESE",
    "build_inputs",
    "fertility",
    "log_likelihood",
    "merge",
    "normalize",
    "pair_scores",
    "pre_tokenize",
    "tokenize",
    "train_wordpiece",
    "truncate_pair",
    "wordpiece",
]
