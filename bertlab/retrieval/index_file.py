"""Vectors in a file, with what they were made of, so that a stale or damaged file is refused and not searched.

made = Made(fingerprint(model, tokenizer), "mean", normalized=True, texts=digest(texts))
save_vectors("passages.safetensors", vectors, made)
vectors = load_vectors("passages.safetensors", made)
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

NAME, HEADER = "vectors", "bertlab"
CURES = {
    "model": "other weights or another tokenizer made its vectors",
    "pooling": "its vectors were pooled in another way",
    "normalized": "its vectors are scaled otherwise",
    "texts": "the texts have changed, or are others",
}


class IndexFileError(ValueError):
    """A file of vectors cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Made:
    """What vectors were made of: with any of it changed, they do not fit new queries or texts.

    Example: `Made("1f3a", "mean", True, digest(["One text."])).normalized` is `True`.

    Attributes:
        model: what `fingerprint` says.
        pooling: how a text became one vector, in a word or more.
        normalized: whether the vectors have length 1.
        texts: what `digest` says of the texts, in their order.
    """

    model: str
    pooling: str
    normalized: bool
    texts: str


def fingerprint(model: nn.Module, tokenizer: Any) -> str:
    """Return a sum over all weights and the tokenizer: others give another. Example: `fingerprint(model, tokenizer)`.

    A checkpoint of 400 MB takes about a second. Where the model lies, and whether it trains, changes nothing.
    """
    sums = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        sums.update(f"{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
        sums.update(raw(weight))
    pieces = json.loads(tokenizer.backend_tokenizer.to_str())
    for setting in ("padding", "truncation"):  # of the last call, not of the tokenizer
        pieces.pop(setting)
    sums.update(json.dumps(pieces, sort_keys=True).encode())
    return sums.hexdigest()[:16]


def digest(texts: Iterable[str]) -> str:
    """Return the number of texts and a sum over them. Example: `digest(["a", "bc"]) == digest(["ab", "c"])` is `False`,
    and `digest(["a", "bc"]).split()[0]` is `"2"`.
    """
    texts = list(texts)
    return f"{len(texts)} texts {hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]}"


def raw(tensor: Tensor) -> bytes:
    """Return the bytes of a tensor. Example: `raw(torch.zeros(2))` is `bytes(8)`."""
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def save_vectors(path: str | Path, vectors: Float[Tensor, "texts dim"], made: Made) -> None:
    """Write vectors and what they were made of to one safetensors file.

    Example: `save_vectors("passages.safetensors", vectors, made)`

    ValueError if there are not as many vectors as texts, or they are said to have length 1 and do not.
    """
    count = made.texts.split()[0]
    if count != str(len(vectors)):
        raise ValueError(f"{len(vectors)} vectors for {count} texts: encode all texts, each once")
    if made.normalized and not torch.allclose(vectors.norm(dim=1), torch.ones(()), atol=1e-3):
        raise ValueError("the vectors are not of length 1: scale them, or say normalized=False")
    told = asdict(made) | {"dim": vectors.shape[1], "sum": hashlib.sha256(raw(vectors)).hexdigest()}
    unfinished = Path(f"{path}.unfinished")  # the old file stays whole until the new one is
    save_file({NAME: vectors.detach().cpu().contiguous()}, unfinished, {HEADER: json.dumps(told)})
    os.replace(unfinished, path)


def load_vectors(path: str | Path, made: Made) -> Float[Tensor, "texts dim"]:
    """Read vectors if they are whole and were made as you say.

    Example: `load_vectors("passages.safetensors", made).shape`

    IndexFileError if the file is missing, damaged, or was made of something else; the message names it and what to do.
    """
    path = Path(path)
    again = "encode the texts again and save them there"
    if not path.is_file():
        raise IndexFileError(f"there is no file {path}: {again}, or give its path, seen from {Path.cwd()}")
    try:
        with safe_open(path, framework="pt") as file:
            told = json.loads(file.metadata()[HEADER])
            vectors = file.get_tensor(NAME)
        whole = hashlib.sha256(raw(vectors)).hexdigest() == told["sum"] and vectors.shape[1] == told["dim"]
    except (SafetensorError, KeyError, TypeError, ValueError, IndexError, OSError) as error:
        raise IndexFileError(f"{path.name} is damaged or was not saved by save_vectors: {again}") from error
    if not whole:
        raise IndexFileError(f"{path.name} is damaged, its sum is not the one it was saved with: {again}")
    for name, expected in asdict(made).items():
        if told.get(name) != expected:
            raise IndexFileError(
                f"{path.name}: {CURES[name]} ({name}: {told.get(name)!r} in the file, {expected!r} now): {again}"
            )
    return vectors
