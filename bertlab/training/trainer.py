"""The trainer: one optimizer step on a global batch, shared out among any number of processes."""

import argparse
import math
from collections.abc import Iterator

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import nn
from transformers import AutoTokenizer, BertForPreTraining

from bertlab.training.batches import Batch
from bertlab.training.mixture import Mixture
from bertlab.training.objective import PretrainingObjective, should_use_bf16
from bertlab.training.optimizers import make_optimizers
from bertlab.training.recipe import Recipe
from bertlab.training.running_mean import RunningMean
from bertlab.training.schedule import Stage, learning_rate
from bertlab.training.state import Counters, load_state, save_state
from bertlab.training.tokens import RECIPE, read_tokens
from bertlab.training.working_copy import WorkingCopy

AVERAGE_STEPS = 10
"""Steps between two states of the weights that are averaged at the end."""


class Trainer:
    """Model, optimizers and data of a run; `bertlab.training.pretrain` drives it."""

    def __init__(self, args: argparse.Namespace, accelerator: Accelerator):
        self.args, self.accelerator, self.state_file = args, accelerator, args.out / "state.pt"
        self.tokenizer = AutoTokenizer.from_pretrained(args.start)
        # On a CPU and at these lengths plain matrix products train a quarter faster than the fused attention kernel.
        attention = "eager" if accelerator.device.type == "cpu" else "sdpa"
        model = BertForPreTraining.from_pretrained(args.start, dtype=torch.float32, attn_implementation=attention)
        self.model: BertForPreTraining = model.to(accelerator.device)
        self.stages = self.check_stages(Stage.parse(args.stages))
        self.recipe = Recipe.read(args.data / RECIPE)
        self.corpora = read_tokens(args.data, held_out=False)
        self.optimizers, self.mean = make_optimizers(self.model, args.lr), RunningMean()
        found = self.state_file.exists()
        self.counters = load_state(self.state_file, self.model, self.optimizers, self.mean) if found else Counters()
        self.counters.bf16 = self.choose_precision()
        self.working = WorkingCopy(self.model, torch.bfloat16 if self.counters.bf16 else torch.float32)
        self.objective = PretrainingObjective(self.working.model)
        if args.compile:
            self.objective.compile()

    def check_stages(self, stages: list[Stage]) -> list[Stage]:
        """Refuse stages that this model or this number of processes cannot train at.

        Raises:
            ValueError: sequences longer than the position embeddings, or fewer rows than processes.
        """
        longest, processes = self.model.config.max_position_embeddings, self.accelerator.num_processes
        for stage in stages:
            if stage.seq_len > longest:
                raise ValueError(f"--stages: the model reads {longest} tokens at most, not {stage.seq_len}")
            if stage.batch_size < processes:
                raise ValueError(f"--stages: {processes} processes need batches of {processes} rows or more")
        return stages

    def choose_precision(self) -> bool:
        """Say whether to use bf16: as asked, as before a kill, or as a probe on the first process finds."""
        if self.args.precision != "auto":
            return self.args.precision == "bf16"
        if self.counters.bf16 is not None:
            return self.counters.bf16
        probe = next(self.mixture(stage=0).batches()).to(self.accelerator.device)
        helps = torch.tensor([float(should_use_bf16(self.model, probe))], device=self.accelerator.device)
        return bool(broadcast(helps).item())

    def mixture(self, stage: int) -> Mixture:
        """The batches of one stage: every process draws the same ones and takes its own rows."""
        return Mixture(
            self.recipe,
            self.corpora,
            self.tokenizer,
            seq_len=self.stages[stage].seq_len,
            batch_size=self.stages[stage].batch_size,
            rate=self.args.rate,
            seed=self.args.seed + stage,
            fixed_width=self.args.compile,
        )

    def share_used(self) -> float:
        """The share of the budget that is used up, agreed on by all processes."""
        args, counters = self.args, self.counters
        used = counters.tokens / args.tokens if args.tokens else counters.seconds / (60 * args.minutes)
        return float(broadcast(torch.tensor([used], device=self.accelerator.device)).item())

    def remaining_batches(self) -> Iterator[tuple[Batch, float]]:
        """Yield each batch with the share used before it, stage after stage, until the budget is gone."""
        counters = self.counters
        while (share := self.share_used()) < 1:
            while share >= self.stages[counters.stage].until:
                counters.stage, counters.stage_step = counters.stage + 1, 0
            for batch in self.mixture(counters.stage).batches(counters.stage_step, self.args.workers):
                yield batch, share
                share = self.share_used()
                if share >= self.stages[counters.stage].until:
                    break

    def train_step(self, batch: Batch, share: float) -> float:
        """One optimizer step on a global batch; returns its mean MLM loss.

        Raises:
            FloatingPointError: the gradient is not finite; the weights are still those before the step.
        """
        world, rank = self.accelerator.num_processes, self.accelerator.process_index
        selected = max(int((batch.labels >= 0).sum()), 1)
        pairs = max(int((batch.next_sentence_label >= 0).sum()), 1)
        # Dropout from the step's own number: a resumed run drops what the killed one would have dropped.
        torch.manual_seed((self.args.seed << 40) + self.counters.step * world + rank)
        mlm, nsp = self.objective(batch.part(rank, world).to(self.accelerator.device))
        (mlm / selected + nsp / pairs).backward()
        self.working.take_gradients()
        if world > 1:
            for weight in self.model.parameters():
                torch.distributed.all_reduce(weight.grad)
        if not math.isfinite(nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)):
            raise FloatingPointError(
                f"step {self.counters.step}: the gradient is not finite; resume with a smaller --lr"
            )
        self.move(share)
        return float(self.accelerator.reduce(mlm.detach(), "sum")) / selected

    def move(self, share: float) -> None:
        """Let the optimizers take their step, and the mean its sample of the last weights."""
        args, step = self.args, self.counters.step
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(args.lr, step, args.warmup, share, args.decay)
            optimizer.step()
        self.working.refresh()
        if share >= 1 - args.average and step % AVERAGE_STEPS == 0:
            self.mean.add(self.model)

    def finish(self) -> None:
        """Put the average of the last weights in the place of the very last."""
        if self.mean.count:
            self.model.load_state_dict(self.mean.weights)

    def save(self) -> None:
        """Checkpoint the run, from its first process."""
        if self.accelerator.is_main_process:
            save_state(self.state_file, self.model, self.optimizers, self.counters, self.mean)
