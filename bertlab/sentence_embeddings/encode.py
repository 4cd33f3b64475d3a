"""Texts to vectors with any BERT: one for each text, each token or each word, without training anything.

vectors = embed(model, tokenizer, ["A dog barks.", "Rain."])     # (2, hidden)
tokens, vectors, _, _ = token_vectors(model, tokenizer, "A dog barks.")
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import Features, pad
from bertlab.models import device, encoder, evaluating
from bertlab.sentence_embeddings.pooling import (
    Mask,
    Pooling,
    find_pooling,
    mean_of_layers,
    without_prompt,
    without_special_tokens,
)
from bertlab.sentence_embeddings.similarity import normalize as to_unit_length
from bertlab.token_classification.gather import pieces_of_words

Layers = int | Sequence[int]
CPU_POSITIONS = 512
"""How many positions, padding included, go through a model on a CPU at once: more no longer fit into its caches."""


class TokenVectors(NamedTuple):
    """A text as the model sees it. Example: `token_vectors(model, tokenizer, "Two dogs").tokens[0]` is "[CLS]".

    Attributes:
        tokens: the pieces of the text, [CLS] and [SEP] included.
        vectors: one for each token.
        word_ids: the number of the word that each token belongs to; None for [CLS] and [SEP].
        words: the words that have a piece, by number, as they stand in the text.
    """

    tokens: list[str]
    vectors: Float[Tensor, "tokens hidden"]
    word_ids: list[int | None]
    words: dict[int, str]


class WordVectors(NamedTuple):
    """The words of a text and a vector for each. Example: `word_vectors(model, tokenizer, "Two dogs").words`."""

    words: list[str]
    vectors: Float[Tensor, "words hidden"]


def longest(model: nn.Module, tokenizer: PreTrainedTokenizerFast) -> int:
    """Return how many tokens a text may have. Example: `longest(model, tokenizer)` is 512 for most BERTs."""
    return min(tokenizer.model_max_length, encoder(model).config.max_position_embeddings)


def states_of(model: nn.Module, batch: Mapping[str, Tensor], layer: Layers = -1) -> Float[Tensor, "batch seq hidden"]:
    """Return the hidden states of a layer, or the mean of several. Example: `states_of(model, batch, LAST_FOUR)`.

    ValueError if there is no such layer.
    """
    if layer == -1:
        return encoder(model)(**batch)[0]  # what every BERT returns, also one that cannot return the others
    return mean_of_layers(encoder(model)(**batch, output_hidden_states=True).hidden_states, layer)


def embed(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    texts: Sequence[str],
    pooling: str | Pooling = "mean",
    layer: Layers = -1,
    normalize: bool = False,
    batch_size: int = 32,
    prompt: str = "",
    special_tokens: bool = True,
    prompt_tokens: bool = True,
) -> Float[Tensor, "texts hidden"]:
    """Return a vector for each text, in the order of the texts, with dropout off.

    Example: `embed(model, tokenizer, ["A dog barks.", "Rain."], pooling="cls")`

    Texts go through the model sorted by length, and on a CPU fewer of the long ones at once, which saves time and
    changes nothing else. What is longer than the model's positions is cut.

    Args:
        model: any BERT; of one with a head the encoder is taken.
        pooling: "cls", "mean" or "max", or a function of hidden states and mask.
        layer: whose hidden states to take: 0 for what goes into the first layer, -1 for the last; several numbers, such
            as `LAST_FOUR`, for their mean.
        normalize: whether to scale each vector to length 1.
        batch_size: how many texts go through the model at once, at most.
        prompt: what the model reads before each text, such as "query: ".
        special_tokens, prompt_tokens: whether the pooling counts [CLS] and [SEP], and the prompt. The [CLS] before a
            prompt goes with it.

    Raises:
        TypeError: `texts` is one string.
        ValueError: there is no text, or nothing is left to pool of one, or no such pooling or layer.
    """
    chosen = find_pooling(pooling)
    features, prompt_length = tokenize(model, tokenizer, texts, prompt)
    lengths = [len(found["input_ids"]) for found in features]
    batches = longest_first(lengths, batch_size, CPU_POSITIONS if device(model).type == "cpu" else None)
    pooled = []
    with evaluating(model), torch.inference_mode():
        for numbers in batches:
            padded = pad(tokenizer, [features[number] for number in numbers])
            batch = {name: values.to(device(model)) for name, values in padded.items()}
            special = batch.pop("special_tokens_mask")
            left_out = torch.zeros_like(special) if special_tokens else special
            mask = tokens_to_pool(batch["attention_mask"], left_out, 0 if prompt_tokens else prompt_length, numbers)
            pooled.append(chosen(states_of(model, batch, layer), mask))
    by_length = torch.cat(pooled)
    places = torch.tensor([number for numbers in batches for number in numbers], device=by_length.device)
    # Copied outside of inference mode, so that a head can be trained on the vectors.
    vectors = torch.empty_like(by_length).index_copy_(0, places, by_length)
    return to_unit_length(vectors) if normalize else vectors


def longest_first(lengths: Sequence[int], batch_size: int, positions: int | None = None) -> list[list[int]]:
    """Return the numbers of the texts of each batch, sorted by length.

    Example: `longest_first([2, 9, 3, 2], batch_size=3, positions=9)` is `[[1], [2, 0, 3]]`.

    A batch has at most `batch_size` texts and, padded to its first, at most `positions`, unless one text has more.
    ValueError if `batch_size` is not positive.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}: it must be at least 1")
    batches: list[list[int]] = []
    most = 0
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        if not batches or len(batches[-1]) == most:
            room = batch_size if positions is None else positions // max(lengths[number], 1)
            most = max(min(batch_size, room), 1)
            batches.append([])
        batches[-1].append(number)
    return batches


