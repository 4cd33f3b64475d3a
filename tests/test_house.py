"""The rules of the house that a machine can check: each topic has its room, and imports run one way."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from bertlab.constants import ROOT
from bertlab.course import COURSE

PACKAGE = ROOT / "bertlab"
TOPICS = [notebook.topic for notebook in COURSE]
MACHINERY = ["exercises", "views", "experiments"]
FOUNDATION = ["constants", "models", "texts", "checkpoints", "tinyworld"]
YARDSTICK = "masked_language_modeling"
"""The one topic that earlier ones may import: 02 and 03 measure with the MLM loss what 04 explains."""


def modules(room: str) -> list[Path]:
    """The files of a room: a folder's, or the one file of that name."""
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{room}.py"]


def imported_rooms(path: Path) -> set[str]:
    """The rooms that a file imports from, at its top or within its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "bertlab":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bertlab."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("bertlab.")}
    return found


ROOMS = sorted({path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()})
GRAPH = {room: {other for file in modules(room) for other in imported_rooms(file)} - {room} for room in ROOMS}


def test_imports_between_rooms_go_in_no_circle():
    assert set(TOPICS) < set(ROOMS)
    TopologicalSorter({room: others & set(ROOMS) for room, others in GRAPH.items()}).prepare()


@pytest.mark.parametrize("room", MACHINERY)
def test_machinery_imports_no_topic(room):
    assert GRAPH[room].isdisjoint(TOPICS)


@pytest.mark.parametrize("room", FOUNDATION)
def test_the_foundation_imports_neither_topics_nor_machinery(room):
    assert GRAPH[room].isdisjoint([*TOPICS, *MACHINERY])


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_imports_no_later_one(topic):
    later = TOPICS[TOPICS.index(topic) + 1 :]
    assert GRAPH[topic] & set(later) <= {YARDSTICK}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_its_room_and_its_tests(topic):
    room = PACKAGE / topic
    assert {"__init__.py", "exercises.py"} <= {path.name for path in room.iterdir()}
    for test in (ROOT / "tests" / topic).glob("test_*.py"):
        tested = test.stem.removeprefix("test_")
        assert (room / f"{tested}.py").exists(), f"{test}: there is no bertlab/{topic}/{tested}.py"


@pytest.mark.parametrize("topic", TOPICS)
def test_a_room_exports_its_ideas_and_nothing_else(topic):
    """`__init__.py` holds a docstring, imports from its own ideas, and `__all__`."""
    _, *rest = ast.parse((PACKAGE / topic / "__init__.py").read_text(encoding="utf-8")).body
    imports = [node for node in rest if isinstance(node, ast.ImportFrom)]
    others = [ast.unparse(node.targets[0]) for node in rest if isinstance(node, ast.Assign)]
    assert len(imports) + len(others) == len(rest)
    assert set(others) <= {"__all__"}
    ideas = {path.stem for path in (PACKAGE / topic).glob("*.py")}
    for node in imports:
        room, own, idea = str(node.module).split(".")
        assert (room, own) == ("bertlab", topic)
        assert idea in ideas
        assert idea not in {"exercises", "experiment"}
        assert not idea.startswith("view")


@pytest.mark.parametrize("topic", TOPICS)
def test_a_mistake_belongs_to_an_exercise(topic):
    [notebook] = (notebook for notebook in COURSE if notebook.topic == topic)
    files = {path.stem for path in (PACKAGE / topic / "mistakes").glob("*.py")} - {"__init__"}
    named = {exercise.name for exercise in notebook.exercises}
    assert files <= named


def test_each_page_lies_beside_the_view_that_draws_it():
    """A script or a style is named in a Python file of its own folder."""
    for page in [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]:
        sources = "\n".join(path.read_text(encoding="utf-8") for path in page.parent.glob("*.py"))
        assert page.name in sources or page.parent.name == "views", page
