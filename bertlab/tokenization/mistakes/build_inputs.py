"""What goes wrong when people lay out BERT's input. See `bertlab.exercises.mistakes`."""

from bertlab.tokenization.pieces import build_inputs

Pieces = list[str]
Vocab = dict[str, int]
Rows = dict[str, list[int]]


def forgets_the_last_sep(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Your pair does not end in [SEP]. Each of the two texts ends in one of its own."""
    if b is None:
        return build_inputs(a, b, max_length, vocab)
    return _without(build_inputs(a, b, max_length + 1, vocab), len(a) + len(b) + 2)


def forgets_the_sep_between(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """In your pair the second text follows the first without a [SEP]. Each of the two ends in one of its own."""
    if b is None:
        return build_inputs(a, b, max_length, vocab)
    return _without(build_inputs(a, b, max_length + 1, vocab), len(a) + 1)


def gives_the_sep_between_type_1(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You give type 1 to the [SEP] between the texts. It ends the first text, and has the type of that: 0."""
    rows = build_inputs(a, b, max_length, vocab)
    if b is not None:
        rows["token_type_ids"][len(a) + 1] = 1
    return rows


def gives_every_token_type_0(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """All your `token_type_ids` are 0. The second text and the [SEP] that ends it have type 1: how else could BERT tell
    the two apart?"""
    return build_inputs(a, b, max_length, vocab) | {"token_type_ids": [0] * max_length}


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


def pads_in_front(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You pad in front. BERT's positions are counted from the left and [CLS] stands at 0: padding goes to the end."""
    rows = build_inputs(a, b, max_length, vocab)
    size = sum(rows["attention_mask"])
    return {name: row[size:] + row[:size] for name, row in rows.items()}


def cuts_what_does_not_fit(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Where the pieces do not fit, you drop the end, and the last [SEP] with it. Raise a ValueError: to shorten the
    texts is a step before this one, and `truncate_pair` does it well."""
    longest = max(max_length, len(a) + len(b or []) + 3)
    return {name: row[:max_length] for name, row in build_inputs(a, b, longest, vocab).items()}


def returns_what_does_not_fit(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Where the pieces do not fit, your rows are longer than `max_length`. Raise a ValueError instead."""
    return build_inputs(a, b, max(max_length, _size(a, b)), vocab)


def refuses_what_just_fits(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You refuse pieces that fill `max_length` exactly. They fit, with no padding: raise only if there are more."""
    if _size(a, b) == max_length:
        raise ValueError
    return build_inputs(a, b, max_length, vocab)


def does_not_pad(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Your rows end with the text. Fill all three up to `max_length`: the ids with [PAD]'s, the others with 0."""
    return {name: row[: _size(a, b)] for name, row in build_inputs(a, b, max_length, vocab).items()}


def pads_the_ids_with_0(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You pad `input_ids` with 0. That is [PAD]'s id in BERT's own vocabulary, but not in every one:
    `vocab["[PAD]"]`."""
    return build_inputs(a, b, max_length, {**vocab, "[PAD]": 0})


def writes_ids_into_the_code(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """You wrote BERT's own ids 101, 102 and 0 into your code. Look [CLS], [SEP] and [PAD] up in `vocab`: another
    vocabulary has other ids."""
    return build_inputs(a, b, max_length, {**vocab, "[CLS]": 101, "[SEP]": 102, "[PAD]": 0})


def ends_a_single_text_twice(a: Pieces, b: Pieces | None, max_length: int, vocab: Vocab) -> Rows:
    """Without a second text your input still ends in two [SEP]. The last one belongs to the second text: leave it out
    where `b` is None."""
    return build_inputs(a, b or [], max_length, vocab)


def _size(a: Pieces, b: Pieces | None) -> int:
    return len(a) + 2 + (0 if b is None else len(b) + 1)


def _without(rows: Rows, place: int) -> Rows:
    return {name: row[:place] + row[place + 1 :] for name, row in rows.items()}
