import torch

from bertlab.training.running_mean import RunningMean


def test_the_mean_of_each_weight(make_model):
    mean, seen = RunningMean(), []
    for seed in range(3):
        torch.manual_seed(seed)
        model = make_model()
        with torch.no_grad():
            model.cls.predictions.bias += seed**2
        mean.add(model)
        seen.append(model.state_dict())
    assert mean.count == 3
    for name, weight in mean.weights.items():
        assert weight.dtype == torch.float32
        torch.testing.assert_close(weight, sum(state[name] for state in seen) / 3)


def test_one_state_is_its_own_mean_and_does_not_follow_the_model(make_model):
    mean, model = RunningMean(), make_model()
    mean.add(model)
    before = model.cls.predictions.bias.detach().clone()
    with torch.no_grad():
        model.cls.predictions.bias += 1
    assert torch.equal(mean.weights["cls.predictions.bias"], before)
