"""Our CRF is what brute force finds over all paths, and what the library computes: values, gradients, best paths."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close
from torchcrf import CRF

from bertlab.token_classification import brute_force
from bertlab.token_classification.bio import allowed_moves, bio_tags, is_valid
from bertlab.token_classification.crf import FORBIDDEN, LinearChainCRF, at_last_word
from tests.token_classification.test_brute_force import BY_HAND, EMISSIONS, END, START, TRANSITIONS

NAMES = bio_tags(["PER", "LOC", "ORG"])
LENGTHS = [37, 1, 13, 36, 2]


def make_crf(tags, *allowed, seed=0):
    """A CRF in double precision, its parameters large enough to matter."""
    torch.manual_seed(seed)
    crf = LinearChainCRF(tags, *allowed).double()
    for weight in crf.parameters():
        torch.nn.init.normal_(weight)
    return crf


def make_batch(lengths, tags, seed=0):
    """Emissions, tags and a mask for sentences of these lengths."""
    made = torch.Generator().manual_seed(seed)
    emissions = torch.randn(len(lengths), max(lengths), tags, generator=made, dtype=torch.double)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return emissions, torch.randint(tags, mask.shape, generator=made), mask


def as_library(crf):
    """The library's CRF with the same weights."""
    theirs = CRF(len(crf.end), batch_first=True).double()
    weights = {"start_transitions": crf.start, "transitions": crf.transitions, "end_transitions": crf.end}
    theirs.load_state_dict(weights)
    return theirs


def by_hand():
    """The CRF of the example whose paths are scored by hand."""
    crf = LinearChainCRF(2)
    crf.load_state_dict({**crf.state_dict(), "start": START, "transitions": TRANSITIONS, "end": END})
    return crf


def test_every_path_of_the_example_is_scored_as_by_hand():
    emissions = EMISSIONS.expand(len(BY_HAND), -1, -1)
    assert by_hand().score(emissions, torch.tensor(list(BY_HAND))).tolist() == list(BY_HAND.values())


def test_the_probabilities_of_all_paths_sum_to_one():
    crf, emissions = by_hand(), EMISSIONS.expand(len(BY_HAND), -1, -1)
    logs = crf.score(emissions, torch.tensor(list(BY_HAND))) - crf.log_partition(emissions)
    assert logs.exp().sum().item() == pytest.approx(1)
    assert crf.loss(emissions, torch.tensor(list(BY_HAND))).item() == pytest.approx(-logs.mean().item())


def test_the_best_path_of_the_example():
    paths, scores = by_hand().viterbi(EMISSIONS[None])
    assert paths == [[1, 1, 1]]
    assert scores.tolist() == [9]


@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    tags=st.integers(1, 3),
    forbidden=st.booleans(),
    seed=st.integers(0, 999),
)
@settings(max_examples=20, deadline=None)
def test_as_brute_force(lengths, tags, forbidden, seed):
    # Any tag but the first may only follow itself or the tag before it: a chain, so that most paths are forbidden.
    steps = torch.arange(tags) - torch.arange(tags)[:, None]
    allowed = [(steps == 0) | (steps == 1), torch.arange(tags) == 0] if forbidden else []
    crf, (emissions, _, mask) = make_crf(tags, *allowed, seed=seed), make_batch(lengths, tags, seed)
    paths, scores = crf.viterbi(emissions, mask)
    partitions, marginals = crf.log_partition(emissions, mask), crf.marginals(emissions, mask)
    for sentence, length in enumerate(lengths):
        own = emissions[sentence, :length]
        table = brute_force.score_table(own, *crf.move_scores())
        assert_close(crf.score(own.expand(len(table.paths), -1, -1), table.paths), table.scores)
        assert_close(partitions[sentence], brute_force.log_partition(table))
        assert (paths[sentence], scores[sentence].item()) == (
            brute_force.best_path(table)[0],
            pytest.approx(brute_force.best_path(table)[1]),
        )
        assert_close(marginals[sentence, :length], brute_force.marginals(table, tags))
        assert not marginals[sentence, length:].any()


