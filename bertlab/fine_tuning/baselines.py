"""What a classifier has to beat: the majority, counted words, and a linear probe on a frozen encoder."""

from collections import Counter
from typing import Any

import torch
from jaxtyping import Float
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import Encoded, pad
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.models import evaluating


def majority(train: LabeledTexts, test: LabeledTexts) -> float:
    """Return the accuracy of always giving the training split's most frequent label.

    Example: `majority(train, test)`
    """
    [(label, _)] = Counter(train.labels).most_common(1)
    return sum(other == label for other in test.labels) / len(test)


def counted_words(train: LabeledTexts) -> Pipeline:
    """Fit TF-IDF of words and pairs of words, and a logistic regression on it.

    Example: `counted_words(train).score(test.texts, test.labels)`
    """
    counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(counts, LogisticRegression(C=10.0, max_iter=1000)).fit(train.texts, train.labels)


@torch.inference_mode()
def frozen_vectors(
    body: Any, tokenizer: PreTrainedTokenizerFast, data: Encoded, mean: bool = False, batch_size: int = 32
) -> Float[Tensor, "texts hidden"]:
    """Return one vector for each text: the last hidden state of [CLS], or the mean of those of all its tokens.

    Example: `frozen_vectors(AutoModel.from_pretrained(checkpoint), tokenizer, train, mean=True)`

    Padding takes no part in the mean.
    """
    vectors = []
    with evaluating(body):
        for start in range(0, len(data.features), batch_size):
            batch = pad(tokenizer, data.features[start : start + batch_size])
            hidden, real = body(**batch).last_hidden_state, batch["attention_mask"][..., None]  # (B, T, d), (B, T, 1)
            vectors.append((hidden * real).sum(1) / real.sum(1) if mean else hidden[:, 0])
    return torch.cat(vectors)


def linear_probe(vectors: Float[Tensor, "texts hidden"], labels: Tensor) -> Pipeline:
    """Fit a logistic regression on frozen vectors, each of their dimensions scaled to a standard deviation of 1.

    Example: `linear_probe(train_vectors, train_labels).score(test_vectors, test_labels)`
    """
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)).fit(
        vectors.numpy(), labels.numpy()
    )
