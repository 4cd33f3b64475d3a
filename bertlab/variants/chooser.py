"""Which encoder for a task: constraints in, and for each candidate whether it remains, and the sentence why or why not.

The figures are those of `census` and `published`. What is a rule of thumb, not a figure, says so.
"""

from collections.abc import Callable
from functools import cache
from math import inf
from typing import NamedTuple

from bertlab.variants.census import CONFIGS, census, flops_per_token, work
from bertlab.variants.published import MNLI

TASKS = ("classification", "tagging", "search", "pair scoring", "generation")
LABELED = ("classification", "tagging")
ENCODER, SENTENCES, PROMPT = "encoder", "sentence encoder", "large language model"
LLM = "prompt a large language model"
PROMPTED = 8_000_000_000
"""Parameters assumed for a large language model, a small one as they go; each costs a token two operations."""
ENOUGH, ENOUGH_FOR_LARGE, ENOUGH_FOR_SEARCH = 100, 1_000, 1_000
"""Labeled examples that fine-tuning wants, rules of thumb: the second with more than LARGE parameters in layers."""
LARGE = 150_000_000


class Needs(NamedTuple):
    """What is asked for. Example: `Needs(task="tagging", memory=300)`.

    Attributes:
        task: one of `TASKS`.
        length: tokens in a text.
        latency: work for a token that is affordable, relative to BERT-base at that length.
        memory: megabytes for the weights, in fp32.
        labeled: labeled examples (for search: pairs of question and text).
        open_labels: whether labels come and go after training.
        many_languages: whether texts are in other languages than English.
    """

    task: str = "classification"
    length: int = 128
    latency: float = inf
    memory: float = inf
    labeled: int = 10_000
    open_labels: bool = False
    many_languages: bool = False


class Candidate(NamedTuple):
    """What could be used. Example: `candidates()[0].name` is `"BERT-base"`.

    `longest` is the longest text that it takes, in tokens, `layers` the parameters in layers, `width` its
    hidden size.
    """

    name: str
    kind: str
    good: str
    parameters: int
    layers: int
    width: int
    longest: int = 512
    languages: int = 1

    def work(self, length: int) -> float:
        """Compare its work for a token with BERT-base's. Example: `candidates()[0].work(128)` is `1.0`."""
        if self.kind == PROMPT:
            return 2 * self.parameters / sum(flops_per_token(CONFIGS["BERT-base"], length).values())
        return work(self.name, length)

    @property
    def megabytes(self) -> float:
        """The size of its weights in fp32."""
        return 4 * self.parameters / 1e6


GOOD = {
    "BERT": "what most results are compared with",
    "RoBERTa": "BERT's layers after ten times the text (160 GB)",
    "XLM-R": "BERT's layers after text in 100 languages",
    "ALBERT": "its layers share one set of weights",
    "DistilBERT": "half of BERT-base's layers, taught by BERT",
    "DeBERTa": "distances between tokens enter each attention score",
    "ELECTRA": "it learned from all positions, not from masked ones alone",
    "ModernBERT": "rotary positions, and local attention in two layers of three",
    "all-MiniLM": "its vectors were trained to be compared",
}
"""What speaks for a family, by the beginning of its models' names."""


@cache
def candidates() -> tuple[Candidate, ...]:
    """Return the models of the census, and a large language model. Example: `len(candidates())` is `19`."""
    found = []
    for name, config in CONFIGS.items():
        row = census(name)
        sentences = name.startswith("all-MiniLM")
        longest = 256 if sentences else 8192 if name.startswith("ModernBERT") else 512
        good = next(words for family, words in GOOD.items() if name.startswith(family))
        layers = row.places["attention"] + row.places["feed-forward"]
        kind = SENTENCES if sentences else ENCODER
        languages = 100 if name.startswith("XLM-R") else 1
        found.append(Candidate(name, kind, good, row.total, layers, config.hidden_size, longest, languages))
    return (*found, Candidate(LLM, PROMPT, "it is told the task in words", PROMPTED, PROMPTED, 4096, 131_072, 100))


UNFIT = {
    ("generation", ENCODER): "It sees both sides of a gap: it fills gaps, and was never trained to write on.",
    ("generation", SENTENCES): "It returns one vector for a text, and no words.",
    ("tagging", SENTENCES): "It returns one vector for a text, and tags need one for each token.",
    ("search", PROMPT): "It would have to read every text of the collection again for each question.",
}
"""The tasks that a kind of candidate cannot do, and why."""


def enough(candidate: Candidate, needs: Needs) -> int:
    """Return how many labeled examples a candidate wants: a rule of thumb.

    Example: `enough(candidates()[0], Needs())` is `100`.
    """
    if candidate.kind != ENCODER:
        return 0
    if needs.task == "search":
        return ENOUGH_FOR_SEARCH
    return ENOUGH_FOR_LARGE if candidate.layers > LARGE else ENOUGH


