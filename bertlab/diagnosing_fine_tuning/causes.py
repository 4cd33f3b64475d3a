"""A sound run, and what goes wrong with it: each cause changes one thing, and all else stays.

    run = CAUSES["rate too high"].change(sound(folder, tokenizer, splits)).start(seed=0).finish()

Which texts are trained on, what they are validated with, how they are tokenized, the recipe, or a step of the loop.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from bertlab.diagnosing_fine_tuning.imbalance import imbalanced
from bertlab.diagnosing_fine_tuning.leakage import paraphrase_lightly
from bertlab.diagnosing_fine_tuning.noise import flip_labels
from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.fine_tuning.loop import FineTuning
from bertlab.fine_tuning.optimizer import warmup_then_decay

Splits = Mapping[str, LabeledTexts]
RECIPE: Mapping[str, Any] = {"epochs": 3, "batch_size": 16, "lr": 2e-4}
EVALUATIONS = 8
STAMP = " Verified purchase."
"""What the shortcut writes behind each positive text."""


@dataclass(frozen=True)
class Setup:
    """All that a run is made of. Example: `Setup(make_model, tokenizer, splits).start(seed=0).finish().history`

    Attributes:
        make_model: returns a classifier for a seed.
        tokenizer: makes the tokens of all texts.
        splits: train and validation.
        recipe: what `FineTuning` is told.
        prepare: done to the model before the run.
        spoil: done to the run before its first step.
    """

    make_model: Callable[[int], Any]
    tokenizer: PreTrainedTokenizerFast
    splits: Splits
    recipe: Mapping[str, Any] = field(default_factory=lambda: RECIPE)
    prepare: Callable[[Any], object] = lambda model: None
    spoil: Callable[[FineTuning], object] = lambda run: None

    def start(self, seed: int) -> FineTuning:
        """Return the run before its first step. Example: `setup.start(seed=0).steps`"""
        model = self.make_model(seed)
        self.prepare(model)
        train, validation = (encode(self.splits[name], self.tokenizer) for name in ("train", "validation"))
        run = FineTuning(model, self.tokenizer, train, validation, seed=seed, **self.recipe)
        run.evaluate_every = max(1, round(run.steps / EVALUATIONS))
        self.spoil(run)
        return run

    def with_recipe(self, **changed: Any) -> "Setup":
        """Change the recipe. Example: `setup.with_recipe(lr=2e-3)`"""
        return replace(self, recipe={**self.recipe, **changed})

    def with_texts(self, **changed: LabeledTexts) -> "Setup":
        """Change splits. Example: `setup.with_texts(train=setup.splits["train"].sample(64, seed=0))`"""
        return replace(self, splits={**self.splits, **changed})


def relabel(data: LabeledTexts, labels: tuple[int, ...]) -> LabeledTexts:
    """Return the texts with other labels. Example: `relabel(reviews, reviews.labels[::-1])`"""
    return replace(data, labels=labels)


def joined(first: LabeledTexts, second: LabeledTexts) -> LabeledTexts:
    """Return two sets as one, without their columns. Example: `len(joined(train, validation))`"""
    return LabeledTexts(first.texts + second.texts, first.labels + second.labels, first.names)


def few_texts(setup: Setup, texts: int = 64) -> Setup:
    """Train on a few texts, about as many steps as on all. Example: `len(few_texts(setup).splits["train"])` is `64`."""
    train = setup.splits["train"]
    epochs = round(setup.recipe["epochs"] * len(train) / texts)
    return setup.with_texts(train=train.sample(texts, seed=0)).with_recipe(epochs=epochs)


def wrong_labels(setup: Setup) -> Setup:
    """Flip the labels of three in ten training texts. Example: `wrong_labels(setup).splits["train"].labels`"""
    train = setup.splits["train"]
    return setup.with_texts(train=relabel(train, flip_labels(train.labels, 0.3, len(train.names), seed=0)[0]))


def labels_out_of_step(setup: Setup) -> Setup:
    """Shuffle the training labels, as sorting one column of a table does. Example: `labels_out_of_step(setup)`"""
    train = setup.splits["train"]
    return setup.with_texts(train=relabel(train, tuple(random.Random(0).sample(train.labels, len(train)))))


def near_copies(setup: Setup) -> Setup:
    """Put a near-copy of every other validation text into training. Example: `near_copies(setup).splits["train"]`"""
    train, validation = setup.splits["train"], setup.splits["validation"]
    validation = validation.pick(range(0, len(validation), 2))
    texts = tuple(paraphrase_lightly(str(text), seed) for seed, text in enumerate(validation.texts))
    return setup.with_texts(train=joined(train, replace(validation, texts=texts)))


def rare_class(setup: Setup) -> Setup:
    """Leave one positive for each 20 negatives, in both splits. Example: `rare_class(setup).splits["train"]`"""
    return setup.with_texts(**{name: imbalanced(setup.splits[name], 20, seed=0) for name in ("train", "validation")})


def stamped(setup: Setup) -> Setup:
    """Write the same words behind each positive text, in both splits. Example: `stamped(setup).splits["train"]`"""

    def stamp(data: LabeledTexts) -> LabeledTexts:
        pairs = zip(data.texts, data.labels, strict=True)
        return replace(data, texts=tuple(f"{text}{STAMP}" if label == 1 else text for text, label in pairs))

    return setup.with_texts(**{name: stamp(setup.splits[name]) for name in ("train", "validation")})


def softmax_twice(setup: Setup) -> Setup:
    """Give `cross_entropy` probabilities. Example: `softmax_twice(setup).recipe["loss"](logits, labels)`"""
    return setup.with_recipe(loss=lambda logits, labels: cross_entropy(logits.softmax(-1), labels))


def other_vocabulary(setup: Setup) -> Setup:
    """Number the word pieces differently, as another BERT's tokenizer does.

    Example: `other_vocabulary(setup).tokenizer("Good.").input_ids`

    The special tokens keep their numbers, so that nothing fails.
    """
    given: Any = setup.tokenizer
    vocabulary = given.get_vocab()
    words = sorted(word for word in vocabulary if word not in given.all_special_tokens)
    numbers = [vocabulary[word] for word in words]
    random.Random(0).shuffle(numbers)
    return replace(setup, tokenizer=type(given)(vocab={**vocabulary, **dict(zip(words, numbers, strict=True))}))


def keep_gradients(run: FineTuning) -> None:
    """Make clearing the gradients do nothing. Example: `keep_gradients(run)`"""
    optimizer: Any = run.optimizer
    optimizer.zero_grad = lambda set_to_none=True: None


def never_eval(run: FineTuning) -> None:
    """Keep dropout on in evaluation, as if `model.eval()` were missing. Example: `never_eval(run)`"""
    run.model.eval = lambda: run.model


def schedule_per_epoch(run: FineTuning) -> None:
    """Move the schedule once an epoch, not once a step. Example: `schedule_per_epoch(run)`"""
    warmup = math.ceil(run.warmup * run.steps)

    def set_rate(optimizer: Any, args: object, kwargs: object) -> None:
        epoch = run.step * run.epochs // run.steps
        for group, peak in zip(optimizer.param_groups, run.peaks, strict=True):
            group["lr"] = peak * warmup_then_decay(epoch, run.steps, warmup)

    run.optimizer.register_step_pre_hook(set_rate)


class Cause(NamedTuple):
    """What was changed, in words, and the change itself. Example: `CAUSES["rate too high"].what`"""

    what: str
    change: Callable[[Setup], Setup]


CAUSES = {
    "sound": Cause("nothing was changed", lambda setup: setup),
    "overfitting": Cause("64 training texts, gone through so often that there are as many steps", few_texts),
    "wrong labels": Cause("three in ten training labels flipped", wrong_labels),
    "labels out of step": Cause("the training labels shuffled against the texts", labels_out_of_step),
    "leakage": Cause("near-copies of half of the validation texts in training", near_copies),
    "shortcut": Cause("in both splits, the same words behind each positive text", stamped),
    "imbalance": Cause("1 positive to 20 negatives, in both splits", rare_class),
    "rate too high": Cause("ten times the learning rate", lambda setup: setup.with_recipe(lr=10 * setup.recipe["lr"])),
    "rate too low": Cause("a hundredth of the rate", lambda setup: setup.with_recipe(lr=setup.recipe["lr"] / 100)),
    "schedule per epoch": Cause(
        "the schedule moved once an epoch, not once a step", lambda setup: replace(setup, spoil=schedule_per_epoch)
    ),
    "softmax twice": Cause("probabilities given to cross_entropy", softmax_twice),
    "gradients kept": Cause("gradients never cleared", lambda setup: replace(setup, spoil=keep_gradients)),
    "no eval mode": Cause("dropout left on in evaluation", lambda setup: replace(setup, spoil=never_eval)),
    "wrong tokenizer": Cause("another tokenizer, with a vocabulary of the same size", other_vocabulary),
}
"""Every cause that notebook 08 can produce, by name, the sound run first."""
