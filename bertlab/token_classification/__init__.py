"""Notebook 09: a label on every token."""

from bertlab.token_classification.alignment import align_labels, encode_words, inside, read_back, what_is_cut
from bertlab.token_classification.answer_scores import answer_scores, exact_match, normalize
from bertlab.token_classification.answer_threshold import answer_texts, best_null_threshold
from bertlab.token_classification.answer_windows import as_encoded, encode_questions, predict_answers
from bertlab.token_classification.answers import load_answers
from bertlab.token_classification.bio import allowed_moves, bio_tags, entities_of, is_valid, repair
from bertlab.token_classification.brute_force import best_path, log_partition, marginals, score_table
from bertlab.token_classification.clozes import make_clozes, passages_of
from bertlab.token_classification.crf import LinearChainCRF
from bertlab.token_classification.entity_scores import (
    entity_score,
    partial_matches,
    scores_by_type,
    token_accuracy,
)
from bertlab.token_classification.gather import gather_labels, gather_words
from bertlab.token_classification.label_errors import (
    differing_words,
    losses_of_words,
    out_of_fold_word_losses,
    sentence_losses,
    suspect_words,
)
from bertlab.token_classification.later_pieces import read_later_pieces
from bertlab.token_classification.long_texts import predict_in_windows
from bertlab.token_classification.spans import SpanFinder, best_span, is_unanswered, null_score, span_loss
from bertlab.token_classification.tag_figures import count_mistakes, names_in, score_of_names
from bertlab.token_classification.tagged import load_tagged
from bertlab.token_classification.tagger import Tagger, TaggerTraining, path_finder, predict_tags, two_rates
from bertlab.token_classification.windows import encode_windows, merge_windows
from bertlab.token_classification.word_batches import encode_sentences

__all__ = [
    "LinearChainCRF",
    "SpanFinder",
    "Tagger",
    "TaggerTraining",
    "align_labels",
    "allowed_moves",
    "answer_scores",
    "answer_texts",
    "as_encoded",
    "best_null_threshold",
    "best_path",
    "best_span",
    "bio_tags",
    "count_mistakes",
    "differing_words",
    "encode_questions",
    "encode_sentences",
    "encode_windows",
    "encode_words",
    "entities_of",
    "entity_score",
    "exact_match",
    "gather_labels",
    "gather_words",
    "inside",
    "is_unanswered",
    "is_valid",
    "load_answers",
    "load_tagged",
    "log_partition",
    "losses_of_words",
    "make_clozes",
    "marginals",
    "merge_windows",
    "names_in",
    "normalize",
    "null_score",
    "out_of_fold_word_losses",
    "partial_matches",
    "passages_of",
    "path_finder",
    "predict_answers",
    "predict_in_windows",
    "predict_tags",
    "read_back",
    "read_later_pieces",
    "repair",
    "score_of_names",
    "score_table",
    "scores_by_type",
    "sentence_losses",
    "span_loss",
    "suspect_words",
    "token_accuracy",
    "two_rates",
    "what_is_cut",
]
