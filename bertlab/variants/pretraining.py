"""What each kind of model is pre-trained on in the tiny world, and by which loss: equal steps, and tokens in each step.

A recipe names the model, how the batch of a step is made from its number alone, and the loss. All but those on pairs of
sentences see 144 sentences a step, as notebook 04's BERT does; those on pairs see as many tokens.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.experiments.world import world
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.masked_language_modeling.training import BATCH_SIZE, STEPS, TRAINING, mlm_batch, mlm_loss
from bertlab.models import mlm_logits
from bertlab.next_sentence_prediction.joint import pretraining_batch, pretraining_loss
from bertlab.next_sentence_prediction.objective import INPUTS, POSITIONS
from bertlab.small_bert.model import model_inputs
from bertlab.small_bert.training import LiveTraining
from bertlab.tinyworld import MASK
from bertlab.tinyworld.next_sentence import Negatives
from bertlab.variants.distillation import distillation_loss, predict
from bertlab.variants.electra import DISCRIMINATOR_WEIGHT, discriminator_loss, replace
from bertlab.variants.masking import DUPE_FACTOR
from bertlab.variants.small import KINDS, MATRICES, ElectraPair, small
from bertlab.why_bert_cannot_generate.batches import causal_batch

Batch = dict[str, Tensor]
Loss = Callable[[nn.Module, Batch], Tensor]
SET_SIZE = 36 * BATCH_SIZE
"""So many sentences are all that static masking and its control see: each one 41 times in 1,500 steps."""
PAIRS_BATCH = 118
"""Half pairs, half single sentences: as many tokens as 144 sentences have."""
HIDING = TRAINING._replace(mask_share=1.0, random_share=0.0)
"""ELECTRA's generator reads [MASK] at each selected token: none is kept or replaced beforehand."""


class Recipe(NamedTuple):
    """A kind of model, the batch of a seed and a step, and the loss; on pairs, positions for the longest of them.

    With batches that are larger by a factor, as many fewer steps are taken; the learning rate has a factor of its own.
    """

    kind: str
    make_batch: Callable[[int, int], Batch]
    loss: Loss
    positions: int | None = None
    larger: int = 1
    rate: float = 1.0


def number(seed: int, step: int) -> int:
    """Number the batches of all seeds, none of them twice. Example: `number(2, 7)` is `3007`."""
    return seed * STEPS + step


def sentences(seed: int, step: int, larger: int = 1) -> Batch:
    """Make what notebook 04's BERT is trained on. Example: `sentences(0, 7)["labels"]`."""
    return mlm_batch(world().sentences, BATCH_SIZE * larger, number(seed, step))


def pairs(seed: int, step: int, negatives: Negatives) -> Batch:
    """Make a batch of pairs and single sentences, with the label of each. Example: `pairs(0, 7, "swapped")`."""
    return pretraining_batch(world(), PAIRS_BATCH, number(seed, step), negatives)


def read_left(seed: int, step: int) -> Batch:
    """Make a batch for a causal model, whose loss is that of all tokens. Example: `read_left(0, 7)["labels"]`."""
    return causal_batch(world().sentences, BATCH_SIZE, number(seed, step))


def hidden(seed: int, step: int) -> Batch:
    """Make a batch for ELECTRA, whose draws have the same number. Example: `hidden(0, 7)["number"]`."""
    found = mlm_batch(world().sentences, BATCH_SIZE, number(seed, step), HIDING)
    return {**found, "number": torch.tensor(number(seed, step))}


def original(batch: Batch) -> Tensor:
    """Return the ids before they were corrupted. Example: `original(sentences(0, 7))`."""
    return torch.where(batch["labels"] == IGNORED, batch["input_ids"], batch["labels"])


@lru_cache(maxsize=1)
def fixed_set(seed: int, masking: int) -> Batch:
    """Draw all the sentences there are, and mask them in one of many ways. Example: `fixed_set(0, 1)["labels"]`."""
    ids = world().sentences.sample(SET_SIZE, torch.Generator().manual_seed(number(seed, 0))).input_ids
    corrupted, labels = mask_tokens(
        ids,
        ids < MASK,
        mask_token_id=MASK,
        vocab_size=world().sentences.vocab_size,
        generator=torch.Generator().manual_seed(number(seed, masking)),
        **TRAINING._asdict(),
    )
    return {**model_inputs(ids), "input_ids": corrupted, "labels": labels}


