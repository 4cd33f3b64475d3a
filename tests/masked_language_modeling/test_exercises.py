"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import pytest
import torch
from torch.nn import functional

from bertlab.exercises.display import State
from bertlab.masked_language_modeling import exercises

EXERCISES = [
    exercises.mlm_loss,
    exercises.mask_tokens,
    exercises.two_draws,
    exercises.select_whole_words,
    exercises.hide_each,
]


def loss_by_library(logits, labels):
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


def loss_in_a_loop(logits, labels):
    losses = [
        row.logsumexp(0) - row[label]
        for text, wanted in zip(logits, labels, strict=True)
        for row, label in zip(text, wanted, strict=True)
        if label != -100
    ]
    return torch.stack(losses).mean()


def mask_in_place_of_a_copy(input_ids, special, draw, fate, random_ids, mask_token_id):
    labels = input_ids.clone()
    selected = (draw < 0.15) & ~special
    labels[~selected] = -100
    read = input_ids.clone()
    read[selected & (fate < 0.8)] = mask_token_id
    swap = selected & (fate >= 0.8) & (fate < 0.9)
    read[swap] = random_ids[swap]
    return read, labels


def words_one_by_one(word_ids, draws, rate):
    return torch.tensor([word is not None and bool(draws[word] < rate) for word in word_ids])


def copies_in_a_loop(input_ids, special_tokens_mask, mask_token_id):
    rows = []
    for place, special in enumerate(special_tokens_mask.tolist()):
        if not special:
            row = input_ids.clone()
            row[place] = mask_token_id
            rows.append(row)
    return torch.stack(rows)


def shares_from_what_is_left(first, second):
    kept = 1 - first - second + first * second
    return {"random": second, "kept": kept, "mask": 1 - second - kept}


RIGHT = [
    (exercises.mlm_loss, loss_by_library),
    (exercises.mlm_loss, loss_in_a_loop),
    (exercises.mask_tokens, mask_in_place_of_a_copy),
    (exercises.two_draws, shares_from_what_is_left),
    (exercises.select_whole_words, words_one_by_one),
    (exercises.hide_each, copies_in_a_loop),
]


def loss_times_mask(logits, labels):
    taken = labels != -100
    picked = logits.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return -(picked * taken).mean()


def loss_over_axis_1(logits, labels):
    return functional.nll_loss(logits.log_softmax(1).flatten(0, 1), labels.flatten())


def mask_where_anything_fits(input_ids, special, draw, fate, random_ids, mask_token_id):
    labels = torch.where((draw < 0.15) & ~special, input_ids, -100)
    read = torch.where((fate < 0.8) & ~special, mask_token_id, input_ids)
    return torch.where((fate >= 0.8) & (fate < 0.9) & ~special, random_ids, read), labels


def words_with_a_falsy_zero(word_ids, draws, rate):
    return torch.tensor([bool(word and draws[word] < rate) for word in word_ids])


def one_tensor_for_all_rows(input_ids, special_tokens_mask, mask_token_id):
    rows = []
    for place in (~special_tokens_mask).nonzero()[:, 0]:
        input_ids[place] = mask_token_id
        rows.append(input_ids)
    return torch.stack(rows)


MISTAKEN = [
    (exercises.mlm_loss, loss_times_mask, "averages over all positions"),
    (exercises.mlm_loss, loss_over_axis_1, "takes the softmax over tokens"),
    (exercises.mask_tokens, mask_where_anything_fits, "corrupts unselected tokens"),
    (exercises.select_whole_words, words_with_a_falsy_zero, "leaves out word 0"),
    (exercises.hide_each, one_tensor_for_all_rows, "hides all at once"),
]


def counts_the_boundary(selects, masks, replaces):
    """80/10/10 with `<=` in place of `<` where it is said."""

    def below(draw, limit, inclusive):
        return draw <= limit if inclusive else draw < limit

    def answer(input_ids, special, draw, fate, random_ids, mask_token_id):
        selected = below(draw, 0.15, selects) & ~special
        masked = below(fate, 0.8, masks)
        read = input_ids.masked_fill(selected & masked, mask_token_id)
        read = torch.where(selected & ~masked & below(fate, 0.9, replaces), random_ids, read)
        return read, input_ids.masked_fill(~selected, -100)

    return answer


@pytest.mark.parametrize(
    ("inclusive", "mistake"),
    [((True, False, False), "selects at the rate too"), ((False, True, False), None), ((False, False, True), None)],
)
def test_a_draw_on_the_boundary_belongs_to_what_is_above(inclusive, mistake):
    assert exercises.mask_tokens.check(counts_the_boundary(False, False, False)).state == State.CORRECT
    verdict = exercises.mask_tokens.check(counts_the_boundary(*inclusive))
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, mistake)


def masks_in_a_loop(input_ids, special, draw, fate, random_ids, mask_token_id):
    read, labels = input_ids.clone(), torch.full_like(input_ids, -100)
    for place in (~special).nonzero().tolist():
        row, column = place
        if draw[row, column].item() < 0.15:
            labels[row, column] = input_ids[row, column]
            if fate[row, column].item() < 0.8:
                read[row, column] = mask_token_id
            elif fate[row, column].item() < 0.9:
                read[row, column] = random_ids[row, column]
    return read, labels


def test_plain_numbers_fall_on_the_same_side_as_tensors():
    assert exercises.mask_tokens.check(masks_in_a_loop).state == State.CORRECT


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_at_most_eight_mistakes_are_named(exercise):
    assert 1 <= len(exercise.mistakes) <= 8


def forgets_parentheses(word_ids, draws, rate):
    words = torch.tensor([-1 if word is None else word for word in word_ids])
    return draws[words] < rate & words >= 0


def compares_in_a_chain(input_ids, special, draw, fate, random_ids, mask_token_id):
    return torch.where(0.8 <= fate < 0.9, random_ids, input_ids), input_ids


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (exercises.select_whole_words, forgets_parentheses, "put each comparison in parentheses"),
        (exercises.mask_tokens, compares_in_a_chain, "combine by `&`"),
    ],
)
def test_an_error_of_pytorch_is_explained_and_never_taken_for_an_untouched_stub(exercise, answer, words):
    verdict = exercise.check(answer)
    assert verdict.state == State.NOT_YET
    assert verdict.mistake is None
    assert words in verdict.message


def test_an_error_with_another_cause_is_not_the_known_mistake():
    def shapes_that_do_not_fit(logits, labels):
        return functional.cross_entropy(logits.flatten(0, 1), labels)

    verdict = exercises.mlm_loss.check(shapes_that_do_not_fit)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, None)


def mask_the_input_itself(input_ids, special, draw, fate, random_ids, mask_token_id):
    read, labels = exercises.mask_by_draws(input_ids, special, draw, fate, random_ids, mask_token_id)
    input_ids.copy_(read)
    return input_ids, labels


def test_an_input_that_was_changed_is_not_yet_right():
    verdict = exercises.mask_tokens.check(mask_the_input_itself)
    assert verdict.state == State.NOT_YET
    assert "input_ids" in verdict.message
