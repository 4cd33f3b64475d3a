"""Both of BERT's objectives in one pass: masked words and next sentences, on pairs of the tiny world.

Source: Devlin et al. 2019 (arXiv:1810.04805), appendix A.2; google-research/bert, `run_pretraining.py`.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.masked_language_modeling.training import TRAINING
from bertlab.models import encoder, mlm_head
from bertlab.next_sentence_prediction.objective import INPUTS, Batch
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import CLS, MASK, PAD, SEP, Channel, World, next_sentence_pairs
from bertlab.tinyworld.next_sentence import NOT_NEXT, Negatives, halves, partners, split


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


def without_torn(batch: Batch) -> Batch:
    """Leave the torn pairs out of a batch, and change nothing else. Example: `without_torn(batch)["next_labels"]`."""
    kept = batch["next_labels"] != NOT_NEXT
    return {name: tensor[kept] for name, tensor in batch.items()}


def _pairs_and_singles(
    world: World, each: int, negatives: Negatives | None, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw `each` pairs and as many single sentences, padded to one length, and the next label of each."""
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

    A reader who predicts masked words in such text mixes P(w) = (1 − doubt) P(w | whole) + doubt · P(w | torn). On a
    pair that is whole, this costs at most −log(1 − doubt) a word. ValueError for "swapped", which tears nothing.
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
