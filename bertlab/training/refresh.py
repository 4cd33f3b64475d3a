"""Renew all that depends on the embedded weights, after they have changed.

    python -m bertlab.training.refresh

In order: checksums, the recorded experiments that were made with these weights, every notebook executed again, the
picture in the README. It goes on where it was stopped, and in the end lists the files that changed. Model card and
metrics come with the weights: `bertlab.training.export` writes them, since they need the held-out text.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from rich.progress import track

from bertlab.checkpoints import EMBEDDED
from bertlab.constants import NOTEBOOKS, RESULTS, ROOT
from bertlab.course import COURSE
from bertlab.training.export import sha256, write_checksums

STATE = ROOT / "runs" / "refresh.json"
"""Which weights are being followed up, and the steps that are done."""
RECORDED = ["attention", "fine_tuning", "diagnosing_fine_tuning", "token_classification", "sentence_bert", "retrieval"]
"""The topics whose recorded experiment was made with the embedded weights, not with those of the tiny world."""
PICTURE = ROOT / "data" / "images" / "start_here.png"
TAKE_PICTURE = "tests/browser/test_notebooks.py::test_a_notebook_runs_from_top_to_bottom"
Step = tuple[str, Callable[[], None]]


def fingerprint(folder: Path = EMBEDDED) -> str:
    """Return the SHA-256 of a checkpoint's weights. Example: `fingerprint()[:8]`."""
    return sha256(folder / "model.safetensors")


def steps() -> Iterator[Step]:
    """Yield what is to be done, in order, each with its name. Example: `[name for name, _ in steps()]`."""
    yield "checksums", partial(write_checksums, EMBEDDED)
    for topic in RECORDED:
        yield f"experiment {topic}", partial(record_again, topic)
    for notebook in COURSE:
        yield f"notebook {notebook.filename}", partial(execute, NOTEBOOKS / notebook.filename)
    yield "picture", take_picture


def record_again(topic: str) -> None:
    """Record an experiment from nothing; the old file is kept until the new one is whole.

    Example: `record_again("attention")`
    """
    path = RESULTS / f"{topic}.csv"
    kept = path.with_suffix(".kept")
    if path.exists() and not kept.exists():  # else it was stopped here before: the command itself goes on
        path.rename(kept)
    run("-m", f"bertlab.{topic}.experiment")
    kept.unlink(missing_ok=True)


def execute(path: Path) -> None:
    """Run a notebook from top to bottom, and save it only if no cell failed.

    Example: `execute(NOTEBOOKS / "00_start_here.ipynb")`
    """
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    where = {"metadata": {"path": str(path.parent)}}
    options: dict[str, Any] = {
        "timeout": None,
        "store_widget_state": False,
        "record_timing": False,
        "coalesce_streams": True,
    }
    client = NotebookClient(notebook, kernel_name="python3", resources=where, **options)
    with tempfile.TemporaryDirectory() as folder:  # neither the learner's checkpoint nor their progress is in it
        progress = str(Path(folder, "progress.sqlite"))
        client.execute(env={**os.environ, "BERTLAB_CHECKPOINT": "", "BERTLAB_PROGRESS": progress})
    nbformat.write(notebook, path)


def take_picture() -> None:
    """Photograph notebook 00 in a browser, by the test that runs it there, for the README. Example: `take_picture()`"""
    run("-m", "pytest", "-q", TAKE_PICTURE, BERTLAB_REQUIRE_BROWSER="1")
    shutil.copy(ROOT / "test-results" / "00_start_here.png", PICTURE)


def run(*arguments: str, **environment: str) -> None:
    """Run this Python in the repository's root. Example: `run("-m", "bertlab.attention.experiment")`.

    CalledProcessError if it fails.
    """
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env={**os.environ, **environment}, check=True)


def refresh() -> None:
    """Do all steps that were not done yet for the weights as they are now. Example: `refresh()`"""
    weights = fingerprint()
    state = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    done: list[str] = state.get("done", []) if state.get("weights") == weights else []
    STATE.parent.mkdir(exist_ok=True)
    for name, step in track([step for step in steps() if step[0] not in done], description="refresh"):
        print(name, flush=True)
        step()
        done.append(name)
        STATE.write_text(json.dumps({"weights": weights, "done": done}), encoding="utf-8")


def main() -> None:
    """Refresh, and list what differs from what is committed."""
    refresh()
    changed = subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    print(f"Changed by new weights:\n{changed}" if changed else "Nothing has changed.")


if __name__ == "__main__":
    main()
