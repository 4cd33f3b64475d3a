"""The exercise of notebook 00: one line, to try out how exercises work."""

from bertlab.exercises.framework import Exercise, Mistake

mask_token_id = Exercise(
    id="start_here.mask_token_id",
    title="The id of [MASK]",
    reference=103,  # in the vocabulary of every uncased English BERT: the piece on line 104 of Google's vocab.txt
    expression="tokenizer.mask_token_id",
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
