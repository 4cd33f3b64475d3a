"""The loop of notebook 07 with two, three or more columns of texts, one encoder for all, and any loss of this room.

run = SentenceTraining.of(SentenceEncoder(model), tokenizer, train.texts, ranking_loss, epochs=2)
run.finish()
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH, Encoded, pad
from bertlab.fine_tuning.loop import FineTuning
from bertlab.sentence_bert.siamese import embed_columns


@dataclass
class SentenceTraining(FineTuning):
    """A run over rows of texts. Example: `SentenceTraining.of(encoder, tokenizer, train.texts, ranking_loss)`.

    Attributes:
        columns: the tokenized texts; those of one row belong together. The first is what batches are sorted by.
        objective: takes the vectors of all columns and, where rows have labels, those of the batch.
        labeled: whether rows have labels.
    """

    columns: Sequence[Encoded] = ()
    objective: Callable[..., Tensor] = torch.nn.functional.mse_loss
    labeled: bool = False

    @classmethod
    def of(
        cls,
        encoder: Any,
        tokenizer: PreTrainedTokenizerFast,
        texts: Sequence[Sequence[str]],
        objective: Callable[..., Tensor],
        labels: Sequence[int] | Sequence[float] | None = None,
        **recipe: Any,
    ) -> "SentenceTraining":
        """Tokenize columns of texts and make a run. Example: `SentenceTraining.of(e, t, [a, p], ranking_loss, lr=2e-5)`

        Args:
            encoder: a `SentenceEncoder`, or whatever makes vectors of a batch.
            tokenizer: its tokenizer.
            texts: a column for each argument of the objective, all of the same length.
            objective: a loss of vectors.
            labels: one for each row, if the objective takes them.
            recipe: epochs, batch_size, lr, seed and whatever else `FineTuning` takes.

        Raises:
            ValueError: the columns or the labels differ in length, or there is none.
            TypeError: a validation set is given: the loop does not know how to judge vectors.
        """
        if recipe.get("validation") is not None:
            raise TypeError("nothing is validated on the way: leave validation out, and judge by figures_of afterwards")
        if not texts or len({len(column) for column in texts}) != 1:
            raise ValueError(
                f"columns of {[len(column) for column in texts]} texts: give at least one, all of a length"
            )
        if labels is not None and len(labels) != len(texts[0]):
            raise ValueError(f"{len(labels)} labels for {len(texts[0])} rows: give each row one")
        given = torch.tensor(labels if labels is not None else [0] * len(texts[0]))
        columns = [encode_texts(column, tokenizer, given) for column in texts]
        return cls(
            encoder, tokenizer, columns[0], columns=columns, objective=objective, labeled=labels is not None, **recipe
        )

    def batch_loss(self, numbers: list[int]) -> Tensor:
        """Return the objective of these rows. Example: `run.batch_loss([0, 1]).backward()`."""
        batches = [pad(self.tokenizer, [column.features[number] for number in numbers]) for column in self.columns]
        vectors = embed_columns(self.model, batches)
        return self.objective(*vectors, self.train.labels[numbers]) if self.labeled else self.objective(*vectors)


def encode_texts(texts: Sequence[str], tokenizer: PreTrainedTokenizerFast, labels: Tensor) -> Encoded:
    """Tokenize a column of texts. Example: `encode_texts(["Hi."], tokenizer, torch.tensor([0])).lengths`."""
    return Encoded([dict(tokenizer(text, truncation=True, max_length=MAX_LENGTH)) for text in texts], labels)
