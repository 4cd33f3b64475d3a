"""The Hub's models: downloaded once, and a Hub out of reach costs seconds, not minutes."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import HfApi, constants

from bertlab.checkpoints import CheckpointError, checkpoint
from bertlab.checkpoints import hub as hub_module
from tests import small_checkpoint


@pytest.fixture
def folder(tmp_path):
    return small_checkpoint.save(tmp_path / "mine")


def test_offline_a_hub_name_fails_at_once_and_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(HfApi, "model_info", lambda *_, **__: pytest.fail("the network was asked"))
    assert constants.HF_HUB_OFFLINE
    with pytest.raises(
        CheckpointError, match=r"(?s)bert-base-uncased is not on this machine.*unset BERTLAB_CHECKPOINT"
    ):
        checkpoint("bert-base-uncased")


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


def test_a_hub_that_refuses_is_out_of_reach(online):
    online("http://127.0.0.1:9")
    with pytest.raises(CheckpointError, match="can't be asked"):
        checkpoint("bert-base-uncased")


def test_a_hub_that_does_not_answer_costs_seconds_not_minutes(online, monkeypatch):
    monkeypatch.setattr(hub_module, "REACH_SECONDS", 0.5)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        online(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(CheckpointError, match="can't be asked"):
            checkpoint("bert-base-uncased")
    assert time.monotonic() - started < 60, "the library's own retries would take minutes"


def test_a_user_who_asks_the_hubs_library_for_patience_gets_it(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 20)
    monkeypatch.delenv("HF_HUB_ETAG_TIMEOUT", raising=False)
    assert hub_module.patience() == hub_module.REACH_SECONDS
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "20")
    assert hub_module.patience() == 20
