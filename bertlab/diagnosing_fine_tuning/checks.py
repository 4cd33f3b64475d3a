"""What one looks at when the curves alone do not say: a dozen figures of a run, each cheap."""

from collections import Counter
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softmax
from transformers import AutoModelForMaskedLM

from bertlab.diagnosing_fine_tuning.causes import Setup
from bertlab.diagnosing_fine_tuning.imbalance import macro_f1
from bertlab.diagnosing_fine_tuning.leakage import near_duplicates
from bertlab.fine_tuning.baselines import counted_words
from bertlab.fine_tuning.batches import Encoded, encode
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.fine_tuning.loop import FineTuning, accuracy, logits_of
from bertlab.masked_language_modeling.measure import mlm_loss_on
from bertlab.models import encoder
from bertlab.texts import passages


def check_texts(setup: Setup, folder: str) -> dict[str, float]:
    """Look at what goes in, before any training.

    Example: `check_texts(setup, checkpoint())["near-copies"]`

    - majority: share of the commonest label in validation, what a constant answer scores.
    - near-copies: validation texts with a near-duplicate in training.
    - words alone: validation accuracy of TF-IDF and a logistic regression.
    - text loss: what the pre-trained BERT pays per hidden token of 100 training texts, as they are tokenized.
    - old task, before: the same for the English passages; `old_task` says what it is after a run.
    """
    train, validation = setup.splits["train"], setup.splits["validation"]
    body = AutoModelForMaskedLM.from_pretrained(folder)
    [(_, most)] = Counter(validation.labels).most_common(1)
    return {
        "majority": most / len(validation),
        "near-copies": float(len(validation) - len(without_copies(setup))),
        "words alone": float(counted_words(train).score(validation.texts, validation.labels)),
        "text loss": mlm_loss_on(body, setup.tokenizer, [str(text) for text in train.texts[:100]]),
        "old task, before": mlm_loss_on(body, setup.tokenizer, passages()),
    }


def check_run(run: FineTuning, setup: Setup, test: LabeledTexts) -> dict[str, float]:
    """Look at what came out of a run that has ended.

    Example: `check_run(run, setup, splits["test"])["test accuracy"]`

    - test accuracy, and that of the weights with the lowest validation loss.
    - training accuracy: on the labels that were trained with, dropout off.
    - macro F1: on validation; each class counts the same.
    - spread of P: how differently the validation texts are answered: the standard deviation of P(last label).
    - evaluated twice: by how much P changes if the same weights see the same validation texts again.
    - perfect loss: what the loss function gives for an answer that could not be better.
    - accuracy without copies: on the validation texts that have no near-copy in training, where others have one.
    - gradient left: the length of the gradient right after clearing it.

    It leaves the run with the weights of the lowest validation loss: look at the last ones, as `old_task` does, before.
    """
    assert run.validation is not None
    held_out = encode(test, run.tokenizer)
    once, again = (answers(run, run.validation) for _ in range(2))
    logits = logits_of(run.model, run.tokenizer, run.validation)
    found = {
        "test accuracy": accuracy(logits_of(run.model, run.tokenizer, held_out), held_out.labels),
        "training accuracy": accuracy(logits_of(run.model, run.tokenizer, run.train), run.train.labels),
        "macro F1": macro_f1(logits.argmax(-1), run.validation.labels),
        "spread of P": once.std().item(),
        "evaluated twice": (once - again).abs().mean().item(),
        "perfect loss": run.loss(torch.tensor([[40.0, 0.0]]), torch.tensor([0])).item(),
        "gradient left": gradient_left(run),
    }
    fresh = without_copies(setup)
    if fresh != list(range(len(run.validation.labels))):
        found["accuracy without copies"] = accuracy(logits[fresh], run.validation.labels[fresh])
    run.model.load_state_dict(run.best)
    best = accuracy(logits_of(run.model, run.tokenizer, held_out), held_out.labels)
    return found | {"test accuracy, best weights": best}


def without_copies(setup: Setup) -> list[int]:
    """Return the numbers of the validation texts without a near-copy in training. Example: `without_copies(setup)`"""
    train, validation = setup.splits["train"].texts, setup.splits["validation"].texts
    copied = {pair.other for pair in near_duplicates(train, validation)}
    return [number for number in range(len(validation)) if number not in copied]


def last_and_best(run: FineTuning, test: LabeledTexts) -> dict[str, float]:
    """Return test accuracy and test loss with the last weights, and with those of the lowest validation loss.

    Example: `last_and_best(run, splits["test"])["test loss, best weights"]`

    It leaves the run with the latter.
    """
    held_out, found = encode(test, run.tokenizer), {}
    for name, weights in (("", run.model.state_dict()), (", best weights", run.best)):
        run.model.load_state_dict(weights)
        logits = logits_of(run.model, run.tokenizer, held_out)
        found[f"test accuracy{name}"] = accuracy(logits, held_out.labels)
        found[f"test loss{name}"] = cross_entropy(logits, held_out.labels).item()
    return found


def answers(run: FineTuning, data: Encoded) -> Tensor:
    """Return P(last label) of each text as the run evaluates it. Example: `answers(run, run.validation).std()`"""
    return softmax(logits_of(run.model, run.tokenizer, data), -1)[:, -1]


def gradient_left(run: FineTuning) -> float:
    """Return the length of the gradient after `zero_grad`. Example: `gradient_left(run)` should be `0.0`."""
    run.optimizer.zero_grad(set_to_none=True)
    left = [weight.grad.norm() for weight in run.model.parameters() if weight.grad is not None]
    return torch.stack(left).norm().item() if left else 0.0


def old_task(run: FineTuning, folder: str) -> float:
    """Return what a fine-tuned body, under its old head, pays per hidden token of the English passages, in nats.

    The head's large matrix is that of the word embeddings, and moves with them; the rest is as it was.

    Example: `old_task(run, checkpoint())`, to be compared with `check_texts(setup, checkpoint())["old task, before"]`.
    """
    model: Any = AutoModelForMaskedLM.from_pretrained(folder)
    encoder(model).load_state_dict(encoder(run.model).state_dict(), strict=False)
    return mlm_loss_on(model, run.tokenizer, passages())
