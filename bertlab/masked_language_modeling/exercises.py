"""The exercises of notebook 04: the loss, 80/10/10, two draws in place of one, whole words, hide each token in turn."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.masked_language_modeling.masking import select_whole_words as select_words
from bertlab.masked_language_modeling.mistakes import hide_each as wrong_copies
from bertlab.masked_language_modeling.mistakes import mask_tokens as wrong_masking
from bertlab.masked_language_modeling.mistakes import mlm_loss as wrong_losses
from bertlab.masked_language_modeling.mistakes import select_whole_words as wrong_words
from bertlab.masked_language_modeling.mistakes import two_draws as wrong_shares
from bertlab.masked_language_modeling.pseudo_likelihood import hide_each as make_copies


def loss_by_hand(logits: Float[Tensor, "batch seq vocab"], labels: Int[Tensor, "batch seq"]) -> Float[Tensor, ""]:
    """Return the mean of -log P(label) over the positions whose label is not -100, in nats.

    Example: `loss_by_hand(logits, torch.tensor([[-100, 7, -100]]))`
    """
    chosen = labels != -100
    log_shares = logits[chosen].log_softmax(-1)  # (positions, vocab)
    return -log_shares.gather(1, labels[chosen][:, None]).mean()


_LOGITS = torch.tensor([[[3.0, 1.5, 0.2, 0.1], [0, 1, 0, 2], [1, 0, 2, 0]], [[0, 2, 1, 0], [2, 0, 0, 1], [1, 1, 3, 0]]])

mlm_loss = Exercise(
    id="masked_language_modeling.mlm_loss",
    title="The loss, from logits and labels",
    reference=loss_by_hand,
    cases=[
        Case(_LOGITS[:1, :2], torch.tensor([[0, -100]])),
        Case(_LOGITS[:1], torch.tensor([[0, -100, 2]])),
        Case(_LOGITS, torch.tensor([[0, 3, 1], [-100, 2, -100]])),
    ],
    hints=[
        "Three steps: choose the positions that have a label; softmax over the vocabulary there; mean of -log of the"
        " share that each label got.",
        "`chosen = labels != -100` is a mask of shape (batch, seq), and `logits[chosen]` is (positions, vocab).",
        "`logits[chosen].log_softmax(-1)`, then `gather(1, labels[chosen][:, None])`, the mean, and a minus.",
    ],
    mistakes=mistakes.of(wrong_losses),
)


def mask_by_draws(
    input_ids: Int[Tensor, "batch seq"],
    special: Bool[Tensor, "batch seq"],
    draw: Float[Tensor, "batch seq"],
    fate: Float[Tensor, "batch seq"],
    random_ids: Int[Tensor, "batch seq"],
    mask_token_id: int,
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Select where `draw` is below 0.15; then `fate` decides: [MASK] below 0.8, a random token below 0.9, or kept.

    Example: `read, labels = mask_by_draws(ids, ids < 5, draw, fate, random_ids, 4)`
    """
    selected = (draw < 0.15) & ~special
    labels = input_ids.masked_fill(~selected, -100)
    corrupted = input_ids.masked_fill(selected & (fate < 0.8), mask_token_id)
    replaced = selected & (fate >= 0.8) & (fate < 0.9)
    return torch.where(replaced, random_ids, corrupted), labels


