"""Notebook 11: training sentence encoders."""

from bertlab.sentence_bert.chooser import choose_objective
from bertlab.sentence_bert.classification import PairClassifier
from bertlab.sentence_bert.contrastive import contrastive_loss
from bertlab.sentence_bert.cosent import cosent_loss
from bertlab.sentence_bert.cross_encoder import runs_needed
from bertlab.sentence_bert.evaluation import figures_of, vectors_of
from bertlab.sentence_bert.gradcache import cached_backward
from bertlab.sentence_bert.guided import guided_ranking_loss
from bertlab.sentence_bert.matryoshka import matryoshka_loss
from bertlab.sentence_bert.mining import mine_hard_negatives
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.regression import cosine_regression_loss
from bertlab.sentence_bert.sentence_transformers_folder import save_as_sentence_transformer
from bertlab.sentence_bert.siamese import SentenceEncoder, tokenize_columns
from bertlab.sentence_bert.simcse import simcse_loss
from bertlab.sentence_bert.training import SentenceTraining
from bertlab.sentence_bert.triples import load_triples
from bertlab.sentence_bert.triplet import squared_triplet_loss, triplet_loss

__all__ = [
    "PairClassifier",
    "SentenceEncoder",
    "SentenceTraining",
    "cached_backward",
    "choose_objective",
    "contrastive_loss",
    "cosent_loss",
    "cosine_regression_loss",
    "figures_of",
    "guided_ranking_loss",
    "load_triples",
    "matryoshka_loss",
    "mine_hard_negatives",
    "ranking_loss",
    "runs_needed",
    "save_as_sentence_transformer",
    "simcse_loss",
    "squared_triplet_loss",
    "tokenize_columns",
    "triplet_loss",
    "vectors_of",
]
