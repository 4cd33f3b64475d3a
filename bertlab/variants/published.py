"""What the papers say of BERT's variants, and whether their rounded counts come out when the weights are counted.

The papers: BERT (Devlin et al. 2019), RoBERTa (Liu et al. 2019), XLM-R (Conneau et al. 2020), ALBERT (Lan et al. 2020),
DistilBERT (Sanh et al. 2019), DeBERTa and DeBERTaV3 (He et al. 2021), ELECTRA (Clark et al. 2020), ModernBERT (Warner
et al. 2024). "README" is that of the authors' own repository.
"""

import math
from functools import cache
from typing import NamedTuple

from torch import nn
from transformers import AutoModel, AutoModelForMaskedLM, AutoModelForPreTraining

from bertlab.variants.census import CONFIGS, build_empty


class Recipe(NamedTuple):
    """How a family was pre-trained. Example: `recipe("ALBERT-large").tokenizer` is `"SentencePiece"`.

    Attributes:
        year: of the first version on arXiv.
        arxiv: its number there.
        vocabulary: entries, as the paper rounds them.
        tokenizer: what cuts words into pieces.
        objectives: what was learned.
        data: how much text.
        phases: steps, texts in a batch and tokens in a text, one after the other; empty if not published.
        place: the section or table that says so.
    """

    year: int
    arxiv: str
    vocabulary: str
    tokenizer: str
    objectives: str
    data: str
    phases: tuple[tuple[int, int, int], ...]
    place: str


WORDS = "3.3 billion words"
BPE = "byte-level BPE"
MLM = "MLM"
CLARK = "section 3.1 and the authors' flops_computation.py"
RTD = "replaced token detection"
RECIPES = {
    "BERT": Recipe(
        2018, "1810.04805", "30K", "WordPiece", "MLM, NSP", WORDS,
        ((900_000, 256, 128), (100_000, 256, 512)), "sections 3 and 3.1, appendix A.2",
    ),
    "RoBERTa": Recipe(
        2019, "1907.11692", "50K", BPE, f"{MLM}, masked anew each time", "160 GB",
        ((500_000, 8192, 512),), "sections 3.2, 4.4 and 5",
    ),
    "XLM-R": Recipe(2019, "1911.02116", "250K", "SentencePiece", MLM, "2.5 TB, 100 languages", (), "section 3"),
    "ALBERT": Recipe(
        2019, "1909.11942", "30K", "SentencePiece", "MLM of n-grams, sentence order", "16 GB",
        ((125_000, 4096, 512),), "section 4.1; the weights called v2 were trained longer",
    ),
    "DistilBERT": Recipe(
        2019, "1910.01108", "30K", "WordPiece", "soft targets, MLM, cosine of hidden states", WORDS, (), "section 3"
    ),
    "DeBERTa": Recipe(2020, "2006.03654", "50K", BPE, MLM, "78 GB", ((1_000_000, 2048, 512),), "appendix A.3"),
    "DeBERTa-v2": Recipe(2020, "2006.03654", "128K", "SentencePiece", MLM, "160 GB", (), "README and model card"),
    "DeBERTa-v3": Recipe(2021, "2111.09543", "128K", "SentencePiece", RTD, "160 GB", (), "README and model card"),
    "ELECTRA": Recipe(
        2020, "2003.10555", "30K", "WordPiece", RTD, WORDS, ((766_000, 256, 512),), CLARK
    ),
    "ELECTRA-small": Recipe(
        2020, "2003.10555", "30K", "WordPiece", RTD, WORDS, ((1_000_000, 128, 128),), CLARK
    ),
    "ModernBERT": Recipe(2024, "2412.13663", "50K", BPE, "MLM at 30%", "2 trillion tokens", (), "section 2.2"),
}  # fmt: skip
"""How each family was pre-trained, by the beginning of the models' names; the longest that fits counts."""

SAID_TOKENS = {"ModernBERT": 2_000_000_000_000}
"""Tokens seen where the paper says them itself."""

README = "README"
MNLI = {
    "BERT-base": (84.6, "BERT, Table 1, test"),
    "BERT-large": (86.7, "BERT, Table 1, test"),
    "RoBERTa-base": (87.6, f"DeBERTa, {README}"),
    "RoBERTa-large": (90.2, f"DeBERTa, {README}"),
    "XLM-R-base": (85.8, f"DeBERTa, {README}, XNLI in English"),
    "ALBERT-base": (84.6, f"ALBERT, {README}, v2"),
    "ALBERT-large": (86.5, f"ALBERT, {README}, v2"),
    "ALBERT-xlarge": (87.9, f"ALBERT, {README}, v2"),
    "ALBERT-xxlarge": (90.6, f"ALBERT, {README}, v2"),
    "DistilBERT": (82.2, "DistilBERT, Table 1"),
    "DeBERTa-base": (88.8, f"DeBERTa, {README}"),
    "DeBERTa-v2-xxlarge": (91.7, f"DeBERTa, {README}"),
    "DeBERTa-v3-base": (90.6, f"DeBERTa, {README}"),
    "ELECTRA-small": (81.3, f"ELECTRA, {README}"),
    "ELECTRA-base": (88.8, f"ELECTRA, {README}"),
    "ModernBERT-base": (89.1, "ModernBERT, table of GLUE"),
    "ModernBERT-large": (90.8, "ModernBERT, table of GLUE"),
}
"""Accuracy on MNLI, matched, after fine-tuning, in percent, and from where; on the dev set unless it says test."""


