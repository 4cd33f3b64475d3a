"""A whole checkpoint of a few hundred kilobytes: a random BERT, four wide, with BERT's own vocabulary."""

import shutil
from pathlib import Path
from typing import Any

import transformers
from transformers import BertConfig

from bertlab.checkpoints import EMBEDDED

TOKENIZER = ("tokenizer.json", "tokenizer_config.json")


def save(folder: Path, architecture: str = "BertForPreTraining", **changes: Any) -> Path:
    """Save a random BERT of this class with its tokenizer; `changes` go to its configuration."""
    sizes = {"hidden_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 7}
    config = BertConfig(**{"vocab_size": 30_522, **sizes, **changes})
    getattr(transformers, architecture)(config).save_pretrained(folder)
    for name in TOKENIZER:
        shutil.copy(EMBEDDED / name, folder)
    return folder
