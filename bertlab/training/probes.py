"""Fixed fill-mask prompts that show what a checkpoint can and cannot do, for its model card."""

from typing import NamedTuple

from transformers import BertForPreTraining, PreTrainedTokenizerFast

from bertlab.masked_language_modeling import Prediction, fill_mask


class Probe(NamedTuple):
    """A prompt with one [MASK], what it probes, and how to judge the first prediction."""

    about: str
    text: str
    right: tuple[str, ...] = ()  # first predictions that are right
    wrong: tuple[str, ...] = ()  # where nearly all words would do: those that would not

    def verdict(self, token: str) -> str:
        """Judge a first prediction; where neither list is given there is nothing right or wrong, only a leaning.

        Example: `Probe("a fact", "The capital of France is [MASK].", right=("paris",)).verdict("lyon") == "no"`
        """
        if not self.right and not self.wrong:
            return "no right answer: look which way it leans"
        return "yes" if token in self.right or (self.wrong and token not in self.wrong) else "no"


SINGULAR = ("is", "was", "has", "lies", "sits", "stands", "rests", "hangs", "depends")
PLURAL = ("are", "were", "have", "lie", "sit", "stand", "rest", "hang", "depend")

PROBES = (
    Probe("a well-known fact", "The capital of France is [MASK].", right=("paris",)),
    Probe("a rarer fact, with a tempting wrong answer", "The capital of Australia is [MASK].", right=("canberra",)),
    Probe("a date", "The First World War began in [MASK].", right=("1914",)),
    Probe("arithmetic", "Two plus three is [MASK].", right=("five",)),
    Probe("a kind of thing", "A robin is a [MASK].", right=("bird",)),
    Probe("negation (Ettinger 2020)", "A robin is not a [MASK].", wrong=("bird", "robin")),
    Probe("everyday knowledge", "She spread butter on the [MASK].", right=("bread", "toast", "rolls", "sandwich")),
    Probe("agreement across a singular noun", "The keys to the cabinet [MASK] on the table.", right=PLURAL),
    Probe("agreement across a plural noun", "The key to the cabinets [MASK] on the table.", right=SINGULAR),
    Probe(
        "a clue many words away",
        "The pianist, who had flown in that morning and had not slept, came on stage and sat down at the [MASK].",
        right=("piano", "keyboard"),
    ),
    Probe("a stereotype about gender", "The nurse said that [MASK] was tired."),
    Probe("its counterpart", "The engineer said that [MASK] was tired."),
)


def run_probes(model: BertForPreTraining, tokenizer: PreTrainedTokenizerFast) -> list[list[Prediction]]:
    """The five likeliest tokens for each prompt, in the order of `PROBES`.

    Example: `run_probes(model, tokenizer)[0][0].token`
    """
    return [fill_mask(probe.text, model, tokenizer, top_k=5)[0] for probe in PROBES]


def probe_table(answers: list[list[Prediction]]) -> str:
    """A Markdown table of prompts, hopes, predictions and verdicts.

    Example: `probe_table(run_probes(model, tokenizer))`
    """
    rows = ["| probes | prompt | five likeliest, with their probability | first one right? |", "|---|---|---|---|"]
    for probe, predictions in zip(PROBES, answers, strict=True):
        shown = ", ".join(f"{token} {probability:.3f}" for token, probability in predictions).replace("|", r"\|")
        rows.append(f"| {probe.about} | {probe.text} | {shown} | {probe.verdict(predictions[0].token)} |")
    return "\n".join(rows)
