"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

from collections import Counter
from itertools import chain, pairwise, product
from statistics import fmean

import numpy as np
import pytest
import torch
from torchcrf import CRF

from bertlab.token_classification import exercises
from bertlab.token_classification.alignment import align_labels
from bertlab.token_classification.bio import entities_of
from bertlab.token_classification.crf import LinearChainCRF
from bertlab.token_classification.entity_scores import entity_score
from bertlab.token_classification.spans import best_span, is_unanswered, null_score


def labels_by_index(labels, word_ids):
    return [
        -100 if word is None or word_ids.index(word) != place else labels[word] for place, word in enumerate(word_ids)
    ]


def labels_written_into_a_list(labels, word_ids):
    given, seen = [-100] * len(word_ids), set()
    for place, word in enumerate(word_ids):
        if word is not None and word not in seen:
            given[place] = labels[word]
            seen.add(word)
    return given


def labels_by_the_topic(labels, word_ids):
    names = ["O", *(f"B-{number}" for number in range(1, 10))]
    return align_labels([names[label] for label in labels], word_ids, names)


def labels_in_numpy(labels, word_ids):
    return list(np.array(labels_by_index(labels, word_ids)))


def f1_by_precision_and_recall(gold, predicted):
    right = sum(entity in real for real, found in zip(gold, predicted, strict=True) for entity in found)
    precision = right / max(sum(map(len, predicted)), 1)
    recall = right / max(sum(map(len, gold)), 1)
    return 2 * precision * recall / (precision + recall) if right else 0.0


def f1_by_numbered_entities(gold, predicted):
    real, found = ({(number, *one) for number, row in enumerate(side) for one in row} for side in (gold, predicted))
    right, alarms, misses = len(real & found), len(found - real), len(real - found)
    return 2 * right / (2 * right + alarms + misses) if real | found else 0.0


def f1_by_counters(gold, predicted):
    right = sum((Counter(real) & Counter(found)).total() for real, found in zip(gold, predicted, strict=True))
    return np.float64(2 * right) / max(sum(map(len, gold + predicted)), 1)


def _score(emissions, path, transitions):
    moves = [transitions[before, after] for before, after in pairwise(path)]
    return sum(emissions[word, tag] for word, tag in enumerate(path)) + sum(moves)


def _paths(emissions):
    words, tags = emissions.shape
    return list(product(range(tags), repeat=words))


def _scores(emissions, transitions):
    return torch.stack([_score(emissions, path, transitions) for path in _paths(emissions)])


def sum_over_each_path(emissions, mask, transitions):
    rows = zip(emissions, mask, strict=True)
    return torch.stack([_scores(row[words], transitions).logsumexp(0) for row, words in rows])


def _crf(transitions):
    crf = LinearChainCRF(len(transitions))
    with torch.no_grad():
        crf.transitions.copy_(transitions)
        crf.start.zero_()
        crf.end.zero_()
    return crf


def sum_by_the_topic(emissions, mask, transitions):
    return _crf(transitions).log_partition(emissions, mask).detach()


def sum_by_the_library(emissions, mask, transitions):
    crf = CRF(len(transitions), batch_first=True)
    with torch.no_grad():
        crf.transitions.copy_(transitions)
        crf.start_transitions.zero_()
        crf.end_transitions.zero_()
        path = torch.zeros_like(mask, dtype=torch.long)
        score = torch.stack(
            [_score(row, [0] * int(words.sum()), transitions) for row, words in zip(emissions, mask, strict=True)]
        )
        return score - crf(emissions, path, mask=mask, reduction="none")


def sum_scaled_word_by_word(emissions, mask, transitions):
    """In linear space, but what is largest goes into a logarithm beside it at each word."""
    alpha, logs = torch.ones(emissions[:, 0].shape), torch.zeros(len(emissions))
    for word, emitted in enumerate(emissions.unbind(1)):
        largest = emitted.max(1).values
        weights = alpha @ transitions.exp() if word else alpha
        new = weights * (emitted - largest[:, None]).exp()
        size = new.sum(1)
        logs = torch.where(mask[:, word], logs + largest + size.log(), logs)
        alpha = torch.where(mask[:, word, None], new / size[:, None], alpha)
    return logs


