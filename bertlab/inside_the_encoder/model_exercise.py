"""An exercise whose answer is a whole model: it gets the weights of the right one, and is compared step by step."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import BertConfig

import bertlab
from bertlab.exercises import explain, progress
from bertlab.exercises.display import Solution, State, Verdict
from bertlab.exercises.framework import Exercise
from bertlab.exercises.judge import judge
from bertlab.exercises.runner import Case, run
from bertlab.exercises.task import Mistake, Task
from bertlab.inside_the_encoder.first_difference import Finding, find_difference
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.inside_the_encoder.weights import read_config


@dataclass(kw_only=True, eq=False, repr=False)
class ModelExercise(Exercise):
    """Checks a class on small BERTs of several sizes, and then with the weights of the checkpoint.

    Example: `my_bert.check(BertForPreTraining).state == State.CORRECT`

    `reference` and each mistake build a model from the configuration that is the one argument of a case.
    """

    def check(self, answer: object) -> Verdict:
        """Judge a class, and keep the attempt in the learner's progress."""
        if isinstance(answer, nn.Module):
            message = "`check` needs the class, its name without parentheses; it was given a model that was made of it."
            return Verdict(self.title, State.NOT_YET, message)
        if not callable(answer):
            return judge(self, answer)
        if self._is_stub(answer):
            return explain.not_attempted(self)
        findings: list[Finding] = []
        verdict = judge(self._comparison(), lambda config: _noted(compare(answer, config), findings))
        wrong = [found for found in findings if found.place]
        if verdict.state == State.CORRECT:
            verdict = with_real_weights(verdict, answer)
        elif wrong and not verdict.mistake and len(findings) == len(self.cases):
            verdict = replace(verdict, message=wrong[0].words)
        progress.record(self.id, verdict.state)
        return verdict

    def _comparison(self) -> "_Comparison":
        """Return the task that compares what was found, rather than models."""
        return _Comparison(
            id=self.id,
            title=self.title,
            reference=lambda config: compare(self.reference, config),
            cases=self.cases,
            hints=self.hints,
            mistakes=[
                Mistake(mistake.name, lambda config, build=mistake.answer: compare(build, config), mistake.message)
                for mistake in self.mistakes
            ],
            seconds=self.seconds,
        )

    def solution(self) -> Solution:
        """Show the file that has the whole model."""
        return Solution(inspect.getsource(inspect.getmodule(self.reference)))  # type: ignore[arg-type]

    def _is_stub(self, answer: Callable) -> bool:
        """Say whether a class makes models without a single weight."""
        for made in run(answer, self.cases[:1], self.seconds).outcomes:
            if not made.error:
                return made.value is None or (isinstance(made.value, nn.Module) and not list(made.value.parameters()))
        return False


def _noted(found: Finding, findings: list[Finding]) -> Finding:
    findings.append(found)
    return found


class _Comparison(Task):
    """Compares findings: two wrong models are alike if they go wrong at the same step in the same way."""

    def difference(self, expected: object, got: object) -> str | None:
        """Return what was found, or None where both went wrong alike, or neither did."""
        assert isinstance(expected, Finding)
        assert isinstance(got, Finding)
        return None if expected.is_like(got) else got.words

    def show_call(self, case: Case) -> str:
        """Write the call with the sizes that matter."""
        [config] = case.args
        sizes = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps"]
        return f"MyBert(BertConfig({', '.join(f'{name}={getattr(config, name)}' for name in sizes)}, ...))"


def small_config(width: int, heads: int, layers: int) -> BertConfig:
    """Make sizes that are small and all different, so that a hard-coded number shows.

    Example: `small_config(24, heads=3, layers=2).hidden_size` is `24`.

    `layer_norm_eps` is large, for an eps that is not taken from the configuration would not show on few numbers.
    """
    return BertConfig(
        vocab_size=31 + width,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=2 * width + 1,
        max_position_embeddings=13,
        layer_norm_eps=0.01,
    )


def compare(build: Callable[[BertConfig], Any], config: BertConfig) -> Finding:
    """Find where a model of these sizes first differs from the right one.

    Example: `compare(BertForPreTraining, BertConfig(hidden_size=24, num_attention_heads=3)).place` is `""`.
    """
    return find_difference(build, make_truth(config))


def make_truth(config: BertConfig) -> BertForPreTraining:
    """Make the right model with random weights, none of which is left at a value that would hide a mistake.

    Example: `make_truth(BertConfig()).training` is `False`.
    """
    truth = BertForPreTraining(config).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in truth.named_parameters():
            mean = float(name.endswith("LayerNorm.weight"))
            weight.copy_(mean + 0.3 * torch.randn(weight.shape, generator=generator))
    return truth


def with_real_weights(verdict: Verdict, build: Callable[[BertConfig], Any]) -> Verdict:
    """Add what comes out with the weights of the checkpoint, if it is a BERT of the kind that is written here.

    Example: `with_real_weights(verdict, BertForPreTraining).message` names the checkpoint.
    """
    folder = Path(bertlab.checkpoint())
    try:
        read_config(folder)
        truth = BertForPreTraining.from_pretrained(folder)
    except ValueError:
        return verdict
    # As long a text as there are positions: the small models cannot show a length that is written into the code.
    found = find_difference(build, truth, truth.config.max_position_embeddings)
    if found.place:
        return replace(verdict, state=State.NOT_YET, message=f"With the weights of {folder.name}: {found.words}")
    numbers = sum(weight.numel() for weight in truth.parameters())
    words = f"It holds the {numbers:,} numbers of {folder.name}, and every step agrees: you have written BERT."
    return replace(verdict, message=words)
