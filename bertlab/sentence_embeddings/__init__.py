"""Notebook 10: sentences as vectors."""

from bertlab.sentence_embeddings.baselines import embed_static, tfidf_cosines, word_overlap, word_overlaps
from bertlab.sentence_embeddings.correlation import pearson, spearman, spearman_difference, spearman_interval
from bertlab.sentence_embeddings.encode import embed, token_vectors, word_vectors
from bertlab.sentence_embeddings.isotropy import fit_mean, fit_whitening, mean_cosine
from bertlab.sentence_embeddings.pairs import load_pairs
from bertlab.sentence_embeddings.pooling import LAST_FOUR, cls_pooling, max_pooling, mean_pooling
from bertlab.sentence_embeddings.similarity import (
    cosine,
    dot,
    euclidean,
    normalize,
    pairwise_cosine,
    pairwise_dot,
    pairwise_euclidean,
)

__all__ = [
    "LAST_FOUR",
    "cls_pooling",
    "cosine",
    "dot",
    "embed",
    "embed_static",
    "euclidean",
    "fit_mean",
    "fit_whitening",
    "load_pairs",
    "max_pooling",
    "mean_cosine",
    "mean_pooling",
    "normalize",
    "pairwise_cosine",
    "pairwise_dot",
    "pairwise_euclidean",
    "pearson",
    "spearman",
    "spearman_difference",
    "spearman_interval",
    "tfidf_cosines",
    "token_vectors",
    "word_overlap",
    "word_overlaps",
    "word_vectors",
]