def sum_with_numbers_for_a_mask(emissions, mask, transitions):
    alpha = emissions[:, 0]
    for word in range(1, mask.shape[1]):
        here = mask[:, word].float()[:, None]
        new = torch.logsumexp(alpha.unsqueeze(2) + transitions + emissions[:, word].unsqueeze(1), 1)
        alpha = here * new + (1 - here) * alpha
    return torch.logsumexp(alpha, -1)


def path_of_all(emissions, transitions):
    return list(_paths(emissions)[int(_scores(emissions, transitions).argmax())])


def path_by_the_topic(emissions, transitions):
    return _crf(transitions).viterbi(emissions[None]).paths[0]


def path_kept_whole(emissions, transitions):
    best = {tag: (score, [tag]) for tag, score in enumerate(emissions[0].tolist())}
    for emitted in emissions[1:].tolist():
        best = {
            tag: max(
                (score + transitions[before, tag].item() + here, [*path, tag]) for before, (score, path) in best.items()
            )
            for tag, here in enumerate(emitted)
        }
    return max(best.values())[1]


def path_from_behind(emissions, transitions):
    best, ahead = emissions[-1], []
    for emitted in emissions[:-1].flip(0):
        score, target = (transitions + best).max(dim=1)
        best = emitted + score
        ahead.insert(0, target.tolist())
    path = [best.argmax().item()]
    for target in ahead:
        path.append(target[path[-1]])
    return path


def answer_by_the_topic(start, end, passage_from, longest):
    span = best_span(start[None], end[None], (torch.arange(len(start)) >= passage_from)[None], longest)
    none = is_unanswered(null_score(start[None], end[None]), span.score)
    return None if none else (span.start.item(), span.end.item())


def answer_from_null_on(start, end, passage_from, longest):
    best, answer = start[0] + end[0], None
    for first in range(passage_from, len(start)):
        for last in range(first, len(end)):
            if last - first < longest and start[first] + end[last] > best:
                best, answer = start[first] + end[last], (first, last)
    return answer


def answer_by_probabilities(start, end, passage_from, longest):
    start, end = start.softmax(0), end.softmax(0)
    table = (start[:, None] * end).triu().tril(longest - 1)
    table[:passage_from] = 0
    place = np.unravel_index(table.argmax().item(), table.shape)
    return None if start[0] * end[0] > table.max() else place


RIGHT = [
    (exercises.labels_for_pieces, labels_by_index),
    (exercises.labels_for_pieces, labels_written_into_a_list),
    (exercises.labels_for_pieces, labels_by_the_topic),
    (exercises.labels_for_pieces, labels_in_numpy),
    (exercises.entity_f1, f1_by_precision_and_recall),
    (exercises.entity_f1, f1_by_numbered_entities),
    (exercises.entity_f1, f1_by_counters),
    (exercises.log_partition, sum_over_each_path),
    (exercises.log_partition, sum_by_the_topic),
    (exercises.log_partition, sum_by_the_library),
    (exercises.log_partition, sum_scaled_word_by_word),
    (exercises.log_partition, sum_with_numbers_for_a_mask),
    (exercises.viterbi, path_of_all),
    (exercises.viterbi, path_by_the_topic),
    (exercises.viterbi, path_kept_whole),
    (exercises.viterbi, path_from_behind),
    (exercises.best_answer, answer_by_the_topic),
    (exercises.best_answer, answer_from_null_on),
    (exercises.best_answer, answer_by_probabilities),
]


def labels_at_the_end_of_words(labels, word_ids):
    following = [*word_ids[1:], None]
    return [
        labels[word] if word is not None and word != after else -100
        for word, after in zip(word_ids, following, strict=True)
    ]


def labels_with(special=-100, later=-100, falsy=False, shift=0):
    """The usual loop over the word before, wrong in one way."""

    def answer(labels, word_ids):
        given, before = [], None
        for word in word_ids:
            if (not word) if falsy else (word is None):
                given.append(special)
            elif word != before:
                given.append(labels[word + shift])
            else:
                given.append(later)
            before = word
        return given

    return answer


def labels_taken_off(labels, word_ids):
    left, given = list(labels), []
    for place, word in enumerate(word_ids):
        new = word is not None and word_ids.index(word) == place
        given.append(left.pop(0) if new else -100)
    return given


def _flat(side):
    return list(chain.from_iterable(side))


def f1_of_each(gold, predicted):
    return fmean(f1_by_counters([real], [found]) for real, found in zip(gold, predicted, strict=True))


