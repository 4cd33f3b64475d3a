"""BIO tags: the entities they stand for in two readings, what is wrong with a sequence, and which moves are allowed.

B-PER begins a person, I-PER goes on with it, O is outside. In correct sequences (the scheme is called IOB2) an I-
always follows a B- or I- of its own type. A model that tags each token by itself also writes others, and those can be
read in two ways: `lenient`, as the script conlleval of CoNLL-2000 and the default of seqeval do, where an I- that
continues nothing begins an entity; and `strict`, where only B- begins one and such an I- belongs to nothing.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

Reading = Literal["lenient", "strict"]


class Entity(NamedTuple):
    """An entity and its words, `end` not included. Example: `Entity("PER", 0, 2).type` is `"PER"`."""

    type: str
    start: int
    end: int


class Problem(NamedTuple):
    """What is wrong with the tag at a place. Example: `problems(["O", "I-PER"])[0].place` is `1`."""

    place: int
    what: str


def split_tag(tag: str) -> tuple[str, str]:
    """Return the prefix and the type of a tag. Example: `split_tag("B-PER")` is `("B", "PER")`.

    O has the type "". ValueError for what is no BIO tag.
    """
    found = re.fullmatch(r"([BI])-(\S+)", tag)
    if tag != "O" and not found:
        raise ValueError(f"{tag!r} is no BIO tag: write O, or B- or I- with a type, such as B-PER")
    return (found[1], found[2]) if found else ("O", "")


def bio_tags(types: Iterable[str]) -> list[str]:
    """Return all tags for these types, O first. Example: `bio_tags(["PER", "LOC"])` is
    `["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]`.
    """
    return ["O", *(f"{prefix}-{name}" for name in sorted(set(types)) for prefix in "BI")]


def entities_of(tags: Sequence[str], reading: Reading = "lenient") -> list[Entity]:
    """Return the entities of a tag sequence, from left to right.

    Example: `entities_of(["I-PER", "I-PER", "O", "B-LOC"])` is `[("PER", 0, 2), ("LOC", 3, 4)]`, and
    `entities_of(["I-PER", "I-PER", "O", "B-LOC"], "strict")` is `[("LOC", 3, 4)]`.

    ValueError for what is no BIO tag.
    """
    found: list[Entity] = []
    for place, tag in enumerate(tags):
        prefix, name = split_tag(tag)
        if prefix == "I" and found and found[-1].end == place and found[-1].type == name:
            found[-1] = found[-1]._replace(end=place + 1)
        elif prefix == "B" or (prefix == "I" and reading == "lenient"):
            found.append(Entity(name, place, place + 1))
    return found


def tags_of(entities: Iterable[tuple[str, int, int]], length: int) -> list[str]:
    """Return the correct tags of a sentence with these entities.

    Example: `tags_of([("PER", 0, 2)], length=3)` is `["B-PER", "I-PER", "O"]`.

    The entities may stand in any order. ValueError if one has no words, leaves the sentence or overlaps another.
    """
    tags = ["O"] * length
    for name, start, end in entities:
        if not 0 <= start < end <= length:
            raise ValueError(f"{name} from {start} to {end} has no words or leaves the sentence of {length} words")
        if tags[start:end] != ["O"] * (end - start):
            raise ValueError(f"{name} from {start} to {end} overlaps another entity, which BIO tags cannot express")
        tags[start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return tags


def follows(tag: str, before: str) -> bool:
    """Say whether a tag may follow another; a sentence begins as if after O.

    Example: `follows("I-PER", before="B-PER")` is `True`, and `follows("I-PER", before="O")` is `False`.
    """
    prefix, name = split_tag(tag)
    return prefix != "I" or split_tag(before)[1] == name


def problems(tags: Sequence[str]) -> list[Problem]:
    """Return where a sequence is no correct BIO, and why.

    Example: `problems(["O", "I-PER", "I-PER"])` is `[(1, "I-PER continues nothing: it follows O")]`.

    Only the first I- of an entity without a B- is named.
    """
    found: list[Problem] = []
    before = "O"
    for place, tag in enumerate(tags):
        try:
            if not follows(tag, before):
                after = f"follows {before}" if place else "begins the sentence"
                found.append(Problem(place, f"{tag} continues nothing: it {after}"))
            before = tag
        except ValueError as error:
            found.append(Problem(place, str(error)))
            before = "O"
    return found


def is_valid(tags: Sequence[str]) -> bool:
    """Say whether a sequence is correct BIO. Example: `is_valid(["B-PER", "I-LOC"])` is `False`."""
    return not problems(tags)


def repair(tags: Sequence[str]) -> list[str]:
    """Write down the lenient reading: an I- that continues nothing becomes a B-.

    Example: `repair(["I-PER", "I-PER", "I-LOC"])` is `["B-PER", "I-PER", "B-LOC"]`.

    Afterwards both readings find the same entities. A sequence in IOB1, where B- only parts neighbors of one type,
    becomes IOB2. ValueError for what is no BIO tag.
    """
    return tags_of(entities_of(tags), len(tags))


def allowed_moves(tags: Sequence[str]) -> tuple[Bool[Tensor, "tags tags"], Bool[Tensor, " tags"]]:
    """Return which tag may follow which, and which may begin a sentence; any may end it.

    Example: `allowed_moves(["O", "B-PER", "I-PER"])[0]` is
    `[[True, True, False], [True, True, True], [True, True, True]]`, and `allowed_moves(["O", "B-PER", "I-PER"])[1]` is
    `[True, True, False]`.

    Rows are the tag before, columns the tag after, as in `transitions` of a CRF.
    """
    moves = torch.tensor([[follows(tag, before) for tag in tags] for before in tags])
    return moves, torch.tensor([follows(tag, "O") for tag in tags])
