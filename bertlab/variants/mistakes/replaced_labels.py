"""What goes wrong when a model is asked which tokens were replaced. See `bertlab.exercises.mistakes`."""

from torch import Tensor

IGNORED = -100
Replaced = tuple[Tensor, Tensor]


def calls_all_selected_replaced(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """You label every selected token 1. Where the generator drew the very token that stood there, nothing was replaced,
    and no model could tell: that is an original, and its label is 0. Compare what is read with what was there."""
    return _read(original, sampled, selected), selected.long()


def labels_selected_tokens_only(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """You put -100 where nothing was selected, as masked language modeling does. ELECTRA asks at *every* token, and
    that is why it learns more from a text: unselected tokens have the label 0."""
    labels = _differ(_read(original, sampled, selected), original)
    return _read(original, sampled, selected), labels.masked_fill(~selected, IGNORED)


def reads_the_originals(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """Your labels are right, but the text that goes with them is the original, in which there is nothing to find. Put
    the sampled tokens in where `selected` is true."""
    return original.clone(), _differ(_read(original, sampled, selected), original)


def turns_the_labels_round(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """Your 1 stands for "original". The question is whether a token was *replaced*: 1 where what is read differs from
    what was there, which is `!=`."""
    read = _read(original, sampled, selected)
    return read, 1 - _differ(read, original)


def reads_samples_everywhere(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """You put in a sampled token everywhere, selected or not. Then hardly anything of the text is left to tell by. Only
    where `selected` is true is a token replaced."""
    return sampled.clone(), _differ(sampled, original)


def compares_samples_that_are_not_read(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """Your text is right, but your labels compare `sampled` with `original` at all positions. Where nothing was
    selected the original still stands, whatever was drawn for it: compare the text that you return."""
    return _read(original, sampled, selected), _differ(sampled, original)


def compares_a_text_with_itself(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """Your labels are all 0. If you wrote the samples into `original`, or into another name for it, you compared it
    with itself afterwards: `clone()` it first, or make a new text by `torch.where`."""
    return _read(original, sampled, selected), original.new_zeros(original.shape)


def asks_which_token_it_was(original: Tensor, sampled: Tensor, selected: Tensor) -> Replaced:
    """Your labels are the hidden tokens, which is what the *generator* learns from. The discriminator answers yes or
    no: 1 for replaced, 0 for original, at every position."""
    return _read(original, sampled, selected), original.masked_fill(~selected, IGNORED)


def _read(original: Tensor, sampled: Tensor, selected: Tensor) -> Tensor:
    return sampled.where(selected, original)


def _differ(read: Tensor, original: Tensor) -> Tensor:
    return (read != original).long()
