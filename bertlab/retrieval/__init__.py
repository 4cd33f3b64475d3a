"""Notebook 12: searching texts."""

from bertlab.retrieval.ann import build_index, share_found
from bertlab.retrieval.bm25 import BM25, words_of
from bertlab.retrieval.collection import load_collection
from bertlab.retrieval.context import build_prompt, sources_with
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.fusion import reciprocal_rank_fusion
from bertlab.retrieval.index_file import Made, digest, fingerprint, load_vectors, save_vectors
from bertlab.retrieval.judging import difference, mixed_rankings, rankings_of, report
from bertlab.retrieval.late_interaction import best_matches, maxsim
from bertlab.retrieval.metrics import abstention, mean_interval, ndcg_at_k, recall_at_k, reciprocal_rank
from bertlab.retrieval.pooled import pooled_judgements
from bertlab.retrieval.reranker import pairs_read, rerank, train_reranker
from bertlab.retrieval.sparse import splade, top_terms

__all__ = [
    "BM25",
    "Made",
    "abstention",
    "best_matches",
    "build_index",
    "build_prompt",
    "difference",
    "digest",
    "fingerprint",
    "load_collection",
    "load_vectors",
    "maxsim",
    "mean_interval",
    "mixed_rankings",
    "ndcg_at_k",
    "pairs_read",
    "pooled_judgements",
    "rankings_of",
    "recall_at_k",
    "reciprocal_rank",
    "reciprocal_rank_fusion",
    "report",
    "rerank",
    "save_vectors",
    "share_found",
    "sources_with",
    "splade",
    "top_k",
    "top_terms",
    "train_reranker",
    "words_of",
]
