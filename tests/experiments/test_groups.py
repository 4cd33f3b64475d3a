"""Settings of several groups: who measures them, on one thread, and in which order."""

import torch

from bertlab.experiments.groups import measure_in, runs_in


def told(name, seed):
    return {name: float(seed), "threads": float(torch.get_num_threads())}


GROUPS = {"one": (told, ("a", "b, c"), 2), "two": (told, ("d",), 1)}


def test_a_setting_is_measured_by_its_group_on_one_thread():
    assert measure_in(GROUPS, "one, b, c", 4) == {"b, c": 4, "threads": 1}


def test_runs_go_group_by_group_and_seed_by_seed():
    assert list(runs_in(GROUPS)) == [("one, a", 0), ("one, b, c", 0), ("one, a", 1), ("one, b, c", 1), ("two, d", 0)]
