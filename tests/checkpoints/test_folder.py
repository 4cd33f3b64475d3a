"""Each kind of folder that cannot be run on is refused with its true reason, and with what to do."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertForPreTraining

from bertlab.checkpoints import checkpoint
from bertlab.checkpoints.folder import CheckpointError
from tests import small_checkpoint


@pytest.fixture
def folder(tmp_path):
    return small_checkpoint.save(tmp_path / "mine")


def refusal(folder) -> str:
    """Say why a folder is refused."""
    with pytest.raises(CheckpointError) as refused:
        checkpoint(str(folder))
    return str(refused.value)


def edit(file, **changes) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("file", "part"),
    [("config.json", "config.json"), ("model.safetensors", "weights"), ("tokenizer.json", "tokenizer")],
)
def test_what_a_folder_lacks_is_named(folder, file, part):
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=f"- .*{part}"):
        checkpoint(str(folder))


def test_a_tokenizer_that_knows_no_word_is_refused(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocab = {piece: tokenizer["model"]["vocab"][piece] for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")}
    tokenizer["model"]["vocab"] = vocab
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(CheckpointError, match=r"has 5 pieces, its model expects 30,522"):
        checkpoint(str(folder))


def test_an_empty_vocabulary_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    (folder / "vocab.txt").touch()
    assert refusal(folder) == f"{folder / 'vocab.txt'} is empty. Copy or download it again."
    (folder / "vocab.txt").write_text("[UNK]\n[CLS]\n")
    assert "the vocabulary is missing or another model's" in refusal(folder)


def test_a_tokenizer_with_more_pieces_than_the_model_has_embeddings_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 30_521}))
    with pytest.raises(CheckpointError, match="expects 30,521"):
        checkpoint(str(folder))


def test_embeddings_rounded_up_are_accepted(tmp_path):
    folder = small_checkpoint.save(tmp_path / "rounded", vocab_size=30_592)
    assert checkpoint(str(folder)) == str(folder)


def test_a_broken_config_is_named(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config.json can't be read"):
        checkpoint(str(folder))


@pytest.mark.parametrize("changes", [{"num_attention_heads": 1}, {"hidden_size": 24, "num_attention_heads": 12}])
def test_a_bert_of_any_shape_is_accepted(tmp_path, changes):
    folder = small_checkpoint.save(tmp_path / "mine", **changes)
    assert checkpoint(str(folder)) == str(folder)


def test_weights_in_several_files_are_accepted_and_a_missing_one_is_named(folder):
    BertForPreTraining.from_pretrained(folder).save_pretrained(folder, max_shard_size="200KB")
    (folder / "model.safetensors").unlink(missing_ok=True)
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    assert checkpoint(str(folder)) == str(folder)
    copy = shutil.copytree(folder, folder.parent / "copy")
    (copy / shards[1].name).unlink()
    assert f"{copy / shards[1].name} is missing: model.safetensors.index.json lists it" in refusal(copy)


def test_a_shard_that_is_cut_off_is_named(folder):
    BertForPreTraining.from_pretrained(folder).save_pretrained(folder, max_shard_size="200KB")
    (folder / "model.safetensors").unlink(missing_ok=True)
    shard = max(folder.glob("model-*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:-1])
    assert f"{shard} is cut off" in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_list_of_shards_that_makes_no_sense_is_refused(folder, text):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(text)
    assert f"{folder / 'model.safetensors.index.json'} " in refusal(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_pointer_of_git_lfs_is_recognized(folder, file):
    (folder / file).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:53aa\nsize 440\n")
    assert "pointer of Git LFS" in refusal(folder)
    assert f"`git lfs pull` in {folder}" in refusal(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_an_empty_file_is_named(folder, file):
    (folder / file).write_bytes(b"")
    assert refusal(folder) == f"{folder / file} is empty. Copy or download it again."


@pytest.mark.parametrize("kept", [4, 100, 100_000])
def test_weights_that_are_cut_off_are_named(folder, kept):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    assert f"{file} is cut off" in refusal(folder)


def test_what_is_broken_in_the_hubs_cache_is_deleted_before_it_is_downloaded_again(tmp_path):
    folder = small_checkpoint.save(tmp_path / "models--a--b" / "snapshots" / "0123")
    (folder / "model.safetensors").write_bytes(b"")
    assert refusal(folder).endswith(f"Delete {tmp_path / 'models--a--b'} and call again: it is downloaded again.")


def test_an_adapter_is_sent_to_its_model(folder):
    for file in ("config.json", "model.safetensors"):
        (folder / file).unlink()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    assert "only an adapter" in refusal(folder)
    assert "merge_and_unload()" in refusal(folder)


def test_pickled_weights_are_not_loaded_and_can_be_converted(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pickled weights can run code" in refusal(folder)
    assert "save_pretrained(folder)" in refusal(folder)


def rewrite(folder, change) -> None:
    file = folder / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


def test_half_the_weights_are_refused(folder):
    rewrite(folder, lambda weights: {name: value for name, value in weights.items() if ".layer.1." not in name})
    assert "lacks 16 of the weights" in refusal(folder)
    assert "bert.encoder.layer.1." in refusal(folder)


def test_an_encoder_without_the_head_that_guesses_is_refused(tmp_path):
    assert "masked-language-model head" in refusal(small_checkpoint.save(tmp_path / "mine", "BertModel"))


def test_a_bert_without_next_sentence_prediction_runs_and_says_so(tmp_path):
    folder = small_checkpoint.save(tmp_path / "mine", "BertForMaskedLM")
    with pytest.warns(UserWarning, match="next-sentence prediction answers with it is random"):
        assert checkpoint(str(folder)) == str(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(folder, value):
    name = "bert.encoder.layer.1.output.dense.weight"

    def spoil(weights):
        weights[name][0, 0] = value
        return weights

    rewrite(folder, spoil)
    assert f"{name} holds values that are no numbers" in refusal(folder)


def test_weights_of_another_shape_than_the_configuration_says_are_refused(folder):
    edit(folder / "config.json", intermediate_size=8)
    assert "do not fit its config.json" in refusal(folder)


def test_weights_under_their_old_names_are_accepted(folder):
    """bert-base-uncased itself calls a LayerNorm's weight gamma and its bias beta."""

    def rename(weights):
        old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
        for new, before in old.items():
            weights = {name.replace(new, before): value for name, value in weights.items()}
        return weights

    rewrite(folder, rename)
    assert checkpoint(str(folder)) == str(folder)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "gpt2", "somebodys-own"])
