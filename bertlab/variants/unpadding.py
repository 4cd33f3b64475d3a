"""Unpadding: the texts of a batch stand one behind the other as a single row, and no work is done on padding.

Almost all of an encoder works on each token alone (linear layers, LayerNorm, GELU), and need not know where a text
ends. Only attention must: it goes through the texts one by one. What comes out at the real tokens is what the padded
batch gives. Source: Warner et al. 2024 (arXiv:2412.13663), section 2.1.2.

A loop over the texts is what is fast on a CPU: torch's attention for texts of different lengths (`varlen_attn`) does
not run there, and its nested tensors take longer than the loop. `python -m benchmarks.unpadding` measures the gain.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.inside_the_encoder.model import merge_heads, split_heads
from bertlab.models import encoder, pick_layers
from bertlab.variants.modernbert import ModernBertModel

Row = Float[Tensor, "1 tokens _"]


def unpadded(model: nn.Module, batch: Mapping[str, Tensor]) -> Float[Tensor, "tokens hidden"]:
    """Return the last hidden state of each real token, text after text, from a batch as a tokenizer pads it.

    Example: `unpadded(model, batch)` equals `encoder(model)(**batch)[0][batch["attention_mask"] == 1]`.

    Args:
        model: our BERT, Hugging Face's BERT or RoBERTa, or our ModernBERT, with a head or without.
        batch: input_ids, attention_mask and, for BERT, token_type_ids; padded on either side.

    Gradients pass through it. TypeError for a model without layers like BERT's.
    """
    bert, real = encoder(model), batch["attention_mask"] == 1
    lengths = real.sum(dim=1).tolist()
    if isinstance(bert, ModernBertModel):
        row = bert.embeddings(batch["input_ids"][real][None])
        for layer in bert.layers:
            row = modernbert_layer(layer, row, lengths)
        return bert.final_norm(row)[0]
    layers, types = pick_layers(bert), batch.get("token_type_ids", torch.zeros_like(batch["input_ids"]))
    # Only here is padding worked on: embeddings take the position of a token from its column.
    row = bert.embeddings(input_ids=batch["input_ids"], token_type_ids=types)[real][None]  # (1, tokens, hidden)
    for layer in layers:
        row = bert_layer(layer, row, lengths, bert.config.num_attention_heads)
    return row[0]


def each_text(attend: Callable[..., Tensor], lengths: Sequence[int], *rows: Row) -> Row:
    """Cut rows into texts, let each text attend to itself, and put the texts behind each other again.

    Example: `each_text(lambda text: text.flip(1), [2, 1], torch.tensor([[[1.0], [2.0], [3.0]]])).tolist()` is
    `[[[2.0], [1.0], [3.0]]]`.
    """
    texts = zip(*(row.split(list(lengths), dim=1) for row in rows), strict=True)
    return torch.cat([attend(*text) for text in texts], dim=1)


def bert_layer(layer: Any, row: Row, lengths: Sequence[int], num_heads: int) -> Row:
    """Apply a layer of BERT, ours or Hugging Face's, to texts that stand in one row.

    Example: `bert_layer(model.bert.encoder.layer[0], row, [7, 3], model.config.num_attention_heads)`
    """
    attention = layer.attention.self
    dropout = attention.dropout.p if attention.training else 0.0

    def attend(*qkv: Row) -> Row:
        query, key, value = (split_heads(part, num_heads) for part in qkv)
        return merge_heads(nn.functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout))

    found = each_text(attend, lengths, attention.query(row), attention.key(row), attention.value(row))
    row = layer.attention.output(found, row)
    return layer.output(layer.intermediate(row), row)


def modernbert_layer(layer: Any, row: Row, lengths: Sequence[int]) -> Row:
    """Apply a layer of our ModernBERT. Example: `modernbert_layer(model.layers[0], row, [7, 3])`."""
    found = each_text(lambda qkv: layer.attn.mix(qkv)[0], lengths, layer.attn.Wqkv(layer.attn_norm(row)))
    row = row + layer.attn.Wo(found)
    return row + layer.mlp(layer.mlp_norm(row))


def repad(
    tokens: Float[Tensor, "tokens hidden"], attention_mask: Int[Tensor, "batch seq"]
) -> Float[Tensor, "batch seq hidden"]:
    """Put tokens back to where the mask has them, with zeros at padding.

    Example: `repad(torch.tensor([[1.0], [2], [3]]), torch.tensor([[1, 1], [1, 0]])).tolist()` is
    `[[[1.0], [2.0]], [[3.0], [0.0]]]`.
    """
    padded = tokens.new_zeros(*attention_mask.shape, tokens.shape[-1])
    padded[attention_mask == 1] = tokens
    return padded
