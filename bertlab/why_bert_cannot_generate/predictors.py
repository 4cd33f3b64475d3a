"""What a sampler asks for the next word: a BERT, a causal model, or the language itself.

Each function here returns a `Predict`: give it ids and the positions that you ask for, and it answers with a
distribution for each. That is all the samplers beside this file know of a model.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from bertlab.attention.masks import causal_mask, padding_mask
from bertlab.models import mlm_logits
from bertlab.tinyworld import CLS, MASK, PAD, SEP, UNK, Channel, Mixture, corrupted_posterior

Predict = Callable[[Int[Tensor, "batch seq"], Bool[Tensor, "batch seq"]], Float[Tensor, "positions vocab"]]
"""P(word | what the model sees) at each position that is asked for, in the order of `input_ids[asked]`."""
NEVER_WRITTEN = (PAD, UNK, CLS, SEP, MASK)
"""Tokens that no gap within a sentence may be filled with."""
NEARLY = Channel(rate=0.5, mask_share=1 - 1e-9, random_share=1e-9)
"""Nearly nothing but [MASK]s: a printed word is believed, unless the printed words cannot occur together. Then the
fewest of them count as misprints."""


def causal_visibility(attention_mask: Int[Tensor, "batch seq"]) -> Int[Tensor, "batch seq seq"]:
    """Return 1 where a token (row) may see a token (column): itself and what stands before it, but no padding.

    Example: `causal_visibility(torch.tensor([[1, 1, 0]])).tolist()` is `[[[1, 0, 0], [1, 1, 0], [1, 1, 0]]]`
    """
    return (causal_mask(attention_mask.shape[1]) & padding_mask(attention_mask)).long()


def fill_in(model: nn.Module, never: Sequence[int] = NEVER_WRITTEN, causal: bool = False) -> Predict:
    """Ask a BERT for the word in a gap; tokens in `never` get probability 0.

    Example: `fill_in(bert)(blanks, blanks == MASK)`

    `causal` puts a causal mask on a model that was trained without: each [MASK] sees only what stands before it.
    """

    @torch.inference_mode()
    def predict(input_ids: Tensor, asked: Tensor) -> Tensor:
        real = (input_ids != PAD).long()
        inputs = {"input_ids": input_ids, "attention_mask": causal_visibility(real) if causal else real}
        return probabilities(model, inputs, asked, never)

    return predict


def next_token(model: nn.Module, never: Sequence[int] = (PAD, UNK, CLS, MASK)) -> Predict:
    """Ask a causal model, whose answer for a position stands one position before it; after [SEP] there is only [PAD].

    Example: `left_to_right(next_token(causal), blanks, blanks == MASK)`, where blanks are `[CLS] [MASK] [MASK] …`

    What stands at the position itself and to the right of it cannot be seen.
    """

    @torch.inference_mode()
    def predict(input_ids: Tensor, asked: Tensor) -> Tensor:
        seen = causal_visibility(torch.ones_like(input_ids))
        before = nn.functional.pad(asked[:, 1:], (0, 1))
        found = probabilities(model, {"input_ids": input_ids, "attention_mask": seen}, before, never)
        over = torch.isin(input_ids[before], torch.tensor([SEP, PAD]))
        found[over] = nn.functional.one_hot(torch.tensor(PAD), found.shape[1]).to(found)
        return found

    return predict


def probabilities(
    model: nn.Module, inputs: dict[str, Tensor], where: Bool[Tensor, "batch seq"], never: Sequence[int]
) -> Float[Tensor, "positions vocab"]:
    """Return P(word) at each position of `where`, without the tokens in `never`.

    Example: `probabilities(bert, {"input_ids": blanks}, blanks == MASK, NEVER_WRITTEN)`
    """
    logits = mlm_logits(model, inputs, where).double()
    logits[:, list(never)] = -torch.inf
    return logits.softmax(1)


def likeliest(predict: Predict, k: int) -> Predict:
    """Leave only the k likeliest words at each position, so that no rare one spoils a text that is meant to be read.

    Example: `likeliest(fill_in(model, never), 20)`
    """

    def among_k(input_ids: Tensor, asked: Tensor) -> Tensor:
        probabilities = predict(input_ids, asked)
        top = probabilities.topk(k, dim=1)
        kept = torch.zeros_like(probabilities).scatter(1, top.indices, top.values)
        return kept / kept.sum(1, keepdim=True)

    return among_k


def ideal(mixture: Mixture, channel: Channel = NEARLY) -> Predict:
    """Ask the language itself: what a BERT would say that has learned all there is to learn.

    Example: `ideal(world.sentences)(blanks, blanks == MASK)`

    Where the printed words cannot occur together, no answer is right: `channel` says what is believed then. With
    that of a BERT's training, such as 80/10/10, printed words are distrusted everywhere, as much as training taught it.
    """
    return lambda input_ids, asked: corrupted_posterior(mixture, input_ids, asked, channel)
