"""SimCSE without labels: a text's positive is the text itself, seen through another dropout mask.

Gao et al. 2021 (arXiv:2104.08821, section 3, eq. 4), with a temperature of 0.05.
"""

from jaxtyping import Float
from torch import Tensor, nn

from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.siamese import Batch


def drops_out(encoder: nn.Module) -> bool:
    """Say whether dropout is on anywhere. Example: `drops_out(nn.Dropout(0.1).eval())` is `False`."""
    return any(part.training and part.p > 0 for part in encoder.modules() if isinstance(part, nn.Dropout))


def simcse_loss(encoder: nn.Module, batch: Batch, scale: float = 20.0) -> Float[Tensor, ""]:
    """Run a batch of texts twice and let each vector find its twin among all.

    Example: `simcse_loss(encoder.train(), batch).backward()`

    ValueError if dropout is off: the twins would be equal, and finding them would teach nothing.
    """
    if not drops_out(encoder):
        raise ValueError(
            "dropout is off, so both runs give equal vectors: call encoder.train(), and load the model with "
            "hidden_dropout_prob above 0"
        )
    return ranking_loss(encoder(**batch), encoder(**batch), scale=scale)
