"""How far topic alone goes at next-sentence prediction: English pairs of four kinds, and a judge that ignores order.

Source of the question: Lan et al. 2020 (arXiv:1909.11942, ALBERT), section 3.1, "Inter-sentence coherence loss".
"""

import re
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.models import encoder
from bertlab.next_sentence_prediction.objective import Pair
from bertlab.texts import passages

FURTHER = 7
"""How many lines further on the other passage stands: kinds of text are interleaved, so it is about something else."""


def sentences_of(passage: str) -> list[str]:
    """Cut a passage after each full stop, question mark or exclamation mark that a space follows.

    Example: `sentences_of("It rained. We stayed in.")` is `["It rained.", "We stayed in."]`
    """
    return re.split(r"(?<=[.!?]) ", passage)


def passage_pairs(texts: Sequence[str] | None = None) -> dict[str, list[Pair]]:
    """Make four kinds of pairs from the English passages, or from texts of your own.

    Example: `passage_pairs()["one left out"][0]`

    "next": a sentence and the one after it. "swapped": the same two, in the wrong order. "one left out": a sentence
    and the one after the next. "another passage": the second sentence is taken from the same place of another passage.
    """
    split = [sentences_of(text) for text in (passages() if texts is None else texts)]
    pairs: dict[str, list[Pair]] = {"next": [], "swapped": [], "one left out": [], "another passage": []}
    for number, here in enumerate(split):
        other = split[(number + FURTHER) % len(split)]
        for place in range(len(here) - 1):
            pairs["next"].append((here[place], here[place + 1]))
            pairs["swapped"].append((here[place + 1], here[place]))
            pairs["another passage"].append((here[place], other[(place + 1) % len(other)]))
            if place + 2 < len(here):
                pairs["one left out"].append((here[place], here[place + 2]))
    return pairs


@torch.inference_mode()
def word_bags(
    texts: Sequence[str], model: nn.Module, tokenizer: PreTrainedTokenizerFast
) -> Float[Tensor, "texts hidden"]:
    """Return the mean word embedding of each text, special tokens left out. Example: `word_bags(["It rained."], …)`."""
    table = encoder(model).get_parameter("embeddings.word_embeddings.weight")
    return torch.stack([table[tokenizer(text, add_special_tokens=False).input_ids].mean(0) for text in texts])


def topic_similarity(
    pairs: Sequence[Pair], model: nn.Module, tokenizer: PreTrainedTokenizerFast
) -> Float[Tensor, " pairs"]:
    """Return the cosine between the mean word embeddings of the two texts: no order, no layer, no head.

    Example: `topic_similarity([("It rained.", "The rain fell.")], model, tokenizer)`

    What all English sentences have in common, the mean over those of our passages, is subtracted first.
    """
    everything = [sentence for passage in passages() for sentence in sentences_of(passage)]
    common = word_bags(everything, model, tokenizer).mean(0)
    first, second = (word_bags(texts, model, tokenizer) - common for texts in zip(*pairs, strict=True))
    return nn.functional.cosine_similarity(first, second)


def ranked_right(true_scores: Float[Tensor, " trues"], negative_scores: Float[Tensor, " negatives"]) -> float:
    """Return how often a true pair scores higher than a negative, over all comparisons of the two; a tie counts half.

    Example: `ranked_right(torch.tensor([0.9, 0.4]), torch.tensor([0.4, 0.1]))` is `0.875`.

    Also called AUC. 0.5 is chance; no threshold is needed, so that any two judges can be compared.
    """
    higher = (true_scores[:, None] > negative_scores).double()  # (trues, negatives)
    tie = (true_scores[:, None] == negative_scores).double()
    return (higher + tie / 2).mean().item()
