"""Weights from every kind of folder: other heads, older names, parts, half precision; and folders that are no BERT."""

import json
import re
import warnings

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from bertlab.inside_the_encoder import weights
from bertlab.inside_the_encoder.model import BertForPreTraining
from tests.docstrings import assert_examples_hold
from tests.encoders import CONFIGS, assert_close, make_inputs, make_theirs

CONFIG = CONFIGS["wide"]


@pytest.fixture
def theirs():
    return make_theirs(CONFIG)


@pytest.fixture
def folder(theirs, tmp_path):
    theirs.save_pretrained(tmp_path)
    return tmp_path


def rewrite(folder, change):
    """Change the dictionary of weights that a folder holds."""
    file = folder / "model.safetensors"
    save_file(change(load_file(file)), file)


def assert_same_encoder(folder, theirs):
    inputs = make_inputs(CONFIG, 3, 7)
    ours = BertForPreTraining.from_pretrained(folder)
    assert_close(ours.bert(**inputs).last_hidden_state, theirs.bert(**inputs).last_hidden_state)
    return ours


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(weights.modern_name.__doc__, vars(weights))


def test_a_whole_folder(folder, theirs):
    ours = assert_same_encoder(folder, theirs)
    assert not ours.training
    assert_close(ours.state_dict(), theirs.state_dict())


def test_a_path_may_be_a_string(folder, theirs):
    assert_same_encoder(str(folder), theirs)


@pytest.mark.parametrize(
    ("kind", "without"),
    [
        (transformers.BertModel, "cls.predictions, cls.seq_relationship"),
        (transformers.BertForMaskedLM, "bert.pooler, cls.seq_relationship"),
        (transformers.BertForSequenceClassification, "cls.predictions, cls.seq_relationship"),
    ],
)
def test_what_another_model_lacks_is_named_and_left_at_random(theirs, tmp_path, kind, without):
    other = kind(CONFIG)
    other.base_model.load_state_dict(theirs.bert.state_dict(), strict=False)  # a masked language model has no pooler
    other.save_pretrained(tmp_path)
    with pytest.warns(UserWarning, match=f"no weights for {re.escape(without)}: left at random"):
        assert_same_encoder(tmp_path, theirs)


def test_weights_in_half_precision_are_read_into_single(folder, theirs):
    rewrite(folder, lambda found: {name: tensor.half() for name, tensor in found.items()})
    ours = BertForPreTraining.from_pretrained(folder)
    assert {weight.dtype for weight in ours.parameters()} == {torch.float32}
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=1e-3, atol=1e-3)


def test_weights_in_several_files(theirs, tmp_path):
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    assert_same_encoder(tmp_path, theirs)


def test_the_names_of_older_files(folder, theirs):
    def as_in_2018(found):
        for name, tensor in list(found.items()):
            older = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
            found[older] = found.pop(name) if older != name else tensor
        return found | {"bert.embeddings.position_ids": torch.arange(13)[None]}  # a buffer that was saved, too

    rewrite(folder, as_in_2018)
    assert "bert.embeddings.LayerNorm.gamma" in load_file(folder / "model.safetensors")
    assert_same_encoder(folder, theirs)


def test_a_configuration_of_before_model_type(folder, theirs):
    config = json.loads((folder / "config.json").read_text())
    del config["model_type"]
    (folder / "config.json").write_text(json.dumps(config))
    assert_same_encoder(folder, theirs)


def test_another_kind_of_model_is_refused(tmp_path):
    transformers.RobertaConfig().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a model of type 'roberta': give the folder of a BERT"):
        weights.read_config(tmp_path)


def test_a_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors"):
        BertForPreTraining.from_pretrained(folder)


def test_half_an_encoder_is_refused(folder):
    rewrite(folder, lambda found: {name: tensor for name, tensor in found.items() if "layer.1." not in name})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"not hold a whole BERT: it has nothing for bert\.encoder\.layer\.1\."):
            BertForPreTraining.from_pretrained(folder)


def test_weights_of_other_sizes_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 38}))
    with pytest.raises(RuntimeError, match="size mismatch"):
        BertForPreTraining.from_pretrained(folder)
