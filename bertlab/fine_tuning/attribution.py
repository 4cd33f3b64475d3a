"""Which words carried a decision: gradient × input, and leaving each word out. Two answers that need not agree.

Gradient × input as in Shrikumar et al. 2017, on what the embeddings return; leaving out as in Li et al. 2016.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.models import encoder, evaluating, hooked


class WordScore(NamedTuple):
    """A word, and by how much it moves the score by either measure; positive is towards label 1."""

    word: str
    gradient: float
    left_out: float

    @property
    def agree(self) -> bool:
        """Whether both measures point the same way. Example: `WordScore("fine", 0.2, -0.1).agree` is `False`."""
        return self.gradient * self.left_out > 0


def score(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, " batch"]:
    """Return what both measures explain: logit 1 minus logit 0.

    Example: `score(torch.tensor([[1.0, 3.0]]))` is `tensor([2.])`.

    ValueError for another number of classes.
    """
    if logits.shape[-1] != 2:
        raise ValueError(f"a score is the difference of two logits, and this head has {logits.shape[-1]}")
    return logits[:, 1] - logits[:, 0]


def split_words(text: str) -> list[str]:
    """Return the words that both measures score: what stands between spaces. Example: `split_words("So, so.")`."""
    return text.split()


def gradient_times_input(model: Any, tokenizer: PreTrainedTokenizerFast, text: str, max_length: int) -> list[float]:
    """Return, for each word, the sum over its pieces of gradient · vector: what a first-order change predicts.

    Example: `gradient_times_input(model, tokenizer, "Not bad at all.", 128)` has four numbers.

    The vectors are what the embeddings return, after LayerNorm. Before it the measure would be blind: LayerNorm takes
    no notice of a vector's length, so no gradient points along it. Words that were cut off get 0.
    """
    words = split_words(text)
    batch = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length, return_tensors="pt")
    seen: list[Tensor] = []

    def keep(part: Any, given: Any, result: Tensor) -> Tensor:
        seen.append(result.detach().requires_grad_(True))
        return seen[0]

    with evaluating(model), torch.enable_grad(), hooked([encoder(model).embeddings], after=keep):
        (gradient,) = torch.autograd.grad(score(model(**batch).logits).sum(), seen)
    by_piece = (gradient * seen[0]).sum(-1)[0].tolist()  # (T,)
    totals = [0.0] * len(words)
    for number, value in zip(batch.word_ids(), by_piece, strict=True):
        if number is not None:
            totals[number] += value
    return totals


@torch.inference_mode()
def leave_one_out(model: Any, tokenizer: PreTrainedTokenizerFast, text: str, max_length: int) -> list[float]:
    """Return, for each word, how much the score falls without it. Example: as for `gradient_times_input`.

    The text is whole first, then without each word: one batch for all of them.
    """
    words = split_words(text)
    without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    limits: dict[str, Any] = {"truncation": True, "max_length": max_length, "padding": True, "return_tensors": "pt"}
    with evaluating(model):
        whole, *others = score(model(**tokenizer([" ".join(words), *without], **limits)).logits).tolist()
    return [whole - other for other in others]


def explain(model: Any, tokenizer: PreTrainedTokenizerFast, text: str, max_length: int = 128) -> list[WordScore]:
    """Return both measures for each word of a text. Example: `explain(model, tokenizer, "Not bad at all.")[0].word`.

    No words, no scores. ValueError as for `score`.
    """
    words = split_words(text)
    if not words:
        return []
    measures = [measure(model, tokenizer, text, max_length) for measure in (gradient_times_input, leave_one_out)]
    return [WordScore(*row) for row in zip(words, *measures, strict=True)]