@pytest.mark.parametrize("tags", [1, 2, 9])
def test_loss_and_gradients_are_those_of_the_library(tags):
    crf = make_crf(tags)
    theirs, (emissions, labels, mask) = as_library(crf), make_batch(LENGTHS, tags)
    both = [emissions.clone().requires_grad_() for _ in range(2)]
    losses = crf.loss(both[0], labels, mask), -theirs(both[1], labels, mask, reduction="mean")
    assert_close(*losses)
    for loss in losses:
        loss.backward()
    assert_close(both[0].grad, both[1].grad)
    pairs = {"start": "start_transitions", "transitions": "transitions", "end": "end_transitions"}
    for ours, other in pairs.items():
        assert_close(crf.get_parameter(ours).grad, theirs.get_parameter(other).grad, msg=ours)


@pytest.mark.parametrize("tags", [1, 2, 9])
def test_best_paths_are_those_of_the_library(tags):
    crf = make_crf(tags)
    emissions, _, mask = make_batch(LENGTHS, tags)
    paths = crf.viterbi(emissions, mask).paths
    assert paths == as_library(crf).decode(emissions, mask)
    assert [len(path) for path in paths] == LENGTHS


def test_the_score_of_a_best_path_is_that_of_its_tags_and_the_highest():
    crf, (emissions, labels, _) = make_crf(7), make_batch([13] * 5, 7)
    paths, scores = crf.viterbi(emissions)
    assert_close(scores, crf.score(emissions, torch.tensor(paths)))
    assert (scores > crf.score(emissions, labels)).all()
    assert (scores < crf.log_partition(emissions)).all()


def test_marginals_are_the_gradient_of_the_log_partition():
    crf, (emissions, _, mask) = make_crf(7, *allowed_moves(NAMES)), make_batch(LENGTHS, 7)
    emissions.requires_grad_()
    [gradient] = torch.autograd.grad(crf.log_partition(emissions, mask).sum(), emissions)
    marginals = crf.marginals(emissions, mask)
    assert_close(marginals, gradient)
    assert_close(marginals.sum(2), mask.double())


def test_padding_has_no_influence():
    crf, (emissions, labels, mask) = make_crf(7), make_batch(LENGTHS, 7)
    spoiled = emissions.masked_fill(~mask[..., None], torch.nan).requires_grad_()
    loss = crf.loss(spoiled, labels.masked_fill(~mask, -100), mask)
    alone = [crf.loss(emissions[i : i + 1, :length], labels[i : i + 1, :length]) for i, length in enumerate(LENGTHS)]
    assert_close(loss, torch.stack(alone).mean())
    loss.backward()
    assert spoiled.grad[mask].all()
    assert not spoiled.grad[~mask].any()
    assert all(weight.grad.isfinite().all() for weight in crf.parameters())
    assert crf.viterbi(spoiled, mask).paths == crf.viterbi(emissions, mask).paths
    assert_close(crf.marginals(spoiled, mask), crf.marginals(emissions, mask))


def test_a_mask_of_numbers_is_one_of_booleans_and_none_takes_every_word():
    crf, (emissions, labels, mask) = make_crf(5), make_batch([4, 13], 5)
    assert_close(crf.loss(emissions, labels, mask.long()), crf.loss(emissions, labels, mask))
    assert_close(crf.loss(emissions, labels), crf.loss(emissions, labels, torch.ones_like(mask)))
    assert crf.viterbi(emissions, mask.int()).paths == crf.viterbi(emissions, mask).paths


def test_single_precision_gives_nearly_the_same_even_for_long_sentences_and_large_scores():
    crf, (emissions, labels, mask) = make_crf(9), make_batch([300, 7], 9)
    emissions = 50 * emissions
    exact = crf.loss(emissions, labels, mask)
    assert exact.dtype == torch.double
    rough = crf.float().loss(emissions.float(), labels, mask)
    assert rough.dtype == torch.float
    assert_close(rough.double(), exact, rtol=1e-5, atol=1e-5)
    assert crf.loss(emissions, labels, mask).dtype == torch.double


