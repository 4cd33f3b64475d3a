"""Subject and verb: of two sentences that differ in one verb, does a model find the grammatical one likelier?"""

from collections.abc import Sequence

from transformers import BertForPreTraining, PreTrainedTokenizerFast

from bertlab.masked_language_modeling.pseudo_likelihood import AgreementPair, pseudo_log_likelihood


def count_agreement(
    pairs: Sequence[AgreementPair], model: BertForPreTraining, tokenizer: PreTrainedTokenizerFast
) -> dict[str, int | float]:
    """Count the pairs of which the right sentence has the higher pseudo-log-likelihood.

    Example: `count_agreement(agreement_pairs(), model, tokenizer)` may be `{"right": 28, "pairs": 36}`.
    """

    def score(text: str) -> float:
        return sum(token.log_prob for token in pseudo_log_likelihood(text, model, tokenizer))

    return {"right": sum(score(pair.right) > score(pair.wrong) for pair in pairs), "pairs": len(pairs)}
