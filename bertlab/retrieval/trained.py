"""One checkpoint of masked language modeling, three ways to represent a text, each trained by the same ranking loss.

    model = AutoModelForMaskedLM.from_pretrained(bertlab.checkpoint())
    training_of("late", model, tokenizer, triples["train"], epochs=2).finish()
    score(represent("late", model, tokenizer, questions), represent("late", model, tokenizer, passages))

"dense" is the mean of the hidden states, scaled to length 1; "sparse" a weight for each entry of the vocabulary, by the
head of masked language modeling (SPLADE v2, Formal et al. 2021, arXiv:2109.10086); "late" a vector of length 1 for each
token (ColBERT, Khattab and Zaharia 2020, arXiv:2004.12832; theirs are projected to fewer dimensions first).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import pad
from bertlab.models import device, encoder, evaluating, mlm_logits
from bertlab.retrieval.late_interaction import maxsim
from bertlab.retrieval.sparse import active, flops, splade
from bertlab.sentence_bert.ranking import own_cross_entropy, repeated
from bertlab.sentence_bert.training import SentenceTraining
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_embeddings.encode import longest
from bertlab.sentence_embeddings.pooling import mean_pooling

TEMPERATURES = {"dense": 0.05, "sparse": 1.0, "late": 1.0}
"""A cosine is at most 1; products of sparse vectors, and sums over the tokens of a query, are far larger."""


class Represented(NamedTuple):
    """Texts as one of the three kinds sees them. Example: `Represented("dense", torch.eye(2)).mask` is `None`.

    Attributes:
        kind: "dense", "sparse" or "late".
        vectors: one for each text; of kind "late", one for each token of each text.
        mask: of kind "late", the tokens that take part.
    """

    kind: str
    vectors: Float[Tensor, "texts *size"]
    mask: Bool[Tensor, "texts seq"] | None = None


def score(queries: Represented, passages: Represented) -> Float[Tensor, "queries passages"]:
    """Compare all with all, by inner products or, of kind "late", by `maxsim`.

    Example: `score(Represented("dense", torch.eye(2)), Represented("dense", torch.eye(2)))` is
    `[[1.0, 0.0], [0.0, 1.0]]`.

    ValueError if they are of two kinds.
    """
    if queries.kind != passages.kind:
        raise ValueError(f"{queries.kind} queries and {passages.kind} passages: represent both in the same way")
    if queries.mask is not None and passages.mask is not None:
        return maxsim(queries.vectors, passages.vectors, queries.mask, passages.mask)
    return queries.vectors @ passages.vectors.T


def numbers_stored(passages: Represented) -> float:
    """Return how many numbers an index keeps for each passage, on average.

    Example: `numbers_stored(Represented("sparse", torch.tensor([[0.0, 2.0], [0.0, 0.0]])))` is `0.5`.

    A dense vector has `hidden_size`; of a sparse one only what is not 0 is kept, each beside the number of its
    passage; of kind "late" it is `hidden_size` for each token.
    """
    if passages.mask is not None:
        return passages.mask.sum(dim=1).double().mean().item() * passages.vectors.shape[2]
    if passages.kind == "sparse":
        return active(passages.vectors).double().mean().item()
    return float(passages.vectors.shape[1])


def check_kind(kind: str) -> None:
    """Refuse what is none of the three. Example: `check_kind("dense")` is `None`."""
    if kind not in TEMPERATURES:
        raise ValueError(f"there is no kind {kind!r}: choose from {', '.join(TEMPERATURES)}")


def represent_batch(
    kind: str, model: nn.Module, batch: Mapping[str, Tensor], tokenizer: PreTrainedTokenizerFast
) -> Represented:
    """Represent the texts of a batch; gradients and dropout stay as they are.

    Example: `represent_batch("sparse", model, tokenizer(["Hi."], return_tensors="pt"), tokenizer).vectors`
    """
    mask = batch["attention_mask"].bool()
    if kind == "sparse":
        logits = mlm_logits(model, batch, mask)  # (tokens, vocab): most of the work, so that padding is left out
        texts = logits.split(mask.sum(dim=1).tolist())
        # splade's logarithm grows with the logit, so that the maximum may be taken first, and the rest of one row;
        # the gradient of max() goes to one token, while amax() searches all logits for equals
        best = torch.stack([text.max(dim=0).values for text in texts])[:, None].float()  # (batch, 1, vocab)
        return Represented(kind, splade(best, mask.new_ones(len(best), 1)))
    hidden = encoder(model)(**batch)[0].float()  # (batch, seq, hidden)
    if kind == "dense":
        return Represented(kind, normalize(mean_pooling(hidden, mask), dim=1))
    ends = torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id], device=hidden.device)
    return Represented(kind, normalize(hidden, dim=2), mask & ~torch.isin(batch["input_ids"], ends))


@torch.inference_mode()
def represent(
    kind: str, model: nn.Module, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], batch_size: int = 16
) -> Represented:
    """Represent texts with dropout off, in their order.

    Example: `score(represent("late", model, tokenizer, questions), represent("late", model, tokenizer, passages))`

    What is longer than the model's positions is cut. ValueError if there is no text, or no such kind.
    """
    check_kind(kind)
    if isinstance(texts, str) or not texts:
        raise ValueError("give a list of texts, with one at least, such as [text]")
    parts = []
    with evaluating(model):
        for start in range(0, len(texts), batch_size):
            batch = list(texts[start : start + batch_size])
            cut = {"truncation": True, "max_length": longest(model, tokenizer)}
            inputs = tokenizer(batch, padding=True, return_tensors="pt", **cut).to(device(model))
            parts.append(represent_batch(kind, model, inputs, tokenizer))
    if kind != "late":
        return Represented(kind, torch.cat([part.vectors for part in parts]))
    tokens = [row[mask] for part in parts for row, mask in zip(part.vectors, part.mask, strict=True)]  # type: ignore[arg-type]
    ones = [text.new_ones(len(text), dtype=torch.bool) for text in tokens]
    return Represented(kind, pad_sequence(tokens, batch_first=True), pad_sequence(ones, batch_first=True))


@dataclass
class RankingTraining(SentenceTraining):
    """A run in which each anchor must find its own positive among the texts of the batch. Example: `training_of(...)`.

    Attributes:
        kind: how texts are represented: "dense" or "late".
        temperature: what scores are divided by.
        bfloat16: whether the model's products are taken in bfloat16, faster on CPUs that have it; the scores are not.
        objective: of the scores (anchors, texts).
    """

    kind: str = "dense"
    temperature: float = TEMPERATURES["dense"]
    bfloat16: bool = False

    def batch_loss(self, numbers: list[int]) -> Tensor:
        """Return the objective of the scores of these rows. Example: `run.batch_loss([0, 1]).backward()`.

        A text that stands in the batch twice is no negative of the anchors that it is right for.
        """
        texts = [[str(column.features[number]["input_ids"]) for number in numbers] for column in self.columns]
        found = []
        for column in self.columns:
            batch = {
                name: values.to(device(self.model))
                for name, values in pad(self.tokenizer, [column.features[number] for number in numbers]).items()
            }
            with torch.autocast(device(self.model).type, torch.bfloat16, enabled=self.bfloat16):
                found.append(represent_batch(self.kind, self.model, batch, self.tokenizer))
        anchors, *candidates = found
        scores = torch.cat([score(anchors, column) for column in candidates], dim=1) / self.temperature
        return self.objective(scores.masked_fill(repeated(*texts), -torch.inf)) + self.penalty(anchors, candidates)

    def penalty(self, anchors: Represented, texts: list[Represented]) -> Tensor:
        """Return what is added to the objective: nothing. Example: `run.penalty(anchors, [positives]).item()`."""
        return anchors.vectors.new_zeros(())


@dataclass
class SparseTraining(RankingTraining):
    """A run that also teaches to leave entries at 0, by `flops`. Example: `training_of("sparse", ...)`.

    Attributes:
        anchor_weight, text_weight: of the two regularizers. Questions are short, and each of their entries costs a walk
            through a list, so that theirs is the larger one. Choose both on a validation split.
        ramp: the share of steps in which the weights rise, as a square: at once in full, entries would fall to 0 before
            they have learned to be of use (Formal et al. 2021, arXiv:2107.05720, section 4).
    """

    anchor_weight: float = 3e-3
    text_weight: float = 1e-3
    ramp: float = 1 / 3

    @property
    def risen(self) -> float:
        """The share of their full weight that regularizers have at this step. Example: `run.risen`"""
        return min(1.0, self.step / max(1, math.floor(self.ramp * self.steps))) ** 2

    def penalty(self, anchors: Represented, texts: list[Represented]) -> Tensor:
        """Return the weighted regularizers. Example: `run.penalty(anchors, [positives, negatives]).item()`."""
        of_texts = flops(torch.cat([column.vectors for column in texts]))
        return self.risen * (self.anchor_weight * flops(anchors.vectors) + self.text_weight * of_texts)


def training_of(
    kind: str, model: nn.Module, tokenizer: PreTrainedTokenizerFast, triples: Triples, **recipe: Any
) -> SentenceTraining:
    """Make a run of one kind. Example: `training_of("sparse", model, tokenizer, triples["train"]).finish().model`.

    Args:
        kind: "dense", "sparse" or "late".
        model: a BERT with the head of masked language modeling, which "dense" and "late" leave as it is.
        tokenizer: its tokenizer.
        triples: of which the negatives, if there are any, stand against every anchor of the batch.
        recipe: epochs, batch_size, lr, seed, temperature, and whatever else the run takes.

    Raises:
        ValueError: there is no such kind.
    """
    check_kind(kind)
    recipe = {"kind": kind, "temperature": TEMPERATURES[kind], **recipe}
    training = SparseTraining if kind == "sparse" else RankingTraining
    return training.of(model, tokenizer, triples.texts, own_cross_entropy, **recipe)
