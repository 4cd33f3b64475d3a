"""Pre-train on a GPU that is there for some minutes only: ask for it, take in the data, train, hand the weights out.

    python -m bertlab.training.gpu pack --data runs/tokens --start runs/mini/model --to runs/parts
    python -m bertlab.training.gpu train --parts runs/parts --run runs/gpu --minutes 8 --results results
    python -m bertlab.training.gpu unpack --results results --run runs/gpu

`pack` and `unpack` run where the data is, `train` where the card is; where there is none, it says so and does nothing.
Call `train` again and the run goes on from its last state.
"""

import argparse
import lzma
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from bertlab.training.export import read_run, write_weights
from bertlab.training.parts import join_file, split_file
from bertlab.training.pretrain import main as pretrain

DATA, START, WEIGHTS = "tokens.tar.xz", "start.tar.xz", "model.tar.xz"
OPTIONS = "--stages 128x256:1 --lr 1e-3 --warmup 200 --decay 0.6 --precision bf16 --compile --workers 8"
RESERVE = 90
"""Seconds of the time given that are kept for compiling, the last measurement and the results."""


def pack_folder(folder: Path, name: str, parts: Path) -> list[Path]:
    """Write a folder as parts of one compressed archive.

    Example: `pack_folder(Path("runs/tokens"), "tokens.tar.xz", Path("runs/parts"))`
    """
    parts.mkdir(parents=True, exist_ok=True)
    archive = parts / name
    with lzma.open(archive, "wb", preset=6) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                tar.add(path, path.name)
    written = split_file(archive, parts)
    archive.unlink()
    return written


def unpack_folder(parts: Path, name: str, folder: Path) -> Path:
    """Write what `pack_folder` packed into a folder, unless it is there already.

    Example: `unpack_folder(Path("runs/parts"), "tokens", Path("runs/tokens"))`
    """
    if not folder.exists():
        archive, partial = join_file(parts, folder.with_name(name)), folder.with_name(folder.name + ".partial")
        with lzma.open(archive, "rb") as packed, tarfile.open(fileobj=packed) as tar:
            tar.extractall(partial, filter="data")
        archive.unlink()
        partial.rename(folder)
    return folder


def is_there() -> bool:
    """Ask for the card, and say what it is. Example: `is_there()`"""
    if not torch.cuda.is_available():
        print("There is no CUDA device here: nothing was done.")
        return False
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    return True


def train(parts: Path, run: Path, minutes: float, results: Path, options: str = OPTIONS) -> bool:
    """Train for some minutes, everything included, and write the weights as parts; say whether there was a card.

    Example: `train(Path("runs/parts"), Path("runs/gpu"), 9, Path("out"))`
    """
    began = time.monotonic()
    if not is_there():
        return False
    data, start = unpack_folder(parts, DATA, run / "tokens"), unpack_folder(parts, START, run / "start")
    left = minutes - (time.monotonic() - began + RESERVE) / 60
    paths = ["--start", str(start), "--data", str(data), "--out", str(run)]
    pretrain([*paths, "--minutes", f"{left:.2f}", *options.split()])
    hand_out(run, results)
    return True


def hand_out(run: Path, results: Path) -> None:
    """Write the weights in float16, the log and the recipe of a run into a folder, no file above 16 MiB.

    Example: `hand_out(Path("runs/gpu"), Path("out"))`
    """
    model, tokenizer, counters, _ = read_run(run)
    write_weights(model, tokenizer, run / "half")
    pack_folder(run / "half", WEIGHTS, results)
    for name in ("log.jsonl", "recipe.json"):
        (results / name).write_bytes((run / name).read_bytes())
    print(f"{counters.tokens:,} tokens; results in {results}")


def main(argv: Sequence[str] | None = None) -> None:
    """Pack, train or unpack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    for action, folders in {"pack": "data start to", "train": "parts run results", "unpack": "results run"}.items():
        options = actions.add_parser(action)
        for folder in folders.split():
            options.add_argument(f"--{folder}", type=Path, required=True)
        if action == "train":
            options.add_argument("--minutes", type=float, required=True, help="all included")
            options.add_argument("--options", default=OPTIONS, help=f"of pretrain (default {OPTIONS})")
    args = parser.parse_args(argv)
    if args.action == "pack":
        pack_folder(args.data, DATA, args.to)
        pack_folder(args.start, START, args.to)
    elif args.action == "train":
        train(args.parts, args.run, args.minutes, args.results, args.options)
    else:
        unpack_folder(args.results, WEIGHTS, args.run / "model")


if __name__ == "__main__":
    main()
