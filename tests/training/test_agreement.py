import torch

from bertlab.masked_language_modeling.pseudo_likelihood import AgreementPair
from bertlab.training.agreement import count_agreement


def test_the_likelier_sentence_wins(make_model, tokenizer):
    model = make_model().eval()
    with torch.no_grad():
        model.cls.predictions.bias[tokenizer.convert_tokens_to_ids("word7")] += 20.0
    likely, unlikely = "Topic1 word7.", "Topic1 word8."
    pairs = [
        AgreementPair("", likely, unlikely),
        AgreementPair("", unlikely, likely),
        AgreementPair("", likely, likely),
    ]
    assert count_agreement(pairs, model, tokenizer) == {"right": 1, "pairs": 3}
