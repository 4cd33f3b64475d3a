"""The command line of a pre-training run: read it, and write it down so that others can repeat it."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path


def make_parser(description: str | None = None) -> argparse.ArgumentParser:
    """The options of `python -m bertlab.training.pretrain`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="folder of the starting BertForPreTraining")
    parser.add_argument("--text", type=Path, required=True, help="corpus: a paragraph a line, blank between articles")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run: state.pt, log.jsonl, model/")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"), help="where tokenized text is kept")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="budget of training time")
    budget.add_argument("--tokens", type=float, help="budget of tokens")
    parser.add_argument("--stages", default="64x16:0.5,128x16:1", help="LENGTHxBATCH:END,... (global batch)")
    parser.add_argument("--lr", type=float, default=5e-4, help="peak learning rate (default 5e-4)")
    parser.add_argument("--warmup", type=int, default=200, help="steps (default 200)")
    parser.add_argument("--rate", type=float, default=0.3, help="share of tokens selected while training (default 0.3)")
    parser.add_argument("--singles", type=float, default=0.1, help="share of sentences without a pair (default 0.1)")
    parser.add_argument("--precision", choices=["auto", "bf16", "fp32"], default="auto", help="auto: what is faster")
    parser.add_argument("--seed", type=int, default=0, help="of pairs, masks and dropout (default 0)")
    parser.add_argument("--evaluate-minutes", type=float, default=10, help="between measurements (default 10)")
    parser.add_argument("--checkpoint-seconds", type=float, default=60, help="a kill loses at most this (default 60)")
    return parser


def command_line(args: argparse.Namespace) -> str:
    """The command that gives these arguments, defaults spelt out, without what is particular to one machine.

    The cache is left out; the corpus, and any other absolute path, is named by its last part only.

    Example: `"python -m bertlab.training.pretrain --start runs/start --text wiki.txt --out runs/mini --minutes 90 ..."`
    """
    words = ["python", "-m", "bertlab.training.pretrain"]
    for name, value in vars(args).items():
        if name == "cache" or value is None:
            continue
        if isinstance(value, Path):
            value = value.name if name == "text" or value.is_absolute() else value.as_posix()
        words += [f"--{name.replace('_', '-')}", str(value).removesuffix(".0")]
    return shlex.join(words)


def parse_arguments(argv: Sequence[str] | None, description: str | None = None) -> argparse.Namespace:
    """Read the command line (`None`: the one this program was started with)."""
    return make_parser(description).parse_args(argv)
