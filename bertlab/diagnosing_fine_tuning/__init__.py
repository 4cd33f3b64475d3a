"""Notebook 08: diagnosing fine-tuning, each cause produced on purpose."""

from bertlab.diagnosing_fine_tuning.accumulation import (
    accumulated_gradient,
    contrastive_loss,
    shares_of,
    split_batch,
)
from bertlab.diagnosing_fine_tuning.calibration import expected_calibration_error, fit_temperature, reliability
from bertlab.diagnosing_fine_tuning.fragile import draw_top_layers_anew
from bertlab.diagnosing_fine_tuning.imbalance import (
    average_precision,
    best_threshold,
    class_scores,
    class_weights,
    imbalanced,
    macro_f1,
    micro_f1,
    precision_recall_curve,
)
from bertlab.diagnosing_fine_tuning.leakage import jaccard, near_duplicates, paraphrase_lightly, shingles
from bertlab.diagnosing_fine_tuning.noise import flip_labels, found_among, losses_of, out_of_fold_losses, suspects
from bertlab.diagnosing_fine_tuning.shortcuts import (
    by_slice,
    consistency,
    counterfactuals,
    flip_rate,
    wilson,
)

__all__ = [
    "accumulated_gradient",
    "average_precision",
    "best_threshold",
    "by_slice",
    "class_scores",
    "class_weights",
    "consistency",
    "contrastive_loss",
    "counterfactuals",
    "draw_top_layers_anew",
    "expected_calibration_error",
    "fit_temperature",
    "flip_labels",
    "flip_rate",
    "found_among",
    "imbalanced",
    "jaccard",
    "losses_of",
    "macro_f1",
    "micro_f1",
    "near_duplicates",
    "out_of_fold_losses",
    "paraphrase_lightly",
    "precision_recall_curve",
    "reliability",
    "shares_of",
    "shingles",
    "split_batch",
    "suspects",
    "wilson",
]
