"""Notebook 07: fine-tuning, a head on [CLS]."""

from bertlab.fine_tuning.attribution import WordScore, explain, gradient_times_input, leave_one_out
from bertlab.fine_tuning.baselines import counted_words, frozen_vectors, linear_probe, majority
from bertlab.fine_tuning.batches import Encoded, encode, length_sorted_batches, pad, padding_share
from bertlab.fine_tuning.cheaper import freeze, layerwise_rates
from bertlab.fine_tuning.further_reading import read_further
from bertlab.fine_tuning.head import Classifier, count_parameters
from bertlab.fine_tuning.labeled import LabeledTexts, load_labeled, tricky_reviews
from bertlab.fine_tuning.loop import FineTuning, accuracy, logits_of
from bertlab.fine_tuning.lora import LoRALinear, add_lora, merge_lora
from bertlab.fine_tuning.optimizer import AdamW, parameter_groups, warmup_then_decay
from bertlab.fine_tuning.reading import DataError

__all__ = [
    "AdamW",
    "Classifier",
    "DataError",
    "Encoded",
    "FineTuning",
    "LabeledTexts",
    "LoRALinear",
    "WordScore",
    "accuracy",
    "add_lora",
    "count_parameters",
    "counted_words",
    "encode",
    "explain",
    "freeze",
    "frozen_vectors",
    "gradient_times_input",
    "layerwise_rates",
    "leave_one_out",
    "length_sorted_batches",
    "linear_probe",
    "load_labeled",
    "logits_of",
    "majority",
    "merge_lora",
    "pad",
    "padding_share",
    "parameter_groups",
    "read_further",
    "tricky_reviews",
    "warmup_then_decay",
]