def f1_of_places(gold, predicted):
    return f1_by_numbered_entities(*([[one[1:] for one in row] for row in side] for side in (gold, predicted)))


def f1_of_touching(gold, predicted):
    """A predicted entity takes the place of a real one of its type that shares a word with it."""
    replaced = []
    for real, found in zip(gold, predicted, strict=True):
        row = []
        for name, start, end in found:
            same = [one for one in real if one[0] == name and set(range(*one[1:])) & set(range(start, end))]
            row.append(same[0] if same else (name, start, end))
        replaced.append(row)
    return f1_by_counters(gold, replaced)


def f1_of_one_long_sentence(gold, predicted):
    return f1_by_counters([list(set(_flat(gold)))], [list(set(_flat(predicted)))])


def f1_of_flat_lists(gold, predicted):
    right = sum(one in _flat(gold) for one in _flat(predicted))
    return 2 * right / max(sum(map(len, gold + predicted)), 1)


def f1_of_words(gold, predicted):
    def words(side):
        return [[(name, word) for name, start, end in row for word in range(start, end)] for row in side]

    return f1_by_numbered_entities(words(gold), words(predicted))


def f1_of_nothing_is_1(gold, predicted):
    return f1_by_counters(gold, predicted) if sum(map(len, gold + predicted)) else 1


def _right(gold, predicted):
    return sum(len(set(real).intersection(found)) for real, found in zip(gold, predicted, strict=True))


def precision_of_entities(gold, predicted):
    return _right(gold, predicted) / max(1, len(_flat(predicted)))


def recall_of_entities(gold, predicted):
    return precision_of_entities(predicted, gold)


def f1_of_types(gold, predicted):
    return f1_of_the_types_of(gold, predicted, gold + predicted)


def f1_of_the_types_of(gold, predicted, side):
    names = sorted({one[0] for row in side for one in row})
    scores = [
        f1_by_counters(*([[one for one in row if one[0] == name] for row in side] for side in (gold, predicted)))
        for name in names
    ]
    return fmean(scores) if scores else 0.0


def mean_of_precision_and_recall(gold, predicted):
    return fmean([precision_of_entities(gold, predicted), recall_of_entities(gold, predicted)])


def sum_of_the_best(emissions, mask, transitions):
    return _crf(transitions).viterbi(emissions, mask).scores


def sum_with(step, begin=lambda first: first):
    """The forward algorithm with another step from word to word."""

    def answer(emissions, mask, transitions):
        alpha = begin(emissions[:, 0])
        for word in range(1, mask.shape[1]):
            alpha = torch.where(mask[:, word].unsqueeze(1), step(alpha, emissions[:, word], transitions), alpha)
        return torch.logsumexp(alpha, 1)

    return answer


def _right_step(alpha, emitted, transitions):
    return torch.logsumexp(alpha[..., None] + transitions + emitted[:, None], 1)


def sum_of_scores(emissions, mask, transitions):
    alpha = emissions[:, 0]
    for word in range(1, mask.shape[1]):
        new = len(transitions) * emissions[:, word] + alpha.sum(1, keepdim=True) + transitions.sum(0)
        new = new - (len(transitions) - 1) * emissions[:, word]
        alpha = torch.where(mask[:, word, None], new, alpha)
    return alpha.sum(1)


def sum_that_reads_padding(emissions, mask, transitions):
    return sum_over_each_path(emissions, mask | True, transitions)


def sum_in_double_precision_of_exponentials(emissions, mask, transitions):
    rows = zip(emissions.double(), mask, strict=True)
    sums = [_scores(row[words], transitions.double()).exp().sum().log() for row, words in rows]
    return torch.stack(sums).float()


def sum_with_a_move_to_the_first_word(emissions, mask, transitions):
    alpha = torch.zeros_like(emissions[:, 0])
    for word in range(mask.shape[1]):
        alpha = torch.where(mask[:, word, None], _right_step(alpha, emissions[:, word], transitions), alpha)
    return alpha.logsumexp(1)


def sum_with_zeros_at_padding(emissions, mask, transitions):
    return sum_over_each_path(emissions * mask[..., None], mask | True, transitions)


def sum_times_the_mask(emissions, mask, transitions):
    alpha = emissions[:, 0]
    for word, here in list(enumerate(mask.float().T))[1:]:
        alpha = here[:, None] * _right_step(alpha, emissions[:, word], transitions)
    return torch.logsumexp(alpha, 1)


