"""One BERT that reads every text alone: the two towers of a siamese network share all their weights.

    encoder = SentenceEncoder(model)
    anchors, positives = embed_columns(encoder, tokenize_columns(tokenizer, [questions, answers]))

Reimers and Gurevych 2019 (arXiv:1908.10084, section 3). A cross-encoder reads both texts of a pair at once, so that n
texts cost n (n - 1) / 2 runs through the model to compare; here n runs are enough, and the rest is products of vectors.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH
from bertlab.models import encoder
from bertlab.sentence_embeddings.pooling import mean_pooling

Batch = Mapping[str, Tensor]
Pooling = Callable[[Tensor, Tensor], Tensor]


class SentenceEncoder(nn.Module):
    """A BERT and a way to make one vector of its hidden states. Example: `SentenceEncoder(model)(**batch)`.

    Args:
        model: any BERT; of one with a head the encoder is taken.
        pooling: from hidden states (batch, seq, hidden) and the attention mask (batch, seq) to (batch, hidden).
    """

    def __init__(self, model: nn.Module, pooling: Pooling = mean_pooling):
        super().__init__()
        self.bert = encoder(model)  # under this name `models.encoder` finds it
        self.pooling = pooling

    def forward(self, **batch: Tensor) -> Float[Tensor, "batch hidden"]:
        """Return one vector for each text, not normalized. Example: `encoder(**tokenizer(texts, ...))`."""
        hidden = self.bert(**batch)[0]  # (batch, seq, hidden)
        return self.pooling(hidden, batch["attention_mask"])


def tokenize_columns(
    tokenizer: PreTrainedTokenizerFast, columns: Sequence[Sequence[str]], max_length: int = MAX_LENGTH
) -> list[dict[str, Tensor]]:
    """Make one batch of each column of texts, each padded to its own longest text.

    Example: `anchors, positives, negatives = tokenize_columns(tokenizer, [a, p, n])`

    ValueError if a column is empty.
    """
    for place, column in enumerate(columns):
        if not column:
            raise ValueError(f"column {place} has no texts: leave it out")
    kwargs: dict[str, Any] = {"truncation": True, "max_length": max_length, "padding": True, "return_tensors": "pt"}
    return [dict(tokenizer(list(column), **kwargs)) for column in columns]


def embed_columns(encoder: nn.Module, columns: Sequence[Batch]) -> list[Float[Tensor, "_ hidden"]]:
    """Send each column through the same encoder. Example: `u, v = embed_columns(encoder, [first, second])`.

    What a loss of this room takes, in the order of its arguments.
    """
    return [encoder(**column) for column in columns]
