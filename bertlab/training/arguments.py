"""The command line of a pre-training run: read it, and write it down so that others can repeat it."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path


def make_parser(description: str | None = None) -> argparse.ArgumentParser:
    """The options of `python -m bertlab.training.pretrain`. Example: `make_parser().print_help()`"""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="folder of the starting BertForPreTraining")
    parser.add_argument("--data", type=Path, required=True, help="folder that bertlab.training.tokens wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run: state.pt, log.jsonl, model/")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="budget of training time")
    budget.add_argument("--tokens", type=float, help="budget of tokens")
    parser.add_argument("--stages", default="64x64:0.7,128x32:1", help="LENGTHxBATCH:END,... (global batch)")
    parser.add_argument("--lr", type=float, default=4e-4, help="peak learning rate (default 4e-4)")
    parser.add_argument("--warmup", type=int, default=100, help="steps (default 100)")
    parser.add_argument("--decay", type=float, default=0.5, help="share of the budget where lr begins to fall (0.5)")
    parser.add_argument("--average", type=float, default=0.05, help="last share of the budget to average (0.05)")
    parser.add_argument("--rate", type=float, default=0.3, help="share of tokens selected while training (default 0.3)")
    parser.add_argument("--precision", choices=["auto", "bf16", "fp32"], default="auto", help="auto: what is faster")
    parser.add_argument("--compile", action="store_true", help="torch.compile the encoder: for a GPU")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw batches ahead (default none)")
    parser.add_argument("--seed", type=int, default=0, help="of pairs, masks and dropout (default 0)")
    parser.add_argument("--evaluate-minutes", type=float, default=10, help="between measurements (default 10)")
    parser.add_argument("--checkpoint-seconds", type=float, default=60, help="a kill loses at most this (default 60)")
    return parser


def command_line(args: argparse.Namespace) -> str:
    """The command that gives these arguments, defaults spelt out, without what is particular to one machine.

    An absolute path is named by its last part only.

    Example: `"python -m bertlab.training.pretrain --start runs/start --data runs/tokens --out runs/mini ..."`
    """
    words = ["python", "-m", "bertlab.training.pretrain"]
    for name, value in vars(args).items():
        if value is None or value is False:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if isinstance(value, Path):
            words.append(value.name if value.is_absolute() else value.as_posix())
        elif value is not True:
            words.append(str(value).removesuffix(".0"))
    return shlex.join(words)


def parse_arguments(argv: Sequence[str] | None, description: str | None = None) -> argparse.Namespace:
    """Read the command line (`None`: the one this program was started with).

    Example: `parse_arguments(["--start", "a", "--data", "b", "--out", "c", "--minutes", "5"])`
    """
    return make_parser(description).parse_args(argv)
