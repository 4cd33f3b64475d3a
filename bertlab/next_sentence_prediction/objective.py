"""Next-sentence prediction: does the second text follow the first? BERT's second objective, and what it measures.

Source: Devlin et al. 2019 (arXiv:1810.04805), section 3.1, task 2; google-research/bert, `run_pretraining.py`.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.masked_language_modeling.training import TRAINING
from bertlab.models import encoder, mlm_head
from bertlab.small_bert.model import model_inputs, small_bert
from bertlab.small_bert.training import LiveTraining
from bertlab.tinyworld import CLS, MASK, PAD, SEP, Channel, World, next_sentence_pairs
from bertlab.tinyworld.next_sentence import IS_NEXT, Negatives, halves, partners, split

Batch = dict[str, Tensor]
Pair = tuple[str, str]

POSITIONS = 19
"""The longest pair of the tiny world: the longest first sentence and the longest second one, which may meet."""
NSP_BATCH_SIZE, NSP_STEPS = 64, 350
"""A run of some fifteen seconds on one idle core."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
CHUNK = 32
"""How many pairs go through a model at a time."""


def next_sentence_logits(model: nn.Module, inputs: dict[str, Tensor]) -> Float[Tensor, "batch 2"]:
    """Return the scores for *follows* (0) and *does not follow* (1), from [CLS] by way of the pooler.

    Example: `next_sentence_logits(model, tokenizer("It rained.", "We stayed in.", return_tensors="pt")).softmax(1)`
    """
    pooled = encoder(model)(**inputs)[1]  # (batch, hidden)
    return model.get_submodule("cls.seq_relationship")(pooled)


@torch.inference_mode()
def follows(pairs: Sequence[Pair], model: nn.Module, tokenizer: PreTrainedTokenizerFast) -> Float[Tensor, " pairs"]:
    """Return P(the second text follows the first) for each pair, as the model sees it.

    Example: `follows([("It rained.", "We stayed in.")], model, tokenizer)[0]`

    Pairs too long for the model lose the end of their longer text.
    """
    limit = encoder(model).config.max_position_embeddings
    order = sorted(range(len(pairs)), key=lambda number: len("".join(pairs[number])))  # alike in length: little padding
    found = torch.empty(len(pairs))
    for start in range(0, len(pairs), CHUNK):
        some = order[start : start + CHUNK]
        first, second = map(list, zip(*(pairs[number] for number in some), strict=True))
        encoded = tokenizer(first, second, padding=True, truncation=True, max_length=limit, return_tensors="pt")
        found[some] = next_sentence_logits(model, dict(encoded)).softmax(1)[:, IS_NEXT]
    return found


def nsp_batch(world: World, size: int, seed: int, negatives: Negatives) -> Batch:
    """Draw pairs of the tiny world: `model_inputs`, and `next_labels`, 0 where the second sentence follows.

    Example: `nsp_batch(world, 64, seed=0, negatives="other topic")["next_labels"]`

    The same seed gives the same batch.
    """
    pairs = next_sentence_pairs(world, size, negatives, torch.Generator().manual_seed(seed))
    return {**model_inputs(pairs.input_ids), "next_labels": pairs.labels}


