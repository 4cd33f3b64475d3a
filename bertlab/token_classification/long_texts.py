"""Tags for texts of any length: predicted in overlapping windows, each word from where it has most context."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH
from bertlab.token_classification.tagger import Tagger, predict_tags
from bertlab.token_classification.windows import encode_windows, home_windows


def predict_in_windows(
    tagger: Tagger,
    tokenizer: PreTrainedTokenizerFast,
    words: Sequence[str],
    max_length: int = MAX_LENGTH,
    stride: int = 16,
) -> list[str]:
    """Return a tag for each word of a text of any length.

    Example: `predict_in_windows(tagger, tokenizer, words, max_length=128, stride=16)`

    A CRF finds the best path of each window, and not of the whole text: where two windows meet, an I- may come to
    continue nothing. ValueError as in `windows.cut_windows`.
    """
    spans = [window.words for window in encode_windows(words, tokenizer, max_length, stride)]
    tags = predict_tags(tagger, tokenizer, [words[span.start : span.stop] for span in spans], max_length)
    homes = home_windows(spans, len(words))
    return [tags[home][word - spans[home].start] for word, home in enumerate(homes)]
