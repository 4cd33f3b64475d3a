"""Which weights the course runs on, and what is said about those that it cannot run on."""

import hashlib
import json
import shutil
import socket
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants
from transformers import AutoTokenizer

import bertlab
from bertlab import checkpoints
from bertlab.checkpoints import EMBEDDED, ROOT, CheckpointError, checkpoint


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.delenv("BERTLAB_CHECKPOINT", raising=False)


@pytest.fixture
def folder(tmp_path):
    """A whole checkpoint with BERT's vocabulary, whose weights nobody loads."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(EMBEDDED / name, folder)
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


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


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "~/nowhere", "C:\\nowhere", "data/checkpoints/none"])
def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(name):
    with pytest.raises(CheckpointError, match="There is no folder"):
        checkpoint(name)


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
    with pytest.raises(CheckpointError, match="tokenizer"):
        checkpoint(str(folder))


def test_a_tokenizer_with_more_pieces_than_the_model_has_embeddings_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 30_521}))
    with pytest.raises(CheckpointError, match="expects 30,521"):
        checkpoint(str(folder))


def test_embeddings_rounded_up_are_accepted(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 30_592}))
    assert checkpoint(str(folder)) == str(folder)


def test_a_broken_config_is_named(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config.json in .* can't be read"):
        checkpoint(str(folder))


def test_offline_a_hub_name_fails_at_once_and_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert constants.HF_HUB_OFFLINE
    started = time.monotonic()
    with pytest.raises(
        CheckpointError, match=r"(?s)bert-base-uncased is not on this machine.*unset BERTLAB_CHECKPOINT"
    ):
        checkpoint("bert-base-uncased")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("name", ["bert base", "bert--base", "-bert"])
def test_a_name_that_no_model_can_have_is_refused(name):
    with pytest.raises(CheckpointError, match="neither a folder nor a name"):
        checkpoint(name)


SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """As much of the Hub as a download asks for, for the one model "someone/mine"."""

    folder: Path

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if not path.startswith(("/api/models/someone/mine", "/someone/mine/resolve/")):
            self.answer(b"{}", status=404, headers={"X-Error-Code": "RepoNotFound"})
        elif "/tree/" in path:
            files = [{"type": "file", "path": f.name, "size": f.stat().st_size, "oid": f.name} for f in self.files()]
            self.answer(json.dumps(files).encode())
        elif path.startswith("/api/"):
            self.answer(json.dumps({"id": "someone/mine", "sha": SHA, "siblings": []}).encode())
        else:
            file = self.folder / path.rsplit("/", 1)[1]
            self.answer(file.read_bytes(), headers={"ETag": f'"{file.name}"', "X-Repo-Commit": SHA})

    do_HEAD = do_GET

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())

    def answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def online(monkeypatch, tmp_path):
    """Let the Hub's client out, to the address that the test gives it, with a cache of its own."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    def at(address: str) -> None:
        monkeypatch.setattr(constants, "ENDPOINT", address)
        template = f"{address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

    return at


@pytest.fixture
def hub(folder):
    (folder / "pytorch_model.bin").write_bytes(b"never loaded")
    handler = type("ThisHub", (Hub,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_model_of_the_hub_is_downloaded_once_and_then_needs_no_network(hub, online):
    online(hub)
    answer = checkpoint("someone/mine")
    assert {file.name for file in Path(answer).iterdir()} >= {"config.json", "model.safetensors", "tokenizer.json"}
    assert not (Path(answer) / "pytorch_model.bin").exists()
    online("http://127.0.0.1:9")
    assert checkpoint("someone/mine") == answer


def test_a_name_that_the_hub_does_not_have_is_said_to_be_misspelt(hub, online):
    online(hub)
    with pytest.raises(CheckpointError, match="The Hub has no model 'someone/mien'"):
        checkpoint("someone/mien")


def test_a_hub_that_refuses_is_out_of_reach_at_once(online):
    online("http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(CheckpointError, match="can't be asked"):
        checkpoint("bert-base-uncased")
    assert time.monotonic() - started < checkpoints.REACH_SECONDS


def test_a_hub_that_does_not_answer_costs_seconds_not_minutes(online, monkeypatch):
    monkeypatch.setattr(checkpoints, "REACH_SECONDS", 0.5)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        online(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(CheckpointError, match="can't be asked"):
            checkpoint("bert-base-uncased")
    assert time.monotonic() - started < 3
