"""A small model of each kind, for the tiny world: what notebook 04's BERT is to BERT, for each of its variants.

Two layers of width 96 with four heads, no dropout, and fresh word embeddings as large as that BERT's. What a kind is
about stays in proportion: ALBERT's embeddings a third as wide as its hidden states, ELECTRA's generator a third as wide
as its discriminator, ModernBERT's gated feed-forward two thirds as wide, so that its three matrices weigh what two did.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn
from transformers import AlbertConfig, BertConfig, DebertaConfig, ElectraConfig, ModernBertConfig

from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.models import encoder
from bertlab.small_bert import training
from bertlab.small_bert.model import WORD_SCALE, small_bert
from bertlab.tinyworld import CLS, PAD, SEP, Mixture
from bertlab.variants.albert import AlbertForMaskedLM
from bertlab.variants.deberta import DebertaForMaskedLM
from bertlab.variants.electra import ElectraForMaskedLM, ElectraForPreTraining, ElectraModel, share_embeddings
from bertlab.variants.modernbert import ModernBertForMaskedLM

LOCAL = 4
"""How many tokens a local layer of the small ModernBERT looks around for: two on each side. Sentences have 7 to 13."""
NARROW = 32
"""The width of the small ALBERT's embeddings, and of the hidden states of the small ELECTRA's generator."""
MATRICES = (
    *training.MATRICES,
    ".layers.",  # ModernBERT's
    "head.dense.",
    "predictions.dense.",  # ELECTRA's heads
    "embeddings_project.",  # from narrow embeddings to hidden states: ELECTRA's name for it, and ours in ALBERT
    "embeddings.projection.",
)
"""What the names of the matrices have in them that Muon trains, in any of these: those that it trains in a BERT."""
Sizes = dict[str, Any]


class ElectraPair(nn.Module):
    """Generator and discriminator, with the same embeddings. The encoder that is kept is the discriminator's."""

    base_model_prefix = "electra"

    def __init__(self, sizes: Sizes):
        super().__init__()
        width, narrow = sizes["hidden_size"], NARROW
        config = ElectraConfig(**sizes, embedding_size=width)
        smaller = {"hidden_size": narrow, "intermediate_size": sizes["intermediate_size"] * narrow // width}
        self.discriminator = ElectraForPreTraining(config)
        self.generator = ElectraForMaskedLM(ElectraConfig(**sizes | smaller, embedding_size=width))
        share_embeddings(self.generator, self.discriminator)

    @property
    def electra(self) -> ElectraModel:
        """The encoder that is kept."""
        return self.discriminator.electra


def bert(sizes: Sizes, layers: int = 2) -> nn.Module:
    """Build a BERT. Example: `bert(sizes, layers=1)` is as large as the students that are distilled."""
    return BertForPreTraining(BertConfig(**sizes | {"num_hidden_layers": layers}))


def albert(sizes: Sizes, embedding_size: int) -> nn.Module:
    """Build an ALBERT, with BERT's own GELU. Example: `albert(sizes, embedding_size=32)`."""
    return AlbertForMaskedLM(AlbertConfig(**sizes, embedding_size=embedding_size, hidden_act="gelu"))


def factorized(sizes: Sizes) -> nn.Module:
    """Build a BERT with narrow embeddings, which is what ELECTRA's generator is. Example: `factorized(sizes)`."""
    return ElectraForMaskedLM(ElectraConfig(**sizes, embedding_size=NARROW))


def deberta(sizes: Sizes, *kinds: str) -> nn.Module:
    """Build a DeBERTa whose scores have these parts beside content to content. Example: `deberta(sizes, "c2p")`."""
    named: Sizes = {"relative_attention": True, "position_biased_input": False, "type_vocab_size": 0}
    return DebertaForMaskedLM(DebertaConfig(**sizes, **named, pos_att_type=list(kinds)))


def modernbert(sizes: Sizes, *kinds: str) -> nn.Module:
    """Build a ModernBERT with these kinds of attention. Example: `modernbert(sizes, "full", "sliding")`, as theirs."""
    named: Sizes = {name: size for name, size in sizes.items() if not name.endswith("prob")}
    named |= {"intermediate_size": sizes["intermediate_size"] * 2 // 3, "local_attention": LOCAL}
    named |= {"pad_token_id": PAD, "bos_token_id": CLS, "eos_token_id": SEP, "cls_token_id": CLS, "sep_token_id": SEP}
    return ModernBertForMaskedLM(ModernBertConfig(**named, layer_types=[f"{kind}_attention" for kind in kinds]))


KINDS: dict[str, Callable[[Sizes], nn.Module]] = {
    "BERT": bert,
    "BERT, 1 layer": partial(bert, layers=1),
    "ALBERT": partial(albert, embedding_size=NARROW),
    "ALBERT, shared only": lambda sizes: albert(sizes, sizes["hidden_size"]),
    "ALBERT, factorized only": factorized,
    "DeBERTa": lambda sizes: deberta(sizes, "c2p", "p2c"),
    "DeBERTa, no c2p": lambda sizes: deberta(sizes, "p2c"),
    "DeBERTa, no p2c": lambda sizes: deberta(sizes, "c2p"),
    "DeBERTa, neither": deberta,
    "ModernBERT": lambda sizes: modernbert(sizes, "full", "sliding"),
    "ModernBERT, all global": lambda sizes: modernbert(sizes, "full", "full"),
    "ModernBERT, all local": lambda sizes: modernbert(sizes, "sliding", "sliding"),
    "ELECTRA": ElectraPair,
}
"""How each kind is built from the sizes of the small BERT."""


def small(name: str, mixture: Mixture, seed: int = 0, positions: int | None = None) -> nn.Module:
    """Return a fresh model of a kind that reads the sentences of a mixture, the same one for the same seed.

    Example: `small("ALBERT", world.sentences)`; `small("BERT", world.sentences)` is `small_bert(world.sentences)`.

    `positions`: the longest sequence that it can read, if there are longer ones than those of the mixture. ValueError
    for a kind that is not in `KINDS`.
    """
    if name not in KINDS:
        raise ValueError(f"there is no small {name!r}: choose one of {', '.join(KINDS)}")
    theirs = small_bert(mixture, positions=positions).config.to_dict()
    named = ("vocab_size", "max_position_embeddings", "hidden_dropout_prob", "attention_probs_dropout_prob")
    counts = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = KINDS[name]({key: theirs[key] for key in (*named, *counts)})
    with torch.no_grad():
        next(encoder(model).embeddings.parameters()).mul_(WORD_SCALE)  # the first are the words, in every kind
    return model


def parameters(model: nn.Module) -> int:
    """Count the weights of the encoder that is kept, shared ones once, without a pooler, which not every kind has.

    Example: `parameters(small("ALBERT", world.sentences)) < parameters(small("BERT", world.sentences)) / 2`
    """
    return sum(weight.numel() for name, weight in encoder(model).named_parameters() if not name.startswith("pooler."))