def sum_of_words_alone(emissions, mask, transitions):
    return (emissions.logsumexp(2) * mask).sum(1)


def path_of_numbers(emissions, transitions):
    return [row.index(max(row)) for row in emissions.tolist()]


def path_step_by_step(emissions, transitions):
    path = []
    for row in emissions:
        path.append(int((row + transitions[path[-1]] if path else row).argmax()))
    return path


def path_of_the_best_so_far(emissions, transitions):
    return [path_of_all(emissions[: word + 1], transitions)[-1] for word in range(len(emissions))]


def path_with(turn=lambda back: back[::-1], keep_last=True, reverse=True, moves=lambda transitions: transitions):
    """Viterbi in plain numbers, wrong in one way."""

    def answer(emissions, transitions):
        scores, back = emissions[0].tolist(), []
        rows = moves(transitions).tolist()
        for emitted in emissions[1:].tolist():
            ways = [[score + row[tag] for score, row in zip(scores, rows, strict=True)] for tag in range(len(rows))]
            back.append([way.index(max(way)) for way in ways])
            scores = [max(way) + here for way, here in zip(ways, emitted, strict=True)]
        tag = scores.index(max(scores))
        path = [tag] if keep_last else []
        for source in turn(back):
            tag = source[tag]
            path.append(tag)
        return path[::-1] if reverse else path

    return answer


def path_by_the_other_axis(emissions, transitions):
    score, back = emissions[0], []
    for emitted in emissions[1:]:
        score, source = (score.unsqueeze(1) + transitions).max(1)
        score = score + emitted
        back.append(source.tolist())
    path = [score.argmax().item()]
    for source in back[::-1]:
        path.insert(0, source[path[0]])
    return path


def path_of_sums(emissions, transitions):
    score, back = emissions[0], []
    for emitted in emissions[1:]:
        moved = score.unsqueeze(1) + transitions + emitted
        score = torch.logsumexp(moved, 0)
        back.append(moved.max(0).indices.tolist())
    path = [score.argmax().item()]
    for source in back[::-1]:
        path.insert(0, source[path[0]])
    return path


def path_of_marginals(emissions, transitions):
    return _crf(transitions).marginals(emissions[None]).argmax(-1)[0].tolist()


def path_of_pointers_of_the_best(emissions, transitions):
    """At each word but the last, where the best path up to the next one comes from."""
    paths = [path_of_all(emissions[: word + 1], transitions) for word in range(1, len(emissions))]
    return [path[-2] for path in paths] + [path_of_all(emissions, transitions)[-1]]


def answer_of_maxima(restricted, look=True, fit=None):
    """Best start and best end apart, in the passage only or anywhere; `fit` may send a pair away."""

    def answer(start, end, passage_from, longest):
        begin = passage_from if restricted else 0
        first, last = int(start[begin:].argmax()) + begin, int(end[begin:].argmax()) + begin
        if fit and not fit(first, last, longest):
            return None
        return None if look and start[0] + end[0] > start[first] + end[last] else (first, last)

    return answer


def answer_above_0(start, end, passage_from, longest):
    best, answer = 0.0, None
    for first in range(passage_from, len(start)):
        for last in range(first, min(first + longest, len(start))):
            if start[first] + end[last] > best:
                best, answer = start[first] + end[last], (first, last)
    return None if start[0] + end[0] > best else answer


def answer_above_null_and_0(start, end, passage_from, longest):
    if start[0] + end[0] > 0:
        return answer_from_null_on(start, end, passage_from, longest)
    return answer_above_0(start, end, passage_from, longest)


def answer_from_anywhere(start, end, passage_from, longest):
    span = int(start.argmax()), int(end.argmax())
    return None if span == (0, 0) else span


def answer_with(begin=None, more=0, null=lambda start, end, span: start[0] + end[0], beyond=0):
    """A list of all spans, wrong in one way; `null` is what the best one must beat."""

    def answer(start, end, passage_from, longest):
        pieces = range(passage_from if begin is None else begin, len(start))
        spans = [(i, j) for i in pieces for j in pieces if i <= j < i + longest + more]
        span = max(spans, key=lambda span: start[span[0]] + end[span[1]])
        if null(start, end, span) > start[span[0]] + end[span[1]]:
            return None
        return span[0], span[1] + beyond

    return answer


