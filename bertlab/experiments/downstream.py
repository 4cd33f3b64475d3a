"""What pre-training was worth to a small BERT: fine-tune it on a few labeled texts, test it on others."""

import copy
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import TAGS, Mixture, entity_tags, sentiments

LABELLED, TESTED, EPOCHS = 32, 2_000, 40
"""Texts to fine-tune on and to test on, and how often the former are gone through."""
SEED = 2 * 10**9

Task = Callable[[int, torch.Generator], tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]]
"""Draws a number of texts, and the label of each of their tokens: -100 where nothing is asked."""


class Classifier(nn.Module):
    """An encoder and one linear layer: a class for each token, or for [CLS] alone."""

    def __init__(self, encoder: nn.Module, classes: int):
        super().__init__()
        self.bert = encoder
        self.head = nn.Linear(encoder.get_parameter("embeddings.LayerNorm.weight").numel(), classes)

    def forward(self, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq classes"]:
        """Return the logits at every token."""
        return self.head(self.bert(**model_inputs(input_ids))[0])


def fine_tune(
    model: nn.Module, task: Task, classes: int, seed: int, frozen: bool = False, labelled: int = LABELLED
) -> float:
    """Fine-tune a copy of the encoder on a few labeled texts; return its accuracy on others.

    Example: `fine_tune(model, by_component(world.sentences, entity_tags(world.sentences)), len(TAGS), seed=0)`

    `frozen` leaves the encoder as it is, and trains the linear layer alone; `labelled` is the number of texts to
    fine-tune on. Of more than two classes the first, which is the O of tags, is learned but not counted.
    """
    generator = torch.Generator().manual_seed(SEED + seed)
    (few, few_labels), (many, many_labels) = task(labelled, generator), task(TESTED, generator)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tuned = Classifier(copy.deepcopy(model.get_submodule("bert")), classes)
    tuned.bert.requires_grad_(not frozen)
    optimizer = torch.optim.AdamW(
        tuned.head.parameters() if frozen else tuned.parameters(), lr=1e-2 if frozen else 1e-3
    )
    for _ in range(EPOCHS):
        for part in torch.randperm(labelled, generator=generator).split(16):
            nn.functional.cross_entropy(tuned(few[part]).flatten(0, 1), few_labels[part].flatten()).backward()
            optimizer.step()
            optimizer.zero_grad()
    with torch.inference_mode():
        answers = tuned(many).argmax(-1)
    asked = many_labels > 0 if classes > 2 else many_labels >= 0
    return (answers == many_labels)[asked].double().mean().item()


def by_component(mixture: Mixture, labels: Int[Tensor, "components seq"]) -> Task:
    """Make a task of labels that the component of a text decides.

    Example: `by_component(world.sentences, entity_tags(world.sentences))`
    """

    def draw(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        sample = mixture.sample(n, generator)
        return sample.input_ids, labels[sample.components]

    return draw


def on_cls(labels: Int[Tensor, " texts"], length: int) -> Int[Tensor, "texts seq"]:
    """Put the label of a text at its [CLS], and -100 elsewhere. Example: `on_cls(torch.tensor([1]), 3)`."""
    return nn.functional.pad(labels[:, None], (0, length - 1), value=IGNORED)


def entity_tagging(sentences: Mixture) -> tuple[Task, int]:
    """Return the task to tag each word of a sentence, and its number of classes. Example: `entity_tagging(mixture)`."""
    return by_component(sentences, entity_tags(sentences)), len(TAGS)


def sentiment(sentences: Mixture) -> tuple[Task, int]:
    """Return the task to say if an opinion is positive, and its number of classes. Example: `sentiment(mixture)`."""
    opinions = sentences.only(sentiments(sentences) != IGNORED)
    return by_component(opinions, on_cls(sentiments(opinions), opinions.emissions.shape[1])), 2
