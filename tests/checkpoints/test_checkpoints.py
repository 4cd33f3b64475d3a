"""Which weights the course runs on, and what is said about those that it cannot run on."""

import hashlib
import subprocess
import sys
from functools import partial

import pytest
from transformers import AutoTokenizer

import bertlab
from bertlab import checkpoints
from bertlab.checkpoints import EMBEDDED, ROOT, CheckpointError, checkpoint, fingerprint, sha256
from tests import small_checkpoint


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.delenv("BERTLAB_CHECKPOINT", raising=False)


@pytest.fixture
def folder(tmp_path):
    return small_checkpoint.save(tmp_path / "mine")


@pytest.fixture
def published(tmp_path):
    """A small folder with its SHA-256, like the embedded one."""
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


def test_the_embedded_bert_is_the_default_and_has_berts_vocabulary():
    assert bertlab.checkpoint() == checkpoint("bertlab-mini") == str(EMBEDDED)
    assert len(AutoTokenizer.from_pretrained(checkpoint())) == 30_522


def test_the_package_has_no_other_surprise():
    with pytest.raises(AttributeError, match="chekpoint"):
        _ = bertlab.chekpoint


def test_the_environment_variable_chooses_and_the_argument_wins(monkeypatch, folder):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", str(folder))
    assert checkpoint() == str(folder)
    assert checkpoint("bertlab-mini") == str(EMBEDDED)
    monkeypatch.setenv("BERTLAB_CHECKPOINT", "")
    assert checkpoint() == str(EMBEDDED)


def test_claims_about_the_embedded_weights_can_ask_whether_they_are_in_use(monkeypatch, folder):
    assert bertlab.is_embedded()
    assert bertlab.is_embedded("bertlab-mini")
    assert bertlab.is_embedded(checkpoint())
    assert not bertlab.is_embedded(folder)
    for name in (str(folder), "bert-base-uncased"):
        monkeypatch.setenv("BERTLAB_CHECKPOINT", name)
        assert not bertlab.is_embedded()
        assert bertlab.is_embedded("bertlab-mini")
    monkeypatch.setenv("BERTLAB_CHECKPOINT", "data/checkpoints/bertlab-mini")
    assert bertlab.is_embedded()


def test_all_that_is_published_is_checked():
    listed = {line.split()[1] for line in (EMBEDDED / "SHA256SUMS").read_text().splitlines()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} <= listed
    assert checkpoints.damaged() == []


def test_a_damaged_or_missing_file_is_named_with_its_hash_until_it_is_back(published):
    file = published / "model.safetensors"
    expected = hashlib.sha256(b"weights").hexdigest()
    file.write_bytes(b"weighty")
    assert checkpoints.damaged(published) == [f"{file} is damaged (expected SHA-256 {expected})"]
    file.unlink()
    assert checkpoints.damaged(published) == [f"{file} is missing (expected SHA-256 {expected})"]
    file.write_bytes(b"weights")
    assert checkpoints.damaged(published) == []
    (published / "SHA256SUMS").unlink()
    assert checkpoints.damaged(published) == [f"{published / 'SHA256SUMS'} is missing"]


def test_what_to_do_about_a_damaged_embedded_bert(published, monkeypatch):
    (published / "config.json").unlink()
    monkeypatch.setattr(checkpoints, "damaged", partial(checkpoints.damaged, published))
    with pytest.raises(CheckpointError, match=r"(?s)config.json is missing.*git checkout -- data/checkpoints"):
        checkpoint()


def test_a_file_is_hashed_once_for_each_state_it_is_in(published, monkeypatch):
    assert checkpoints.damaged(published) == []
    monkeypatch.setattr(checkpoints.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    assert checkpoints.damaged(published) == []


def test_a_folder_may_be_named_from_the_root_of_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT / "tests")
    assert checkpoint("data/checkpoints/bertlab-mini") == str(EMBEDDED)


def test_what_may_be_said_of_the_embedded_bert_is_asked_without_loading_anything():
    code = "import bertlab, sys; print(bertlab.is_embedded(), 'transformers' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True False\n"


def test_a_home_that_nobody_has_is_explained():
    with pytest.raises(CheckpointError, match="no such user"):
        checkpoint("~nobody-of-this-name/bert")


@pytest.mark.parametrize("name", ["a" * 300, "a/b/" + "c" * 300])
def test_a_name_longer_than_any_file_may_have_is_refused(name):
    with pytest.raises(CheckpointError, match=r"neither a folder nor|There is no folder"):
        checkpoint(name)


@pytest.mark.parametrize("line", ["no sum at all", "", "e3b0c442", "\xff\xfe"])
def test_a_list_of_sums_that_makes_no_sense_is_named(published, line):
    (published / "SHA256SUMS").write_bytes(line.encode("latin1"))
    [problem] = checkpoints.damaged(published)
    assert f"{published / 'SHA256SUMS'} is " in problem


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "~/nowhere", "C:\\nowhere", "data/checkpoints/none"])
def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(name):
    with pytest.raises(CheckpointError, match="There is no folder"):
        checkpoint(name)


def test_the_fingerprint_is_that_of_the_embedded_weights():
    file = EMBEDDED / "model.safetensors"
    assert sha256(file, file.stat().st_size, file.stat().st_mtime_ns).startswith(fingerprint())
    assert len(fingerprint()) == 12


def test_a_list_of_checksums_without_the_weights_is_refused(tmp_path, monkeypatch):
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  config.json\n")
    monkeypatch.setattr(checkpoints, "EMBEDDED", tmp_path)
    with pytest.raises(CheckpointError, match=r"does not name model\.safetensors"):
        fingerprint()
