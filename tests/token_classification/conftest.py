"""A small random checkpoint in a folder, in the place of the embedded one."""

import pytest
import torch
from transformers import BertConfig, BertForPreTraining

from tests.fine_tuning.toys import SIZES


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("checkpoint"))
    torch.manual_seed(0)
    config = BertConfig(**SIZES | {"initializer_range": 0.1, "max_position_embeddings": 128})
    BertForPreTraining(config).save_pretrained(path)
    return path
