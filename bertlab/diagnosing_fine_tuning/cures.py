"""What is tried against overfitting and against failed seeds, and the control for a fault that clipping may hide."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from torch import nn

from bertlab.diagnosing_fine_tuning.causes import CAUSES, Setup, few_texts


def set_dropout(share: float) -> Callable[[nn.Module], None]:
    """Return what sets all dropout of a model. Example: `set_dropout(0.0)(model)`"""

    def prepare(model: nn.Module) -> None:
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = share

    return prepare


CURES: dict[str, Callable[[Setup], Setup]] = {
    "nothing done": few_texts,
    "no dropout": lambda setup: replace(few_texts(setup), prepare=set_dropout(0.0)),
    "dropout 0.3": lambda setup: replace(few_texts(setup), prepare=set_dropout(0.3)),
    "weight decay 20": lambda setup: few_texts(setup).with_recipe(weight_decay=20.0),
    "twice the texts": lambda setup: few_texts(setup, 128),
}
"""What is tried against overfitting, each made from the sound run: on 64 texts, or 128."""

CONTROLS: dict[str, Callable[[Setup], Setup]] = {
    "no clipping": lambda setup: setup.with_recipe(clip=math.inf),
    "gradients kept, no clipping": lambda setup: CAUSES["gradients kept"].change(setup).with_recipe(clip=math.inf),
}
"""Is it clipping that hides gradients that are never cleared?"""


class Fragile(NamedTuple):
    """A recipe for 64 texts: as BERT's first users had it, or with cures. Example: `Fragile(warmup=0.1)`"""

    epochs: int = 4
    slower: int = 1  # the rate is divided by it
    warmup: float = 0.0
    bias_correction: bool = False
    top_layers: int = 0


FRAGILE = {
    "as it was": Fragile(),
    "bias correction": Fragile(bias_correction=True),
    "warm-up": Fragile(warmup=0.1),
    "three times as long": Fragile(epochs=12),
    "top layer anew": Fragile(top_layers=1),
    "a sixth of the rate": Fragile(slower=6),
    "bias correction and longer": Fragile(bias_correction=True, epochs=12),
    "warm-up and longer": Fragile(warmup=0.1, epochs=12),
    "a sixth of the rate and longer": Fragile(slower=6, epochs=12),
}
