"""Attention: each position looks at the positions that its mask lets it use, and takes a weighted mean of their values.

A mask here is True where a query (a row) may use a key (a column), as in
`torch.nn.functional.scaled_dot_product_attention`; in `torch.nn.MultiheadAttention` True means the opposite: hidden.
What attention weights tell about a trained model, and what they do not, is in `bertlab.attention.reading`.

Source: Vaswani et al. 2017 (arXiv:1706.03762), section 3.2; Devlin et al. 2019 (arXiv:1810.04805), section 3, for the
one difference between BERT and GPT that the masks make.
"""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from transformers import PreTrainedModel

from bertlab.models import encoder, evaluating

Inputs = Mapping[str, Tensor]
"""What a tokenizer returns with `return_tensors="pt"`: input_ids, attention_mask and token_type_ids."""


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch query d"],
    key: Float[Tensor, "*batch key d"],
    value: Float[Tensor, "*batch key width"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch query width"], Float[Tensor, "*batch query key"]]:
    """Return softmax(QKᵀ / √d + mask) V, and the weights themselves: one row per query, each with the sum 1.

    Example: `scaled_dot_product_attention(torch.zeros(1, 4), torch.ones(2, 4), torch.tensor([[1.0], [3.0]]))[0]` is
    `torch.tensor([[2.0]])`: two keys that fit equally well get half of the attention each.

    `mask` has, or broadcasts to, the shape of the weights; the "+ mask" of the formula is -∞ where it is False. A query
    that may use no key gets NaN: there is nothing to take the mean of. Otherwise the output equals
    `torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)`, which does not show the
    weights, and has zeros in place of NaN. Source: Vaswani et al. 2017, equation 1.
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (..., query, key)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)
    return weights @ value, weights


def full_mask(length: int) -> Bool[Tensor, "query key"]:
    """Let every position use every position: the encoder's mask, BERT's.

    Example: `full_mask(2).tolist()` is `[[True, True], [True, True]]`.
    """
    return torch.ones(length, length, dtype=torch.bool)


def causal_mask(length: int) -> Bool[Tensor, "query key"]:
    """Let every position use itself and what comes before it: the decoder's mask, GPT's.

    Example: `causal_mask(2).tolist()` is `[[True, False], [True, True]]`.
    """
    return full_mask(length).tril()


def padding_mask(attention_mask: Int[Tensor, "*batch seq"]) -> Bool[Tensor, "*batch seq seq"]:
    """Let every position use the real tokens only: those whose `attention_mask` is 1, never the padding.

    Example: `padding_mask(torch.tensor([1, 0])).tolist()` is `[[True, False], [True, False]]`.

    The rows of padding are as free as the others: what comes out of them is thrown away. Goes together with another
    mask by `&`: a decoder's batch has `causal_mask(length) & padding_mask(attention_mask)`.
    """
    return (attention_mask == 1).unsqueeze(-2).expand(*attention_mask.shape, -1)


def receptive_set(mask: Bool[Tensor, "seq seq"], position: int, layers: int = 1) -> set[int]:
    """Return the positions whose input can reach the output at `position`, through `layers` layers of one mask.

    Example: `receptive_set(causal_mask(4), 2)` is `{0, 1, 2}`.

    A position is always in its own set: the residual connection carries it past the attention. For the three masks
    above the set is the same after one layer as after twelve; for a mask that sees only neighbors it grows with depth.
    """
    seen = {position}
    for _ in range(layers):
        seen |= set(mask[sorted(seen)].any(dim=0).nonzero().flatten().tolist())
    return seen


@torch.no_grad()
def outputs_that_move(model: PreTrainedModel, inputs: Inputs, position: int, token_id: int) -> set[int]:
    """Put another token at `position` of the first text, and return where the model's last hidden states change.

    Example: of 5 tokens, changing number 3 moves `{0, 1, 2, 3, 4}` in an encoder, `{3, 4}` in a decoder, which is what
    `BertModel.from_pretrained(..., is_decoder=True)` gives.

    This measures what `receptive_set` predicts: output i moves if, and only if, `position` is in the set of i. Changes
    of up to 1e-5 count as rounding.
    """
    changed = inputs["input_ids"].clone()
    changed[0, position] = token_id
    with evaluating(model):
        before = encoder(model)(**inputs).last_hidden_state[0]
        after = encoder(model)(**{**inputs, "input_ids": changed}).last_hidden_state[0]
    return set(((after - before).abs().amax(dim=-1) > 1e-5).nonzero().flatten().tolist())


@torch.no_grad()
def get_attentions(model: PreTrainedModel, inputs: Inputs) -> Float[Tensor, "layers batch heads query key"]:
    """Run the model, without dropout, and return the attention weights of every layer as one tensor.

    Example: `get_attentions(model, tokenizer("Hi!", return_tensors="pt")).shape` is `(6, 1, 12, 4, 4)` for a model of
    6 layers with 12 heads.

    Raises:
        ValueError: the model does not compute the weights as such. With any implementation but "eager", transformers
            5 warns at most, and returns an empty tuple (4 went back to eager, with a warning).
    """
    implementation = getattr(model.config, "_attn_implementation", "eager")
    if implementation != "eager":
        raise ValueError(
            f"this model runs on {implementation!r} attention, which never holds the weights in memory: load it with "
            'from_pretrained(..., attn_implementation="eager")'
        )
    with evaluating(model):
        attentions = model(**inputs, output_attentions=True).attentions
    if not attentions or any(weights is None for weights in attentions):
        raise ValueError(f"{type(model).__name__} returned no attention: it may have no attention layers to show")
    return torch.stack(tuple(attentions))
