"""The model of the exercise on the loop: its dropout tells the modes apart, and nothing in it is left to chance."""

import torch

from bertlab.fine_tuning.small_classifier import SmallClassifier, waves


def test_it_drops_in_training_alone_and_always_the_same():
    model, inputs = SmallClassifier(7, 6, 3), waves(13, 7)
    torch.testing.assert_close(model.train()(inputs), model.train()(inputs))
    assert not torch.allclose(model.train()(inputs), model.eval()(inputs))


def test_two_of_a_size_are_alike_and_making_one_leaves_the_random_state_alone():
    before = torch.random.get_rng_state()
    first, second = SmallClassifier(7, 6, 3).state_dict(), SmallClassifier(7, 6, 3).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.testing.assert_close(first, second)
