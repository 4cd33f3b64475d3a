"""Wrong tags: looked for where taggers that were not trained on a sentence are most surprised by its tags.

    losses = out_of_fold_word_losses(fit_losses, data)
    for sentence in suspects(sentence_losses(losses))[:50]: ...

What `diagnosing_fine_tuning.noise` does for texts with one label each, here for words. A sentence is read again as a
whole, so folds are made of sentences. Sources: Northcutt et al. 2021 (arXiv:1911.00068); for CoNLL-2003, whose test
split had a wrong tag in 1 of 19 sentences, Wang et al. 2019 (arXiv:1909.01441, CrossWeigh).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.diagnosing_fine_tuning.noise import deal_folds, suspects
from bertlab.models import evaluating
from bertlab.token_classification.bio import split_tag
from bertlab.token_classification.tagged import TaggedSentences
from bertlab.token_classification.tagger import Tagger
from bertlab.token_classification.word_batches import EncodedSentences

WordLosses = Sequence[Sequence[float]]
Summary = Literal["highest", "mean", "sum"]
SUMMARIES: dict[Summary, Callable[[Sequence[float]], float]] = {"highest": max, "mean": fmean, "sum": sum}


def losses_of_words(
    tagger: Tagger, tokenizer: PreTrainedTokenizerFast, data: EncodedSentences, batch_size: int = 32
) -> list[list[float]]:
    """Return −log P of the tag of each word of each sentence, in nats, dropout off.

    Example: `suspects(sentence_losses(losses_of_words(tagger, tokenizer, train)))`
    """
    found: list[list[float]] = [[]] * len(data.words)
    order = sorted(range(len(data.words)), key=lambda number: data.lengths[number])
    with evaluating(tagger):
        for numbers in (order[start : start + batch_size] for start in range(0, len(order), batch_size)):
            losses = tagger.word_losses(data.batch(numbers, tokenizer), data.labels_of(numbers))
            for number, own in zip(numbers, losses, strict=True):
                found[number] = own
    return found


def rarest_types(data: TaggedSentences) -> list[int]:
    """Return for each sentence the number of its rarest entity type, types sorted; 0 for a sentence without entities.

    Example: `deal_folds(rarest_types(train))`, so that each fold gets its share of the rare types.
    """
    types = [{split_tag(tag)[1] for tag in tags} - {""} for tags in data.tags]
    frequency = Counter(name for found in types for name in found)
    numbers = {name: number for number, name in enumerate(["", *sorted(frequency)])}
    return [numbers[min(found, key=lambda name: (frequency[name], name), default="")] for found in types]


def out_of_fold_word_losses(
    fit_losses: Callable[[list[int], list[int]], WordLosses], data: TaggedSentences, folds: int = 5, seed: int = 0
) -> list[list[float]]:
    """Return the loss of each word of each sentence under a tagger that was not trained on the sentence.

    Example: `suspects(sentence_losses(out_of_fold_word_losses(fit_losses, train)))`

    `fit_losses(train_numbers, held_out_numbers)` trains from the beginning on the first sentences, and returns the
    losses of the words of the others. It costs a training for each fold.
    """
    found: list[list[float]] = [[]] * len(data)
    for held_out in deal_folds(rarest_types(data), folds, seed):
        away = set(held_out)
        losses = fit_losses([number for number in range(len(data)) if number not in away], held_out)
        for number, own in zip(held_out, losses, strict=True):
            found[number] = list(own)
    return found


def sentence_losses(losses: WordLosses, by: Summary = "highest") -> Float[Tensor, " sentences"]:
    """Return one loss for each sentence: the highest of its words, their mean, or their sum.

    Example: `sentence_losses([[0.5, 2.0], [1.0]])` is `[2.0, 1.0]`, and
    `sentence_losses([[0.5, 2.0], [1.5]], "mean")` is `[1.25, 1.5]`.

    A mean hides one wrong tag in a long sentence; a sum grows with the length. KeyError for another summary.
    """
    return torch.tensor([SUMMARIES[by](own) for own in losses])


def suspect_words(losses: WordLosses) -> list[tuple[int, int]]:
    """Return (sentence, word) of all words, highest loss first. Example: `suspect_words([[0.5, 2.0], [1.0]])` is
    `[(0, 1), (1, 0), (0, 0)]`.
    """
    places = [(sentence, word) for sentence, own in enumerate(losses) for word in range(len(own))]
    return [places[number] for number in suspects(torch.tensor([loss for own in losses for loss in own]))]


def differing_words(given: TaggedSentences, checked: TaggedSentences) -> list[tuple[int, int]]:
    """Return (sentence, word) of all words that are tagged differently: the planted errors of the course's own file.

    Example: `differing_words(load_tagged("entities", tag=2)["train"], load_tagged("entities")["train"])`

    ValueError if the sentences are not the same.
    """
    if given.words != checked.words:
        raise ValueError("the two have other sentences: give the same ones in the same order, tagged in two ways")
    pairs = enumerate(zip(given.tags, checked.tags, strict=True))
    return [(sentence, word) for sentence, (a, b) in pairs for word in range(len(a)) if a[word] != b[word]]
