"""Likely mistakes in counting what a generated sentence costs. See `bertlab.exercises.mistakes`."""


def forgets_special_tokens(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """BERT's row has two positions more than words: [CLS] and [SEP] go through the network as well."""
    return _bill(words + 1, words * words, sweeps * words * words, iterations * words)


def forgets_the_cache(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """Your causal model reads all earlier tokens again in each pass. Nothing about them has changed, since they cannot
    see what came later: with the cache, a pass reads one new token."""
    return _right(words, sweeps, iterations) | {"causal": (words + 1) * (words + 2) // 2}


def never_writes_the_end(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """Your causal model never says that it is done: one more pass, whose answer is [SEP]."""
    return _right(words, sweeps, iterations) | {"causal": words}


def counts_passes(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """These are passes. Asked for are positions: BERT reads words + 2 of them in each pass."""
    return _bill(words + 1, words, sweeps * words, iterations)


def sweeps_in_one_pass(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """A sweep of Gibbs sampling is not one pass but one for each word: each is drawn given what the others are now."""
    return _right(words, sweeps, iterations) | {"Gibbs": sweeps * (words + 2)}


def fills_one_gap_in_an_iteration(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """Mask-predict fills all gaps of an iteration in one pass: as many passes as iterations, no matter how
    long the sentence is."""
    return _right(words, sweeps, iterations) | {"mask-predict": iterations * words * (words + 2)}


def reads_only_what_is_written(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """Forced from the left, BERT reads the gaps that are still open, too: they stand in its row as [MASK], words + 2
    positions in every pass."""
    return _right(words, sweeps, iterations) | {"left to right": words * (words + 3) // 2}


def asks_bert_for_the_end(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """BERT from the left needs no pass for [SEP]: it is told the length, so [SEP] stands there from the beginning."""
    return _right(words, sweeps, iterations) | {"left to right": (words + 1) * (words + 2)}


def _right(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    read = words + 2
    return _bill(words + 1, words * read, sweeps * words * read, iterations * read)


def _bill(causal: int, forced: int, gibbs: int, mask_predict: int) -> dict[str, int]:
    return {"causal": causal, "left to right": forced, "Gibbs": gibbs, "mask-predict": mask_predict}