def compare(factor: float) -> str:
    """Say how much work it is. Example: `compare(0.123)` is `"0.12 times BERT-base's work"`, and `compare(1.0)` is
    `"BERT-base's work"`.
    """
    words = f"{factor:.0f} times " if factor >= 9.95 else f"{factor:.2g} times " if round(factor, 2) != 1 else ""
    return f"{words}BERT-base's work"


def facts(candidate: Candidate, needs: Needs) -> dict[str, str]:
    """Return the figures that the rules' sentences are made of.

    Example: `facts(candidates()[0], Needs())["megabytes"]` is `"438"`.
    """
    return {
        "unfit": UNFIT.get((needs.task, candidate.kind), ""),
        "millions": f"{candidate.parameters / 1e6:,.0f}",
        "in_layers": f"{candidate.layers / 1e6:,.0f}",
        "outputs": f"{candidate.width + 1:,}",
        "longest": f"{candidate.longest:,}",
        "length": f"{needs.length:,}",
        "work": compare(candidate.work(needs.length)),
        "latency": f"{needs.latency:g}",
        "megabytes": f"{candidate.megabytes:,.0f}",
        "memory": f"{needs.memory:,.0f}",
        "enough": f"{enough(candidate, needs):,}",
        "labeled": f"{needs.labeled:,}",
        "what": "pairs of question and text" if needs.task == "search" else "labeled examples",
    }


class Rule(NamedTuple):
    """A constraint, when it drops a candidate, and the sentence with which. Example: `RULES[0].constraint`."""

    constraint: str
    drops: Callable[[Candidate, Needs], bool]
    says: str


RULES = [
    Rule("task", lambda candidate, needs: (needs.task, candidate.kind) in UNFIT, "{unfit}"),
    Rule(
        "languages",
        lambda candidate, needs: needs.many_languages and candidate.languages == 1,
        "Its vocabulary and its {millions} million parameters were made for English.",
    ),
    Rule(
        "open labels",
        lambda candidate, needs: needs.open_labels and needs.task in LABELED and candidate.kind == ENCODER,
        "Each new label adds {outputs} untrained parameters to its head, which must be trained again.",
    ),
    Rule(
        "length",
        lambda candidate, needs: needs.length > candidate.longest,
        "It takes at most {longest} tokens, and texts have {length}: only parts of them would fit.",
    ),
    Rule(
        "latency",
        lambda candidate, needs: candidate.work(needs.length) > needs.latency,
        "A token takes {work}, and the budget is {latency}.",
    ),
    Rule(
        "memory",
        lambda candidate, needs: candidate.megabytes > needs.memory,
        "Its weights take {megabytes} MB in fp32, and there are {memory} MB.",
    ),
    Rule(
        "labeled data",
        lambda candidate, needs: needs.labeled < enough(candidate, needs),
        "Its {in_layers} million parameters in layers want some {enough} {what} (rule of thumb); there are {labeled}.",
    ),
]
"""Each constraint in turn; the first that drops a candidate is the reason given."""


class Verdict(NamedTuple):
    """Whether a candidate remains, and why or why not. Example: `choose(Needs())[0].kept` is `True`.

    `dropped_by` names all constraints that it fails; `says` is about the first.
    """

    name: str
    kept: bool
    says: str
    dropped_by: tuple[str, ...]


def judge(candidate: Candidate, needs: Needs) -> Verdict:
    """Hold a candidate against all rules.

    Example: `judge(candidates()[0], Needs(length=1024, memory=100)).dropped_by` is `("length", "memory")`.
    """
    known = facts(candidate, needs)
    failed = [rule for rule in RULES if rule.drops(candidate, needs)]
    accuracy = f", {MNLI[candidate.name][0]} on MNLI" if candidate.name in MNLI else ""
    praise = f"{candidate.good}; {{work}}, {{megabytes}} MB{accuracy}.".format(**known)
    says = failed[0].says.format(**known) if failed else praise[0].upper() + praise[1:]
    return Verdict(candidate.name, not failed, says, tuple(rule.constraint for rule in failed))


def choose(needs: Needs) -> list[Verdict]:
    """Judge all candidates: those that remain first, the best on MNLI before others, then the least work.

    Example: `[verdict.name for verdict in choose(Needs(task="generation")) if verdict.kept]` is
    `["prompt a large language model"]`.

    What was made for the task comes before that: a sentence encoder for search and for labels that come and go. A large
    language model comes last: it remains almost always. ValueError for no such task.
    """
    if needs.task not in TASKS:
        raise ValueError(f"{needs.task!r} is no task of the chooser: take one of {', '.join(TASKS)}")
    made_for_it = needs.task == "search" or needs.open_labels

    def rank(candidate: Candidate) -> tuple[bool, bool, float, float]:
        made, accuracy = made_for_it and candidate.kind == SENTENCES, MNLI.get(candidate.name, (0.0,))[0]
        return not made, candidate.kind == PROMPT, -accuracy, candidate.work(needs.length)

    verdicts = [judge(candidate, needs) for candidate in sorted(candidates(), key=rank)]
    return sorted(verdicts, key=lambda verdict: not verdict.kept)
