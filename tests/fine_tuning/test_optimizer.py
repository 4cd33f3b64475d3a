"""Our AdamW is torch's, the schedule is the library's, and nothing decays that should not."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers import get_linear_schedule_with_warmup
from transformers.trainer_pt_utils import get_parameter_names

from bertlab.fine_tuning.optimizer import AdamW, parameter_groups, warmup_then_decay
from tests.fine_tuning.toys import make_model


def make_net():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(13, 7), nn.LayerNorm(7), nn.Tanh(), nn.Linear(7, 3))
    return net.double()


def train(net, optimizer, steps=37, rates=None):
    generator = torch.Generator().manual_seed(1)
    for step in range(steps):
        for group, rate in zip(optimizer.param_groups, rates or [], strict=False):
            group["lr"] = rate * warmup_then_decay(step, steps, 5)
        inputs = torch.randn(5, 13, generator=generator, dtype=torch.double)
        optimizer.zero_grad()
        net(inputs).square().sum().backward()
        optimizer.step()


def assert_equal_weights(net, other):
    for (name, weight), same in zip(net.named_parameters(), other.parameters(), strict=True):
        assert_close(weight, same, rtol=1e-9, atol=1e-12, msg=name)
    assert any((weight != start).any() for weight, start in zip(net.parameters(), make_net().parameters(), strict=True))


class TestAdamW:
    def test_as_torch_over_many_steps(self):
        ours, theirs = make_net(), make_net()
        options = {"lr": 0.03, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.2}
        train(ours, AdamW(ours.parameters(), **options))
        train(theirs, torch.optim.AdamW(theirs.parameters(), **options))
        assert_equal_weights(ours, theirs)

    def test_as_torch_by_default_and_with_groups_of_their_own_rate_and_decay(self):
        def groups(net):
            return [
                {"params": net[0].parameters(), "weight_decay": 0.3},
                {"params": [net[1].weight, net[1].bias], "weight_decay": 0.0, "lr": 0.1},
                {"params": list(net[3].parameters())},
            ]

        ours, theirs = make_net(), make_net()
        train(ours, AdamW(groups(ours), lr=0.02), rates=[0.02, 0.1, 0.02])
        train(theirs, torch.optim.AdamW(groups(theirs), lr=0.02), rates=[0.02, 0.1, 0.02])
        assert_equal_weights(ours, theirs)

    def test_a_weight_without_gradient_stays_as_it_is_and_does_not_decay(self):
        net = make_net()
        net[0].weight.requires_grad_(False)
        before = net[0].weight.clone()
        optimizer = AdamW(net.parameters(), lr=0.1, weight_decay=0.5)
        train(net, optimizer, steps=3)
        assert torch.equal(net[0].weight, before)
        assert net[0].weight not in optimizer.state

    def test_as_torch_for_a_weight_that_has_a_gradient_only_now_and_then(self):
        """Its means are corrected by the number of its own steps."""
        ours, theirs = make_net(), make_net()
        for net, kind in ((ours, AdamW), (theirs, torch.optim.AdamW)):
            optimizer = kind(net.parameters(), lr=0.05)
            for frozen in (True, False, True, False):
                net[0].requires_grad_(not frozen)
                train(net, optimizer, steps=3)
        assert_equal_weights(ours, theirs)

    def test_without_bias_correction_it_is_the_formula_of_berts_own_code(self):
        weight = nn.Parameter(torch.tensor([[0.5, -2.0, 3.0]], dtype=torch.double))
        optimizer = AdamW([{"params": [weight], "weight_decay": 0.1}], lr=0.01, bias_correction=False)
        expected, m, v = weight.detach().clone(), torch.zeros(1, 3), torch.zeros(1, 3)
        for step in range(7):
            gradient = torch.tensor([[1.0, -0.3 * step, 0.2]], dtype=torch.double)
            weight.grad = gradient.clone()
            optimizer.step()
            m = 0.9 * m + 0.1 * gradient
            v = 0.999 * v + 0.001 * gradient**2
            expected = expected - 0.01 * (m / (v.sqrt() + 1e-8) + 0.1 * expected)
            # ours decays first, by the same amount: the update itself does not depend on the weight
            assert_close(weight.detach(), expected, rtol=1e-12, atol=1e-15)

    def test_without_bias_correction_the_first_step_is_about_three_times_as_long(self):
        moved = []
        for bias_correction in (True, False):
            weight = nn.Parameter(torch.ones(1, dtype=torch.double))
            weight.grad = torch.full((1,), 0.7, dtype=torch.double)
            AdamW([weight], lr=0.01, weight_decay=0.0, bias_correction=bias_correction).step()
            moved.append(1 - weight.item())
        assert moved[0] == pytest.approx(0.01)
        assert moved[1] / moved[0] == pytest.approx(0.1 / 0.001**0.5)

    @pytest.mark.parametrize("set_to_none", [True, False])
    def test_gradients_are_forgotten(self, set_to_none):
        net = make_net()
        optimizer = AdamW(net.parameters(), lr=0.1)
        net[0].bias.grad = torch.ones(7, dtype=torch.double)
        optimizer.zero_grad(set_to_none=set_to_none)
        if set_to_none:
            assert net[0].bias.grad is None
        else:
            assert torch.equal(net[0].bias.grad, torch.zeros(7, dtype=torch.double))
        assert net[0].weight.grad is None


class TestSchedule:
    @pytest.mark.parametrize(("steps", "warmup"), [(37, 7), (13, 0), (5, 5), (100, 10), (1, 1)])
    def test_as_the_library(self, steps, warmup):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2.0)
        schedule = get_linear_schedule_with_warmup(optimizer, warmup, steps)
        for step in range(steps + 3):
            assert 2.0 * warmup_then_decay(step, steps, warmup) == pytest.approx(schedule.get_last_lr()[0]), step
            optimizer.step()
            schedule.step()

    def test_it_begins_and_ends_at_zero_and_has_its_peak_after_the_warmup(self):
        shares = [warmup_then_decay(step, 50, 10) for step in range(51)]
        assert shares[0] == shares[50] == 0
        assert shares[10] == max(shares) == 1
        assert shares[49] > 0


class TestGroups:
    def test_what_decays_is_what_the_library_lets_decay(self):
        model = make_model()
        decayed, others = parameter_groups(model, 0.07)
        names = {id(weight): name for name, weight in model.named_parameters()}
        theirs = get_parameter_names(model, [nn.LayerNorm], [r"bias"])
        assert [names[id(weight)] for weight in decayed["params"]] == theirs
        assert len(decayed["params"]) + len(others["params"]) == len(names)
        assert (decayed["weight_decay"], others["weight_decay"]) == (0.07, 0.0)

    def test_what_is_not_trained_is_in_no_group(self):
        model = make_model()
        model.bert.requires_grad_(False)
        decayed, others = parameter_groups(model)
        assert [id(weight) for weight in decayed["params"]] == [id(model.classifier.weight)]
        assert [id(weight) for weight in others["params"]] == [id(model.classifier.bias)]
        model.classifier.bias.requires_grad_(False)
        assert len(parameter_groups(model)) == 1
