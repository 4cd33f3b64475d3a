"""A trained encoder as a folder that the library sentence-transformers loads, written by hand: four small JSON files.

A folder is a chain of modules. `modules.json` lists them; the first, the Transformer, lies in the folder itself, with
its weights, its tokenizer and `sentence_bert_config.json`; the second, the pooling, in `1_Pooling`.
`config_sentence_transformers.json` says how vectors are to be compared.
"""

import json
from pathlib import Path
from typing import Any

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from bertlab.models import encoder
from bertlab.sentence_bert.siamese import SentenceEncoder
from bertlab.sentence_embeddings.pooling import mean_pooling

POOLINGS = ("mean", "cls", "max")
MODULES = (
    ("", "sentence_transformers.base.modules.transformer.Transformer"),
    ("1_Pooling", "sentence_transformers.sentence_transformer.modules.pooling.Pooling"),
)
"""The folder of each module and its class, by the names that version 6 of the library writes."""


def library_files(hidden_size: int, pooling: str) -> dict[str, Any]:
    """Return what stands in each JSON file. Example: `library_files(256, "mean")["1_Pooling/config.json"]`.

    ValueError for a pooling that is not known here.
    """
    if pooling not in POOLINGS:
        raise ValueError(f"there is no pooling {pooling!r} here: choose from {', '.join(POOLINGS)}")
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": name} for number, (path, name) in enumerate(MODULES)
    ]
    return {
        "modules.json": modules,
        "1_Pooling/config.json": {"embedding_dimension": hidden_size, "pooling_mode": pooling, "include_prompt": True},
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
            "module_output_name": "token_embeddings",
        },
        "config_sentence_transformers.json": {"model_type": "SentenceTransformer", "similarity_fn_name": "cosine"},
    }


def save_as_sentence_transformer(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, folder: str | Path, pooling: str = "mean"
) -> Path:
    """Write a folder that `SentenceTransformer(folder)` loads, and return its path.

    Example: `save_as_sentence_transformer(model, tokenizer, "my_encoder", pooling="mean")`

    Files of the same names are replaced.

    Args:
        model: a BERT of the library transformers, or a `SentenceEncoder` of one; a head is left out.
        tokenizer: its tokenizer.
        folder: where to write; made if it is not there.
        pooling: "mean", "cls" or "max": the one it was trained with.

    Raises:
        TypeError: the model is none of the library transformers.
        ValueError: the pooling is not known here, or not the encoder's.
    """
    if isinstance(model, SentenceEncoder) and (model.pooling is mean_pooling) != (pooling == "mean"):
        raise ValueError(f"this encoder has another pooling than {pooling!r}: name the one it was trained with")
    bert = encoder(model)
    if not isinstance(bert, PreTrainedModel):
        raise TypeError(
            f"{type(bert).__name__} cannot be saved for the library: load your checkpoint with "
            "transformers.AutoModel.from_pretrained(...)"
        )
    files = library_files(bert.config.hidden_size, pooling)
    bert.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return Path(folder)