def nsp_loss(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Return the mean of −log P(label) over the pairs, in nats; a label of -100 takes no part.

    Example: `nsp_loss(model, nsp_batch(world, 64, seed=0, negatives="other topic"))`
    """
    logits = next_sentence_logits(model, {name: batch[name] for name in INPUTS})
    return nn.functional.cross_entropy(logits, batch["next_labels"], ignore_index=IGNORED)


@torch.inference_mode()
def nsp_accuracy(model: nn.Module, batch: Batch) -> float:
    """Return the share of pairs that the model judges rightly. Example: `nsp_accuracy(model, held_out)`."""
    logits = next_sentence_logits(model, {name: batch[name] for name in INPUTS})
    return (logits.argmax(1) == batch["next_labels"]).double().mean().item()


def nsp_training(
    world: World,
    negatives: Negatives,
    seed: int = 0,
    steps: int = NSP_STEPS,
    evaluate: Callable[[nn.Module], float] | None = None,
) -> LiveTraining:
    """Make a run that trains a fresh small BERT to tell pairs apart, with nothing else to learn.

    Example: `for _ in nsp_training(world, "other topic"): ...`

    `evaluate` gives a loss to plot, as in `LiveTraining`.
    """

    def make_batch(step: int) -> Batch:
        return nsp_batch(world, NSP_BATCH_SIZE, seed * steps + step, negatives)

    return LiveTraining(small_bert(world.discourses, seed, POSITIONS), make_batch, nsp_loss, steps, evaluate)


def pretraining_batch(world: World, size: int, seed: int, negatives: Negatives | None) -> Batch:
    """Draw half of a batch as pairs and half as single sentences, and corrupt all as BERT does.

    Example: `pretraining_batch(world, 96, seed=0, negatives="other topic")`

    Half of the pairs are negatives of this kind; None for true discourses only. Returns `model_inputs` of what is read,
    `labels` (the original id where selected, -100 elsewhere), and `next_labels`: 0 where the second sentence follows, 1
    where not, -100 for a single sentence. ValueError for an odd size.
    """
    if size % 2:
        raise ValueError(f"size is {size}: half are pairs and half single sentences, so give an even number")
    generator = torch.Generator().manual_seed(seed)
    input_ids, next_labels = _pairs_and_singles(world, size // 2, negatives, generator)
    corrupted, labels = mask_tokens(
        input_ids,
        input_ids < MASK,
        mask_token_id=MASK,
        vocab_size=len(world.words),
        generator=generator,
        **TRAINING._asdict(),
    )
    return {**model_inputs(input_ids), "input_ids": corrupted, "labels": labels, "next_labels": next_labels}


def _pairs_and_singles(
    world: World, each: int, negatives: Negatives | None, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw as many of each, padded alike, and the next label of each."""
    if negatives is None:
        pairs, labels = world.discourses.sample(each, generator).input_ids, torch.zeros(each).long()
    else:
        pairs, _, labels = next_sentence_pairs(world, each, negatives, generator)
    singles = world.sentences.sample(each, generator).input_ids
    longest = max(pairs.shape[1], singles.shape[1])
    texts = [nn.functional.pad(ids, (0, longest - ids.shape[1]), value=PAD) for ids in (pairs, singles)]
    return torch.cat(texts), torch.cat([labels, torch.full((each,), IGNORED)])


def pretraining_loss(model: nn.Module, batch: Batch, with_next: bool) -> Float[Tensor, ""]:
    """Return the loss of masked language modeling, plus that of next-sentence prediction if wanted, in nats.

    Example: `pretraining_loss(model, pretraining_batch(world, 96, 0, "other topic"), with_next=True)`

    The sum of the two means, as in BERT's code (`total_loss`). One pass through the encoder serves both.
    """
    hidden, pooled = encoder(model)(**{name: batch[name] for name in INPUTS})[:2]
    chosen = batch["labels"] != IGNORED
    logits = mlm_head(model)(hidden[chosen])  # (positions, vocab)
    loss = nn.functional.cross_entropy(logits, batch["labels"][chosen])
    if with_next:
        scores = model.get_submodule("cls.seq_relationship")(pooled)  # (batch, 2)
        loss = loss + nn.functional.cross_entropy(scores, batch["next_labels"], ignore_index=IGNORED)
    return loss


def doubt(world: World, batch: Batch, negatives: Negatives, channel: Channel) -> Float[Tensor, " batch"]:
    """Return P(torn | what is read) for corrupted pairs of which half were torn: how far an ideal reader doubts them.

    Example: `doubt(world, mlm_batch(world.discourses, 64, 0, Channel()), "other topic", Channel())`

    Who reads masked words in such text mixes two predictions, P(w) = (1 − doubt) P(w | whole) + doubt · P(w | torn). On
    a pair that is whole, this costs at most −log(1 − doubt) a word. ValueError for "swapped", which tears nothing.
    """
    if negatives == "swapped":
        raise ValueError("swapped pairs are not torn: choose other topic, same topic or same template")
    read = batch["input_ids"]
    original = torch.where(batch["labels"] == IGNORED, read, batch["labels"])
    first, second = halves(world.discourses)
    noisy = torch.where(first.special[:, None], first.table, channel.read(first.table))
    before, after = split(read, original == SEP, CLS, PAD)  # token types tell where B begins, whatever is read
    joint = first.component_log_probs(first.log_likelihoods(before, noisy)).exp()  # (batch, components): P(A, c)
    given = second.component_log_probs(second.log_likelihoods(after, noisy)).exp() / second.weights  # P(B | c)
    whole, torn = (joint * given).sum(1), (joint * (given @ partners(world.discourses, negatives).T)).sum(1)
    return torn / (whole + torn)
