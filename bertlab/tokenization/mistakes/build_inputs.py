"""Likely mistakes in laying out BERT's input. See `bertlab.exercises.mistakes`."""

from bertlab.tokenization.pieces import build_inputs

Pieces = list[str]
Vocab = dict[str, int]
Rows = dict[str, list[int]]


def forgets_the_last_sep(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Your pair does not end in [SEP]. Each of the two texts ends in one of its own."""
    if b is None:
        return build_inputs(a, b, max_length, vocab)
    return _without(build_inputs(a, b, max_length + 1, vocab), len(a) + len(b) + 2)


def gives_the_sep_between_type_1(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You give type 1 to the [SEP] between the texts. It ends the first text, and has the type of that: 0."""
    rows = build_inputs(a, b, max_length, vocab)
    if b is not None:
        rows["token_type_ids"][len(a) + 1] = 1
    return rows


def gives_padding_type_1(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """In a pair you give the padding type 1, as if it were of the second text. Padding has type 0."""
    rows = build_inputs(a, b, max_length, vocab)
    if b is not None:
        size = sum(rows["attention_mask"])
        rows["token_type_ids"][size:] = [1] * (max_length - size)
    return rows


def attends_to_padding(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Your `attention_mask` is 1 on padding. It is what tells BERT to look away from it: 0 wherever [PAD] stands."""
    return build_inputs(a, b, max_length, vocab) | {"attention_mask": [1] * max_length}


def cuts_what_does_not_fit(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Where the pieces do not fit, you drop the end, and the last [SEP] with it. Raise a ValueError: to shorten the
    texts is a step before this one, and `truncate_pair` does it well."""
    longest = max(max_length, len(a) + len(b or []) + 3)
    return {name: row[:max_length] for name, row in build_inputs(a, b, longest, vocab).items()}


def returns_what_does_not_fit(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Where the pieces do not fit, your rows are longer than `max_length`. Raise a ValueError instead."""
    return build_inputs(a, b, max(max_length, _size(a, b)), vocab)


def pads_the_ids_with_0(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You pad `input_ids` with 0. That is [PAD]'s id in BERT's own vocabulary, but not in every one:
    `vocab["[PAD]"]`."""
    return build_inputs(a, b, max_length, {**vocab, "[PAD]": 0})


def ends_a_single_text_twice(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Without a second text your input still ends in two [SEP]. The last one belongs to the second text: leave it out
    where `b` is None."""
    return build_inputs(a, b or [], max_length, vocab)


def _size(a: Pieces, b: Pieces | None) -> int:
    return len(a) + 2 + (0 if b is None else len(b) + 1)


def _without(rows: Rows, place: int) -> Rows:
    return {name: row[:place] + row[place + 1 :] for name, row in rows.items()}
