"""Two BERTs with the same random weights, ours and Hugging Face's, whose sizes are small and all different."""

from functools import partial

import torch
import transformers
from transformers import BertConfig

from bertlab.inside_the_encoder.model import BertForPreTraining

assert_close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-5)

CONFIGS = {
    "wide": BertConfig(
        vocab_size=37,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=41,
        max_position_embeddings=13,
    ),
    "narrow": BertConfig(
        vocab_size=53,
        hidden_size=15,
        num_hidden_layers=2,
        num_attention_heads=5,
        intermediate_size=7,
        max_position_embeddings=19,
        type_vocab_size=4,
        pad_token_id=6,
        layer_norm_eps=1e-3,
    ),
}


def make_theirs(config: BertConfig, attention: str = "eager") -> transformers.BertForPreTraining:
    """Hugging Face's model, with no weight, bias or LayerNorm left at a value that would hide a mistake."""
    torch.manual_seed(7)
    theirs = transformers.BertForPreTraining._from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return theirs


def make_ours(theirs: transformers.BertForPreTraining) -> BertForPreTraining:
    """Our model with the weights of theirs, each under the same name."""
    ours = BertForPreTraining(theirs.config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours.eval()


def make_inputs(config: BertConfig, batch: int, seq: int, *, padding: bool = True, pairs: bool = True) -> dict:
    """A batch as a tokenizer makes it; with padding, each text is shorter than the one before, down to one token."""
    generator = torch.Generator().manual_seed(batch + seq)
    input_ids = torch.randint(config.vocab_size, (batch, seq), generator=generator)
    lengths = torch.linspace(seq, 1, batch).long()
    attention_mask = (torch.arange(seq) < lengths[:, None]).long()
    token_type_ids = torch.randint(config.type_vocab_size, (batch, seq), generator=generator)
    inputs = {"input_ids": input_ids}
    if padding:
        inputs |= {"input_ids": torch.where(attention_mask == 1, input_ids, config.pad_token_id)}
        inputs |= {"attention_mask": attention_mask}
    return inputs | ({"token_type_ids": token_type_ids} if pairs else {})
