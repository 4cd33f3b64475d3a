"""Byte-level BPE, RoBERTa's tokenizer: pieces are made of bytes, of which there are 256, so nothing is unknown.

BERT's WordPiece starts from the characters that it has seen, and a word with another one becomes [UNK]. In UTF-8 any
text is bytes; the vocabulary begins with all 256 and grows by merging the pair that is most frequent. Nothing is
lower-cased, no accent dropped, and a space belongs to the word after it: decoding gives the text back.
Source: Radford et al. 2019 (GPT-2), section 2.2; Liu et al. 2019 (arXiv:1907.11692), section 4.4.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from bertlab.constants import SPECIAL_TOKENS

ROBERTA_SPECIAL_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""What RoBERTa calls [CLS], [PAD], [SEP], [UNK] and [MASK]. <unk> is there and never used."""


def byte_characters() -> dict[int, str]:
    """Return the character that each byte is written as in a vocabulary: itself, or one from U+0100 on if it has none.

    Example: `(byte_characters()[ord("a")], byte_characters()[ord(" ")])` is `("a", "Ġ")`.

    GPT-2's own table. It is a way of writing only: "é" is the two bytes C3 A9 and is written "Ã©".
    """
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {byte: chr(256 + place) for place, byte in enumerate(hidden)}


def as_bytes(word: str) -> list[str]:
    """Cut a word into its bytes, each as the character that stands for it.

    Example: `as_bytes(" é")` is `["Ġ", "Ã", "©"]`.
    """
    written = byte_characters()
    return [written[byte] for byte in word.encode()]


def apply_merges(pieces: Sequence[str], merges: Sequence[tuple[str, str]]) -> list[str]:
    """Join pieces by the merges that were learned, the earliest learned first, until none applies.

    Example: `apply_merges(["l", "o", "w"], [("o", "w"), ("l", "o"), ("l", "ow")])` is `["low"]`.

    WordPiece looks for the longest piece from the left instead; it has no order of merges.
    """
    pieces, rank = list(pieces), {pair: place for place, pair in enumerate(merges)}
    while known := [pair for pair in pairwise(pieces) if pair in rank]:
        best = min(known, key=rank.__getitem__)
        merged: list[str] = []
        for piece in pieces:
            if merged and (merged[-1], piece) == best:
                merged[-1] += piece
            else:
                merged.append(piece)
        pieces = merged
    return pieces


def train_byte_bpe(texts: Iterable[str], vocab_size: int = 1000) -> Tokenizer:
    """Learn a byte-level BPE as RoBERTa's was learned, from a few texts: the special tokens, 256 bytes, merges.

    Example: `train_byte_bpe(bertlab.texts.passages()).encode("naïve").tokens`

    ValueError if not even the bytes fit into `vocab_size`.
    """
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    if vocab_size < len(ROBERTA_SPECIAL_TOKENS) + len(alphabet):
        raise ValueError(f"vocab_size is {vocab_size}: special tokens and bytes alone need 261")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = list(ROBERTA_SPECIAL_TOKENS)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def train_word_pieces(texts: Iterable[str], vocab_size: int = 1000) -> Tokenizer:
    """Learn a WordPiece of the same size from the same texts, with BERT's normalization, to be compared with.

    Example: `train_word_pieces(bertlab.texts.passages()).encode("naïve").tokens`

    `train_wordpiece` of notebook 01 would need minutes for this; the library's trainer takes a fraction of a second.
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=list(SPECIAL_TOKENS), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
