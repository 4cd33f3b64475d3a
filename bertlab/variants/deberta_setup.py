"""What a DeBERTa of ours needs before its first text: a configuration that it can build."""

from transformers import DebertaConfig, DebertaV2Config

from bertlab.inside_the_encoder.weights import checked_config
from bertlab.variants.roberta import as_bert

KNOWN = {
    "relative_attention": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
    "talking_head": False,
    "legacy": True,
    "conv_kernel_size": 0,
}
"""The settings that our code knows beside those of a BERT, each with the one value that it can build."""


def checked_deberta(config: DebertaConfig | DebertaV2Config) -> DebertaConfig | DebertaV2Config:
    """Return a configuration that our code builds as it says.

    Example: `checked_deberta(DebertaConfig(relative_attention=True, position_biased_input=False))`

    ValueError for a model with other parts. All DeBERTas that Microsoft published get through, but for the larger v2,
    which have a convolution (`conv_kernel_size`).
    """
    checked_config(as_bert(config))
    width = config.hidden_size
    same = {"embedding_size": width, "attention_head_size": width // config.num_attention_heads}
    for name, value in {**KNOWN, **same}.items():
        asked = getattr(config, name, value)
        if asked != value:
            raise ValueError(f"the configuration says {name}={asked!r}, and our DeBERTa only knows {value!r}")
    kinds, norm = config.pos_att_type or [], getattr(config, "norm_rel_ebd", "none")
    if len({*kinds} & {"c2p", "p2c"}) != len(kinds):
        raise ValueError(f"the configuration says pos_att_type={kinds}: name 'c2p' and 'p2c' once, or leave them out")
    if norm not in ("none", "layer_norm"):
        raise ValueError(f"the configuration says norm_rel_ebd={norm!r}: our DeBERTa knows 'none' and 'layer_norm'")
    return config