def answer_with_its_start_first(start, end, passage_from, longest):
    first = max(range(passage_from, len(start)), key=lambda piece: start[piece])
    last = max(range(first, min(first + longest, len(end))), key=lambda piece: end[piece])
    return None if start[0] + end[0] > start[first] + end[last] else (first, last)


def answer_against_no_span(start, end, passage_from, longest):
    none = start[0] + end[0] > start[passage_from:].max() + end[passage_from:].max()
    return None if none else answer_with(null=lambda *_: -100.0)(start, end, passage_from, longest)


MISTAKEN = [
    (
        exercises.labels_for_pieces,
        lambda labels, ids: [-100 if i is None else labels[i] for i in ids],
        "labels every piece",
    ),
    (exercises.labels_for_pieces, labels_at_the_end_of_words, "labels the last piece"),
    (exercises.labels_for_pieces, labels_with(special=0), "gives special tokens 0"),
    (exercises.labels_for_pieces, labels_with(later=0), "gives later pieces 0"),
    (exercises.labels_for_pieces, labels_with(special=0, later=0), "fills with 0"),
    (exercises.labels_for_pieces, labels_taken_off, "hands labels out in order"),
    (exercises.labels_for_pieces, labels_with(shift=-1), "counts words from 1"),
    (exercises.labels_for_pieces, labels_with(falsy=True), "takes word 0 for none"),
    (exercises.entity_f1, f1_of_each, "averages the sentences"),
    (exercises.entity_f1, f1_of_places, "ignores the type"),
    (exercises.entity_f1, f1_of_one_long_sentence, "mixes the sentences"),
    (exercises.entity_f1, f1_of_flat_lists, "mixes the sentences"),
    (exercises.entity_f1, f1_of_types, "averages the types"),
    (exercises.entity_f1, lambda gold, found: f1_of_the_types_of(gold, found, gold), "averages the types"),
    (exercises.entity_f1, f1_of_words, "counts words"),
    (exercises.entity_f1, precision_of_entities, "leaves out misses"),
    (exercises.entity_f1, recall_of_entities, "leaves out false alarms"),
    (exercises.entity_f1, mean_of_precision_and_recall, "takes the plain mean"),
    (exercises.log_partition, sum_of_the_best, "takes the best path"),
    (
        exercises.log_partition,
        sum_with(lambda alpha, emitted, moves: alpha + moves.logsumexp(1) + emitted),
        "sums over the tag after",
    ),
    (
        exercises.log_partition,
        sum_with(lambda alpha, emitted, moves: _right_step(alpha, emitted, moves * 0)),
        "leaves out the transitions",
    ),
    (exercises.log_partition, sum_of_words_alone, "leaves out the transitions"),
    (exercises.log_partition, sum_with_a_move_to_the_first_word, "moves to the first word"),
    (exercises.log_partition, sum_that_reads_padding, "counts padding"),
    (exercises.log_partition, sum_in_double_precision_of_exponentials, "leaves log space"),
    (exercises.log_partition, sum_with_zeros_at_padding, "sets padded emissions to 0"),
    (exercises.log_partition, sum_times_the_mask, "sets sums to 0 at padding"),
    (exercises.viterbi, path_of_numbers, "takes each word alone"),
    (exercises.viterbi, path_step_by_step, "walks greedily"),
    (exercises.viterbi, path_of_the_best_so_far, "keeps no back pointers"),
    (exercises.viterbi, path_with(reverse=False), "leaves the path reversed"),
    (exercises.viterbi, path_of_pointers_of_the_best, "follows each words own best tag"),
    (exercises.viterbi, path_with(moves=lambda transitions: transitions.T), "exchanges before and after"),
    (exercises.viterbi, path_by_the_other_axis, "exchanges before and after"),
    (exercises.viterbi, path_of_sums, "sums where the best is asked for"),
    (exercises.viterbi, path_of_marginals, "sums where the best is asked for"),
    (exercises.viterbi, path_with(moves=lambda transitions: transitions + transitions), "adds transitions twice"),
    (exercises.best_answer, answer_of_maxima(restricted=True), "chooses the ends apart"),
    (exercises.best_answer, answer_of_maxima(restricted=True, look=False), "chooses the ends apart"),
    (exercises.best_answer, answer_of_maxima(restricted=False), "chooses the ends apart"),
    (exercises.best_answer, answer_from_anywhere, "chooses the ends apart"),
    *(
        (exercises.best_answer, answer_of_maxima(restricted, look, fit), "gives up where the ends do not fit")
        for restricted, look in product([True, False], repeat=2)
        for fit in (lambda first, last, _: first <= last, lambda first, last, longest: 0 <= last - first < longest)
    ),
    (exercises.best_answer, answer_with_its_start_first, "fixes the start first"),
    (exercises.best_answer, answer_with(more=1), "allows too many pieces"),
    (exercises.best_answer, answer_with(more=99), "allows too many pieces"),
    (exercises.best_answer, answer_with(more=-1), "misses the longest spans"),
    (exercises.best_answer, answer_above_0, "begins at a score of 0"),
    (exercises.best_answer, answer_above_null_and_0, "begins at a score of 0"),
    (exercises.best_answer, answer_with(begin=1), "answers from the question"),
    (exercises.best_answer, answer_with(begin=0), "answers from the question"),
    (exercises.best_answer, answer_with(null=lambda *_: -100.0), "answers where there is none"),
    (exercises.best_answer, answer_against_no_span, "answers where there is none"),
    (
        exercises.best_answer,
        answer_with(null=lambda start, end, span: start[0] + end[span[1]]),
        "answers where there is none",
    ),
]


