"""Notebook 01 takes any BERT's tokenizer, cased or not, and says why it does not take another."""

import pytest
from tokenizers import Tokenizer, models
from tokenizers.normalizers import BertNormalizer
from transformers import BertTokenizer, PreTrainedTokenizerFast

from bertlab.checkpoints import CheckpointError
from bertlab.constants import SPECIAL_TOKENS
from bertlab.tokenization.checks import require_bert_tokenizer

VOCAB = {piece: place for place, piece in enumerate(["Tea", "tea", *SPECIAL_TOKENS])}  # [PAD] is not 0 here
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}


def made_of(model: object, mask: str = "[MASK]", normalizer: object = None, **options) -> PreTrainedTokenizerFast:
    backend = Tokenizer(model)
    backend.normalizer = normalizer
    return PreTrainedTokenizerFast(tokenizer_object=backend, mask_token=mask, **SPECIAL, **options)


def test_the_embedded_one_lowers(tokenizer):
    assert require_bert_tokenizer(tokenizer) is True


@pytest.mark.parametrize("lowercase", [True, False])
def test_another_vocabulary_and_case(lowercase):
    assert require_bert_tokenizer(BertTokenizer(vocab=VOCAB, do_lower_case=lowercase)) is lowercase


def test_another_family_is_refused_with_all_that_it_lacks():
    bytes_like = made_of(models.BPE({**VOCAB, "<mask>": 7}, []), mask="<mask>", model_input_names=["input_ids"])
    with pytest.raises(
        CheckpointError, match=r"lacks WordPiece, BERT's normalizer, the special tokens .*, token types"
    ):
        require_bert_tokenizer(bytes_like)


def test_without_token_types_as_distilbert_has_it():
    names = ["input_ids", "attention_mask"]
    distil = made_of(models.WordPiece(VOCAB, unk_token="[UNK]"), normalizer=BertNormalizer(), model_input_names=names)
    with pytest.raises(CheckpointError, match=r"lacks token types\. .* bertlab.checkpoint\(\"bertlab-mini\"\)"):
        require_bert_tokenizer(distil)
