"""The trainer: one optimizer step on a global batch, shared out among any number of processes."""

import argparse
import math
from collections.abc import Iterator

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from transformers import AutoTokenizer, BertForPreTraining

from bertlab.training.batches import Batch, stream_batches
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.objective import PretrainingObjective, should_use_bf16
from bertlab.training.schedule import Stage, learning_rate
from bertlab.training.state import Counters, load_state, save_state


def make_optimizer(model: torch.nn.Module, lr: float) -> torch.optim.AdamW:
    """AdamW that leaves biases and LayerNorms undecayed, as in google-research/bert."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98), eps=1e-6, fused=True)


class Trainer:
    """Model, optimizer and data of a run; `bertlab.training.pretrain` drives it."""

    def __init__(self, args: argparse.Namespace, accelerator: Accelerator):
        self.args, self.accelerator, self.state_file = args, accelerator, args.out / "state.pt"
        self.tokenizer = AutoTokenizer.from_pretrained(args.start)
        # On a CPU and at these lengths plain matrix products train a quarter faster than the fused attention kernel.
        attention = "eager" if accelerator.device.type == "cpu" else "sdpa"
        model = BertForPreTraining.from_pretrained(args.start, dtype=torch.float32, attn_implementation=attention)
        self.model: BertForPreTraining = model.train()
        self.stages = self.check_stages(Stage.parse(args.stages))
        with accelerator.main_process_first():
            self.corpus = TokenizedCorpus.cached(args.text, self.tokenizer, args.cache, held_out=False)
        optimizer = make_optimizer(self.model, args.lr)
        self.objective, self.optimizer = accelerator.prepare(PretrainingObjective(self.model), optimizer)
        found = self.state_file.exists()
        self.counters = load_state(self.state_file, self.model, self.optimizer) if found else Counters()
        self.counters.bf16 = self.choose_precision()

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
        probe = next(self.batches(stage=0)).to(self.accelerator.device)
        helps = torch.tensor([float(should_use_bf16(PretrainingObjective(self.model), probe))])
        return bool(broadcast(helps.to(self.accelerator.device)).item())

    def batches(self, stage: int, skip: int = 0) -> Iterator[Batch]:
        """The global batches of one stage: every process draws the same ones and takes its own rows."""
        return stream_batches(
            self.corpus,
            self.tokenizer,
            seq_len=self.stages[stage].seq_len,
            batch_size=self.stages[stage].batch_size,
            rate=self.args.rate,
            singles=self.args.singles,
            seed=self.args.seed + stage,
            skip=skip,
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
            for batch in self.batches(counters.stage, skip=counters.stage_step):
                yield batch, share
                share = self.share_used()
                if share >= self.stages[counters.stage].until:
                    break

    def train_step(self, batch: Batch, share: float) -> float:
        """One optimizer step on a global batch; returns its mean MLM loss.

        Raises:
            FloatingPointError: the gradient is not finite; the weights are still those before the step.
        """
        accelerator, world, counters = self.accelerator, self.accelerator.num_processes, self.counters
        selected, rows = max(int((batch.labels >= 0).sum()), 1), len(batch.input_ids)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.args.lr, counters.step, self.args.warmup, share)
        # Dropout from the step's own number: a resumed run drops what the killed one would have dropped.
        torch.manual_seed((self.args.seed << 40) + counters.step * world + accelerator.process_index)
        mine = batch.part(accelerator.process_index, world).to(accelerator.device)
        with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=bool(counters.bf16)):
            mlm, nsp = self.objective(mine)
        # Averaged over the whole global batch: DDP divides the summed gradients by the number of processes.
        accelerator.backward((mlm / selected + nsp / rows) * world)
        if not math.isfinite(accelerator.clip_grad_norm_(self.objective.parameters(), 1.0)):
            raise FloatingPointError(f"step {counters.step}: the gradient is not finite; resume with a smaller --lr")
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(accelerator.reduce(mlm.detach(), "sum")) / selected

    def save(self) -> None:
        """Checkpoint the run, from its first process."""
        if self.accelerator.is_main_process:
            save_state(self.state_file, self.model, self.optimizer, self.counters)
