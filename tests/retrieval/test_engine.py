"""The engine answers as exact search does, in memory, from a folder opened again, and over HTTP; the rest is refused.

No server of Qdrant is run here: a stand-in takes the requests of its REST interface and answers from memory. What it
cannot show is that server's own index.
"""

import json
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import torch
from qdrant_client import QdrantClient, models

from bertlab.retrieval import engine as module
from bertlab.retrieval.ann import unit
from bertlab.retrieval.engine import EngineError, VectorEngine
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.passages import Passage

SUBJECTS = ("bees", "honey", "")
PASSAGES = [Passage(f"p{n}", SUBJECTS[n % 3], f"Title {n}", f"Text <{n}> é.") for n in range(43)]


@pytest.fixture(scope="module")
def data():
    generator = torch.Generator().manual_seed(5)
    return unit(torch.randn(19, 37, generator=generator)), unit(torch.randn(43, 37, generator=generator))


def assert_exact(found, queries, vectors, k, passages=PASSAGES):
    """The hits are those of exact search."""
    exact = top_k(queries, vectors, k)
    assert found.passages == [[passages[number] for number in row] for row in exact.ids.tolist()]
    torch.testing.assert_close(torch.tensor(found.scores), exact.scores, rtol=0, atol=1e-5)


class Stub(BaseHTTPRequestHandler):
    """The part of Qdrant's REST interface that the engine uses; requests are noted, and answered from memory."""

    def answer(self, result, status=200):
        body = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0].split("/")[1:]
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        self.server.seen.append((self.command, "/".join(path[2:]), self.headers.get("api-key")))
        client, name = self.server.client, path[1]
        match self.command, path[2:]:
            case "GET", ["exists"]:
                self.answer({"exists": client.collection_exists(name)})
            case "GET", []:
                self.answer(client.get_collection(name).model_dump(mode="json"))
            case "PUT", []:
                self.answer(client.create_collection(name, models.VectorParams(**body["vectors"])))
            case "PUT", ["index"]:
                self.answer({"operation_id": 0, "status": "completed"})
            case "PUT", ["points"]:
                points = [models.PointStruct(**point) for point in body["points"]]
                self.answer(client.upsert(name, points).model_dump(mode="json"))
            case "POST", ["points", "query", "batch"]:
                asked = models.QueryRequestBatch(**body).searches
                self.answer([found.model_dump(mode="json") for found in client.query_batch_points(name, asked)])
            case "POST", ["points", "delete"]:
                self.answer(client.delete(name, body["points"]).model_dump(mode="json"))
            case "POST", ["points", "count"]:
                self.answer(client.count(name).model_dump(mode="json"))
            case _:
                self.answer(None, status=404)

    do_PUT = do_POST = do_GET

    def log_message(self, *_):
        """Print nothing."""


@contextmanager
def serving(handler):
    """Serve on a free port of this machine; yield the server and its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.client, server.seen = QdrantClient(":memory:"), []
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.client.close()


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Several requests for what is here, and no proxy asked for this machine's own addresses."""
    monkeypatch.setattr(module, "BATCH", 16)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(params=["memory", "folder", "server"])
def location(request, tmp_path):
    if request.param == "server":
        with serving(Stub) as (_, url):
            yield url
    else:
        yield {"memory": ":memory:", "folder": tmp_path / "new" / "index"}[request.param]


def test_answers_are_those_of_exact_search_wherever_the_collection_is(data, location):
    queries, vectors = data
    with VectorEngine(location) as engine:
        assert (engine.dim, len(engine)) == (None, 0)
        engine.add(PASSAGES, vectors)
        assert (engine.dim, len(engine)) == (37, 43)
        found = engine.search(queries, k=7)
        assert_exact(found, queries, vectors, 7)
        assert found.ids[0] == [passage.id for passage in found.passages[0]]
        for subject in SUBJECTS:
            kept = [number for number, passage in enumerate(PASSAGES) if passage.subject == subject]
            own = [PASSAGES[number] for number in kept]
            assert_exact(engine.search(queries, 7, subject), queries, vectors[kept], 7, own)
        engine.delete(["p5", "p42", "never there"])
        assert len(engine) == 41
        kept = [number for number in range(43) if number not in (5, 42)]
        assert_exact(engine.search(queries, 7), queries, vectors[kept], 7, [PASSAGES[number] for number in kept])


