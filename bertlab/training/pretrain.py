"""Pre-train a BERT with its two true objectives, on a CPU, a GPU or several processes.

    python -m bertlab.training.tokens --recipe bertlab/training/everyday.toml --text texts/ --to runs/tokens
    python -m bertlab.training.pretrain --start start/ --data runs/tokens --out runs/mini --minutes 100
    accelerate launch --multi_gpu --num_processes 2 -m bertlab.training.pretrain ...   # one global batch, shared out

`--multi_gpu` is also what starts several processes where there is no GPU; `--cpu` would start a single one.

Kill it at any time: the same command goes on from the last checkpoint, at most a minute old. The learning rate warms
up, stays, and falls linearly to zero at the end of the budget, which is given in minutes or in tokens; a larger budget
goes on with a longer plateau. At each measurement it says whether more training would still help.
"""

import json
import os
import time
from collections.abc import Sequence

import torch
from accelerate import Accelerator
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bertlab.training.arguments import command_line, parse_arguments
from bertlab.training.curve import describe_curve
from bertlab.training.environment import SETTINGS, start_anew
from bertlab.training.evaluate import evaluate_all
from bertlab.training.journal import Journal
from bertlab.training.trainer import Trainer

LOG_STEPS = 100


class Run:
    """A trainer with its journal, its checkpoints and its measurements, which its first process alone writes."""

    def __init__(self, trainer: Trainer):
        self.trainer, self.args, self.counters = trainer, trainer.args, trainer.counters
        self.is_main = trainer.accelerator.is_main_process
        self.journal = Journal(self.args.out)
        self.checkpointed = time.monotonic()

    def begin(self) -> None:
        """Write the recipe; measure the start, or forget what was logged after the checkpoint it goes on from."""
        self.journal.begin(
            command_line(self.args),
            environment={name: os.environ[name] for name in SETTINGS if name in os.environ},
            device=torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
            processes=self.trainer.accelerator.num_processes,
            threads=torch.get_num_threads(),
            precision="bf16" if self.counters.bf16 else "fp32",
        )
        if self.counters.step:
            self.journal.rewind(self.counters.step)
            print(f"resumed at step {self.counters.step:,}, {self.counters.tokens:,} tokens")
        else:
            self.measure(batches=8)

    def train(self, bar: Progress) -> None:
        """Train until the budget is used, through all stages."""
        task = bar.add_task("pre-training", total=1.0, note="")
        for batch, share in self.trainer.remaining_batches():
            started = time.perf_counter()
            loss = self.trainer.train_step(batch, share)
            seconds, tokens = time.perf_counter() - started, int(batch.attention_mask.sum())
            self.counters.count(tokens, loss, seconds)
            note = f"loss {self.counters.loss:.3f}  {tokens / seconds:,.0f} tokens/s"
            bar.update(task, completed=share, note=note)
            if self.is_main:
                self.write_down(seconds)
        bar.update(task, completed=1.0)
        self.trainer.save()

    def write_down(self, seconds: float) -> None:
        """After a step that took `seconds`: log, checkpoint and measure if that is due."""
        interval = 60 * self.args.evaluate_minutes
        measure = self.counters.seconds // interval > (self.counters.seconds - seconds) // interval
        if self.counters.step % LOG_STEPS == 0:
            self.log(loss=self.counters.loss, lr=self.trainer.optimizers[0].param_groups[0]["lr"])
        if measure or time.monotonic() - self.checkpointed >= self.args.checkpoint_seconds:
            self.trainer.save()
            self.checkpointed = time.monotonic()
        if measure:
            self.measure(batches=8)
            print(f"{self.counters.tokens:,} tokens; held-out loss: {self.curve()}")

    def log(self, **figures: int | float | None) -> None:
        """Append figures to the run's log, with how far it has come."""
        position = {"step": self.counters.step, "tokens": self.counters.tokens, "minutes": self.counters.seconds / 60}
        self.journal.log(**position, **figures)

    def measure(self, batches: int | None = None) -> dict[str, dict[str, int | float]]:
        """Evaluate on held-out articles, all of them or `batches` of 32 pairs of each text, and log it."""
        trainer = self.trainer
        figures = evaluate_all(trainer.model, self.args.data, trainer.tokenizer, batches)
        flat = {f"{text}_{name}": value for text, found in figures.items() for name, value in found.items()}
        self.log(**flat, held_out_mlm_loss=sum(found["mlm_loss"] for found in figures.values()) / len(figures))
        return figures

    def curve(self) -> str:
        """Whether the held-out loss still falls."""
        measured = [line for line in self.journal.lines() if "held_out_mlm_loss" in line]
        return describe_curve(*([line[name] for line in measured] for name in ("tokens", "held_out_mlm_loss")))


def main(argv: Sequence[str] | None = None) -> None:
    """Run or resume the recipe, then write and measure the model."""
    args = parse_arguments(argv, __doc__)
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    trainer = Trainer(args, accelerator)
    run = Run(trainer)
    accelerator.print(f"{accelerator.num_processes} process(es), {'bf16' if trainer.counters.bf16 else 'fp32'}")
    if accelerator.is_main_process:
        run.begin()
    columns = (*Progress.get_default_columns()[:2], TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), disable=not accelerator.is_main_process) as bar:
        run.train(bar)
    trainer.finish()
    if accelerator.is_main_process:
        trainer.model.save_pretrained(args.out / "model")
        trainer.tokenizer.save_pretrained(args.out / "model")
        print(json.dumps(run.measure(), indent=1))


if __name__ == "__main__":
    start_anew("bertlab.training.pretrain")
    main()
