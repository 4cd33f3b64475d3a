"""Turn a training run into a checkpoint to ship: float16 weights, figures, model card and checksums.

    python -m bertlab.training.export --run runs/mini --data runs/tokens --to data/checkpoints/bertlab-mini

The figures are measured on the files as written, not on what is in memory.
"""

import argparse
import hashlib
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, BertForPreTraining, BertTokenizer, PreTrainedTokenizerBase

from bertlab.constants import SUMS
from bertlab.training.arguments import parse_arguments
from bertlab.training.evaluate import evaluate_checkpoint
from bertlab.training.journal import Journal
from bertlab.training.model_card import model_card
from bertlab.training.probes import run_probes
from bertlab.training.recipe import Recipe
from bertlab.training.running_mean import RunningMean
from bertlab.training.state import Counters, load_state
from bertlab.training.tokens import RECIPE

MACHINE_SETTINGS = {"is_local", "local_files_only", "max_length", "stride", "truncation_strategy", "truncation_side"}
"""What transformers notes about how a tokenizer was loaded or last called; none of it belongs to the checkpoint."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits. Example: `sha256(Path("model.safetensors"))`"""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_run(run: Path) -> tuple[BertForPreTraining, PreTrainedTokenizerBase, Counters, dict[str, Any]]:
    """The model, tokenizer, counters and recipe of a run as of its last checkpoint, averaged if it is at its end.

    Raises:
        FileNotFoundError: neither the finished model nor the folder that the run started from is there.
    """
    recipe = Journal(run).recipe()
    start = parse_arguments(shlex.split(recipe["commands"][-1])[3:]).start
    source = run / "model" if (run / "model").is_dir() else start
    if not source.is_dir():
        raise FileNotFoundError(f"{source}: the run's configuration and tokenizer are read from there")
    model, mean = BertForPreTraining.from_pretrained(source, dtype=torch.float32), RunningMean()
    counters = load_state(run / "state.pt", model, mean=mean)
    if mean.count:
        model.load_state_dict(mean.weights)
    return model, AutoTokenizer.from_pretrained(source), counters, recipe


def write_weights(model: BertForPreTraining, tokenizer: PreTrainedTokenizerBase, to: Path) -> None:
    """Write float16 weights that load as float32, and the tokenizer. Changes `model` to float16.

    Example: `write_weights(model, tokenizer, Path("runs/export"))`
    """
    model.half().save_pretrained(to)
    tokenizer.save_pretrained(to)
    config, settings = to / "config.json", to / "tokenizer_config.json"
    write_json(config, json.loads(config.read_text()) | {"dtype": "float32"})
    kept = {name: value for name, value in json.loads(settings.read_text()).items() if name not in MACHINE_SETTINGS}
    write_json(settings, kept)
    (to / "model.safetensors").chmod(0o644)  # safetensors writes for its owner alone; a shared machine has others


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON. Example: `write_json(Path("metrics.json"), figures)`"""
    path.write_text(json.dumps(value, indent=2) + "\n")


def write_checksums(folder: Path) -> None:
    """Write `SHA256SUMS` for the files of a folder that are loaded, in the form that `sha256sum --check` reads.

    Example: `write_checksums(EMBEDDED)`
    """
    patterns = ("*.safetensors", "*config.json", "tokenizer*.json")
    files = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    (folder / SUMS).write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))


def export(run: Path, data: Path, to: Path, batches: int | None = None) -> dict[str, Any]:
    """Write the checkpoint of `run` into folder `to`, measure it and return the figures.

    Example: `export(Path("runs/mini"), Path("runs/tokens"), EMBEDDED)`

    `batches` of 32 pairs of each held-out text are measured, or all.
    """
    model, tokenizer, counters, circumstances = read_run(run)
    to.mkdir(parents=True, exist_ok=True)
    write_weights(model, tokenizer, to)
    figures: dict[str, Any] = {}
    for heading, found in evaluate_checkpoint(to, data, batches).items():
        figures[heading] = {name: round(value, 4) for name, value in found.items()}
    figures["run"] = {"tokens": counters.tokens, "minutes": round(counters.seconds / 60, 1)}
    write_json(to / "metrics.json", figures)
    stored, reader = BertForPreTraining.from_pretrained(to), BertTokenizer.from_pretrained(to)
    answers = run_probes(stored, reader)
    megabytes = (to / "model.safetensors").stat().st_size / 1e6
    card = model_card(stored, figures, circumstances, Recipe.read(data / RECIPE), answers, megabytes)
    (to / "README.md").write_text(card)
    write_checksums(to)
    return figures


def main(argv: Sequence[str] | None = None) -> None:
    """Export one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder that pretrain wrote: state.pt, recipe.json")
    parser.add_argument("--data", type=Path, required=True, help="folder that bertlab.training.tokens wrote")
    parser.add_argument("--to", type=Path, required=True, help="folder to write the checkpoint into")
    parser.add_argument("--batches", type=int, help="measure that many of 32 pairs of each text (default: all)")
    args = parser.parse_args(argv)
    print(json.dumps(export(args.run, args.data, args.to, args.batches), indent=2))


if __name__ == "__main__":
    main()
