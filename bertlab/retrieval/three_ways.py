"""Dense, sparse and late interaction from one checkpoint: trained on the same questions, measured on the same search.

    measure_way("late, trained", seed=0)["nDCG@10, all"]

They learn from the questions of notebook 09 and the passages that these were asked of, none of which is searched here.
Temperatures, weights and learning rates were chosen on the validation questions; what is measured are the test ones.
"""

from functools import cache
from typing import Any

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from bertlab.checkpoints import EMBEDDED, checkpoint
from bertlab.retrieval.collection import load_collection
from bertlab.retrieval.judging import rankings_of, report
from bertlab.retrieval.sparse import active
from bertlab.retrieval.trained import Represented, numbers_stored, represent, score, training_of
from bertlab.sentence_bert.triples import Triples
from bertlab.token_classification.answers import load_answers

RECIPES: dict[str, dict[str, Any]] = {
    "dense": {"epochs": 3, "lr": 1e-4},
    "sparse": {"epochs": 4, "lr": 5e-5, "temperature": 10.0, "anchor_weight": 1e-3, "text_weight": 1e-3, "by": 6.0},
    "late": {"epochs": 2, "lr": 2e-5},
}
COMMON = {"batch_size": 32, "bfloat16": True}
WAYS, STATES = tuple(RECIPES), ("untrained", "trained")
NAMES = (*(f"{way}, {state}" for way in WAYS for state in STATES), "sparse, shifted")
"""What is measured. "Shifted" is the control of "sparse, trained": what training begins with."""


def titled(text: Any) -> str:
    """Return a text as it is searched, behind its title. Example: `titled(load_collection().passages[0])`."""
    return f"{text.title}. {text.text}"


def asked_of_passages() -> Triples:
    """Return the training questions of notebook 09 that have an answer, each with its passage; there are no negatives.

    Example: `asked_of_passages().anchors[0]`
    """
    asked = [question for question in load_answers()["train"] if question.answers]
    passages = tuple(f"{question.about['title']}. {question.passage}" for question in asked)
    return Triples(tuple(question.question for question in asked), passages)


@cache
def tokenizer() -> Any:
    """Return the tokenizer of the embedded BERT. Example: `tokenizer()("Hi.").input_ids`."""
    return AutoTokenizer.from_pretrained(checkpoint(EMBEDDED.name))


def shift(model: Any, by: float) -> None:
    """Add a number to all logits of masked language modeling. Example: `shift(model, 6.0)`

    The softmax, and so the model's predictions, stay the same. But log(1 + ReLU) depends on where 0 is: of logits that
    were trained for a softmax hardly any are above it, and entries at 0 have no gradient.
    """
    model.get_output_embeddings().bias.data.add_(by)


def trained(kind: str, seed: int, **recipe: Any) -> Any:
    """Return the embedded BERT after it has learned to represent by one kind. Example: `trained("late", seed=0)`."""
    torch.manual_seed(seed)
    model = AutoModelForMaskedLM.from_pretrained(checkpoint(EMBEDDED.name))
    given = COMMON | RECIPES[kind] | {"seed": seed} | recipe
    if kind == "sparse":
        shift(model, given.pop("by"))
    training_of(kind, model, tokenizer(), asked_of_passages(), **given).finish()
    return model


def searched(kind: str, model: Any, split: str = "test") -> tuple[Represented, Represented]:
    """Represent the questions of a split and all passages. Example: `score(*searched("late", model)).shape`."""
    collection = load_collection()
    questions = [question.question for question in collection.split(split)]
    texts = [titled(passage) for passage in collection.passages]
    return represent(kind, model, tokenizer(), questions), represent(kind, model, tokenizer(), texts)


def figures(kind: str, model: Any, split: str = "test") -> dict[str, float]:
    """Measure a search by kind of question, and what it stores. Example: `figures("dense", model)["nDCG@10, all"]`."""
    collection = load_collection()
    queries, passages = searched(kind, model, split)
    ids = [passage.id for passage in collection.passages]
    found = report(rankings_of(score(queries, passages), ids), collection.split(split))
    values = {f"nDCG@10, {name}": measured["nDCG@10"].mean for name, measured in found.items()}
    values["recall@10, all"] = found["all"]["recall@10"].mean
    values["numbers per passage"] = numbers_stored(passages)
    if kind == "sparse":
        values["numbers per question"] = active(queries.vectors).double().mean().item()
    return values


def measure_way(name: str, seed: int) -> dict[str, float]:
    """Measure one kind before or after training. Example: `measure_way("late, untrained", 0)["recall@10, all"]`."""
    kind, state = name.split(", ")
    if state == "trained":
        return figures(kind, trained(kind, seed))
    model = AutoModelForMaskedLM.from_pretrained(checkpoint(EMBEDDED.name))
    if state == "shifted":
        shift(model, RECIPES[kind]["by"])
    return figures(kind, model)
