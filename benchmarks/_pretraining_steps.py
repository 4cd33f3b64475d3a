"""The steps that `benchmarks.pretraining` compares: the `Trainer`'s, ours, and what lies between, one by one."""

import tempfile
import time
from collections.abc import Callable
from pydoc_data.topics import topics

import numpy as np
import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForPreTraining,
    BertForPreTraining,
    DataCollatorForLanguageModeling,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from bertlab.checkpoints import EMBEDDED
from bertlab.constants import IGNORED
from bertlab.training.batches import Batch, lay_out
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.objective import PretrainingObjective
from bertlab.training.optimizers import make_optimizers
from bertlab.training.pairs import Pair, draw_pair, gather_chunks
from bertlab.training.working_copy import WorkingCopy

SEQ_LEN, BATCH_SIZE, RATE = 64, 32, 0.3
WARM_UP, STEPS = 3, 5


def clock() -> float:
    """Seconds of this process's own time if it has one thread: what else the machine does then counts for little."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


class EveryPosition(nn.Module):
    """Hugging Face's own forward, in the place of our objective."""

    def __init__(self, model: BertForPreTraining):
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        loss = self.model(**vars(batch)).loss
        return loss * (batch.labels >= 0).sum(), loss * 0.0


class SelectedPositions(nn.Module):
    """Logits at the selected positions, and PyTorch's own cross-entropy: our step until November 2026."""

    def __init__(self, model: BertForPreTraining):
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        hidden, pooled = self.model.bert(batch.input_ids, batch.attention_mask, batch.token_type_ids, return_dict=False)
        selected = batch.labels != IGNORED
        logits = self.model.cls.predictions(hidden[selected]).float()
        relation = self.model.cls.seq_relationship(pooled).float()
        mlm = nn.functional.cross_entropy(logits, batch.labels[selected], reduction="sum")
        return mlm, nn.functional.cross_entropy(relation, batch.next_sentence_label, reduction="sum")


class StepTimer(TrainerCallback):
    """Notes when each step ends, so that collating and all else that a step takes is counted."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, args, state, control, **kwargs) -> None:
        self.ends.append(clock())


def make_batches(tokenizer) -> list[list[Pair]]:
    """Sentence pairs of Python's manual, as many batches as one measurement takes."""
    articles = [[" ".join(part.split()) for part in text.split("\n\n")] for text in topics.values()]
    corpus = TokenizedCorpus.build(articles, tokenizer)
    rng = np.random.default_rng(0)
    chunks = rng.permutation(gather_chunks(corpus, SEQ_LEN))[: (WARM_UP + STEPS) * BATCH_SIZE]
    pairs = [draw_pair(corpus, chunk, SEQ_LEN, rng) for chunk in chunks]
    return [pairs[i : i + BATCH_SIZE] for i in range(0, len(pairs), BATCH_SIZE)]


def make_model(attention: str) -> BertForPreTraining:
    """The embedded checkpoint's architecture with random weights."""
    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(EMBEDDED)
    return AutoModelForPreTraining.from_config(config, attn_implementation=attention)


def speed(ends: list[float], batches: list[list[Pair]]) -> float:
    """Tokens per second over the steps after the warm-up; padding is not counted."""
    tokens = sum(len(pair.a) + len(pair.b) + 3 for batch in batches[WARM_UP:] for pair in batch)
    return tokens / (ends[-1] - ends[WARM_UP - 1])


def make_example(pair: Pair, tokenizer) -> dict:
    """One pair as a row of a data set for `Trainer`."""
    cls_id, sep_id = tokenizer.cls_token_id, tokenizer.sep_token_id
    return {
        "input_ids": [cls_id, *pair.a.tolist(), sep_id, *pair.b.tolist(), sep_id],
        "token_type_ids": [0] * (len(pair.a) + 2) + [1] * (len(pair.b) + 1),
        "next_sentence_label": pair.label,
    }


def measure_hugging_face(batches: list[list[Pair]], tokenizer) -> float:
    """Tokens per second of `Trainer` as it comes."""
    examples = [make_example(pair, tokenizer) for batch in batches for pair in batch]
    timer = StepTimer()
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            folder,
            use_cpu=True,
            per_device_train_batch_size=BATCH_SIZE,
            max_steps=len(batches),
            train_sampling_strategy="sequential",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=RATE)
        trainer = Trainer(make_model("sdpa"), settings, collator, examples, callbacks=[timer])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return speed(timer.ends, batches)


def train(
    batches: list[list[Pair]],
    tokenizer,
    step: Callable[[Batch], torch.Tensor],
    parameters: list[nn.Parameter],
    optimizers,
) -> float:
    """Tokens per second of a loop around one way to compute the loss."""
    ends = []
    for pairs in batches:
        step(lay_out(pairs, tokenizer, rate=RATE))
        nn.utils.clip_grad_norm_(parameters, 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        ends.append(clock())
    return speed(ends, batches)


def adamw(model: nn.Module) -> list[torch.optim.Optimizer]:
    """The optimizer of `Trainer`, for all weights."""
    return [torch.optim.AdamW(model.parameters(), lr=5e-5, fused=True)]


def mean_loss(sums: tuple[torch.Tensor, torch.Tensor], batch: Batch) -> torch.Tensor:
    """Both losses, averaged and added."""
    return sums[0] / (batch.labels >= 0).sum() + sums[1] / len(batch.labels)


def measure_autocast(
    batches: list[list[Pair]], tokenizer, objective_type: type[nn.Module], attention: str, *, bf16: bool
) -> float:
    """Tokens per second of a step in fp32, or in bf16 by autocast."""
    objective = objective_type(make_model(attention).train())

    def step(batch: Batch) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            sums = objective(batch)
        mean_loss(sums, batch).backward()

    return train(batches, tokenizer, step, list(objective.parameters()), adamw(objective))


def measure_ours(batches: list[list[Pair]], tokenizer, *, muon: bool) -> float:
    """Tokens per second of the step that trains bertlab-mini: a bf16 copy, and loss and gradient in one pass."""
    model = make_model("eager")
    working = WorkingCopy(model, torch.bfloat16)
    objective = PretrainingObjective(working.model)

    def step(batch: Batch) -> None:
        working.refresh()
        mean_loss(objective(batch), batch).backward()
        working.take_gradients()

    optimizers = make_optimizers(model, lr=5e-5) if muon else adamw(model)
    return train(batches, tokenizer, step, list(model.parameters()), optimizers)


ROWS: dict[str, Callable[[list[list[Pair]], object], float]] = {
    "Hugging Face Trainer": measure_hugging_face,
    "our loop, their forward": lambda *b: measure_autocast(*b, EveryPosition, "sdpa", bf16=False),
    "+ logits where selected": lambda *b: measure_autocast(*b, SelectedPositions, "eager", bf16=False),
    "+ bf16 by autocast": lambda *b: measure_autocast(*b, SelectedPositions, "eager", bf16=True),
    "+ bf16 copy, one-pass softmax": lambda *b: measure_ours(*b, muon=False),
    "+ memory kept = our step": lambda *b: measure_ours(*b, muon=False),
    "our step with Muon": lambda *b: measure_ours(*b, muon=True),
}
