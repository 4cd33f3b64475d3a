"""The same run by Hugging Face's `Trainer`: what our loop is held against, and what its speed is measured by."""

import math
import tempfile
from typing import Any

from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerFast, PrinterCallback, Trainer, TrainingArguments

from bertlab.fine_tuning.batches import Encoded, pad

QUIETLY: dict[str, Any] = {
    **{"save_strategy": "no", "logging_strategy": "no", "report_to": "none", "disable_tqdm": True, "use_cpu": True},
    "log_level": "error",  # else it ends with an advertisement
}


class _InOrder(Trainer):
    """A Trainer that takes the batches that it is given, in their order."""

    batches: list[list[int]]

    def get_train_dataloader(self) -> DataLoader:
        """Return the training texts in the given batches."""
        texts: Any = self.train_dataset
        return DataLoader(texts, batch_sampler=self.batches, collate_fn=self.data_collator)


def train_with_trainer(
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    data: Encoded,
    batches: list[list[int]],
    lr: float,
    warmup_share: float = 0.1,
    weight_decay: float = 0.01,
) -> Any:
    """Train a model by `Trainer` on these batches, one after another, and return it.

    Example: `train_with_trainer(model, tokenizer, train, FineTuning(...).batches, lr=1e-4)`

    The recipe is that of `FineTuning`: AdamW, linear warm-up and decay, gradients clipped to a length of 1. Nothing is
    saved or reported.
    """
    rows = [{**features, "labels": label} for features, label in zip(data.features, data.labels.tolist(), strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            max_steps=len(batches),
            learning_rate=lr,
            lr_scheduler_type="linear",
            warmup_steps=math.ceil(warmup_share * len(batches)),
            weight_decay=weight_decay,
            max_grad_norm=1.0,
            **QUIETLY,
        )
        trainer = _InOrder(model, arguments, train_dataset=rows, data_collator=lambda batch: pad(tokenizer, batch))
        trainer.batches = batches
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return model
