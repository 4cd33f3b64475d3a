"""Between words and pieces: labels for the pieces of tagged words, predictions back, and what `max_length` cuts off.

Tags belong to words, logits to pieces. `word_ids()` of a fast tokenizer says which word each piece comes from; all that
is done here rests on it. Devlin et al. 2018 (arXiv:1810.04805, section 5.3) train on the first piece of each word.
"""

from collections import Counter
from collections.abc import Container, Sequence
from typing import Literal, NamedTuple

from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.fine_tuning.batches import MAX_LENGTH, Features
from bertlab.token_classification.bio import Entity, entities_of, split_tag

Which = Literal["first", "all", "last"]
WordIds = Sequence[int | None]


class EncodedWords(NamedTuple):
    """Words as a model takes them, [CLS] and [SEP] included. Example: `encode_words(["New", "York"], tokenizer)`.

    `features` can be padded by `fine_tuning.batches.pad`; `word_ids` has the word of each piece, None for [CLS], [SEP].
    """

    features: Features
    word_ids: list[int | None]


class Cut(NamedTuple):
    """What a truncation takes away. Example: `what_is_cut(words, tags, tokenizer, 16).lost`.

    Attributes:
        lost: the words of which no piece is left.
        shortened: the words of which some pieces are left.
        silent: the words that have no piece to begin with, such as a zero-width space.
        entities_lost: the entities of which no word is left.
        entities_cut: the entities of which some words are left.
    """

    lost: list[int]
    shortened: list[int]
    silent: list[int]
    entities_lost: list[Entity]
    entities_cut: list[Entity]


def encode_words(
    words: Sequence[str], tokenizer: PreTrainedTokenizerFast, max_length: int | None = None
) -> EncodedWords:
    """Tokenize a sentence that is cut into words already.

    Example: `encode_words(["New", "York"], tokenizer).word_ids` is `[None, 0, 1, None]` for a BERT.

    None cuts nothing off. ValueError for a tokenizer without `word_ids()`.
    """
    if not tokenizer.is_fast:
        raise ValueError(f"{type(tokenizer).__name__} has no word_ids(): load a fast tokenizer with AutoTokenizer")
    encoded = tokenizer(  # verbose: what is longer than a model can take is for windows
        list(words), is_split_into_words=True, truncation=max_length is not None, max_length=max_length, verbose=False
    )
    return EncodedWords(dict(encoded), encoded.word_ids())


def piece_of_word(word_ids: WordIds, which: Which = "first") -> dict[int, int]:
    """Return the position of the piece that each word's prediction is read from.

    Example: `piece_of_word([None, 0, 0, 1, None])` is `{0: 1, 1: 3}`, and
    `piece_of_word([None, 0, 0, 1, None], "last")` is `{0: 2, 1: 3}`.

    Where all pieces are trained, it is the first. Words without a piece are not there. After a truncation, the
    last piece of a word is the last that is left.
    """
    if which not in ("first", "all", "last"):
        raise ValueError(f"which must be 'first', 'all' or 'last', not {which!r}")
    found: dict[int, int] = {}
    for position, word in enumerate(word_ids):
        if word is not None and (which == "last" or word not in found):
            found[word] = position
    return found


def align_labels(
    tags: Sequence[str],
    word_ids: WordIds,
    names: Sequence[str],
    which: Which = "first",
    words: Container[int] | None = None,
) -> list[int]:
    """Return the label of each piece, a number into `names`, and -100 where nothing is to be learned.

    Example: `align_labels(["B-LOC"], [None, 0, 0, None], ["O", "B-LOC", "I-LOC"])` is `[-100, 1, -100, -100]`, and
    `align_labels(["B-LOC"], [None, 0, 0, None], ["O", "B-LOC", "I-LOC"], "all")` is `[-100, 1, 2, -100]`.

    Args:
        tags: one for each word, also for words that were cut off.
        word_ids: the word of each piece.
        names: the tags that the model knows.
        which: the pieces that get a label; of `all`, those after the first go on with the entity (B- becomes I-).
        words: label only these words; None labels all.

    Raises:
        ValueError: a tag is not among the names, or a word has no tag.
    """
    numbers = {name: number for number, name in enumerate(names)}
    chosen = set(piece_of_word(word_ids, which).values())
    labels = []
    for position, word in enumerate(word_ids):
        if word is None or (words is not None and word not in words) or (position not in chosen and which != "all"):
            labels.append(IGNORED)
            continue
        if word >= len(tags):
            raise ValueError(f"word {word} has no tag: there are {len(tags)} tags; give one for each word")
        tag = tags[word] if position in chosen else inside(tags[word])
        if tag not in numbers:
            raise ValueError(f"the tag {tag!r} is not among the names {', '.join(names)}: add it there")
        labels.append(numbers[tag])
    return labels


def inside(tag: str) -> str:
    """Return the tag that goes on where this one stands. Example: `inside("B-PER")` is `"I-PER"`."""
    prefix, name = split_tag(tag)
    return tag if prefix == "O" else f"I-{name}"


def read_back(
    predictions: Sequence[int], word_ids: WordIds, names: Sequence[str], count: int, which: Which = "first"
) -> list[str]:
    """Return the tag of each of `count` words, read off the piece that was trained; O for words without one.

    Example: `read_back([0, 1, 0, 0], [None, 0, 0, None], ["O", "B-LOC"], count=2)` is `["B-LOC", "O"]`.

    ValueError if there is not one prediction for each piece.
    """
    if len(predictions) < len(word_ids):  # more may come from padding
        raise ValueError(f"{len(predictions)} predictions for {len(word_ids)} pieces: give one for each piece")
    places = piece_of_word(word_ids, which)
    return [names[predictions[places[word]]] if word in places else "O" for word in range(count)]


def what_is_cut(
    words: Sequence[str], tags: Sequence[str], tokenizer: PreTrainedTokenizerFast, max_length: int = MAX_LENGTH
) -> Cut:
    """Say what truncation takes away from a sentence. Example: `what_is_cut(words, tags, tokenizer).entities_cut`.

    Entities are read leniently. A lost word is predicted as O, so that its entity counts as missed: leaving lost words
    out of the score instead would make it look better the more is cut off.
    """
    whole = Counter(encode_words(words, tokenizer).word_ids)
    left = Counter(encode_words(words, tokenizer, max_length).word_ids)
    lost = [word for word in range(len(words)) if whole[word] and not left[word]]
    silent = [word for word in range(len(words)) if not whole[word]]
    entities = [(entity, set(range(entity.start, entity.end))) for entity in entities_of(tags)]
    touched = [(entity, covered - set(silent)) for entity, covered in entities if covered & set(lost)]
    return Cut(
        lost=lost,
        shortened=[word for word in range(len(words)) if 0 < left[word] < whole[word]],
        silent=silent,
        entities_lost=[entity for entity, covered in touched if covered <= set(lost)],
        entities_cut=[entity for entity, covered in touched if not covered <= set(lost)],
    )
