"""Tokens per second through our encoder and through Hugging Face's `BertModel`: same weights, texts and threads.

    python -m benchmarks.encoder

The peer runs on sdpa, its default, which never forms the attention weights; ours forms them, for that is what it is
there to show. Forward passes are measured without gradients; a step is forward, backward and AdamW. In each batch the
last text is half padding. Both take turns, and the fastest of several rounds counts, so that other work on the machine
does not. The ratio is the geometric mean over all rows. About a minute on an idle core.
"""

import json
import statistics
import time

import torch
import transformers
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor, nn
from transformers.utils import logging

from bertlab.constants import CHECKPOINTS
from bertlab.inside_the_encoder.model import BertForPreTraining

CHECKPOINT = CHECKPOINTS / "bertlab-mini"
SIZES = [(1, 16), (16, 32), (8, 128), (2, 512)]
WARM_UP, ROUNDS = 1, 9
GOAL = 1.0


def load_both() -> tuple[nn.Module, nn.Module]:
    """Our encoder and the peer, from one file, after a look at whether they compute the same."""
    ours = BertForPreTraining.from_pretrained(CHECKPOINT).bert
    peer = transformers.BertForPreTraining.from_pretrained(CHECKPOINT, attn_implementation="sdpa").bert
    inputs = make_inputs(3, 17)
    with torch.inference_mode():
        torch.testing.assert_close(ours(**inputs)[0], peer(**inputs)[0], rtol=1e-4, atol=1e-4)
    return ours, peer


def make_inputs(batch: int, seq: int) -> dict[str, Tensor]:
    """Random tokens, and in the last text half of them padding."""
    input_ids = torch.randint(1_000, 30_000, (batch, seq), generator=torch.Generator().manual_seed(0))
    attention_mask = torch.ones_like(input_ids)
    attention_mask[-1, (seq + 1) // 2 :] = 0
    return {"input_ids": input_ids, "attention_mask": attention_mask}


def forward(model: nn.Module, inputs: dict[str, Tensor]) -> None:
    """Read a batch."""
    with torch.inference_mode():
        model(**inputs)


def step(model: nn.Module, inputs: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> None:
    """Learn from a batch, with a loss that every weight has a part in."""
    hidden, pooled = model(**inputs)[:2]
    (hidden.square().mean() + pooled.square().mean()).backward()
    optimizer.step()
    optimizer.zero_grad()


def measure(batch: int, seq: int, train: bool) -> tuple[float, float]:
    """Tokens per second of ours and of the peer: the fastest of several rounds."""
    inputs, models = make_inputs(batch, seq), load_both()
    optimizers = [torch.optim.AdamW(model.parameters(), lr=1e-5) for model in models]
    rounds = []
    for _ in range(WARM_UP + ROUNDS):
        seconds = []
        for model, optimizer in zip(models, optimizers, strict=True):
            start = time.perf_counter()
            if train:
                step(model, inputs, optimizer)
            else:
                forward(model, inputs)
            seconds.append(time.perf_counter() - start)
        rounds.append(seconds)
    ours, peer = (batch * seq / min(seconds) for seconds in zip(*rounds[WARM_UP:], strict=True))
    return ours, peer


def main() -> None:
    """Measure all rows, and print them."""
    logging.disable_progress_bar()
    rows = [(batch, seq, train) for train in (False, True) for batch, seq in SIZES]
    found = [measure(*row) for row in track(rows, "rows")]
    table = Table(title=f"tokens/s, {torch.get_num_threads()} thread(s), best of {ROUNDS} rounds")
    for heading in ("", "Hugging Face", "ours", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for (batch, seq, train), (ours, peer) in zip(rows, found, strict=True):
        name = f"{'step' if train else 'forward'}, {batch} x {seq}"
        table.add_row(name, f"{peer:,.0f}", f"{ours:,.0f}", f"{ours / peer:.2f}")
    Console().print(table)
    ours, peer = (statistics.geometric_mean(speeds) for speeds in zip(*found, strict=True))
    result = {"name": "encoder", "unit": "tokens/s", "ours": round(ours), "peer": round(peer)}
    print(json.dumps({**result, "ratio": round(ours / peer, 2), "goal": GOAL}))


if __name__ == "__main__":
    main()
