"""A vector engine: an index that keeps the passages too, filters and changes them, and outlives the process.

    with VectorEngine("my_index") as engine:
        engine.add(passages, vectors)
        engine.search(queries, k=5, subject="attention").passages[0]

The engine is Qdrant. In memory and in a folder its client compares a query with every vector, as exact search does; a
server, reached by the same calls, walks an HNSW graph (see `ann`) once a collection is large.
"""

import re
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import torch
from jaxtyping import Float
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from torch import Tensor

from bertlab.retrieval.passages import Passage

BATCH = 64
"""How many passages or queries go into one request."""
SECONDS = 5
"""How long a server may take to answer one."""


class EngineError(ValueError):
    """An engine cannot be opened or reached, or its collection does not fit; the message says what to do."""


@dataclass(frozen=True)
class EngineHits:
    """For each query the passages found, best first, and their cosines: k of them, or fewer if there are no more.

    Example: `EngineHits([[0.9]], [[Passage("b1", "bees", "Honey", "Bees make it.")]]).ids` is `[["b1"]]`.
    """

    scores: list[list[float]]
    passages: list[list[Passage]]

    @property
    def ids(self) -> list[list[str]]:
        """The ids of the passages. Example: `EngineHits([[]], [[]]).ids` is `[[]]`."""
        return [[passage.id for passage in row] for row in self.passages]


