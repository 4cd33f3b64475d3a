"""Refuse the tokenizers that this notebook is not about, before a cell fails somewhere else."""

from transformers import PreTrainedTokenizerFast

from bertlab.checkpoints import CheckpointError
from bertlab.constants import SPECIAL_TOKENS
from bertlab.tokenization.smaller_vocabulary import is_wordpiece


def require_bert_tokenizer(tokenizer: PreTrainedTokenizerFast) -> bool:
    """Return whether a BERT's tokenizer lower-cases its text; refuse a tokenizer of another kind.

    Example: `require_bert_tokenizer(AutoTokenizer.from_pretrained(checkpoint()))` is `True` for an uncased BERT.

    Raises:
        CheckpointError: it does not split as WordPiece, has other special tokens, other words or no token types.
    """
    splitter = tokenizer.backend_tokenizer
    lowercase = getattr(splitter.normalizer, "lowercase", None)
    missing = {
        "WordPiece": is_wordpiece(tokenizer),
        "BERT's normalizer": lowercase is not None,
        "the special tokens " + " ".join(SPECIAL_TOKENS): set(SPECIAL_TOKENS) == set(tokenizer.all_special_tokens),
        "token types": "token_type_ids" in tokenizer.model_input_names,
    }
    if lacks := [part for part, there in missing.items() if not there]:
        raise CheckpointError(
            f"This notebook takes a BERT's tokenizer apart, and {type(tokenizer).__name__} lacks {', '.join(lacks)}. "
            'Work through it with the embedded BERT, bertlab.checkpoint("bertlab-mini"), or with another BERT.'
        )
    return bool(lowercase)
