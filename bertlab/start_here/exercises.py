"""The exercise of notebook 00: one line, to try out how exercises work."""

from bertlab.exercises.framework import Exercise, Mistake

TOKENS = {0: "pad_token", 100: "unk_token", 101: "cls_token", 102: "sep_token", 103: "mask_token"}
"""The ids of special tokens in the BERTs that Google published, with what a tokenizer calls these tokens."""


def is_id_here(expected: object, got: object) -> bool:
    """Say whether `got` is what the checkpoint in use has for an answer that is written for Google's vocabulary.

    Example: `is_id_here(103, 103)` is `True` with any BERT that Google published; with RoBERTa, 50264 takes its place.
    """
    from transformers import AutoTokenizer  # here: the list of exercises is read where nothing is to be loaded

    from bertlab.checkpoints import checkpoint

    tokenizer = AutoTokenizer.from_pretrained(checkpoint())
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == 1 and is_id_here(expected[0], got[0])
    if type(got) is not type(expected):
        raise TypeError("the check then says which kind was expected")
    if isinstance(expected, int):
        return got == getattr(tokenizer, f"{TOKENS[expected]}_id")
    return got == tokenizer.mask_token


mask_token_id = Exercise(
    id="start_here.mask_token_id",
    title="The id of [MASK]",
    reference=103,  # line 104 of Google's vocab.txt; `is_id_here` knows the number in other vocabularies
    expression="tokenizer.mask_token_id",
    alike=is_id_here,
    hints=[
        "The model reads numbers, not words: the tokenizer knows which number stands for which token.",
        "Every tokenizer keeps the ids of its special tokens: type `tokenizer.` and press Tab to see their names.",
        "`tokenizer.mask_token` is the token itself. Its id has the same name, with `_id` at the end.",
    ],
    mistakes=[
        Mistake("cls", 101, "That is [CLS], which opens every input. You want the token that hides a word."),
        Mistake("sep", 102, "That is [SEP], which closes a sentence. You want the token that hides a word."),
        Mistake(
            "unk", 100, "That is [UNK], for what the vocabulary cannot spell. You want the token that hides a word."
        ),
        Mistake("pad", 0, "That is [PAD], which fills up the shorter rows. You want the token that hides a word."),
        Mistake("token", "[MASK]", "That is the token itself. You want its number in the vocabulary: an int."),
        Mistake(
            "list", [103], "The right number, but inside a list. You want the number itself: take `[0]` of the list."
        ),
    ],
)
