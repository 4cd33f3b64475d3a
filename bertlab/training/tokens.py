"""The texts of a recipe as token arrays, made once: what training reads, here or on a machine without the texts.

    python -m bertlab.training.tokens --recipe bertlab/training/everyday.toml --text texts/ --to runs/tokens

Beside the arrays lies a copy of the recipe, so that the folder is all that a run needs.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from rich.progress import track
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.recipe import Recipe, Text

RECIPE = "recipe.toml"


def token_file(folder: Path, text: Text, *, held_out: bool) -> Path:
    """Where the tokens of one text lie.

    Example: `token_file(Path("runs/tokens"), text, held_out=False)` may be `runs/tokens/everyday-books-train.npz`
    """
    return folder / f"{text.name}-{'held-out' if held_out else 'train'}.npz"


def fingerprint(recipe: Recipe, text: Text, source: Path, tokenizer: PreTrainedTokenizerBase) -> str:
    """A hash of the text's file, of what the recipe does with it and of the vocabulary.

    Example: `fingerprint(recipe, text, source, tokenizer)`
    """
    digest = hashlib.blake2b(digest_size=16)
    with open(source, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    digest.update(recipe.fingerprint(text).encode())
    digest.update(json.dumps(tokenizer.get_vocab(), sort_keys=True).encode())
    return digest.hexdigest()


def is_current(path: Path, made_from: str) -> bool:
    """Say whether a token file exists and was made from this very text. Example: `is_current(path, made_from)`"""
    if not path.exists():
        return False
    with np.load(path) as arrays:
        return str(arrays["made_from"]) == made_from


def write_tokens(recipe_file: Path, texts: Path, to: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Tokenize the training and the held-out part of every text of a recipe, where that is not done yet.

    Example: `write_tokens(RECIPE, Path("corpus"), Path("runs/tokens"), tokenizer)`
    """
    recipe = Recipe.read(recipe_file)
    to.mkdir(parents=True, exist_ok=True)
    for text in track(recipe.texts, "tokenizing"):
        made_from = fingerprint(recipe, text, texts / text.file, tokenizer)
        for held_out in (False, True):
            path = token_file(to, text, held_out=held_out)
            if (text.held_out or not held_out) and not is_current(path, made_from):
                documents = recipe.documents(text, texts, held_out=held_out)
                TokenizedCorpus.build(documents, tokenizer).save(path, made_from)
    shutil.copy(recipe_file, to / RECIPE)


def read_tokens(folder: Path, *, held_out: bool) -> dict[str, TokenizedCorpus]:
    """The corpora in a folder, by the name of their text; of the held-out ones, by their heading in the figures.

    Example: `read_tokens(Path("runs/tokens"), held_out=True).keys() == {"wikipedia", "prose"}`
    """
    texts = [text for text in Recipe.read(folder / RECIPE).texts if text.held_out or not held_out]
    found = [TokenizedCorpus.load(token_file(folder, text, held_out=held_out)) for text in texts]
    return {text.held_out if held_out else text.name: corpus for text, corpus in zip(texts, found, strict=True)}


def main() -> None:
    """Write the token arrays of a recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="TOML file: texts and their shares")
    parser.add_argument("--text", type=Path, required=True, help="folder that holds the texts")
    parser.add_argument("--to", type=Path, required=True, help="folder to write token arrays into")
    parser.add_argument("--tokenizer", type=Path, default=Path("data/checkpoints/bertlab-mini"))
    args = parser.parse_args()
    write_tokens(args.recipe, args.text, args.to, AutoTokenizer.from_pretrained(args.tokenizer))


if __name__ == "__main__":
    main()
