"""One BERT that reads every text alone: the two towers of a siamese network share all their weights.

    encoder = SentenceEncoder(model)
    anchors, positives = embed_columns(encoder, tokenize_columns(tokenizer, [questions, answers]))

Reimers and Gurevych 2019 (arXiv:1908.10084, section 3). A cross-encoder reads both texts of a pair at once, so that n
texts cost n (n - 1) / 2 runs through the model to compare; here n runs are enough, and the rest is products of vectors.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH
from bertlab.models import encoder
from bertlab.sentence_embeddings.encode import CPU_POSITIONS, longest_first
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
    """Send all columns through the same encoder. Example: `u, v = embed_columns(encoder, [first, second])`.

    What a loss of this room takes, in the order of its arguments. On a CPU texts of like length go together, whatever
    their columns, which saves padding; vectors and gradients stay the same.
    """
    if any(values.device.type != "cpu" for column in columns for values in column.values()):
        return [encoder(**column) for column in columns]
    width = max(column["attention_mask"].shape[1] for column in columns)
    together = {
        name: torch.cat([pad(column[name], (0, width - column[name].shape[1])) for column in columns])
        for name in columns[0]
    }
    return list(embed_by_length(encoder, together).split([len(column["attention_mask"]) for column in columns]))


def embed_by_length(encoder: nn.Module, batch: Batch, positions: int = CPU_POSITIONS) -> Float[Tensor, "_ hidden"]:
    """Send a padded batch through the encoder in parts of like length, and return the vectors in their old order.

    Example: `embed_by_length(encoder, batch, positions=512)` is `encoder(**batch)`, without most of its padding.

    Of each part is cut what is padding on the right in all of its texts, after which it has at most so many positions.
    A loss sees all vectors of a batch at once; how they went through the encoder it cannot tell.
    """
    mask = batch["attention_mask"]
    ends = (mask * torch.arange(1, mask.shape[1] + 1, device=mask.device)).amax(dim=1)  # the last token of each text
    parts = longest_first(ends.tolist(), len(mask), positions)
    vectors = []
    for rows in parts:
        end = max(int(ends[rows[0]]), 1)
        vectors.append(encoder(**{name: values[rows, :end] for name, values in batch.items()}))
    order = torch.tensor([row for rows in parts for row in rows], device=mask.device)
    return torch.cat(vectors)[order.argsort()]