def fixed(seed: int, step: int, maskings: int | None) -> Batch:
    """Take a batch of a fixed set of sentences, each once an epoch, in another order each time.

    Example: `fixed(0, 36, maskings=1)`

    Static masking has some maskings of each sentence, taken in turn; dynamic masking (None) makes another each time.
    """
    epoch, turn = divmod(step, SET_SIZE // BATCH_SIZE)
    order = torch.randperm(SET_SIZE, generator=torch.Generator().manual_seed(number(seed, epoch)))
    rows = order.split(BATCH_SIZE)[turn]
    masked = fixed_set(seed, epoch % maskings if maskings else epoch)
    return {name: tensor[rows] for name, tensor in masked.items()}


@cache
def frequencies() -> Float[Tensor, " vocab"]:
    """Return log P(word) of a word drawn anywhere in a sentence. Example: `frequencies().exp().sum()` is 1."""
    mixture = world().sentences
    spoken = (~mixture.special).double()[mixture.emissions] * mixture.weights[:, None]  # (components, seq)
    rows = torch.zeros(len(mixture.table), dtype=torch.float64).index_add_(
        0, mixture.emissions.flatten(), spoken.flatten()
    )
    return (rows @ mixture.table / rows.sum()).log().float()


def electra_loss(
    pair: ElectraPair, batch: Batch, everywhere: bool = True, by_frequency: bool = False
) -> Float[Tensor, ""]:
    """Return the generator's MLM loss plus 50 times the discriminator's, over all tokens or the selected ones only.

    Example: `electra_loss(pair, hidden(0, 7), everywhere=False)`, the control of the paper's section 3.4, "ELECTRA 15%"

    `by_frequency`: the words to be found are not those that the generator draws, but any words, the frequent ones more
    often. The generator is trained all the same, so that nothing else differs.
    """
    inputs, selected = {name: batch[name] for name in INPUTS}, batch["labels"] != IGNORED
    logits = mlm_logits(pair.generator, inputs, selected)
    draws = torch.Generator().manual_seed(int(batch["number"]))
    drawn_from = frequencies().expand_as(logits) if by_frequency else logits
    read, labels = replace(drawn_from, original(batch), selected, draws)
    scores = pair.discriminator(**inputs | {"input_ids": read}).logits
    asked = batch["attention_mask"] if everywhere else selected.long()
    mlm = nn.functional.cross_entropy(logits, batch["labels"][selected])
    return mlm + DISCRIMINATOR_WEIGHT * discriminator_loss(scores, labels, asked)


def student_loss(student: nn.Module, batch: Batch, teacher: nn.Module, weights: Sequence[float]) -> Float[Tensor, ""]:
    """Return the loss of distillation, with weights for soft targets, masked words and hidden states.

    Example: `student_loss(student, sentences(0, 7), teacher, (5.0, 2.0, 1.0))`

    Soft targets and hidden states are compared at all tokens, as DistilBERT's are.
    """
    inputs = {name: batch[name] for name in INPUTS}
    with torch.no_grad():
        taught = predict(teacher, inputs)
    ce, mlm, cos = weights
    losses = distillation_loss(
        predict(student, inputs),
        taught,
        batch["labels"],
        batch["attention_mask"],
        alpha_ce=ce,
        alpha_mlm=mlm,
        alpha_cos=cos,
    )
    return losses.loss


def on_pairs(negatives: Negatives, with_next: bool) -> Recipe:
    """Write the recipe of a BERT on pairs of sentences. Example: `on_pairs("other topic", with_next=True)`."""
    loss = partial(pretraining_loss, with_next=with_next)
    return Recipe("BERT", partial(pairs, negatives=negatives), loss, POSITIONS)


LARGER = 4
"""So many times as large are the large batches: 576 sentences, in 375 steps."""

RECIPES: dict[str, Recipe] = {
    "BERT": Recipe("BERT", sentences, mlm_loss),
    "static masking, once": Recipe("BERT", partial(fixed, maskings=1), mlm_loss),
    "static masking, ten times": Recipe("BERT", partial(fixed, maskings=DUPE_FACTOR), mlm_loss),
    "dynamic masking": Recipe("BERT", partial(fixed, maskings=None), mlm_loss),
    "with NSP": on_pairs("other topic", with_next=True),
    "without NSP": on_pairs("other topic", with_next=False),
    "with SOP": on_pairs("swapped", with_next=True),
    "large batches": Recipe("BERT", partial(sentences, larger=LARGER), mlm_loss, larger=LARGER),
    "large batches, twice the rate": Recipe("BERT", partial(sentences, larger=LARGER), mlm_loss, larger=LARGER, rate=2),
    **{kind: Recipe(kind, sentences, mlm_loss) for kind in KINDS if kind.startswith(("ALBERT", "DeBERTa", "Modern"))},
    "ELECTRA": Recipe("ELECTRA", hidden, partial(electra_loss, everywhere=True)),
    "ELECTRA, selected positions only": Recipe("ELECTRA", hidden, partial(electra_loss, everywhere=False)),
    "ELECTRA, words by frequency": Recipe("ELECTRA", hidden, partial(electra_loss, by_frequency=True)),
    "causal": Recipe("BERT", read_left, mlm_loss),
}
"""Static and dynamic masking see the same few sentences; with and without NSP see the same pairs, half of them torn."""


def start(setting: str, seed: int, steps: int = STEPS) -> LiveTraining:
    """Make the run that pre-trains one setting. Example: `start("ALBERT", 0).finish().model`."""
    recipe = RECIPES[setting]
    mixture = world().sentences if recipe.positions is None else world().discourses
    model = small(recipe.kind, mixture, seed, recipe.positions)
    make_batch = partial(recipe.make_batch, seed)
    training = LiveTraining(model, make_batch, recipe.loss, steps // recipe.larger, inside=MATRICES)
    training.peaks = [peak * recipe.rate for peak in training.peaks]
    return training