def _drawn(batch: int, seq: int, seed: int) -> Case:
    """Draw a batch with BERT's own ids of [CLS], [SEP] and [MASK], in which half of the draws are below 0.15."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(10, 100, (batch, seq), generator=generator)
    ids[:, 0], ids[:, -1] = 101, 102
    draw, fate = torch.rand(2, batch, seq, generator=generator)
    return Case(ids, ids > 100, draw * 0.3, fate, torch.randint(100, (batch, seq), generator=generator), 103)


_FIVE = torch.tensor([[2, 11, 12, 13, 3]])

mask_tokens = Exercise(
    id="masked_language_modeling.mask_tokens",
    title="80/10/10",
    reference=mask_by_draws,
    cases=[
        Case(
            _FIVE,
            _FIVE < 5,
            torch.tensor([[0.5, 0.1, 0.5, 0.05, 0.5]]),
            torch.tensor([[0.5, 0.3, 0.3, 0.95, 0.5]]),
            torch.tensor([[7, 7, 7, 7, 7]]),
            4,
        ),
        Case(  # each draw lies on a boundary; in float64, so that a loop over plain numbers compares the same ones
            _FIVE,
            _FIVE < 5,
            torch.tensor([[0.5, 0.15, 0.05, 0.05, 0.5]], dtype=torch.float64),
            torch.tensor([[0.5, 0.3, 0.8, 0.9, 0.5]], dtype=torch.float64),
            torch.tensor([[7, 7, 7, 7, 7]]),
            4,
        ),
        _drawn(3, 7, seed=0),
        _drawn(13, 37, seed=1),
    ],
    hints=[
        "Three questions for each position. Is it selected? Which label does it get? And what is read in its place?",
        "`selected = (draw < 0.15) & ~special`. The labels are the original ids where selected, and -100 elsewhere.",
        "`input_ids.masked_fill(selected & (fate < 0.8), mask_token_id)` gives a new tensor; `torch.where` puts"
        " `random_ids` in where a token is selected and `fate` lies from 0.8 to 0.9.",
    ],
    mistakes=mistakes.of(wrong_masking),
)


def shares_of_two_draws(first: float, second: float) -> dict[str, float]:
    """Return what becomes of a selected token that gets [MASK], and then, by another draw, a random token over it.

    Example: `shares_of_two_draws(0.9, 0.1)["mask"]` is `0.81`
    """
    return {"mask": first * (1 - second), "random": second, "kept": (1 - first) * (1 - second)}


two_draws = Exercise(
    id="masked_language_modeling.two_draws",
    title="One draw too many",
    reference=shares_of_two_draws,
    cases=[Case(0.9, 0.1), Case(0.8, 0.1), Case(0.5, 0.5), Case(0.8, 0.0)],
    hints=[
        "Draw a tree: the first draw has two branches, and from each of them the second has two.",
        "The second draw comes last and writes over everything: a share of `second` ends up random. What is left,"
        " `1 - second`, is divided by the first draw.",
    ],
    mistakes=mistakes.of(wrong_shares),
)

select_whole_words = Exercise(
    id="masked_language_modeling.select_whole_words",
    title="Whole words",
    reference=select_words,
    cases=[
        Case([None, 0, 0, 1, None], torch.tensor([0.1, 0.9]), 0.15),
        Case([None, 0, 1, 1, 1, 2, None], torch.tensor([0.9, 0.1, 0.1, 0.9, 0.9, 0.9, 0.05]), 0.15),
        Case([None, 0, 1, 2, 2, None, 3, 3, None], torch.tensor([0.2, 0.5, 0.3, 0.1, 0.1, 0.9, 0.9, 0.1, 0.9]), 0.5),
    ],
    hints=[
        "Go through the tokens. Which number does each look up in `draws`: that of the token, or that of its word?",
        "A token is selected if its word is not None and `draws[word] < rate`.",
        "`torch.tensor([word is not None and bool(draws[word] < rate) for word in word_ids])`",
    ],
    mistakes=mistakes.of(wrong_words),
)

_SENTENCE = torch.tensor([2, 17, 18, 19, 3])

hide_each = Exercise(
    id="masked_language_modeling.hide_each",
    title="Hide each token in turn",
    reference=make_copies,
    cases=[
        Case(torch.tensor([2, 7, 8, 3]), torch.tensor([True, False, False, True]), 4),
        Case(_SENTENCE, _SENTENCE < 5, 4),
        Case(torch.tensor([101, 9, 102, 9, 8, 102]), torch.tensor([True, False, True, False, False, True]), 103),
    ],
    hints=[
        "How many rows has the answer? One for each token that is not special, and each row is the whole sentence.",
        "Find the places, `(~special_tokens_mask).nonzero()`. For each, take a `clone()` of the sentence and put [MASK]"
        " there; `torch.stack` makes a batch of them.",
    ],
    mistakes=mistakes.of(wrong_copies),
)