class TestForbiddenMoves:
    def test_best_paths_are_correct_bio_where_the_best_tags_one_by_one_are_not(self):
        emissions, _, mask = make_batch([37] * 13, len(NAMES))
        crf = make_crf(len(NAMES), *allowed_moves(NAMES))
        paths = crf.viterbi(emissions, mask).paths
        assert all(is_valid([NAMES[tag] for tag in path]) for path in paths)
        free = make_crf(len(NAMES)).viterbi(emissions, mask).paths
        assert not all(is_valid([NAMES[tag] for tag in path]) for path in free)

    def test_they_beat_any_evidence_and_have_no_probability(self):
        crf = LinearChainCRF(3, *allowed_moves(["O", "B-PER", "I-PER"]))
        emissions = torch.tensor([[[0.0, 0.0, 900.0], [0.0, 0.0, 900.0]]])
        assert crf.viterbi(emissions).paths == [[1, 2]]
        assert crf.marginals(emissions)[0, 0, 2] == 0

    def test_they_are_never_trained(self):
        crf = make_crf(len(NAMES), *allowed_moves(NAMES))
        before = {name: weight.detach().clone() for name, weight in crf.named_parameters()}
        tags = torch.tensor([[NAMES.index(tag) for tag in ("B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC")]])
        optimizer = torch.optim.Adam(crf.parameters(), lr=0.1)
        emissions = torch.randn(1, 6, len(NAMES), dtype=torch.double)
        for _ in range(3):
            optimizer.zero_grad()
            crf.loss(emissions, tags).backward()
            optimizer.step()
        for name, allowed in (("start", crf.starts), ("transitions", crf.moves)):
            changed = crf.get_parameter(name) != before[name]
            assert torch.equal(changed, allowed), name

    def test_a_tag_that_no_move_leads_to_leaves_the_gradient_finite(self):
        moves = torch.tensor([[True, True, False], [True, True, False], [True, True, True]])
        crf = make_crf(3, moves, torch.tensor([True, True, False]))
        emissions, labels, mask = make_batch([5, 2], 2)
        emissions = torch.cat([emissions, emissions[..., :1]], dim=2).requires_grad_()
        crf.loss(emissions, labels, mask).backward()
        assert emissions.grad.isfinite().all()
        assert not emissions.grad[..., 2].any()
        smaller = make_crf(2)
        smaller.load_state_dict(
            {name: value[:2, :2] if value.dim() == 2 else value[:2] for name, value in crf.state_dict().items()}
        )
        assert_close(crf.log_partition(emissions, mask), smaller.log_partition(emissions[..., :2], mask))

    def test_they_are_filled_in_and_kept_with_the_weights(self):
        crf = make_crf(len(NAMES), *allowed_moves(NAMES))
        assert crf.move_scores().transitions[NAMES.index("O"), NAMES.index("I-PER")] == FORBIDDEN
        assert crf.move_scores().start[NAMES.index("I-LOC")] == FORBIDDEN
        other = make_crf(len(NAMES), seed=1)
        other.load_state_dict(crf.state_dict())
        for ours, same in zip(other.move_scores(), crf.move_scores(), strict=True):
            assert_close(ours, same)

    def test_to_learn_one_is_refused(self):
        crf = make_crf(len(NAMES), *allowed_moves(NAMES))
        emissions, _, _ = make_batch([2], len(NAMES))
        with pytest.raises(ValueError, match="sentence 0, word 1: tag 2 follows tag 0, which is forbidden"):
            crf.loss(emissions, torch.tensor([[0, 2]]))


def test_it_learns_what_follows_what_from_tags_alone():
    crf, tags = LinearChainCRF(3), torch.tensor([[0, 1, 2, 0, 1, 2, 0], [1, 2, 0, 1, 2, 0, 1]])
    emissions = torch.zeros(2, 7, 3)
    emissions[0, 0, 0] = emissions[1, 0, 1] = 5  # all that a word shows
    optimizer = torch.optim.Adam(crf.parameters(), lr=0.3)
    for _ in range(30):
        optimizer.zero_grad()
        crf.loss(emissions, tags).backward()
        optimizer.step()
    assert crf.viterbi(emissions).paths == tags.tolist()
    assert crf.loss(emissions, tags) < 0.5


def test_labels_and_masks_are_checked():
    crf, (emissions, labels, mask) = make_crf(5), make_batch([3, 2], 5)
    labels[1, 1] = -100
    with pytest.raises(ValueError, match=r"sentence 1, word 1 has the label -100: .* gather the first pieces"):
        crf.loss(emissions, labels, mask)
    for use in (crf.log_partition, crf.viterbi, crf.marginals):
        with pytest.raises(ValueError, match="sentence 1 is off at its first word"):
            use(emissions, mask.flip(1))
        with pytest.raises(ValueError, match="5 being the tags"):
            use(emissions[..., :4], mask)


def test_what_stands_at_the_last_word():
    values = torch.arange(24).reshape(2, 4, 3)
    words = torch.tensor([[True, True, False, False], [True] * 4])
    assert at_last_word(values, words).tolist() == [[3, 4, 5], [21, 22, 23]]
