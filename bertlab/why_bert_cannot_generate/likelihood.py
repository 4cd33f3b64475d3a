"""How probable a sentence is to a causal model, and what BERT has instead: one total for each order of asking.

P(x_1 … x_n) = Π_t P(x_t | x_1 … x_{t-1}): conditionals multiply to a probability if each of them holds what stands
before, and nothing else.
"""

from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.training import mlm_losses
from bertlab.tinyworld import MASK
from bertlab.why_bert_cannot_generate.batches import causal_inputs
from bertlab.why_bert_cannot_generate.predictors import Predict


@torch.inference_mode()
def causal_log_prob(model: nn.Module, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """Return log P(sentence) under a causal model, in nats: the sum of its next-word log-probabilities.

    Example: `causal_log_prob(model, world.encode(["the dog sleeps ."]))`

    The last factor is that of [SEP]: a sentence is not over until it says so. One pass for all factors.
    """
    inputs = causal_inputs(input_ids)
    sentence = (inputs["labels"] != IGNORED).nonzero()[:, 0]
    total = torch.zeros(len(input_ids), dtype=torch.float64)
    return total.index_add(0, sentence, -mlm_losses(model, inputs).double())


def ordered_log_prob(
    predict: Predict, input_ids: Int[Tensor, " seq"], order: Iterable[int], mask_token_id: int = MASK
) -> float:
    """Add up log P(word | words that come earlier in this order), all hidden at first; in nats.

    Example: `ordered_log_prob(predict, ids, range(1, len(ids) - 1))` from the left; `reversed(...)`, from the right.

    Conditionals of one distribution give the same sum in every order.
    """
    places = list(order)
    rows, asked = input_ids.repeat(len(places), 1), torch.zeros(len(places), len(input_ids), dtype=torch.bool)
    for turn, place in enumerate(places):
        rows[turn, places[turn:]] = mask_token_id
        asked[turn, place] = True
    return predict(rows, asked).gather(1, input_ids[places][:, None]).log().sum().item()


def pseudo_log_prob(predict: Predict, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """Add up log P(word | all other words): the pseudo-log-likelihood of sentences of the tiny world, in nats.

    Example: `pseudo_log_prob(ideal(world.sentences), world.encode(["the dog sleeps ."]))`
    """
    sentence, place = (input_ids > MASK).nonzero().T  # one row for each word
    rows = input_ids[sentence]
    rows[torch.arange(len(rows)), place] = MASK
    found = predict(rows, rows == MASK).gather(1, input_ids[sentence, place][:, None])[:, 0].log().double()
    return torch.zeros(len(input_ids), dtype=torch.float64).index_add(0, sentence, found)