def test_a_folder_opened_again_holds_what_was_left_there(data, tmp_path):
    queries, vectors = data
    with VectorEngine(tmp_path / "index") as engine:
        engine.add(PASSAGES[:20], vectors[:20])
        engine.add(PASSAGES[20:], vectors[20:])
        engine.delete(["p0"])
        first = engine.search(queries, 7)
    with VectorEngine(str(tmp_path / "index")) as engine:
        again = engine.search(queries, 7)
    for found in (first, again):
        assert_exact(found, queries, vectors[1:], 7, PASSAGES[1:])


def test_lengths_do_not_matter(data):
    queries, vectors = data
    lengths = torch.linspace(0.1, 5, 43)[:, None]
    with VectorEngine() as engine:
        engine.add(PASSAGES, vectors * lengths)
        assert_exact(engine.search(queries * 3, 5), queries, vectors, 5)


def test_what_has_a_known_id_takes_its_place(data):
    queries, vectors = data
    with VectorEngine() as engine:
        engine.add(PASSAGES, vectors)
        engine.add([Passage("p7", "wax", "New", "Other text.")], queries[:1])
        assert len(engine) == 43
        assert engine.search(queries[:1], 1).passages[0][0].text == "Other text."
        assert engine.search(queries[:1], 9, subject="wax").ids == [["p7"]]
        assert engine.search(queries[:2], 9, subject="no such subject").ids == [[], []]


def test_filtering_afterwards_would_leave_fewer(data):
    queries, vectors = data
    with VectorEngine() as engine:
        engine.add(PASSAGES, vectors)
        before = engine.search(queries, 7, subject="honey")
        after = [[hit for hit in row if hit.subject == "honey"] for row in engine.search(queries, 7).passages]
    assert {len(row) for row in before.passages} == {7}
    assert max(len(row) for row in after) < 7
    assert all(row[: len(few)] == few for row, few in zip(before.passages, after, strict=True))


def test_collections_of_one_place_stand_apart(data, tmp_path):
    _, vectors = data
    with VectorEngine(tmp_path, "first") as engine:
        engine.add(PASSAGES, vectors)
    with VectorEngine(tmp_path, "second") as engine:
        assert len(engine) == 0
        engine.add(PASSAGES[:3], vectors[:3, :7])
    with VectorEngine(tmp_path, "first") as engine:
        assert (engine.dim, len(engine)) == (37, 43)


def test_the_server_gets_the_key_batches_and_an_index_for_subjects(data):
    queries, vectors = data
    with serving(Stub) as (server, url):
        with pytest.warns(UserWarning, match="insecure"):
            engine = VectorEngine(url, api_key="secret")
        with engine:
            engine.add(PASSAGES, vectors)
            engine.search(queries, 3)
            engine.delete(["p1"])
        calls = [(method, path) for method, path, _ in server.seen if method != "GET"]
        assert {key for _, _, key in server.seen} == {"secret"}
    assert calls == [
        ("PUT", ""),
        ("PUT", "index"),
        *[("PUT", "points")] * 3,
        *[("POST", "points/query/batch")] * 2,
        ("POST", "points/delete"),
    ]


