"""Likely mistakes in adding up the log-probability of a sentence. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def reads_logits_at_the_token_itself(logits: Tensor, input_ids: Tensor) -> Tensor:
    """You look each token up in the logits of its own position. These are about the token after it: `logits[:, :-1]`
    belongs to `input_ids[:, 1:]`."""
    return _sum(logits, input_ids, input_ids != 0)


def counts_padding(logits: Tensor, input_ids: Tensor) -> Tensor:
    """You count padding as tokens of the sentence. Then the same sentence is less likely in a longer batch: put 0 where
    the next token is padding."""
    return _sum(logits[:, :-1], input_ids[:, 1:], input_ids[:, 1:] >= 0)


def counts_one_padding(logits: Tensor, input_ids: Tensor) -> Tensor:
    """You count the padding right after [SEP]. Whether a factor belongs to the sentence is said by the *next* token,
    not by the one that is read: `following != 0`."""
    return _sum(logits[:, :-1], input_ids[:, 1:], input_ids[:, :-1] != 0)


def leaves_out_the_end(logits: Tensor, input_ids: Tensor) -> Tensor:
    """The factor of [SEP] is missing. That the sentence ends here is part of what happened; without it the beginning of
    a sentence would be as likely as all its continuations together."""
    following = input_ids[:, 1:]
    return _sum(logits[:, :-1], following, (following != 0) & (following != 3))


def takes_the_mean(logits: Tensor, input_ids: Tensor) -> Tensor:
    """That is the mean per token. A probability of a whole sentence is a product, so its logarithm is a sum."""
    real = input_ids[:, 1:] != 0
    return _sum(logits[:, :-1], input_ids[:, 1:], real) / real.sum(1)


def adds_up_logits(logits: Tensor, input_ids: Tensor) -> Tensor:
    """You added up logits. A logit is no log-probability until the softmax has been taken: `log_softmax(-1)`."""
    following = input_ids[:, 1:]
    found = logits[:, :-1].gather(2, following[..., None])[..., 0]
    return found.masked_fill(following == 0, 0).sum(1)


def returns_a_probability(logits: Tensor, input_ids: Tensor) -> Tensor:
    """That is the probability itself. Return its logarithm: over a long text the product is too small for a float."""
    return _sum(logits[:, :-1], input_ids[:, 1:], input_ids[:, 1:] != 0).exp()


def forgets_the_sign(logits: Tensor, input_ids: Tensor) -> Tensor:
    """Yours is positive: a loss, minus the logarithm. The logarithm of a probability is never above 0."""
    return -_sum(logits[:, :-1], input_ids[:, 1:], input_ids[:, 1:] != 0)


def _sum(logits: Tensor, tokens: Tensor, counted: Tensor) -> Tensor:
    """Add up log P(token) where it is counted."""
    return logits.log_softmax(-1).gather(2, tokens[..., None])[..., 0].masked_fill(~counted, 0).sum(1)