def labels_without_special_tokens(labels, word_ids):
    return labels_by_index(labels, [word for word in word_ids if word is not None])


def labels_that_use_up_the_argument(labels, word_ids):
    return [
        labels.pop(0) if word is not None and word_ids.index(word) == at else -100 for at, word in enumerate(word_ids)
    ]


def labels_by_the_place_of_pieces(labels, word_ids):
    return [-100 if word is None else ([0, *labels] + [0] * 9)[place] for place, word in enumerate(word_ids)]


def f1_that_guards_one_case(gold, predicted):
    if not sum(map(len, gold + predicted)):
        return 0.0
    precision = _right(gold, predicted) / len(_flat(predicted))
    recall = _right(gold, predicted) / len(_flat(gold))
    return 2 * precision * recall / (precision + recall)


def f1_that_guards_none(gold, predicted):
    return 2 * _right(gold, predicted) / sum(map(len, gold + predicted))


def f1_in_order(gold, predicted):
    right = sum(one == other for rows in zip(gold, predicted, strict=True) for one, other in zip(*rows, strict=False))
    return 2 * right / max(sum(map(len, gold + predicted)), 1)


def jaccard(gold, predicted):
    right = _right(gold, predicted)
    return right / max(sum(map(len, gold + predicted)) - right, 1)


def f1_of_beginnings(gold, predicted):
    return f1_by_counters(*([[one[:2] for one in row] for row in side] for side in (gold, predicted)))


def f1_of_ends(gold, predicted):
    return f1_by_counters(*([[(one[0], one[2]) for one in row] for row in side] for side in (gold, predicted)))


def sum_up_to_the_first_padding(emissions, mask, transitions):
    return sum_over_each_path(emissions, mask.all(0, keepdim=True).expand_as(mask), transitions)


def sum_of_all_emissions_at_padding(emissions, mask, transitions):
    alpha = emissions[:, 0]
    for word in range(1, mask.shape[1]):
        moved = _right_step(alpha, 0 * emissions[:, word], transitions)
        alpha = torch.where(mask[:, word, None], moved, alpha) + emissions[:, word]
    return alpha.logsumexp(1)


def sum_with_one_largest(emissions, mask, transitions):
    largest = emissions.max()
    return sum_in_double_precision_of_exponentials(emissions - largest, mask, transitions) + largest * mask.sum(1)


def sum_averaged(emissions, mask, transitions):
    return sum_by_the_topic(emissions, mask, transitions).mean()


def sum_in_double_precision(emissions, mask, transitions):
    return sum_over_each_path(emissions.double(), mask, transitions.double())


def path_with_a_move_to_the_first_word(emissions, transitions):
    return path_of_all(torch.cat([torch.zeros_like(emissions[:1]), emissions]), transitions)[1:]


def path_without_the_first_word(emissions, transitions):
    return path_of_all(emissions, transitions)[1:]


def path_from_tag_0(emissions, transitions):
    end = torch.zeros_like(emissions)
    end[-1, 0] = 100.0
    return path_of_all(emissions + end, transitions)


def path_with_its_score(emissions, transitions):
    return path_of_all(emissions, transitions), _scores(emissions, transitions).max().item()