def test_a_server_out_of_reach_is_said_to_be(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(module, "SECONDS", 1)
        message = rf"http://127.0.0.1:{port} gives no answer of Qdrant \(timed out\): start it there, .* open a folder"
        with pytest.raises(EngineError, match=message):
            VectorEngine(f"http://127.0.0.1:{port}")
    with pytest.raises(EngineError, match=r"gives no answer of Qdrant \(.*refused"):
        VectorEngine(f"http://127.0.0.1:{port}")


def test_a_server_that_stops_is_said_to_be_gone(data):
    queries, vectors = data
    with serving(Stub) as (_, url):
        engine = VectorEngine(url)
        engine.add(PASSAGES[:3], vectors[:3])
    for ask in (lambda: engine.search(queries, 3), lambda: engine.add(PASSAGES, vectors), lambda: len(engine)):
        with pytest.raises(EngineError, match="gives no answer of Qdrant"):
            ask()
    engine.close()


def test_another_kind_of_server_is_refused():
    class Other(Stub):
        def do_GET(self):
            self.answer("a page", status=403)

    with (
        serving(Other) as (_, url),
        pytest.raises(EngineError, match=r"refuses with 403 Forbidden, .*a page.* is it a server"),
    ):
        VectorEngine(url)


def test_an_address_without_its_scheme_is_no_folder():
    with pytest.raises(
        EngineError, match="localhost:6333 would be a folder: for a server, write http://localhost:6333"
    ):
        VectorEngine("localhost:6333")


def test_vectors_of_another_length_are_refused(data):
    queries, vectors = data
    with VectorEngine() as engine:
        engine.add(PASSAGES, vectors)
        message = "vectors have 7 dimensions, those in the collection 'passages' have 37: encode with the model that"
        with pytest.raises(EngineError, match=message):
            engine.add(PASSAGES, vectors[:, :7])
        with pytest.raises(EngineError, match="queries have 7 dimensions"):
            engine.search(queries[:, :7], 3)
        assert_exact(engine.search(queries, 3), queries, vectors, 3)


VECTORS = models.VectorParams(size=37, distance=models.Distance.DOT)


@pytest.mark.parametrize(("config", "kind"), [(VECTORS, "Dot"), ({"title": VECTORS}, "several vectors a point")])
def test_a_collection_of_another_kind_is_refused_and_let_go(tmp_path, config, kind):
    client = QdrantClient(path=tmp_path)
    client.create_collection("passages", config)
    client.close()
    message = rf"the collection 'passages' in .* was made for {kind}, .*: open another with name="
    for _ in range(2):  # the folder is not left locked
        with pytest.raises(EngineError, match=message):
            VectorEngine(tmp_path)


def test_a_collection_that_others_filled_is_refused(data):
    queries, vectors = data
    with VectorEngine() as engine:
        engine.add(PASSAGES[:2], vectors[:2])
        engine.client.upsert("passages", [models.PointStruct(id=1, vector=vectors[3].tolist(), payload={"a": 1})])
        with pytest.raises(EngineError, match=r"was not filled by VectorEngine\.add"):
            engine.search(queries, 3)


def test_a_folder_that_cannot_be_opened_is_named(data, tmp_path):
    with VectorEngine(tmp_path / "index") as engine:
        engine.add(PASSAGES[:2], data[1][:2])
        with pytest.raises(EngineError, match=r"index is open elsewhere: close it there .*; a server serves many"):
            VectorEngine(tmp_path / "index")
        assert len(engine) == 2
    for damaged in tmp_path.rglob("storage.sqlite"):
        damaged.write_bytes(b"no database" * 50)
    with pytest.raises(EngineError, match=r"cannot be opened \(file is not a database\): give a folder that an engine"):
        VectorEngine(tmp_path / "index")
    (tmp_path / "index" / "meta.json").write_text("no JSON")
    (tmp_path / "file").touch()
    for broken in ("index", "file"):
        with pytest.raises(EngineError, match=rf"{broken} cannot be opened"):
            VectorEngine(tmp_path / broken)


def test_what_cannot_be_stored_or_asked_is_refused(data):
    queries, vectors = data
    with VectorEngine() as engine:
        with pytest.raises(EngineError, match="the collection 'passages' in :memory: is empty: add passages first"):
            engine.search(queries, 3)
        with pytest.raises(ValueError, match="42 vectors for 43 passages"):
            engine.add(PASSAGES, vectors[1:])
        with pytest.raises(ValueError, match="an id stands twice"):
            engine.add([*PASSAGES[:2], PASSAGES[0]], vectors[:3])
        with pytest.raises(ValueError, match="vectors hold NaN or infinity"):
            engine.add(PASSAGES[:1], vectors[:1] * torch.nan)
        engine.delete(["p0"])
        assert engine.dim is None
        engine.add(PASSAGES, vectors)
        with pytest.raises(ValueError, match="k=0: it must be at least 1"):
            engine.search(queries, 0)
        with pytest.raises(ValueError, match="queries hold NaN"):
            engine.search(queries * torch.inf, 3)
