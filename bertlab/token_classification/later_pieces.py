"""What a tagger that was trained on first pieces says at the other pieces of a name, which nobody asked it."""

from statistics import fmean
from typing import NamedTuple

import torch
from transformers import PreTrainedTokenizerFast

from bertlab.models import evaluating
from bertlab.token_classification.alignment import align_labels, inside, piece_of_word
from bertlab.token_classification.tagged import TaggedSentences
from bertlab.token_classification.tagger import Tagger
from bertlab.token_classification.word_batches import encode_sentences


class LaterPieces(NamedTuple):
    """Shares over all pieces of names but the first of each word.

    Example: `LaterPieces(0.7, 0.6, 0.8, 128).first_right` is `0.7`.

    Attributes:
        first_right: where the first piece of the same word has the right tag.
        right: where the piece itself has the tag that goes on with the name.
        goes_on: where it goes on with what its first piece says, be that right or not.
        pieces: how many there are.
    """

    first_right: float
    right: float
    goes_on: float
    pieces: int


@torch.no_grad()
def read_later_pieces(tagger: Tagger, tokenizer: PreTrainedTokenizerFast, data: TaggedSentences) -> LaterPieces:
    """Read the softmax of a tagger at every piece of the names.

    Example: `read_later_pieces(run.model, tokenizer, splits["test"]).goes_on`

    ValueError if no word of a name has more than one piece.
    """
    found: list[tuple[bool, bool, bool]] = []
    encoded = encode_sentences(data, tokenizer)
    with evaluating(tagger):
        for number, tags in enumerate(data.tags):
            batch = encoded.batch([number], tokenizer)
            [ids] = batch.word_ids
            said = tagger.classifier(tagger.bert(**batch.inputs).last_hidden_state)[0].argmax(-1).tolist()
            meant = align_labels(tags, ids, data.names, "all")
            firsts = piece_of_word(ids)
            for place, word in enumerate(ids):
                if word is None or place == firsts[word] or tags[word] == "O":
                    continue
                first = said[firsts[word]]
                goes_on = data.names[said[place]] == inside(data.names[first])
                found.append((first == meant[firsts[word]], said[place] == meant[place], goes_on))
    if not found:
        raise ValueError("no word of a name has more than one piece here: give sentences with rarer names")
    first_right, right, goes_on = (fmean(column) for column in zip(*found, strict=True))
    return LaterPieces(first_right, right, goes_on, len(found))
