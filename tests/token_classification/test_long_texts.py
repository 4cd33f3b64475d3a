"""Tags of long texts: as for the whole where one window holds all, and one for each word where it takes several."""

import torch

from bertlab.token_classification.long_texts import predict_in_windows
from bertlab.token_classification.tagger import Tagger, predict_tags
from bertlab.token_classification.windows import encode_windows, home_windows
from tests.token_classification.toys import NAMES, make_body, make_sentences


def test_each_word_is_read_from_the_window_in_which_it_has_most_context(tokenizer):
    torch.manual_seed(0)
    tagger = Tagger(make_body(), NAMES).eval()
    words = [word for sentence in make_sentences(7).words for word in sentence]
    spans = [window.words for window in encode_windows(words, tokenizer, 24, 5)]
    found = predict_in_windows(tagger, tokenizer, words, 24, 5)
    assert len(spans) > 3
    for word, home in enumerate(home_windows(spans, len(words))):
        span = spans[home]
        [alone] = predict_tags(tagger, tokenizer, [words[span.start : span.stop]], 24)
        assert found[word] == alone[word - span.start]
    assert len(set(found)) > 1
    assert found != predict_tags(tagger, tokenizer, [words], 24)[0]  # which is O behind the cut


def test_a_text_that_fits_is_predicted_as_a_whole(tokenizer):
    torch.manual_seed(0)
    tagger = Tagger(make_body(), NAMES).eval()
    words = list(make_sentences(1).words[0])
    assert predict_in_windows(tagger, tokenizer, words) == predict_tags(tagger, tokenizer, [words])[0]
