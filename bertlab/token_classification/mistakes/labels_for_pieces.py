"""What goes wrong when the labels of words are given to pieces. See `bertlab.exercises.mistakes`."""

from bertlab.constants import IGNORED

WordIds = list[int | None]


def labels_every_piece(labels: list[int], word_ids: WordIds) -> list[int]:
    """You give the label to every piece of a word, so that a long word counts more in the loss than a short one, and a
    name of one word begins anew at each of its pieces. Only the first piece gets it, the others −100."""
    return [IGNORED if word is None else labels[word] for word in word_ids]


def labels_the_last_piece(labels: list[int], word_ids: WordIds) -> list[int]:
    """You give the label to the last piece of each word. The first was asked for: a prediction is read off the piece
    that was trained, and elsewhere it is whatever the model happens to say."""
    last = {word: place for place, word in enumerate(word_ids)}
    return [IGNORED if word is None or last[word] != place else labels[word] for place, word in enumerate(word_ids)]


def gives_special_tokens_0(labels: list[int], word_ids: WordIds) -> list[int]:
    """Special tokens get 0 from you, and 0 is a label like any other: the model learns to say it at [CLS], [SEP] and
    padding, and these count in the loss. Where there is no word, the label is −100."""
    return _first_pieces(labels, word_ids, special=0)


def gives_later_pieces_0(labels: list[int], word_ids: WordIds) -> list[int]:
    """Later pieces of a word get 0 from you, and 0 is a label like any other, often that of O: the model learns that
    the end of a long name is no name. −100 is what keeps a piece out of the loss."""
    return _first_pieces(labels, word_ids, later=0)


def fills_with_0(labels: list[int], word_ids: WordIds) -> list[int]:
    """The first pieces are right, but all the rest is 0, a label like any other: special tokens, padding and later
    pieces would all be trained as it. What is to be left out of the loss is −100."""
    return _first_pieces(labels, word_ids, special=0, later=0)


def hands_labels_out_in_order(labels: list[int], word_ids: WordIds) -> list[int]:
    """Each new word gets the next label from you, whatever its number. As soon as a word has no piece, or a window
    begins in the middle of a text, all labels after that belong to other words: look them up by number."""
    left = iter(labels)
    order = {word: next(left) for word in dict.fromkeys(word_ids) if word is not None}
    return _first_pieces([order.get(word, IGNORED) for word in range(len(labels))], word_ids)


def counts_words_from_1(labels: list[int], word_ids: WordIds) -> list[int]:
    """Each word gets the label of the word before it, as if [CLS] were word 0. `word_ids` knows words only, and counts
    them from 0, as `labels` does."""
    return _first_pieces([*labels[-1:], *labels[:-1]], word_ids)


def takes_word_0_for_none(labels: list[int], word_ids: WordIds) -> list[int]:
    """The first word of a text never gets its label, as if it were a special token. In Python 0 is as false as None is,
    and here it is the number of a word: ask whether an entry *is* None."""
    return [label if word else IGNORED for label, word in zip(_first_pieces(labels, word_ids), word_ids, strict=True)]


def _first_pieces(labels: list[int], word_ids: WordIds, special: int = IGNORED, later: int = IGNORED) -> list[int]:
    """Label the first pieces, with something else at the other places."""
    given, seen = [], set()
    for word in word_ids:
        given.append(special if word is None else later if word in seen else labels[word])
        seen.add(word)
    return given
