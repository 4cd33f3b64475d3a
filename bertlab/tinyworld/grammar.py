"""From templates to components: every choice of the hidden values, written out.

Once the hidden values are chosen, the words of a sentence are independent of each other: *the dog sleeps* is drawn as
one word from the singular animals and one from the singular verbs. That makes the whole language a mixture of
products, whose probabilities are sums and products of a few numbers (`bertlab.tinyworld.mixture`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import NamedTuple

Lexicon = Mapping[str, str | Mapping[str, str]]
Weight = int | float

OPTIONAL = 0.5
"""The probability that an optional slot, such as `adj[]?`, is there."""

SLOT = re.compile(r"(\w+)\[(\w*)\](\??)")


class Template(NamedTuple):
    """A sentence with slots, how often it is drawn, and what it is about.

    Example: `Template(3, "the animal[N] rest[N] .")`
    """

    weight: Weight
    text: str
    topic: str = ""


class Paraphrase(NamedTuple):
    """A sentence with slots, one that says the same, and one that does not though its words are (nearly) the same."""

    weight: Weight
    text: str
    same: str
    different: str


class Source(NamedTuple):
    """Where a word comes from: an entry of the lexicon and its hidden value, or, without entry, the word itself.

    Example: `Source("animal", "sg")`, `Source("adj", "")`, `Source("", "because")`
    """

    entry: str
    value: str


class Component(NamedTuple):
    """A template with its hidden values chosen: its probability, and a source for each word.

    Example: the component of "the animal[N] rest[N] ." with `hidden == {"N": "pl"}`.
    """

    probability: float
    template: Template
    hidden: dict[str, str]
    sources: tuple[Source, ...]


def read_words(words: str) -> dict[str, float]:
    """Read a list of weighted words into probabilities; the weight of a word without one is 1.

    Example: `read_words("dog:3 fox")` is `{"dog": 0.75, "fox": 0.25}`
    """
    pairs = [item.split(":") if ":" in item else (item, "1") for item in words.split()]
    total = sum(float(weight) for _, weight in pairs)
    return {word: float(weight) / total for word, weight in pairs}


def source_words(source: Source, lexicon: Lexicon) -> dict[str, float]:
    """Return the words that a source gives, with their probabilities.

    Example: `source_words(Source("animal", "sg"), LEXICON)["dog"]`
    """
    if not source.entry:
        return {source.value: 1.0}
    entry = lexicon[source.entry]
    return read_words(entry if isinstance(entry, str) else entry[source.value])


def expand(templates: Iterable[Template], lexicon: Lexicon, priors: Mapping[str, Weight]) -> list[Component]:
    """Write out all components of some templates; their probabilities sum to 1.

    Example: `len(expand([Template(1, "the animal[N] rest[N] .")], LEXICON, PRIORS))` is `2`

    ValueError if a template names an entry that the lexicon lacks, or if its slots agree on no value.
    """
    templates = list(templates)
    total = sum(template.weight for template in templates)
    return [
        Component(template.weight / total * chance * prior, template, hidden, fill(items, hidden))
        for template in templates
        for items, chance in variants(template.text)
        for hidden, prior in hidden_values(template.text, lexicon, priors)
    ]


def variants(text: str) -> Iterator[tuple[list[str], float]]:
    """Yield the items of a template with and without each optional slot, and the probability of that choice.

    Example: `next(variants("the adj[]? dog"))` is `(["the", "adj[]", "dog"], 0.5)`
    """
    choices = [
        [((item[:-1],), OPTIONAL), ((), 1 - OPTIONAL)] if item.endswith("]?") else [((item,), 1.0)]
        for item in text.split()
    ]
    for choice in product(*choices):
        yield [item for items, _ in choice for item in items], prod(chance for _, chance in choice)


def hidden_values(text: str, lexicon: Lexicon, priors: Mapping[str, Weight]) -> Iterator[tuple[dict[str, str], float]]:
    """Yield every choice of the hidden values of a template, and its probability: the product of their priors.

    Example: `list(hidden_values("the animal[N] rest[N]", LEXICON, {}))` is `[({"N": "sg"}, 0.5), ({"N": "pl"}, 0.5)]`
    """
    domains: dict[str, list[str]] = {}
    for entry, name, _ in SLOT.findall(text):
        values = entry_values(entry, name, lexicon, text)
        if name:
            domains[name] = [value for value in domains.get(name, values) if value in values]
    for name, domain in domains.items():
        if not domain:
            raise ValueError(f"no value of [{name}] is known to all its slots in {text!r}: compare their entries")
    total = {name: sum(priors.get(value, 1) for value in domain) for name, domain in domains.items()}
    for chosen in product(*domains.values()):
        hidden = dict(zip(domains, chosen, strict=True))
        yield hidden, prod(priors.get(value, 1) / total[name] for name, value in hidden.items())


def entry_values(entry: str, name: str, lexicon: Lexicon, text: str) -> list[str]:
    """Return the hidden values that an entry of the lexicon knows, none if its words depend on nothing.

    Example: `entry_values("det", "N", {"det": {"sg": "the", "pl": "some"}}, "the det[N]")` is `["sg", "pl"]`.
    """
    if entry not in lexicon:
        raise ValueError(f"{text!r} has a slot {entry}[{name}], but the lexicon has no entry {entry!r}: add one")
    words = lexicon[entry]
    if isinstance(words, str) == bool(name):
        needed = "nothing" if isinstance(words, str) else f"a letter for one of {', '.join(words)}"
        raise ValueError(f"{text!r}: the brackets of {entry}[{name}] must hold {needed}")
    return [] if isinstance(words, str) else list(words)


def fill(items: list[str], hidden: Mapping[str, str]) -> tuple[Source, ...]:
    """Return the source of each item. Example: `fill(["the", "animal[N]"], {"N": "sg"})[1]` is `("animal", "sg")`."""
    return tuple(read_item(item, hidden) for item in items)


def read_item(item: str, hidden: Mapping[str, str]) -> Source:
    """Return the source of one item. Example: `read_item("animal[N]", {"N": "sg"})` is `("animal", "sg")`.

    ValueError for brackets that make neither a slot nor [SEP].
    """
    slot = SLOT.fullmatch(item)
    if slot:
        return Source(slot[1], hidden.get(slot[2], ""))
    if "[" in item and item != "[SEP]":
        raise ValueError(f"{item!r} is neither a word nor a slot: write entry[N] or entry[], with spaces around it")
    return Source("", item)
