"""What the experiment trains on and from, and the negatives that it sets beside those written by hand."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import torch
from transformers import AutoModel

from bertlab.fine_tuning.experiment import load
from bertlab.sentence_bert.half_precision import InBfloat16
from bertlab.sentence_bert.mining import mine_hard_negatives
from bertlab.sentence_bert.ranking import cosines
from bertlab.sentence_bert.siamese import SentenceEncoder
from bertlab.sentence_bert.triples import Triples, load_triples
from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.pairs import ScoredPairs, load_pairs

DROPOUT = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}


@cache
def data() -> tuple[dict[str, Triples], dict[str, ScoredPairs]]:
    """Return the course's triples and scored pairs. Example: `data()[0]["train"]`"""
    return load_triples(), load_pairs("similarity")


def new_encoder(seed: int) -> SentenceEncoder:
    """Return the embedded BERT with dropout as BERT has it; the seed draws what it drops. Example: `new_encoder(0)`"""
    torch.manual_seed(seed)
    return InBfloat16(AutoModel.from_pretrained(load()[0], attn_implementation="eager", **DROPOUT))


def random_negatives(triples: Triples) -> Triples:
    """Give each anchor the negative of another one. Example: `random_negatives(data()[0]["train"]).negatives[0]`"""
    return replace(triples, negatives=triples.negatives[1:] + triples.negatives[:1])


@cache
def mined(margin: float) -> tuple[str, ...]:
    """Return a negative for each training anchor, the most similar text that is not its own and keeps the margin.

    Example: `mined(0.05)[0]`

    Among the positives and the written negatives of all anchors, by the encoder as it is before training.
    """
    triples, encoder = data()[0]["train"], new_encoder(0)
    texts = triples.positives + triples.negatives
    vectors = [embed(encoder, load()[1], list(column)) for column in (triples.anchors, texts)]
    relevant = torch.eye(len(triples), len(texts), dtype=torch.bool)
    written = torch.zeros_like(relevant)
    written[:, len(triples) :] = torch.eye(len(triples), dtype=torch.bool)  # its own was written by hand: not found
    found = mine_hard_negatives(cosines(*vectors).masked_fill(written, torch.inf), relevant, margin=margin)
    chosen = {negative.anchor: texts[negative.candidate] for negative in found}
    others = random_negatives(triples).negatives  # where nothing keeps the margin
    return tuple(chosen.get(number, others[number]) for number in range(len(triples)))


NEGATIVES: dict[str, Callable[[], tuple[str, ...]]] = {
    "none": lambda: (),
    "random": lambda: random_negatives(data()[0]["train"]).negatives,
    "mined": lambda: mined(0.0),
    "mined, margin 0.05": lambda: mined(0.05),
}
"""Instead of those written by hand, with which "objective, ranking" is trained."""
