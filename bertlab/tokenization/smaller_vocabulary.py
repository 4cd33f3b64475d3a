"""The same tokenizer with a smaller vocabulary: what the slider of the live tokenizer turns."""

from functools import lru_cache

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from transformers import PreTrainedTokenizerFast


def is_wordpiece(tokenizer: PreTrainedTokenizerFast) -> bool:
    """Say whether the vocabulary is WordPiece's, the only kind that can be cut without breaking merges.

    Example: `is_wordpiece(AutoTokenizer.from_pretrained(checkpoint()))`
    """
    return isinstance(tokenizer.backend_tokenizer.model, WordPiece)


@lru_cache(maxsize=8)
def by_usefulness(tokenizer: PreTrainedTokenizerFast) -> tuple[dict[str, int], int]:
    """Return the vocabulary, most needed entries first, and how many of them every smaller vocabulary keeps.

    Example: `ordered, kept = by_usefulness(tokenizer)`; for BERT's uncased vocabulary `kept` is 1,999.

    Kept are the special tokens, the single characters and the single continuation characters: with them, what could
    be spelled before still can. The rest follows in the order of its ids, which in BERT's vocabulary is roughly that
    of frequency; the `[unused…]` entries come last.
    """
    whole, special = tokenizer.get_vocab(), set(tokenizer.all_special_tokens)

    def rank(piece: str) -> tuple[int, int]:
        needed = piece in special or len(piece.removeprefix("##")) == 1
        return (0 if needed else 2 if piece.startswith("[unused") else 1), whole[piece]

    return {piece: whole[piece] for piece in sorted(whole, key=rank)}, sum(rank(piece)[0] == 0 for piece in whole)


@lru_cache(maxsize=32)
def shrink(tokenizer: PreTrainedTokenizerFast, vocab_size: int) -> PreTrainedTokenizerFast:
    """Return a WordPiece tokenizer that knows only the `vocab_size` most useful entries, with their ids unchanged.

    Example: `shrink(tokenizer, 5000).tokenize("unaffable")` is `["un", "##a", "##ff", "##able"]`.

    Raises:
        ValueError: the tokenizer is not WordPiece, or `vocab_size` does not even hold the single characters.
    """
    whole = tokenizer.backend_tokenizer
    if not is_wordpiece(tokenizer):
        raise ValueError(f"only a WordPiece vocabulary can be made smaller, and this is {type(whole.model).__name__}")
    ordered, smallest = by_usefulness(tokenizer)
    if not smallest <= vocab_size <= len(ordered):
        raise ValueError(f"vocab_size is {vocab_size}: give one from {smallest} to {len(ordered)}")
    kept = dict(list(ordered.items())[:vocab_size])
    most = whole.model.max_input_chars_per_word
    smaller = Tokenizer(WordPiece(kept, unk_token=tokenizer.unk_token, max_input_chars_per_word=most))
    smaller.normalizer, smaller.pre_tokenizer = whole.normalizer, whole.pre_tokenizer
    smaller.post_processor, smaller.decoder = whole.post_processor, whole.decoder
    return PreTrainedTokenizerFast(tokenizer_object=smaller, **tokenizer.special_tokens_map)


def vocab_sizes(tokenizer: PreTrainedTokenizerFast, stops: int = 16) -> list[int]:
    """Return the stops of a slider, from the smallest vocabulary to the whole, each larger by about the same factor.

    Example: BERT's are 1,999, 2,400, 2,900, 3,400 … 25,500 and 30,522. None, if the tokenizer is not WordPiece.
    """
    if not is_wordpiece(tokenizer):
        return []
    ordered, smallest = by_usefulness(tokenizer)
    factor = (len(ordered) / smallest) ** (1 / (stops - 1))
    rounded = {int(round(smallest * factor**stop, -2)) for stop in range(1, stops - 1)}
    return sorted({smallest, len(ordered), *(size for size in rounded if smallest < size < len(ordered))})
