"""Tasks whose labels are exact, because they are read off the hidden values that a sentence was drawn from."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.tinyworld.exact import IGNORED
from bertlab.tinyworld.grammar import Lexicon, Paraphrase, Template, expand, read_item, source_words
from bertlab.tinyworld.lexicon import ENTITIES
from bertlab.tinyworld.mixture import Mixture
from bertlab.tinyworld.templates import PARAPHRASES
from bertlab.tinyworld.world import World

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def entity_tags(mixture: Mixture) -> Int[Tensor, "components longest"]:
    """Return, for each component, the number in `TAGS` of each position's tag; -100 for special tokens.

    Example: `sample = world.sentences.sample(7); tags = entity_tags(world.sentences)[sample.components]`

    A word of the same kind as the word before it continues an entity: *anna* B-PER, *smith* I-PER. *Georgia* is a
    person or a country, *brown* a surname or a color: the words around them tell.
    """
    tags = torch.full(mixture.emissions.shape, IGNORED)
    for tagged, component in zip(tags, mixture.components, strict=True):
        kinds = [ENTITIES.get(source.entry, "") for source in component.sources]
        for position, (kind, previous) in enumerate(zip(kinds, ["", *kinds], strict=False), 1):  # 0 is [CLS]
            tagged[position] = TAGS.index(f"{'I' if kind == previous else 'B'}-{kind}" if kind else "O")
    tags[mixture.special[mixture.emissions]] = IGNORED  # the [SEP] within a discourse
    return tags


def sentiments(mixture: Mixture) -> Int[Tensor, " components"]:
    """Return 1 for each component that is a positive opinion, 0 for a negative one, -100 for what is no opinion.

    Example: `opinions = world.sentences.only(sentiments(world.sentences) != IGNORED)`

    The hidden value P decides, not the words: *the film was not bad because it was funny* is positive.
    """
    number = {"negative": 0, "positive": 1}
    return torch.tensor([number.get(component.hidden.get("P", ""), IGNORED) for component in mixture.components])


def label_posterior(
    mixture: Mixture, input_ids: Int[Tensor, "batch seq"], labels: Int[Tensor, " components"], classes: int
) -> Float[Tensor, "batch classes"]:
    """Return P(label | sentence), which no classifier can beat, where each component has a label.

    Example: `label_posterior(opinions, ids, sentiments(opinions), 2).max(1).values.mean()`, the best accuracy there is.

    P(label | x) is the sum of P(c | x) over the components that have the label. To get that of a tag, give one column
    of `entity_tags`; components labeled -100 are left out.
    """
    counted = labels != IGNORED
    part = mixture.only(counted)
    weights = part.component_log_probs(part.log_likelihoods(input_ids)).softmax(1)
    return torch.zeros(len(input_ids), classes, dtype=torch.float64).index_add_(1, labels[counted], weights)


class MeaningPairs(NamedTuple):
    """Pairs of sentences; label 1 where both say the same, 0 where they do not, though they share their words."""

    first: list[str]
    second: list[str]
    labels: Int[Tensor, " batch"]


def same_meaning_pairs(
    world: World,
    n: int,
    generator: torch.Generator | None = None,
    paraphrases: Sequence[Paraphrase] = PARAPHRASES,
) -> MeaningPairs:
    """Draw n pairs, half of which say the same: active against passive, giving against getting, bigger against smaller.

    Example: *the dog chased the cat* beside *the cat was chased by the dog* (1) or *the dog was chased by the cat* (0).

    Whoever reads the order of the words is right every time: pairs that would be both at once, such as a dog that
    chases a dog, are left out.
    """
    shares = torch.tensor([float(paraphrase.weight) for paraphrase in paraphrases])
    pairs = MeaningPairs([], [], torch.arange(n) % 2)
    while len(pairs.first) < n:
        chosen = paraphrases[int(torch.multinomial(shares, 1, generator=generator))]
        texts = draw_paraphrase(chosen, world, generator)
        if texts:
            same = len(pairs.first) % 2 == 1
            pairs.first.append(texts[0])
            pairs.second.append(texts[1] if same else texts[2])
    return pairs


def draw_paraphrase(
    paraphrase: Paraphrase, world: World, generator: torch.Generator | None
) -> tuple[str, str, str] | None:
    """Draw a sentence, one that says the same, and one that does not; None if two of its slots got the same word.

    Example: `draw_paraphrase(PARAPHRASES[0], world, None)`
    """
    components = expand([Template(1, paraphrase.text)], world.lexicon, world.priors)
    weights = torch.tensor([component.probability for component in components])
    hidden = components[int(torch.multinomial(weights, 1, generator=generator))].hidden
    texts = [text.split() for text in (paraphrase.text, paraphrase.same, paraphrase.different)]
    items = dict.fromkeys(item for text in texts for item in text)
    words = {item: draw_word(item, hidden, world.lexicon, generator) for item in items}
    if len({words[item] for item in texts[0]}) < len(set(texts[0])):
        return None
    first, same, different = (" ".join(words[item] for item in text) for text in texts)
    return first, same, different


def draw_word(item: str, hidden: dict[str, str], lexicon: Lexicon, generator: torch.Generator | None) -> str:
    """Draw a word for one item of a template. Example: `draw_word("animal[N]", {"N": "pl"}, LEXICON, generator)`."""
    choices = source_words(read_item(item, hidden), lexicon)
    chances = torch.tensor(list(choices.values()))
    return list(choices)[int(torch.multinomial(chances, 1, generator=generator))]
