"""A head on [CLS]: pooler, dropout, one linear layer; and what it weighs beside the body."""

from typing import Any

from torch import Tensor, nn
from transformers.modeling_outputs import SequenceClassifierOutput

from bertlab.models import encoder


class Classifier(nn.Module):
    """An encoder and a linear head on its [CLS], for one text or a pair.

    Example: `Classifier(AutoModel.from_pretrained(checkpoint), outputs=2)(**batch).logits`

    The head is drawn from a normal distribution of 0.02, as BERT's own code does it; it is the only new part. It reads
    through the pooler where the encoder has one, and the last hidden state of [CLS] where it has none. Outputs are
    logits: classes for `cross_entropy`, yes or no for `binary_cross_entropy_with_logits`, or a score for `mse_loss`.
    """

    def __init__(self, body: nn.Module, outputs: int, dropout: float = 0.1):
        super().__init__()
        self.bert: Any = encoder(body)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(self.bert.config.hidden_size, outputs)
        nn.init.normal_(self.classifier.weight, std=self.bert.config.initializer_range)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, **batch: Tensor) -> SequenceClassifierOutput:
        """Return the logits of a batch, in the library's own form. Example: `model(**batch).logits`, (batch, outputs).

        Give `input_ids`, `attention_mask` and, for pairs, `token_type_ids`.
        """
        hidden = self.bert(**batch)
        pooled = hidden.pooler_output if getattr(self.bert, "pooler", None) else hidden.last_hidden_state[:, 0]
        return SequenceClassifierOutput(logits=self.classifier(self.dropout(pooled)))


def count_parameters(model: nn.Module, only_trained: bool = False) -> int:
    """Count the parameters of a model, or those that are trained. Example: `count_parameters(nn.Linear(768, 2))` is
    `1538`.
    """
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad or not only_trained)
