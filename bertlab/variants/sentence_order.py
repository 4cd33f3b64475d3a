"""Sentence-order prediction, ALBERT's, beside next-sentence prediction, BERT's: what each asks, and the best answer.

Both show two texts. In the positives the second follows the first; the negative of NSP is a second text from elsewhere,
that of SOP is the same two texts, swapped. A text from elsewhere often gives itself away by its subject alone, a swap
never does (Lan et al. 2020, arXiv:1909.11942, section 3.1). In the tiny world the best accuracy is known
exactly. It is 1 for both, and for order one of the two texts is enough: SOP is easy there for a reason that is the
toy's own. `day_world` has none of that.
"""

from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.next_sentence_prediction import INPUTS, Batch
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import Mixture, Template, World, next_sentence_pairs
from bertlab.tinyworld.lexicon import LEXICON, PRIORS
from bertlab.tinyworld.next_sentence import Negatives, halves, partners
from bertlab.variants.albert import AlbertForPreTraining


def day_world() -> World:
    """Return a world in which every sentence is as often first as second: one alone says nothing of the order.

    Example: `day_world().decode(day_world().discourses.sample(1).input_ids)` may be `["anna woke . [SEP] emma ate ."]`.

    Sleeping is followed by waking, waking by eating, and eating by sleeping.
    """
    day = {"night": "slept:2 rested", "morning": "woke:2 rose", "noon": "ate:2 drank"}
    discourses = [
        Template(1, f"name[G] {one}[] . [SEP] name[G] {other}[] .", "day") for one, other in pairwise([*day, "night"])
    ]
    return World({**LEXICON, **day}, [], discourses, PRIORS)


def sop_batch(world: World, size: int, seed: int) -> Batch:
    """Draw two sentences that belong together, in order or swapped: `model_inputs`, and `sentence_order_label`.

    Example: `sop_batch(world, 64, seed=0)["sentence_order_label"]` is 0 where they stand in order, 1 where swapped.

    Beside it stands `nsp_batch(world, 64, seed=0, negatives="other topic")`. The same seed gives the same batch.
    """
    pairs = next_sentence_pairs(world, size, "swapped", torch.Generator().manual_seed(seed))
    return {**model_inputs(pairs.input_ids), "sentence_order_label": pairs.labels}


def sop_loss(model: AlbertForPreTraining, batch: Batch) -> Float[Tensor, ""]:
    """Return the mean cross-entropy of the order, in nats. Example: `sop_loss(model, sop_batch(world, 64, seed=0))`."""
    logits = model(**{name: batch[name] for name in INPUTS}).sop_logits
    return nn.functional.cross_entropy(logits, batch["sentence_order_label"])


def every_sentence(half: Mixture) -> Int[Tensor, "sentences seq"]:
    """Write out all first (or all second) sentences of discourses, each once.

    Example: `len(every_sentence(halves(World.default().discourses)[0]))` is `10_051`.
    """
    words = [[half.table[row].nonzero()[:, 0] for row in emissions] for emissions in half.emissions]
    return torch.cat([torch.cartesian_prod(*columns) for columns in words]).unique(dim=0)


def joint_chances(half: Mixture, ids: Int[Tensor, "sentences seq"]) -> Float[Tensor, "sentences components"]:
    """Return P(sentence, component) for each sentence and component.

    Example: `joint_chances(first, every_sentence(first)).sum()` is 1.
    """
    some = [half.component_log_probs(half.log_likelihoods(chunk)).exp() for chunk in ids.split(1024)]
    return torch.cat([half.weights.new_zeros(0, len(half.weights)), *some])


def exact_best_accuracy(world: World, negatives: Negatives) -> float:
    """Return the share of pairs that an ideal reader gets right: half the sum of max(P(A, B | next), P(A, B | not)).

    Example: `exact_best_accuracy(World.default(), "swapped")` is `1.0`: no first sentence is ever a second one there.

    A sum over all pairs, where `best_accuracy` is a mean over those that were drawn. Half of the pairs are positives.
    """
    first, second = halves(world.discourses)
    if negatives == "swapped":  # P(A, B | not) is P(B, A | next): only what may stand in both places is ever in doubt
        both = _in_both_places(first, second)
        order = joint_chances(first, both) @ (joint_chances(second, both) / second.weights).T  # P(A, B) for each two
        return 1 - 0.5 * torch.minimum(order, order.T).sum().item()
    before = _alike_merged(joint_chances(first, every_sentence(first)))
    after = _alike_merged(joint_chances(second, every_sentence(second)) / second.weights)  # P(B | component)
    follows, does_not = before @ after.T, before @ partners(world.discourses, negatives) @ after.T
    return 0.5 * torch.maximum(follows, does_not).sum().item()


def best_by_one_sentence(world: World) -> float:
    """Return the best accuracy at sentence order for a reader who is shown the first of the two texts only.

    Example: `best_by_one_sentence(World.default())` is `1.0`: there it takes no look at both to tell their order.
    In `day_world()` it is 0.5, a coin, and 1 for a reader of both.
    """
    first, second = halves(world.discourses)
    both = _in_both_places(first, second)
    leads, follows = (joint_chances(half, both).sum(1) for half in (first, second))
    return 1 - 0.5 * torch.minimum(leads, follows).sum().item()


def _in_both_places(first: Mixture, second: Mixture) -> Int[Tensor, "sentences seq"]:
    """Return the sentences that may stand first and may stand second, too."""
    found = torch.cat([every_sentence(first), every_sentence(second)])
    kinds, counts = found.unique(dim=0, return_counts=True)
    return kinds[counts == 2]


def _alike_merged(table: Float[Tensor, "sentences components"]) -> Float[Tensor, "kinds components"]:
    """Add up the rows of sentences that say the same of their component, as *anna sang* and *maria sang* do."""
    shares = (table / table.sum(1, keepdim=True)).round(decimals=9)
    kinds, number = shares.unique(dim=0, return_inverse=True)
    return torch.zeros_like(kinds).index_add_(0, number, table)
