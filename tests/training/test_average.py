import pytest
import torch

from bertlab.training.average import average_weights
from bertlab.training.state import Counters, save_state
from bertlab.training.trainer import make_optimizer


def save(path, model):
    save_state(path, model, make_optimizer(model, 1e-3), Counters())
    return path


def test_the_mean_of_each_weight(make_model, tmp_path):
    models, paths = [], []
    for seed in range(3):
        torch.manual_seed(seed)
        models.append(make_model())
        models[-1].init_weights()
        with torch.no_grad():
            models[-1].cls.predictions.bias += seed
        paths.append(save(tmp_path / f"{seed}.pt", models[-1]))
    mean = average_weights(paths)
    assert mean.keys() == models[0].state_dict().keys()
    for name, weight in mean.items():
        assert weight.dtype == torch.float32
        torch.testing.assert_close(weight, sum(model.state_dict()[name] for model in models) / 3)


def test_one_checkpoint_is_its_own_mean_to_the_bit(make_model, tmp_path):
    model = make_model()
    mean = average_weights([save(tmp_path / "one.pt", model)])
    assert all(torch.equal(weight, model.state_dict()[name]) for name, weight in mean.items())


def test_checkpoints_of_different_models_are_refused(make_model, tmp_path):
    paths = [
        save(tmp_path / "two.pt", make_model()),
        save(tmp_path / "three.pt", make_model(num_hidden_layers=3)),
    ]
    with pytest.raises(ValueError, match=r"three\.pt holds other parts than .*two\.pt"):
        average_weights(paths)
