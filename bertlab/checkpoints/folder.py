"""Is a folder a whole BERT that the course can run on? If not: why not, and what to do.

Example: `check(Path("my-bert"))` returns, or raises CheckpointError.

What is accepted here was opened: nothing that is cut off, half there or made for another model fails later, in the
middle of a notebook. Code that a folder brings along is never run.
"""

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from bertlab.checkpoints.files import INDEX, WEIGHTS, CheckpointError, again, check_file

PARTS = {
    "config.json": ["config.json"],
    f"weights as {WEIGHTS} (the course loads no other kind: pickled weights can run code)": [WEIGHTS, INDEX],
    "a tokenizer (tokenizer.json or the files it is made from)": ["tokenizer.json", "vocab.*", "*.model"],
}
"""What a checkpoint consists of, each with the patterns of the files that can hold it."""
SELDOM_USED = ("pooler.", "seq_relationship.")
"""Parts that only next-sentence prediction uses, and that many BERTs are published without."""


@cache
def check(folder: Path) -> None:
    """Refuse a folder that is no whole BERT, or whose tokenizer was not made for its model.

    Example: `check(Path("my-bert"))`

    Raises:
        CheckpointError: with the reason and what to do.
    """
    if parts := lacking(folder):
        listed = "\n".join(f"- {part}" for part in parts)
        raise CheckpointError(f"{folder} is no whole checkpoint. It lacks:\n{listed}{what_is_there(folder)}")
    files = [file for patterns in PARTS.values() for pattern in patterns for file in folder.glob(pattern)]
    for file in files:
        check_file(file)
    config = read_config(folder)
    check_tokenizer(folder, config["vocab_size"])
    check_weights(folder)


def lacking(folder: Path) -> list[str]:
    """List the parts of a checkpoint that a folder does not have. Example: `lacking(Path("empty"))` lists all three."""
    return [part for part, patterns in PARTS.items() if not any(any(folder.glob(p)) for p in patterns)]


def what_is_there(folder: Path) -> str:
    """Recognize what a folder holds in place of a checkpoint, and say what to do about that.

    Example: `what_is_there(Path("my-adapter"))`
    """
    if (folder / "adapter_config.json").exists():
        return (
            "\nIt holds only an adapter, which belongs on top of another model. Merge the two, with peft:"
            ' `PeftModel.from_pretrained(model, folder).merge_and_unload().save_pretrained("merged")`.'
        )
    if any(folder.glob("pytorch_model*.bin")):
        return (
            "\nIf you trust whoever made it, convert its pickled weights once:"
            " `BertForPreTraining.from_pretrained(folder).save_pretrained(folder)`."
        )
    return ""


def read_config(folder: Path) -> dict[str, Any]:
    """Read config.json, and refuse one of another architecture.

    Example: `read_config(Path("my-bert"))["vocab_size"]`
    """
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        kind, _ = config.get("model_type"), config["vocab_size"]
    except (ValueError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{file} can't be read, or gives no vocab_size: {error!r}. {again(file)}") from error
    if kind is None:
        raise CheckpointError(f'{file} does not say what it describes. If it is a BERT, add `"model_type": "bert",`.')
    if kind != "bert":
        raise CheckpointError(
            f"{folder} holds a model of the type {kind!r}, and the course takes BERT itself apart (type 'bert'): its"
            " word pieces, segments and both heads. Choose a BERT, such as bert-base-uncased, or unset"
            " BERTLAB_CHECKPOINT."
        )
    return config


def check_tokenizer(folder: Path, rows: int) -> None:
    """Refuse a tokenizer that was not made for a model with `rows` embeddings.

    Example: `check_tokenizer(Path("my-bert"), rows=30_522)`

    transformers makes a tokenizer of five pieces, for which every word is [UNK], where it finds no vocabulary. A model
    may have up to a tenth more embeddings than pieces: their number is often rounded up.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise CheckpointError(f"The tokenizer in {folder} can't be read: {error}") from error
    size = len(tokenizer)
    if size > rows:
        raise CheckpointError(
            f"The tokenizer in {folder} has {size:,} pieces, its model expects {rows:,}. If pieces were added, the"
            " model needs embeddings for them, `model.resize_token_embeddings(len(tokenizer))`; else take the"
            " tokenizer that the model was trained with."
        )
    if size < 0.9 * rows:
        raise CheckpointError(
            f"The tokenizer in {folder} has {size:,} pieces, its model expects {rows:,}: the vocabulary is missing or"
            " another model's. Take the tokenizer that the model was trained with."
        )
    if tokenizer.mask_token is None or not tokenizer.is_fast:
        lack = "knows no [MASK]" if tokenizer.mask_token is None else "can't say which characters a piece stands for"
        raise CheckpointError(f"The tokenizer in {folder} {lack}: choose a BERT with a WordPiece tokenizer.")


def check_weights(folder: Path) -> None:
    """Load the weights once, and refuse what would start from random numbers or is not a number.

    Example: `check_weights(Path("my-bert"))`
    """
    import torch

    model, absent = load(folder)
    if needed := [name for name in absent if not any(part in name for part in SELDOM_USED)]:
        raise CheckpointError(
            f"{folder} lacks {len(needed)} of the weights of a BERT for masked language modeling, such as {needed[0]}:"
            " they would be random. Choose a BERT that was saved with its masked-language-model head, whole."
        )
    for name, weight in model.state_dict().items():
        if not torch.isfinite(weight).all():
            raise CheckpointError(
                f"{folder}: {name} holds values that are no numbers (NaN or infinite). Its training diverged, or the"
                " file was damaged: take an earlier state of it, or another copy."
            )
    if absent:
        warnings.warn(
            f"{folder} was saved without {absent[0].rsplit('.', 1)[0]}: what next-sentence prediction answers with it"
            " is random.",
            stacklevel=2,
        )


def load(folder: Path) -> tuple[Any, list[str]]:
    """Load a folder as the notebooks do; return the model, and the names of the weights that the folder lacks.

    Example: `model, absent = load(Path("my-bert"))`
    """
    from transformers import BertForPreTraining, logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # what is missing is said by who calls this
    try:
        loaded: Any = BertForPreTraining.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:
        raise CheckpointError(f"The weights in {folder} do not fit its config.json: {error}") from error
    finally:
        logging.set_verbosity(verbosity)
    model, report = loaded
    return model, sorted(report["missing_keys"])