class VectorEngine:
    """Passages and their vectors in a collection of Qdrant, compared by cosine.

    Example: `VectorEngine().search(queries, k=5).ids`

    Attributes:
        location: where the collection is.
        name: what it is called; one place may hold several.
        client: what Qdrant offers beyond what is shown here.
    """

    def __init__(self, location: str | Path = ":memory:", name: str = "passages", api_key: str | None = None) -> None:
        """Open a collection, or make it when something is first added.

        Args:
            location: ":memory:", which is gone at the end; a folder, made if it is not there, which one process at a
                time may open; or the address of a server, such as "http://localhost:6333". Open no folder of strangers:
                it holds pickles, which can run code.
            name: of the collection.
            api_key: of a server that asks for one.

        Raises:
            EngineError: the folder cannot be opened, the server not reached, or the collection is another kind.
        """
        self.location, self.name = str(location), name
        self.client = connect(self.location, api_key)
        try:
            _ = self.dim  # refuses now what could not be searched later
        except EngineError:
            self.close()
            raise

    def __enter__(self) -> "VectorEngine":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __len__(self) -> int:
        with explained(self.location):
            return 0 if self.dim is None else self.client.count(self.name, exact=True).count

    @property
    def dim(self) -> int | None:
        """How long its vectors are; None if nothing was ever added. Example: `VectorEngine().dim` is `None`."""
        with explained(self.location):
            if not self.client.collection_exists(self.name):
                return None
            found = self.client.get_collection(self.name).config.params.vectors
        if not isinstance(found, models.VectorParams) or found.distance != models.Distance.COSINE:
            kind = found.distance.value if isinstance(found, models.VectorParams) else "several vectors a point"
            raise EngineError(
                f"the collection {self.name!r} in {self.location} was made for {kind}, not for one vector and its "
                "cosine: open another with name="
            )
        return found.size

    def check(self, vectors: Float[Tensor, "texts dim"], name: str) -> int | None:
        """Return `dim`, or refuse vectors that do not fit. Example: `VectorEngine().check(torch.ones(1, 8), "queries")`
        is `None`.

        EngineError if they have another length than those stored, ValueError if they are not finite.
        """
        dim = self.dim
        if not torch.isfinite(vectors).all():
            raise ValueError(f"{name} hold NaN or infinity, which no ranking can place: see which text made them")
        if dim not in (None, vectors.shape[1]):
            raise EngineError(
                f"{name} have {vectors.shape[1]} dimensions, those in the collection {self.name!r} have {dim}: encode "
                "with the model that made them, or open another collection with name="
            )
        return dim

    def add(self, passages: Sequence[Passage], vectors: Float[Tensor, "texts dim"]) -> None:
        """Store passages with their vectors; what has the id of one that is there takes its place.

        Example: `engine.add(passages, embed(model, tokenizer, [passage.text for passage in passages]))`

        In a folder each passage is on the disk before the next one: expect tens or hundreds a second. ValueError if
        there are not as many vectors as passages, or an id stands twice; EngineError if vectors have another length.
        """
        ids = [passage.id for passage in passages]
        if len(ids) != len(vectors):
            raise ValueError(f"{len(vectors)} vectors for {len(ids)} passages: encode all passages, each once")
        if len(set(ids)) < len(ids):
            raise ValueError("an id stands twice among the passages: the second would take the place of the first")
        with explained(self.location):
            if self.check(vectors, "vectors") is None:
                create(self.client, self.name, vectors.shape[1], indexed=is_server(self.location))
            for start in range(0, len(ids), BATCH):
                part = slice(start, start + BATCH)
                points = [
                    models.PointStruct(id=point_id(passage.id), vector=vector, payload=asdict(passage))
                    for passage, vector in zip(passages[part], vectors[part].tolist(), strict=True)
                ]
                self.client.upsert(self.name, points)

    def search(self, queries: Float[Tensor, "queries dim"], k: int, subject: str | None = None) -> EngineHits:
        """Find the k passages with the largest cosine for each query, among all or those of one subject.

        Example: `engine.search(queries, k=5, subject="attention").scores[0]`

        The filter comes first and k hits after it: k best of all, then filtered, would leave fewer. Which of equal
        scores comes first is left open. ValueError if k is below 1; EngineError if nothing was added, or queries have
        another length than the vectors.
        """
        if k < 1:
            raise ValueError(f"k={k}: it must be at least 1")
        if self.check(queries, "queries") is None:
            raise EngineError(f"the collection {self.name!r} in {self.location} is empty: add passages first")
        condition = models.FieldCondition(key="subject", match=models.MatchValue(value=subject or ""))
        wanted = None if subject is None else models.Filter(must=[condition])
        answers = []
        for start in range(0, len(queries), BATCH):
            part = queries[start : start + BATCH].tolist()
            asked = [models.QueryRequest(query=query, filter=wanted, limit=k, with_payload=True) for query in part]
            with explained(self.location):
                answers += self.client.query_batch_points(self.name, asked)
        scores = [[point.score for point in answer.points] for answer in answers]
        return EngineHits(scores, [[as_passage(point.payload) for point in answer.points] for answer in answers])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages by their ids; ids that are not there change nothing. Example: `engine.delete(["m001"])`."""
        with explained(self.location):
            if ids and self.dim is not None:
                self.client.delete(self.name, [point_id(name) for name in ids])

    def close(self) -> None:
        """Let go of the folder or the server; `with` does it for you. Example: `VectorEngine().close()`."""
        self.client.close()


def is_server(location: str) -> bool:
    """Say whether a location is an address. Example: `is_server("http://localhost:6333")` is `True`."""
    return location.startswith(("http://", "https://"))


def connect(location: str, api_key: str | None = None) -> QdrantClient:
    """Return a client for a server, a folder or memory; see VectorEngine. Example: `connect(":memory:").close()`."""
    if re.fullmatch(r"[\w.-]+:\d+", location):
        raise EngineError(f"{location} would be a folder: for a server, write http://{location}")
    if is_server(location):
        # the client would look for the server's version in a thread, and warn where nobody can catch it
        return QdrantClient(url=location, api_key=api_key, timeout=SECONDS, check_compatibility=False)
    if location == ":memory:":
        return QdrantClient(location)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of files that a client which fails to open leaves open
        try:
            return QdrantClient(path=location)
        except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
            problem = str(error)
    if "already accessed" in problem:
        raise EngineError(
            f"{location} is open elsewhere: close it there (engine.close(), or shut that kernel down); a server serves "
            "many at once"
        )
    raise EngineError(f"{location} cannot be opened ({problem}): give a folder that an engine made, or a new one")


@contextmanager
def explained(location: str) -> Iterator[None]:
    """Make a server's silence or refusal say what to do. Example: `with explained(url): client.get_collections()`."""
    instead = 'to work without a server, open a folder, such as VectorEngine("my_index")'
    try:
        yield
    except ResponseHandlingException as error:
        raise EngineError(
            f"{location} gives no answer of Qdrant ({error.source}): start it there, or correct the address; {instead}"
        ) from error
    except UnexpectedResponse as error:
        said = f"{error.status_code} {error.reason_phrase}, {error.content.decode(errors='replace')[:200]!r}"
        raise EngineError(
            f"{location} refuses with {said}: is it a server of Qdrant, and api_key= the one it asks for? {instead}"
        ) from error


def create(client: QdrantClient, name: str, dim: int, indexed: bool) -> None:
    """Make a collection for cosines, and for filters by subject. Example: `create(client, "mine", 384, indexed=False)`.

    A server finds the passages of a subject by an index; the client's own collections have none, and look at each.
    """
    params = models.VectorParams(size=dim, distance=models.Distance.COSINE)
    client.create_collection(name, vectors_config=params)
    if indexed:
        client.create_payload_index(name, "subject", models.PayloadSchemaType.KEYWORD)


def point_id(name: str) -> str:
    """Return the id that Qdrant keeps a passage under: it takes numbers and UUIDs only. Example: `len(point_id("b1"))`
    is `36`.
    """
    return str(uuid5(NAMESPACE_URL, name))


def as_passage(payload: Any) -> Passage:
    """Return the passage that was stored. Example: `as_passage({"id": "b1", "subject": "", "title": "", "text": "Bees"
    }).text` is `"Bees"`.

    EngineError if someone else filled the collection.
    """
    try:
        return Passage(**payload)
    except TypeError as error:
        raise EngineError("this collection was not filled by VectorEngine.add: open another with name=") from error