def recipe(name: str) -> Recipe:
    """Return how a model was pre-trained. Example: `recipe("ELECTRA-small").phases` is `((1_000_000, 128, 128),)`.

    ValueError if none is known.
    """
    return RECIPES[_family(name, list(RECIPES))]


def _family(name: str, known: list[str]) -> str:
    found = [family for family in known if name == family or name.startswith(f"{family}-")]
    if not found:
        raise ValueError(f"nothing is published here for {name!r}: take a model of {', '.join(known)}")
    return max(found, key=len)


def tokens_seen(name: str) -> int | None:
    """Multiply steps, texts and their length: how many tokens went through the model; None if not published.

    Example: `tokens_seen("ELECTRA-small")` is `16_384_000_000`, `tokens_seen("DistilBERT")` is `None`.

    At most so many: texts may be shorter than the longest that is allowed. BERT's own sum is 1,000,000 · 256 · 512, but
    it also says that in nine steps of ten texts had 128 tokens (appendix A.2): a third of that.
    """
    phases = recipe(name).phases
    if not phases:
        return SAID_TOKENS.get(_family(name, list(RECIPES)))
    return sum(math.prod(phase) for phase in phases)


class Claim(NamedTuple):
    """A rounded count of parameters, and what was counted. Example: `CLAIMS[0].millions` is `110`.

    Attributes:
        name: of the census.
        millions: as published.
        place: where.
        counted: of `COUNTED`; empty if nothing that we counted comes to it.
        why: the difference to the exact encoder, in words.
        step: what it was rounded to, in millions.
        cut: rounded down rather than to the nearest.
    """

    name: str
    millions: int
    place: str
    counted: str
    why: str
    step: int = 1
    cut: bool = False


HEADS = "the pre-training heads are counted, too"
NOTHING = "nothing that we counted explains it"
WORDLESS = "the table of word embeddings is not counted"
CLAIMS = [
    Claim("BERT-base", 110, "section 3", "with heads", HEADS),
    Claim("BERT-large", 340, "section 3", "with heads", f"{HEADS}, and rounded to tens of millions", 10),
    Claim("RoBERTa-base", 125, README, "encoder", ""),
    Claim("RoBERTa-large", 355, "section 5", "encoder", ""),
    Claim("XLM-R-base", 270, "section 3", "encoder", "cut to tens of millions", 10, cut=True),
    Claim("ALBERT-base", 12, "Table 1", "encoder", ""),
    Claim("ALBERT-large", 18, "Table 1", "encoder", ""),
    Claim("ALBERT-xlarge", 60, "Table 1", "encoder", "rounded to tens of millions", 10),
    Claim("ALBERT-xxlarge", 235, "Table 1", "", NOTHING),
    Claim("DistilBERT", 66, "Table 3", "encoder", ""),
    Claim("DeBERTa-base", 100, README, "without words", WORDLESS),
    Claim("DeBERTa-base", 134, "quoted; we found no source", "", NOTHING),
    Claim("DeBERTa-v2-xxlarge", 1500, README, "encoder", "cut to hundreds of millions", 100, cut=True),
    Claim("DeBERTa-v2-xxlarge", 1320, README, "", f"{NOTHING}: without words it is 1,368 million"),
    Claim("DeBERTa-v3-base", 183, "model card", "encoder", "cut to millions", cut=True),
    Claim("DeBERTa-v3-base", 86, README, "without words, with a pooler", f"{WORDLESS}, and a pooler is"),
    Claim("ELECTRA-small", 14, README, "with heads", "the discriminator's head is counted, too"),
    Claim("ELECTRA-base", 110, README, "encoder", "rounded to tens of millions", 10),
    Claim("ModernBERT-base", 149, "section 2.1", "encoder", ""),
    Claim("ModernBERT-large", 395, "section 2.1", "encoder", ""),
]  # fmt: skip
"""The rounded counts, each with what comes to it."""


def _parameters(model: nn.Module, without: str = "-") -> int:
    return sum(weight.numel() for name, weight in model.named_parameters() if without not in name)


@cache
def count_ways(name: str) -> dict[str, int]:
    """Count a model in the ways that papers do.

    Example: `count_ways("BERT-base")["with heads"]` is `110_106_428`.

    A pooler is one more square matrix with its biases, for models that come without one.
    """
    config = CONFIGS[name]
    try:
        headed = build_empty(config, AutoModelForPreTraining)
    except ValueError:  # the library has no such class for this kind: MLM is all there was
        headed = build_empty(config, AutoModelForMaskedLM)
    encoder = build_empty(config, AutoModel)
    words = "tok_embeddings" if config.model_type == "modernbert" else "word_embeddings"
    wordless, width = _parameters(encoder, words), config.hidden_size
    return {
        "encoder": _parameters(encoder),
        "with heads": _parameters(headed),
        "without words": wordless,
        "without words, with a pooler": wordless + width**2 + width,
    }


def rounded(parameters: int, step: int = 1, cut: bool = False) -> int:
    """Round a count to steps of so many millions. Example: `rounded(336_226_108, 10)` is `340`, and
    `rounded(278_043_648, 10, cut=True)` is `270`.
    """
    steps = parameters / (step * 1_000_000)
    return step * (math.floor(steps) if cut else round(steps))


def comes_out(claim: Claim) -> bool:
    """Count what a claim says was counted, round it as it says, and compare. Example: `comes_out(CLAIMS[0])` is `True`.

    False for a claim that nothing explains.
    """
    ways = count_ways(claim.name)
    return bool(claim.counted) and rounded(ways[claim.counted], claim.step, claim.cut) == claim.millions
