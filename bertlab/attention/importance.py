"""How much an attention head matters: guessed from how it looks, from a gradient, and measured by taking it out.

`bertlab.inside_the_encoder.without_heads` takes heads out; the guesses here are what it is compared with. Sources:
Voita et al. 2019 (arXiv:1905.09418) for the confidence of a head, Michel et al. 2019 (arXiv:1905.10650), section 4, for
the gradient.
"""

from collections.abc import Iterable
from contextlib import ExitStack

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerFast

from bertlab.attention.reading import mean_over_words
from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.measure import hide_tokens
from bertlab.models import hooked, mlm_logits, pick_layers


def looks(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, texts: Iterable[str]
) -> dict[str, Float[Tensor, "layers heads"]]:
    """Measure what makes a head look important in a picture, as means over all queries that are pieces of words.

    Example: `looks(model, tokenizer, ["Tea is hot."])["confidence"][2, 5]`

    "strongest line" is the largest weight on any key, "confidence" the largest on a word (Voita et al. leave out the
    end of the sentence, this leaves out [CLS] too). ValueError if the texts have no words.
    """

    def measure(inputs: BatchEncoding, weights: Tensor) -> dict[str, Tensor]:
        words = torch.tensor([word is not None for word in inputs.word_ids()])
        return {"strongest line": weights.amax(dim=-1), "confidence": (weights * words).amax(dim=-1)}

    return mean_over_words(model, tokenizer, texts, measure)


def gradient_importance(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, texts: list[str], seed: int = 0
) -> Float[Tensor, "layers heads"]:
    """Estimate how much the MLM loss would change without each head, for all heads by one backward pass.

    Example: `gradient_importance(model, tokenizer, ["The cat sat on the mat."])[2, 5]`

    A gate of 1 is multiplied to what a head gathered; the derivative of a text's loss by its gate, without its sign,
    is the estimate, and its mean over the texts is returned. The same seed hides the same tokens as in
    `bertlab.masked_language_modeling.mlm_loss_on`. Source: Michel et al. 2019, section 4.
    """
    inputs, labels = hide_tokens(model, tokenizer, texts, seed)
    layers = pick_layers(model)
    gates = torch.ones(len(layers), len(texts), 1, model.config.num_attention_heads, 1, requires_grad=True)
    with ExitStack() as stack:
        for layer, gate in zip(layers, gates, strict=True):
            stack.enter_context(hooked([layer.attention.output.dense], before=_multiply_heads(gate)))
        logits = mlm_logits(model, inputs, labels != IGNORED)
        loss = cross_entropy(logits, labels[labels != IGNORED], reduction="sum")
        [derivatives] = torch.autograd.grad(loss, [gates])
    return derivatives.abs().mean(dim=1).flatten(start_dim=1)


def _multiply_heads(gate: Tensor):
    def multiply(part, given):
        heads = gate.shape[-2]
        return ((given[0].unflatten(-1, (heads, -1)) * gate).flatten(-2),)

    return multiply


def ranks(values: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Replace each value by its place in the order, from 0; equal values share the mean of their places.

    Example: `ranks(torch.tensor([30.0, 10.0, 20.0, 20.0])).tolist()` is `[3.0, 0.0, 1.5, 1.5]`.
    """
    lower, equal = values[:, None] > values, values[:, None] == values
    return lower.float().sum(dim=1) + (equal.float().sum(dim=1) - 1) / 2


def rank_correlation(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> float:
    """Return Spearman's correlation: 1 if x and y put the items in the same order, -1 if in the opposite one.

    Example: `rank_correlation(torch.tensor([1.0, 2.0, 9.0]), torch.tensor([5.0, 6.0, 7.0]))` is `1.0`, up to rounding.
    """
    return torch.corrcoef(torch.stack([ranks(x), ranks(y)]))[0, 1].item()
