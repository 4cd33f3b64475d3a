"""What needs no trained encoder: common words, common rare words, and the mean of the input embeddings.

A sentence vector is worth its price only where it is better than these.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.diagnosing_fine_tuning.leakage import words_of
from bertlab.models import encoder


def word_overlap(first: str, second: str) -> float:
    """Return the words in both texts as a share of the words in either (Jaccard), without case and punctuation.

    Example: `word_overlap("The dog bit the man.", "The man bit the dog!")` is `1.0`, and
    `word_overlap("A dog", "one hound")` is `0.0`.

    Two texts without any word have nothing in common: 0.
    """
    words, others = set(words_of(first)), set(words_of(second))
    return len(words & others) / max(1, len(words | others))


def word_overlaps(first: Sequence[str], second: Sequence[str]) -> Float[Tensor, " pairs"]:
    """Return the word overlap of each pair. Example: `word_overlaps(["A dog"], ["a DOG"])` is `[1.0]`."""
    return torch.tensor([word_overlap(*pair) for pair in zip(first, second, strict=True)])


def tfidf_cosines(
    first: Sequence[str], second: Sequence[str], counted: Sequence[str] | None = None
) -> Float[Tensor, " pairs"]:
    """Return the cosine of each pair of texts as vectors of counted words, rare words weighing more (TF-IDF).

    Example: `tfidf_cosines(["two dogs", "rain"], ["rain", "rain"])` is `[0.0, 1.0]`.

    Args:
        first, second: the texts of each pair.
        counted: the texts in which to count how rare words are; None for those of the pairs. A word that is in none of
            them counts nothing.

    Raises:
        ValueError: there are not as many texts of one as of the other, or not a word to count.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} first texts and {len(second)} second ones: give pairs")
    # By default single letters would be no words: "I", and the numbers from 0 to 9, which often decide.
    vectorizer = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b").fit(counted or [*first, *second])
    products = vectorizer.transform(first).multiply(vectorizer.transform(second))  # rows have length 1, or 0
    return torch.tensor(products.sum(axis=1)).flatten().float()


@torch.inference_mode()
def embed_static(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]
) -> Float[Tensor, "texts hidden"]:
    """Return the mean of the word embeddings of each text's pieces: no attention, no positions, no order.

    Example: `embed_static(model, tokenizer, ["Dog bites man.", "Man bites dog."])` has two equal rows.

    Special tokens do not count; a text without any other has a vector of zeros. `embed` with `layer=0` differs from
    it by what position embeddings, segment embeddings and LayerNorm do.
    """
    table = word_embeddings(model)
    vectors = table.new_zeros(len(texts), table.shape[1])
    for number, text in enumerate(texts):
        input_ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        if input_ids:
            vectors[number] = table[torch.tensor(input_ids, device=table.device)].mean(dim=0)
    return vectors


def word_embeddings(model: nn.Module) -> Float[Tensor, "vocab hidden"]:
    """Return the table with a row for each id. Example: `word_embeddings(model)[tokenizer.mask_token_id]`."""
    return encoder(model).embeddings.word_embeddings.weight.detach()
