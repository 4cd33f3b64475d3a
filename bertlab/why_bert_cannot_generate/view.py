"""Samplers to watch: choose one, and see the sentence after each pass through the network."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
import traitlets
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from bertlab.tinyworld import MASK, PAD, SEP, World
from bertlab.views.live import LiveWidget, static
from bertlab.why_bert_cannot_generate.judging import blank_sentences, log_prob_so_far, unlimited
from bertlab.why_bert_cannot_generate.predictors import Predict, fill_in, likeliest
from bertlab.why_bert_cannot_generate.samplers import Sampler, gibbs, left_to_right, mask_predict

WAYS: dict[str, Sampler] = {
    "left to right": left_to_right,
    "Gibbs sampling": partial(gibbs, sweeps=3),
    "mask-predict": partial(mask_predict, iterations=4),
}
ENGLISH_WAYS: dict[str, Sampler] = WAYS | {"Gibbs sampling": partial(gibbs, sweeps=2)}
AMONG = 20
"""English words are drawn from this many of the likeliest ones."""

Writer = Callable[[torch.Generator], Iterator[Tensor]]
"""Writes one sentence: yields its ids as they are at first, and after each pass, each of shape (1, seq)."""

Read = Callable[[Tensor], list[str]]


class Token(NamedTuple):
    """A token of the sentence as it stands: its text, and whether it is a gap, new since the last pass, or neither."""

    text: str
    mark: str  # "gap", "new" or ""


def mark_tokens(before: Sequence[str], now: Sequence[str]) -> list[Token]:
    """Say what has changed. Example: `mark_tokens(["a", "[MASK]"], ["a", "b"])` is `[("a", ""), ("b", "new")]`."""
    changes = [
        ("gap" if new == "[MASK]" else "new" if new != old else "") for old, new in zip(before, now, strict=True)
    ]
    return list(map(Token, now, changes))


class SamplersWidget(LiveWidget):
    """The widget behind `live_samplers` and `live_english_samplers`; sampler, seed and step can be set from Python."""

    _esm = static("views/live.js", "why_bert_cannot_generate/view.js")
    _css = static("views/live.css", "why_bert_cannot_generate/view.css")
    samplers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    sampler = traitlets.Unicode().tag(sync=True, asks=True)
    seed = traitlets.Int(0).tag(sync=True, asks=True)
    step = traitlets.Int(0).tag(sync=True, asks=True)

    def __init__(
        self,
        writers: Mapping[str, Writer],
        read: Callable[[Tensor], list[str]],
        say: Callable[[Tensor], str],
        seed: int,
    ):
        self._writers, self._read, self._say = writers, read, say
        self._runs: dict[tuple[str, int], list[Tensor]] = {}
        super().__init__(samplers=list(writers), sampler=next(iter(writers)), seed=seed)

    def run(self) -> list[Tensor]:
        """Return the sentence after each pass, beginning with the gaps; the same for the same sampler and seed."""
        key = (self.sampler, self.seed)
        if key not in self._runs:
            self._runs[key] = list(self._writers[self.sampler](torch.Generator().manual_seed(self.seed)))
        return self._runs[key]

    def compute(self) -> dict[str, Any]:
        """Return the tokens after the chosen pass, and what to say about them."""
        run = self.run()
        step = min(max(self.step, 0), len(run) - 1)
        tokens = mark_tokens(self._read(run[max(step - 1, 0)]), self._read(run[step]))
        news = "" if not step or any(token.mark == "new" for token in tokens) else " The same words were drawn again."
        summary = f"Pass {step} of {len(run) - 1}.{news} {self._say(run[step])}"
        return {"tokens": tokens, "passes": len(run) - 1, "summary": summary.strip()}

    def __repr__(self) -> str:
        lines = [f"{number:3}  {' '.join(self._read(ids))}" for number, ids in enumerate(self.run())]
        return "\n".join([f"{self.sampler}, seed {self.seed}", *lines, self._say(self.run()[-1])]).rstrip()


def verdict(world: World, input_ids: Tensor) -> str:
    """Say what the grammar has to say of a sentence that may still have gaps.

    Example: `verdict(world, world.encode(["the dog sleep ."]))` is `"No sentence of the tiny world looks like this."`
    """
    log_prob = log_prob_so_far(world.sentences, input_ids).item()
    if log_prob == -torch.inf:
        return "No sentence of the tiny world looks like this."
    if (input_ids == MASK).any():
        return "This can still become a sentence."
    return f"The grammar allows it: log P = {log_prob:.1f} nats."


def live_samplers(
    world: World, models: Mapping[str, Predict], causal: Predict | None = None, seed: int = 0
) -> SamplersWidget:
    """Return a widget that shows each sampler at work in the tiny world, pass by pass, and what the grammar says.

    Example: `live_samplers(world, {"BERT": fill_in(bert), "ideal": ideal(world.sentences)}, next_token(causal))`

    The length of each sentence is drawn beforehand, except for the causal model, which stops at its own [SEP].
    """

    def write(predict: Predict, sampler: Sampler, free: bool, generator: torch.Generator) -> Iterator[Tensor]:
        blanks = unlimited(world.sentences, 1) if free else blank_sentences(world.sentences, 1, generator)
        yield blanks
        for ids in sampler(predict, blanks, blanks == MASK, generator):
            over = free and bool((ids == SEP).any())
            yield ids.masked_fill(ids == MASK, PAD) if over else ids
            if over:
                return

    def read(input_ids: Tensor) -> list[str]:
        return ["" if token == PAD else world.words[token] for token in input_ids[0].tolist()]

    writers: dict[str, Writer] = {} if causal is None else {"causal model": partial(write, causal, left_to_right, True)}
    for name, predict in models.items():
        writers |= {f"{name}, {way}": partial(write, predict, sampler, False) for way, sampler in WAYS.items()}
    return SamplersWidget(writers, read, partial(verdict, world), seed)


def live_english_samplers(
    model: nn.Module, tokenizer: PreTrainedTokenizerBase, text: str, seed: int = 0
) -> SamplersWidget:
    """Return a widget that shows how a BERT fills the [MASK]s of an English text in four ways.

    Example: `live_english_samplers(model, tokenizer, "The old man [MASK] [MASK] [MASK] .")`
    """
    blanks = tokenizer(text, return_tensors="pt")["input_ids"]
    hidden = int(tokenizer.mask_token_id)
    never = [int(token) for token in tokenizer.all_special_ids]
    two_sided = likeliest(fill_in(model, never), AMONG)
    one_sided = likeliest(fill_in(model, never, causal=True), AMONG)

    def write(predict: Predict, sampler: Sampler, generator: torch.Generator) -> Iterator[Tensor]:
        yield blanks
        yield from sampler(predict, blanks, blanks == hidden, generator)

    def read(input_ids: Tensor) -> list[str]:
        return list(tokenizer.convert_ids_to_tokens(input_ids[0].tolist()))

    ways = {name: partial(way, mask_token_id=hidden) for name, way in ENGLISH_WAYS.items() if name != "left to right"}
    writers: dict[str, Writer] = {
        "left to right, causal mask put on": partial(write, one_sided, left_to_right),
        "left to right": partial(write, two_sided, left_to_right),
        **{name: partial(write, two_sided, way) for name, way in ways.items()},
    }
    return SamplersWidget(writers, read, lambda input_ids: "", seed)
