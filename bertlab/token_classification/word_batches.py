"""Tagged sentences as batches that remember their words: padded pieces, the word of each, and a label for each word."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.fine_tuning.batches import MAX_LENGTH, Encoded, Features, pad
from bertlab.token_classification.alignment import EncodedWords, WordIds, encode_words
from bertlab.token_classification.tagged import TaggedSentences


class WordBatch(NamedTuple):
    """Padded pieces, and the words that they come from. Example: `train.batch([0, 5], tokenizer).word_ids[1]`.

    Attributes:
        inputs: what an encoder takes.
        word_ids: the word of each piece, for each sentence.
        words: the words that each sentence has, also those cut off.
    """

    inputs: dict[str, Tensor]
    word_ids: list[WordIds]
    words: list[range]


class EncodedSentences(Encoded):
    """Tokenized sentences with a label for each word, for the loop of notebook 07.

    Example: `encode_sentences(load_tagged("entities")["train"], tokenizer).labels`, (sentences, words)

    Attributes:
        features: of each sentence, not padded yet.
        labels: numbers into `names`, a row for each sentence, -100 at its end where others have more words.
        word_ids: the word of each piece.
        words: the words that each sentence has, also those cut off.
        names: the tags.
    """

    word_ids: list[WordIds]
    words: list[range]
    names: tuple[str, ...]

    def __new__(
        cls,
        features: list[Features],
        labels: Int[Tensor, "sentences words"],
        word_ids: list[WordIds],
        words: list[range],
        names: tuple[str, ...],
    ) -> "EncodedSentences":
        """Make one of its parts. Example: `EncodedSentences(features, labels, word_ids, words, names)`."""
        made = super().__new__(cls, features, labels)
        made.word_ids, made.words, made.names = word_ids, words, names
        return made

    def batch(self, numbers: Sequence[int], tokenizer: PreTrainedTokenizerFast) -> WordBatch:
        """Return the sentences of these numbers, padded. Example: `train.batch([0, 5], tokenizer).inputs`."""
        encoded = [EncodedWords(self.features[number], list(self.word_ids[number])) for number in numbers]
        return word_batch(encoded, [self.words[number] for number in numbers], tokenizer)

    def labels_of(self, numbers: Sequence[int]) -> list[list[int]]:
        """Return the labels of the words of these sentences, without padding. Example: `train.labels_of([0, 5])[1]`."""
        return [self.labels[number, : len(self.words[number])].tolist() for number in numbers]

    def tags(self) -> list[list[str]]:
        """Return the tags of all sentences. Example: `test.tags()`, to be held against `predict_tags(...)`."""
        return [[self.names[label] for label in row] for row in self.labels_of(range(len(self.words)))]


def encode_sentences(
    data: TaggedSentences, tokenizer: PreTrainedTokenizerFast, max_length: int = MAX_LENGTH
) -> EncodedSentences:
    """Tokenize tagged sentences, and cut what is too long.

    Example: `encode_sentences(load_tagged("entities")["train"], tokenizer).word_ids[0]`

    ValueError if the tokenizer leaves no piece of a sentence, which then has nothing to learn from.
    """
    encoded = [encode_words(words, tokenizer, max_length) for words in data.words]
    for number, (_, ids) in enumerate(encoded):
        if all(word is None for word in ids):
            words = " ".join(data.words[number])[:40]
            raise ValueError(f"sentence {number}: the tokenizer leaves no piece of {words!r}: remove the sentence")
    labels = [torch.tensor([data.names.index(tag) for tag in tags]) for tags in data.tags]
    return EncodedSentences(
        [features for features, _ in encoded],
        pad_sequence(labels, batch_first=True, padding_value=IGNORED),
        [ids for _, ids in encoded],
        [range(len(words)) for words in data.words],
        data.names,
    )


def word_batch(
    encoded: Sequence[EncodedWords], words: Sequence[range], tokenizer: PreTrainedTokenizerFast
) -> WordBatch:
    """Pad encoded sentences. Example: `word_batch([encode_words(["Ann"], tokenizer)], [range(1)], tokenizer)`."""
    inputs = pad(tokenizer, [features for features, _ in encoded])
    return WordBatch(inputs, [ids for _, ids in encoded], list(words))
