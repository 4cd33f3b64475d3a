"""A tiny random BERT that knows the course's vocabulary, and texts of unequal lengths."""

import torch
from transformers import BertConfig, BertForMaskedLM

POSITIONS, HIDDEN = 19, 12
TEXTS = [
    "Rain",
    "Who let the old dog into the kitchen, and when did he eat the whole strawberry cake that was not for him?",
    "The dog sleeps.",
    "",
    "Tokenization of internationalization is unremarkable.",
    "Two dogs play.",
    "A train leaves at nine.",
]


def make_model() -> BertForMaskedLM:
    """A BERT with a head and with dropout, in training mode: whoever forgets either gets another result."""
    torch.manual_seed(3)
    sizes = {"hidden_size": HIDDEN, "num_hidden_layers": 5, "num_attention_heads": 3, "intermediate_size": 7}
    model = BertForMaskedLM(BertConfig(vocab_size=30_522, max_position_embeddings=POSITIONS, **sizes))
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return model.train()


def draw(rows, columns=HIDDEN, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