def tokenize(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], prompt: str = ""
) -> tuple[list[Features], int]:
    """Return the tokens of each text behind the prompt, without padding, and how many tokens [CLS] and prompt are.

    Example: `tokenize(model, tokenizer, ["A dog barks."], "query: ")[1]` is 3.

    Without a prompt the number is 0. TypeError and ValueError as in `embed`.
    """
    if isinstance(texts, str):
        raise TypeError("texts is one string: give a list of texts, such as [text]")
    if not texts:
        raise ValueError("there are no texts: give at least one")
    kwargs = {"truncation": True, "max_length": longest(model, tokenizer), "return_special_tokens_mask": True}
    features = [dict(tokenizer(prompt + text, **kwargs)) for text in texts]
    if not prompt:
        return features, 0
    start = tokenizer(prompt)["input_ids"][:-1]  # [CLS] and the prompt, without the [SEP] behind it
    for number, found in enumerate(features):
        if found["input_ids"][: len(start)] != start:
            raise ValueError(f"the prompt {prompt!r} runs into the first word of text {number}: end it with a space")
    return features, len(start)


def tokens_to_pool(attention_mask: Mask, left_out: Mask, prompt_length: int, numbers: Sequence[int]) -> Mask:
    """Return the mask of the tokens that count, of the texts with these numbers.

    Example: `tokens_to_pool(torch.tensor([[1, 1, 1]]), torch.tensor([[1, 0, 1]]), 0, [7])` is `[[0, 1, 0]]`.

    ValueError names a text of which nothing is left.
    """
    mask = without_prompt(without_special_tokens(attention_mask, left_out), prompt_length)
    for number, left in zip(numbers, mask.any(dim=1).tolist(), strict=True):
        if not left:
            raise ValueError(
                f"text {number} has no token besides those left out: drop it, or pool the special tokens too"
            )
    return mask


def token_vectors(model: nn.Module, tokenizer: PreTrainedTokenizerFast, text: str, layer: Layers = -1) -> TokenVectors:
    """Return the tokens of one text, a vector for each, and which word each belongs to.

    Example: `cosine(*[token_vectors(model, tokenizer, text).vectors for text in ("A dog.", "Dogs bark.")])` compares
    each token of one with each of the other.
    """
    encoded = tokenizer(text, truncation=True, max_length=longest(model, tokenizer), return_tensors="pt")
    with evaluating(model), torch.inference_mode():
        states = states_of(model, {name: values.to(device(model)) for name, values in encoded.items()}, layer)
    words = {}
    for word in dict.fromkeys(encoded.word_ids()):
        if word is not None:
            span = encoded.word_to_chars(word)
            words[word] = text[span.start : span.end]
    return TokenVectors(encoded.tokens(), states[0].clone(), encoded.word_ids(), words)


def word_vectors(model: nn.Module, tokenizer: PreTrainedTokenizerFast, text: str, layer: Layers = -1) -> WordVectors:
    """Return the words of one text and for each the mean of the vectors of its pieces.

    Example: `word_vectors(model, tokenizer, "Tokenization is fun").words`

    Punctuation counts as words, as it does for the tokenizer. Of a word that is cut at the model's longest text, the
    pieces that are left stand for it.
    """
    found = token_vectors(model, tokenizer, text, layer)
    positions = pieces_of_words(found.word_ids, "mean")
    means = [found.vectors[positions[word]].mean(dim=0) for word in found.words]
    return WordVectors(list(found.words.values()), torch.stack(means) if means else found.vectors[:0])