def test_another_architecture_is_refused_by_name(folder, kind):
    edit(folder / "config.json", model_type=kind)
    assert f"a model of the type '{kind}'" in refusal(folder)
    assert "unset BERTLAB_CHECKPOINT" in refusal(folder)


def test_a_configuration_that_does_not_say_what_it_is_gets_the_missing_line(folder):
    config = json.loads((folder / "config.json").read_text())
    del config["model_type"]
    (folder / "config.json").write_text(json.dumps(config))
    assert 'add `"model_type": "bert",`' in refusal(folder)


@pytest.mark.parametrize("kind", ["bert", "somebodys-own"])
def test_code_that_a_folder_brings_along_is_never_run(folder, kind, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run it"))
    (folder / "own.py").write_text("raise SystemExit('this code ran')\n")
    code = {"AutoConfig": "own.Own", "AutoModel": "own.Own", "AutoTokenizer": ["own.Own", None]}
    edit(folder / "config.json", model_type=kind, auto_map=code)
    edit(folder / "tokenizer_config.json", tokenizer_class="Own", auto_map=code)
    if kind == "bert":
        for cls in (AutoTokenizer, AutoModel):
            cls.from_pretrained(checkpoint(str(folder)))  # as the notebooks do: transformers' own classes are taken
    else:
        assert f"a model of the type '{kind}'" in refusal(folder)


def test_pieces_that_the_model_got_no_embeddings_for_are_explained(folder):
    edit(folder / "config.json", vocab_size=30_521)
    assert "resize_token_embeddings" in refusal(folder)


def test_a_tokenizer_without_a_mask_is_refused(folder):
    tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer | {"mask_token": None}))
    assert "knows no [MASK]" in refusal(folder)


def test_the_check_leaves_what_transformers_says_as_it_was(folder):
    from transformers import logging

    before = logging.get_verbosity()
    checkpoint(str(folder))
    assert logging.get_verbosity() == before
