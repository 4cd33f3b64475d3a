"""Answers as spans: two vectors say where an answer begins and ends, and [CLS] scores that there is none.

Each piece gets one logit for being the first of the answer and one for being the last. The score of a span is the sum
of the two (Devlin et al. 2018, arXiv:1810.04805, sections 4.2 and 4.3).
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from bertlab.models import encoder

CLS = 0
"""The position of [CLS], whose logits stand for "no answer"."""
LONGEST = 30
"""The most pieces that an answer may have, as in BERT's own code."""


class SpanLogits(NamedTuple):
    """Two logits for each piece. Example: `SpanLogits(torch.zeros(1, 7, 2)).start_logits.shape` is `(1, 7)`."""

    logits: Float[Tensor, "batch seq 2"]

    @property
    def start_logits(self) -> Float[Tensor, "batch seq"]:
        """How well the answer begins at each piece. Example: `model(**batch).start_logits`"""
        return self.logits[..., 0]

    @property
    def end_logits(self) -> Float[Tensor, "batch seq"]:
        """How well the answer ends with each piece. Example: `model(**batch).end_logits`"""
        return self.logits[..., 1]


class Spans(NamedTuple):
    """The best span of each text: positions of its first and last piece, and its score. Example: `best_span(...).start`

    `end` is included.
    """

    start: Int[Tensor, " batch"]
    end: Int[Tensor, " batch"]
    score: Float[Tensor, " batch"]


class SpanFinder(nn.Module):
    """An encoder and two vectors, for the start and the end of an answer.

    Example: `SpanFinder(AutoModel.from_pretrained(checkpoint))(**batch).start_logits`

    Its parts have the names of `BertForQuestionAnswering`, which takes its weights. The two vectors are drawn from a
    normal distribution of 0.02, as BERT's own code does it; they are the only new part.
    """

    def __init__(self, body: nn.Module):
        super().__init__()
        self.bert: Any = encoder(body)
        self.qa_outputs = nn.Linear(self.bert.config.hidden_size, 2)
        nn.init.normal_(self.qa_outputs.weight, std=self.bert.config.initializer_range)
        nn.init.zeros_(self.qa_outputs.bias)

    def forward(self, **batch: Tensor) -> SpanLogits:
        """Return the logits of a batch of pairs. Example: `model(**batch).logits`, (batch, seq, 2).

        Give `input_ids`, `attention_mask` and `token_type_ids`: question first, passage second.
        """
        return SpanLogits(self.qa_outputs(self.bert(**batch).last_hidden_state))


def span_loss(
    start_logits: Float[Tensor, "batch seq"],
    end_logits: Float[Tensor, "batch seq"],
    start_positions: Int[Tensor, " batch"],
    end_positions: Int[Tensor, " batch"],
) -> Float[Tensor, ""]:
    """Return the mean of two cross-entropies, one over all starts and one over all ends.

    Example: `span_loss(torch.zeros(1, 4), torch.zeros(1, 4), torch.tensor([1]), torch.tensor([3]))` is the logarithm of
    4: nothing is known yet of where the answer is.

    Equal to the loss of `BertForQuestionAnswering`, also where it is odd: positions beyond the text are ignored, but
    negative ones, -100 too, count as [CLS]. If all are ignored, it is NaN.
    """
    return (position_loss(start_logits, start_positions) + position_loss(end_logits, end_positions)) / 2


def position_loss(logits: Float[Tensor, "batch seq"], positions: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
    """Return the cross-entropy of choosing one position of each text, over the texts that have it.

    Example: `position_loss(torch.tensor([[0.0, 0.0], [9.0, 3.0]]), torch.tensor([1, 2]))` is `0.6931472`: the second
    text has no position 2.
    """
    length = logits.shape[1]
    kept = positions < length
    chosen = positions.clamp(0, length - 1)[:, None]
    losses = logits.logsumexp(dim=1) - logits.gather(1, chosen)[:, 0]
    return losses[kept].mean()


def best_span(
    start_logits: Float[Tensor, "batch seq"],
    end_logits: Float[Tensor, "batch seq"],
    in_passage: Bool[Tensor, "batch seq"],
    max_length: int = LONGEST,
) -> Spans:
    """Return the span with the highest score of each text: start + end, start not after end.

    Example: `best_span(torch.tensor([[0., 1., 5.]]), torch.tensor([[0., 4., 2.]]), torch.ones(1, 3).bool()).score` is
    `[7.0]`, though start and end are highest at 2 and 1, which is no span.

    Of equals it is the first that begins, then the first that ends. All spans are compared at once, in a table of
    `seq` times `seq` for each text.

    Args:
        start_logits, end_logits: one of each for every piece.
        in_passage: where an answer may be: not in [CLS], the question, [SEP] or padding.
        max_length: the most pieces of an answer.

    Returns:
        A text without a passage has the score -inf, at position 0.

    Raises:
        ValueError: `max_length` is less than 1.
    """
    if max_length < 1:
        raise ValueError(f"an answer has at least one piece: max_length must be 1 or more, not {max_length}")
    length = start_logits.shape[1]
    scores = start_logits[:, :, None] + end_logits[:, None, :]  # (batch, start, end)
    spans = torch.ones(length, length, dtype=torch.bool, device=scores.device).triu().tril(max_length - 1)
    valid = spans & in_passage[:, :, None] & in_passage[:, None, :]
    score, place = scores.masked_fill(~valid, -torch.inf).flatten(1).max(dim=1)
    return Spans(place // length, place % length, score)


def null_score(
    start_logits: Float[Tensor, "batch seq"], end_logits: Float[Tensor, "batch seq"]
) -> Float[Tensor, " batch"]:
    """Return the score of "no answer", start and end of [CLS]. Example: `null_score(*logits.unbind(-1))`, (batch)."""
    return start_logits[:, CLS] + end_logits[:, CLS]


def is_unanswered(
    null: Float[Tensor, "*batch"], best: Float[Tensor, "*batch"], null_threshold: float = 0.0
) -> Bool[Tensor, "*batch"]:
    """Decide for "no answer" where its score lies above that of the best span by more than a threshold.

    Example: `is_unanswered(torch.tensor([3.0, 3.0]), torch.tensor([2.0, 4.0]))` is `[True, False]`.

    The higher the threshold, the more is answered. It is chosen on the validation split.
    """
    return null - best > null_threshold
