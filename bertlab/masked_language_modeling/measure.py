"""How well any BERT predicts hidden tokens of English texts: the yardstick for whatever is done to a model.

Source: Devlin et al. 2019 (arXiv:1810.04805), section 3.1, task 1.
"""

from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.models import encoder, evaluating, mlm_logits


def hide_tokens(
    model: nn.Module, tokenizer: PreTrainedTokenizerBase, texts: list[str], seed: int = 0
) -> tuple[dict[str, Any], Int[Tensor, "batch seq"]]:
    """Hide 15 % of the tokens as BERT does; return what the encoder reads, cut to its positions, and the labels.

    Example: `inputs, labels = hide_tokens(model, tokenizer, ["The cat sat on the mat."])`

    The same seed hides the same tokens.
    """
    limit = encoder(model).config.max_position_embeddings
    shape = {"padding": True, "truncation": True, "max_length": limit, "return_tensors": "pt"}
    inputs = dict(tokenizer(texts, return_special_tokens_mask=True, **shape))
    inputs["input_ids"], labels = mask_tokens(
        inputs["input_ids"],
        inputs.pop("special_tokens_mask").bool(),
        mask_token_id=tokenizer.mask_token_id,
        vocab_size=len(tokenizer),
        generator=torch.Generator().manual_seed(seed),
    )
    return inputs, labels


@torch.inference_mode()
def mlm_loss_on(model: nn.Module, tokenizer: PreTrainedTokenizerBase, texts: list[str], seed: int = 0) -> float:
    """Hide 15 % of the tokens (`hide_tokens`), and return the loss where they were, in nats per token.

    Example: `mlm_loss_on(model, tokenizer, ["The cat sat on the mat."])`

    The same seed hides the same tokens, so that two calls differ by the model alone. Dropout is off. ValueError if no
    token happens to be hidden: give more text.
    """
    inputs, labels = hide_tokens(model, tokenizer, texts, seed)
    chosen = labels != IGNORED
    if not chosen.any():
        raise ValueError("no token was hidden: give more text")
    with evaluating(model):
        return cross_entropy(mlm_logits(model, inputs, chosen), labels[chosen]).item()