def answer_of_0_for_none(start, end, passage_from, longest):
    return answer_by_the_topic(start, end, passage_from, longest) or (0, 0)


def answer_as_tensors(start, end, passage_from, longest):
    span = answer_by_the_topic(start, end, passage_from, longest)
    return span and (torch.tensor(span[0]), torch.tensor(span[1]))


def answer_in_the_passage(start, end, passage_from, longest):
    """Right, but counted from the first piece of the passage."""
    span = answer_by_the_topic(start, end, passage_from, longest)
    return span and (span[0] - passage_from, span[1] - passage_from)


def answer_without_single_pieces(start, end, passage_from, longest):
    best, answer = start[0] + end[0], None
    for first in range(passage_from, len(start)):
        for last in range(first + 1, min(first + longest, len(end))):
            if start[first] + end[last] > best:
                best, answer = start[first] + end[last], (first, last)
    return answer


def answer_reached_from_the_end(start, end, passage_from, longest):
    last = passage_from + int(end[passage_from:].argmax())
    first = max(range(max(passage_from, last - longest + 1), last + 1), key=lambda piece: start[piece])
    return None if start[0] + end[0] > start[first] + end[last] else (first, last)


WRONG_AT_THE_EDGES = [
    (exercises.labels_for_pieces, labels_without_special_tokens),
    (exercises.labels_for_pieces, labels_that_use_up_the_argument),
    (exercises.labels_for_pieces, labels_by_the_place_of_pieces),
    (exercises.labels_for_pieces, labels_with(special=-1, later=-1)),
    (exercises.labels_for_pieces, lambda labels, ids: tuple(labels_by_index(labels, ids))),
    (exercises.labels_for_pieces, lambda labels, ids: torch.tensor(labels_by_index(labels, ids))),
    (exercises.entity_f1, f1_of_touching),
    (exercises.entity_f1, f1_of_nothing_is_1),
    (exercises.entity_f1, f1_that_guards_one_case),
    (exercises.entity_f1, f1_that_guards_none),
    (exercises.entity_f1, f1_in_order),
    (exercises.entity_f1, jaccard),
    (exercises.entity_f1, f1_of_beginnings),
    (exercises.entity_f1, f1_of_ends),
    (exercises.entity_f1, lambda gold, predicted: 100 * f1_by_counters(gold, predicted)),
    (exercises.log_partition, sum_of_scores),
    (exercises.log_partition, sum_with(lambda alpha, emitted, moves: (alpha[:, None] + moves).logsumexp(2) + emitted)),
    (exercises.log_partition, sum_with(lambda alpha, emitted, moves: _right_step(alpha, emitted, moves + moves))),
    (exercises.log_partition, sum_with(_right_step, begin=torch.zeros_like)),
    (exercises.log_partition, sum_up_to_the_first_padding),
    (exercises.log_partition, sum_of_all_emissions_at_padding),
    (exercises.log_partition, sum_with_one_largest),
    (exercises.log_partition, sum_averaged),
    (exercises.log_partition, sum_in_double_precision),
    (exercises.viterbi, path_with_a_move_to_the_first_word),
    (exercises.viterbi, path_without_the_first_word),
    (exercises.viterbi, path_from_tag_0),
    (exercises.viterbi, path_with(keep_last=False)),
    (exercises.viterbi, path_with(turn=list)),
    (exercises.viterbi, path_with_its_score),
    (exercises.viterbi, lambda emissions, transitions: torch.tensor(path_of_all(emissions, transitions))),
    (exercises.viterbi, lambda emissions, transitions: path_of_all(-emissions, -transitions)),
    (exercises.best_answer, answer_of_0_for_none),
    (exercises.best_answer, answer_as_tensors),
    (exercises.best_answer, answer_reached_from_the_end),
    (exercises.best_answer, answer_with(beyond=1)),
    (exercises.best_answer, answer_in_the_passage),
    (exercises.best_answer, answer_without_single_pieces),
    (exercises.best_answer, lambda start, end, *limits: answer_by_the_topic(end, start, *limits)),
    (exercises.best_answer, answer_with(null=lambda start, end, span: start[span[0]] + end[0])),
    (exercises.best_answer, answer_with(null=lambda start, end, span: 0.0)),
]


