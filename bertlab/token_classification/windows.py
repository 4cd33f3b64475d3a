"""Long word lists in overlapping windows: every word is learned once, and predicted where it has most context.

Windows hold whole words. A window that begins within a word, as those of `return_overflowing_tokens` may, has a "first
piece" of that word which is none. Devlin et al. 2018 choose among windows in the same way ("max context" of
`run_squad.py`).
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH, Features
from bertlab.token_classification.alignment import Which, align_labels, encode_words, read_back


class Window(NamedTuple):
    """A part of a long word list, as a model takes it. Example: `encode_windows(words, tokenizer)[0].words`.

    Attributes:
        features: ids and masks, [CLS] and [SEP] included.
        word_ids: the word of each piece, counted from the beginning of the whole list.
        words: the numbers of its words in the whole list.
    """

    features: Features
    word_ids: list[int | None]
    words: range


def cut_windows(pieces: Sequence[int], room: int, stride: int) -> list[range]:
    """Return the words of each window: as many as fit, the last `stride` of them again in the next window.

    Example: `cut_windows([1, 1, 1, 1, 1], room=3, stride=1)` is `[range(0, 3), range(2, 5)]`.

    Args:
        pieces: how many pieces each word has.
        room: how many pieces a window holds. A word with more gets a window of its own, where its end is cut off.
        stride: how many words neighbors share; fewer where the next word would not fit otherwise. (In Hugging Face's
            tokenizers it is counted in pieces.)

    Raises:
        ValueError: there is no room, or the stride is negative or as large as the room.
    """
    if not 0 <= stride < room:
        raise ValueError(f"a stride of {stride} in windows of {room} pieces: it must be from 0 to {room - 1}")
    windows: list[range] = []
    end = 0
    while end < len(pieces):
        start = max(end - stride, 0)
        while start < end and sum(pieces[start : end + 1]) > room:
            start += 1
        end += 1
        while end < len(pieces) and sum(pieces[start : end + 1]) <= room:
            end += 1
        windows.append(range(start, end))
    return windows


def home_windows(windows: Sequence[range], count: int) -> list[int]:
    """Return for each word the window in which its shorter side has most context, counted in words.

    Example: `home_windows([range(0, 4), range(2, 6)], 6)` is `[0, 0, 0, 1, 1, 1]`.

    Of equals it is the longest window, then the first. ValueError if a word is in no window.
    """
    homes = []
    for word in range(count):
        holding = [number for number, window in enumerate(windows) if word in window]
        if not holding:
            raise ValueError(f"word {word} is in no window: cut the windows from all {count} words")
        homes.append(max(holding, key=lambda number: (shorter_side(windows[number], word), len(windows[number]))))
    return homes


def shorter_side(window: range, word: int) -> int:
    """Return how many words stand before or after a word, whichever is fewer. Example: `shorter_side(range(5), 1)` is
    `1`.
    """
    return min(word - window.start, window.stop - 1 - word)


def encode_windows(
    words: Sequence[str], tokenizer: PreTrainedTokenizerFast, max_length: int = MAX_LENGTH, stride: int = 16
) -> list[Window]:
    """Tokenize a word list of any length into windows. Example: `encode_windows(words, tokenizer, 128, stride=16)`.

    `max_length` counts [CLS] and [SEP], `stride` the words that neighbors share. ValueError as in `cut_windows`.
    """
    counts = Counter(encode_words(words, tokenizer).word_ids)
    pieces = [counts[word] for word in range(len(words))]
    windows = []
    for span in cut_windows(pieces, max_length - tokenizer.num_special_tokens_to_add(), stride):
        features, word_ids = encode_words(words[span.start : span.stop], tokenizer, max_length)
        shifted = [None if word is None else word + span.start for word in word_ids]
        windows.append(Window(features, shifted, span))
    return windows


def label_windows(
    windows: Sequence[Window], tags: Sequence[str], names: Sequence[str], which: Which = "first"
) -> list[list[int]]:
    """Return the labels of each window; a word that stands in two windows is learned where it has most context.

    Example: `label_windows(encode_windows(words, tokenizer), tags, names)`

    Without this, words where windows overlap would count twice. ValueError as in `align_labels`.
    """
    homes = home_windows([window.words for window in windows], len(tags))
    return [
        align_labels(tags, window.word_ids, names, which, {word for word in window.words if homes[word] == number})
        for number, window in enumerate(windows)
    ]


def merge_windows(
    windows: Sequence[Window], predictions: Sequence[Sequence[int]], names: Sequence[str], which: Which = "first"
) -> list[str]:
    """Return one tag for each word of the list, from the window where it has most context.

    Example: `merge_windows(windows, [logits.argmax(-1).tolist() for logits in all_logits], names)`

    Words without pieces are O. Where two windows meet, an I- may come to continue nothing, as in any prediction: see
    `bio.repair`. ValueError if a window has no predictions.
    """
    if len(predictions) != len(windows):
        raise ValueError(f"{len(predictions)} lists of predictions for {len(windows)} windows: give one for each")
    count = max((window.words.stop for window in windows), default=0)
    read = [
        read_back(given, window.word_ids, names, count, which)
        for window, given in zip(windows, predictions, strict=True)
    ]
    return [read[home][word] for word, home in enumerate(home_windows([window.words for window in windows], count))]
