"""The recorded experiment, made small: a random BERT in the place of the embedded one, and few texts."""

import pytest
import torch
from transformers import BertForPreTraining

from bertlab.sentence_bert import experiment, other_negatives
from tests.fine_tuning.toys import make_config


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("checkpoint"))
    torch.manual_seed(0)
    BertForPreTraining(make_config(initializer_range=0.1, max_position_embeddings=128)).save_pretrained(path)
    return path


@pytest.fixture(scope="session")
def few():
    """The first triples and pairs of the course."""
    triples, pairs = other_negatives.data()
    splits = {"train": triples["train"].pick(range(13)), "test": triples["test"].pick(range(7))}
    return splits, {"test": pairs["test"].pick(range(11))}


@pytest.fixture
def small(checkpoint_folder, tokenizer, few, monkeypatch):
    """The experiment's training triples, once it is small."""
    for module in (experiment, other_negatives):
        monkeypatch.setattr(module, "load", lambda: (checkpoint_folder, tokenizer, None))
        monkeypatch.setattr(module, "data", lambda: few)
    monkeypatch.setattr(experiment, "SIZES", (24, 13, 7, 3))
    monkeypatch.setitem(experiment.RECIPE, "epochs", 1)
    monkeypatch.setitem(experiment.RECIPE, "batch_size", 7)
    mined = other_negatives.mined
    mined.cache_clear()
    yield few[0]["train"]
    mined.cache_clear()