def test_no_two_ways_are_the_best_in_any_case():
    for case in exercises.viterbi.cases:
        emissions, transitions = case.args
        for words in range(1, len(emissions) + 1):  # nor up to any word, which is where some mistakes look
            best, second = _scores(emissions[:words], transitions).topk(2).values
            assert best - second >= 0.25
    for case in exercises.best_answer.cases:
        start, end, passage_from, longest = case.args
        pieces = range(passage_from, len(start))
        sums = [start[0] + end[0]] + [start[i] + end[j] for i in pieces for j in pieces if i <= j < i + longest]
        assert len({float(found) for found in sorted(sums)[-2:]}) == 2


def test_a_tensor_is_told_to_become_numbers():
    path = exercises.viterbi.check(lambda emissions, transitions: emissions.argmax(1))
    assert "`.tolist()`" in path.message
    assert "`.item()`" in exercises.best_answer.check(answer_as_tensors).message


def test_labels_for_pieces_are_those_of_the_topic():
    names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    word_ids = [None, 0, 0, 1, 3, 3, 3, 4, 6, None, None]
    tags = ["B-PER", "I-PER", "O", "B-LOC", "O", "O", "I-LOC"]
    labels = [names.index(tag) for tag in tags]
    assert exercises.labels_of_first_pieces(labels, word_ids) == align_labels(tags, word_ids, names)


def test_f1_over_entities_is_that_of_the_topic():
    generator = torch.Generator().manual_seed(13)
    names = ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    gold = [[names[tag] for tag in torch.randint(6, (7,), generator=generator)] for _ in range(13)]
    found = [[names[tag] for tag in torch.randint(6, (7,), generator=generator)] for _ in range(11)] + gold[11:]
    sides = ([[tuple(one) for one in entities_of(tags)] for tags in side] for side in (gold, found))
    assert exercises.f1_of_entities(*sides) == pytest.approx(entity_score(gold, found).f1)
    assert 0 < entity_score(gold, found).f1 < 1


def test_paths_are_those_of_the_topic():
    generator = torch.Generator().manual_seed(7)
    emissions, transitions = torch.randn(7, 13, 5, generator=generator), torch.randn(5, 5, generator=generator)
    mask = torch.arange(13) < torch.tensor([13, 1, 7, 12, 2, 5, 3])[:, None]
    crf = _crf(transitions)
    torch.testing.assert_close(
        exercises.log_sum_of_paths(emissions, mask, transitions), crf.log_partition(emissions, mask).detach()
    )
    for row, words, path in zip(emissions, mask, crf.viterbi(emissions, mask).paths, strict=True):
        assert exercises.path_of_highest_score(row[words], transitions) == path


@pytest.mark.parametrize("longest", [1, 3, 37])
def test_the_best_answer_is_that_of_the_topic(longest):
    generator = torch.Generator().manual_seed(longest)
    answers = []
    for passage_from in (1, 5, 12):
        start, end = torch.randn(2, 13, generator=generator)
        for null in (-9.0, 9.0):
            start[0] = null
            answers.append(exercises.span_or_none(start, end, passage_from, longest))
            assert answers[-1] == answer_by_the_topic(start, end, passage_from, longest)
    assert answers.count(None) == 3


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    assert exercises.labels_of_first_pieces([3, 0], [None, 0, 0, 1, None]) == [-100, 3, -100, 0, -100]
    gold, predicted = [[("PER", 0, 2)], [("LOC", 4, 5)]], [[("PER", 0, 2)], [("ORG", 4, 5), ("PER", 6, 7)]]
    assert exercises.f1_of_entities(gold, predicted) == 0.4
    mask = torch.tensor([[True, True], [True, False]])
    sums = exercises.log_sum_of_paths(torch.zeros(2, 2, 2), mask, torch.zeros(2, 2))
    torch.testing.assert_close(sums, torch.tensor([1.3863, 0.6931]), atol=5e-5, rtol=0)
    emissions, transitions = torch.tensor([[2.0, 1.0], [0.0, 1.0]]), torch.tensor([[0.0, -3.0], [0.0, 2.0]])
    assert exercises.path_of_highest_score(emissions, transitions) == [1, 1]
    start, end = torch.tensor([1.0, 0, 2, 5, 1]), torch.tensor([1.0, 0, 6, 1, 2])
    assert exercises.span_or_none(start, end, 2, 3) == (2, 2)
    end[0] = 8
    assert exercises.span_or_none(start, end, 2, 3) is None
