"""How a run changes over its budget: the shape of its batches, stage by stage, and its learning rate."""

from dataclasses import dataclass

SHORTEST = 8
"""[CLS] A [SEP] B [SEP] with a few tokens each; a shorter sequence holds no sentence pair."""


@dataclass(frozen=True)
class Stage:
    """A part of the budget trained at one shape."""

    seq_len: int
    batch_size: int
    until: float  # share of the budget at which the stage ends

    @classmethod
    def parse(cls, text: str) -> "list[Stage]":
        """Read `64x16:0.5,128x16:1` as sequences of 64 in batches of 16 for half of the budget, then of 128.

        Raises:
            ValueError: the text has another form, a shape is impossible, or the ends do not rise to 1.
        """
        try:
            parts = [part.replace("x", ":").split(":") for part in text.split(",")]
            stages = [cls(int(length), int(size), float(until)) for length, size, until in parts]
        except ValueError:
            raise ValueError(f"--stages {text!r}: write LENGTHxBATCH:END,... such as 64x16:0.5,128x16:1") from None
        if any(stage.seq_len < SHORTEST or stage.batch_size < 1 for stage in stages):
            raise ValueError(f"--stages {text!r}: lengths start at {SHORTEST} tokens, batches at 1")
        ends = [0.0, *(stage.until for stage in stages)]
        if ends != sorted(set(ends)) or ends[-1] != 1:
            raise ValueError(f"--stages {text!r}: each stage must end later than the one before it, the last at 1")
        return stages


def learning_rate(peak: float, step: int, warmup: int, share: float, decay: float = 0.0) -> float:
    """Rise to `peak` over the first `warmup` steps, stay, and fall linearly to zero from share `decay` of the budget.

    Example: `learning_rate(4e-4, step=5000, warmup=200, share=0.75, decay=0.5) == 2e-4`

    A plateau can go on for as long as there is time; the fall at its end brings what a fall over the whole budget
    would (Hägele et al. 2024, arXiv:2405.18392).
    """
    return peak * min((step + 1) / max(warmup, 1), 1.0, max(0.0, 1 - share) / (1 - decay))
