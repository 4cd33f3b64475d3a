"""A sentence encoder whose matrix products are taken in bfloat16, for processors that are fast at them."""

import torch
from torch import Tensor

from bertlab.sentence_bert.siamese import SentenceEncoder


class InBfloat16(SentenceEncoder):
    """An encoder whose vectors are computed in bfloat16 and returned in float32, as a loss needs them.

    Example: `InBfloat16(model)(**batch).dtype` is `torch.float32`.
    """

    def forward(self, **batch: Tensor) -> Tensor:
        """Return one vector for each text. Example: `encoder(**batch)`"""
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.bert(**batch)[0]
        return self.pooling(hidden.float(), batch["attention_mask"])
