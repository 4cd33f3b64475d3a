"""What holds for every test: no network beyond this machine, progress kept in a folder of the test's own."""

import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
GUARD = Path(__file__).parent / "offline"
"""A `sitecustomize.py` that puts the same guard into every Python process a test starts (kernels, servers)."""

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["PYTHONPATH"] = os.pathsep.join([str(GUARD), str(ROOT)])


def pytest_configure() -> None:
    """Install the guard in this process too, before any test module is imported."""
    from tests.offline import sitecustomize

    assert sitecustomize.INSTALLED


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """The tokenizer of the embedded checkpoint: BERT's own vocabulary."""
    from transformers import AutoTokenizer

    from bertlab import checkpoint

    return AutoTokenizer.from_pretrained(checkpoint())


@pytest.fixture(autouse=True)
def progress_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A progress database of the test's own, so that no test reads or writes the learner's."""
    path = tmp_path / "progress.sqlite"
    monkeypatch.setenv("BERTLAB_PROGRESS", str(path))
    return path
