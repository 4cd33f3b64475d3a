"""New weights are followed up in order, once; a refresh that was stopped goes on, and other weights start it over."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import v4

from bertlab.course import COURSE
from bertlab.training import refresh as module
from bertlab.training.refresh import RECORDED, execute, record_again, refresh, steps


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What was done, of three steps of which the second fails while `calls.broken` is set."""
    monkeypatch.setattr(module, "STATE", tmp_path / "runs" / "refresh.json")
    monkeypatch.setattr(module, "fingerprint", lambda: "first weights")
    done = []

    def step(name):
        def do():
            if name == "b" and "broken" in done:
                raise RuntimeError("stopped")
            done.append(name)

        return name, do

    monkeypatch.setattr(module, "steps", lambda: map(step, "abc"))
    return done


def test_every_notebook_is_executed_after_the_experiments_and_before_the_picture():
    names = [name for name, _ in steps()]
    assert names[0] == "checksums"
    experiments = [f"experiment {topic}" for topic in RECORDED]
    assert experiments[0] == "experiment attention"
    assert names[1:-1] == [*experiments, *(f"notebook {notebook.filename}" for notebook in COURSE)]
    assert names[-1] == "picture"


def test_it_goes_on_where_it_was_stopped(calls):
    calls.append("broken")
    with pytest.raises(RuntimeError, match="stopped"):
        refresh()
    assert calls == ["broken", "a"]
    calls.remove("broken")
    refresh()
    refresh()
    assert calls == ["a", "b", "c"]


def test_other_weights_start_it_over(calls, monkeypatch):
    refresh()
    monkeypatch.setattr(module, "fingerprint", lambda: "second weights")
    refresh()
    assert calls == ["a", "b", "c"] * 2


def write(path, *sources):
    cells = [v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    nbformat.write(
        v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "P"}}), path
    )


def test_a_notebook_is_saved_with_its_outputs(tmp_path):
    path = tmp_path / "demo.ipynb"
    write(path, "x = 6", "x * 7")
    execute(path)
    notebook = nbformat.read(path, 4)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "42"
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert "execution" not in notebook.cells[0].metadata
    assert path.read_text(encoding="utf-8").endswith("}\n")


def test_it_touches_neither_the_progress_nor_the_checkpoint_of_a_learner(tmp_path, monkeypatch, progress_file):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", "somewhere")
    path = tmp_path / "demo.ipynb"
    write(path, "import os\n[os.environ[name] for name in ('BERTLAB_CHECKPOINT', 'BERTLAB_PROGRESS')]")
    execute(path)
    checkpoint, progress = eval(nbformat.read(path, 4).cells[0].outputs[0].data["text/plain"])
    assert checkpoint == ""
    assert progress != str(progress_file)


def test_a_notebook_that_fails_stays_as_it_was(tmp_path):
    path = tmp_path / "demo.ipynb"
    write(path, "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(path)
    assert path.read_bytes() == before


def test_an_experiment_is_recorded_from_nothing_but_goes_on_after_a_stop(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    path, seen = tmp_path / "demo.csv", []

    def command(*arguments):
        seen.append((arguments, path.read_text() if path.exists() else None))
        path.write_text("half" if len(seen) == 1 else "whole")
        if len(seen) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "run", command)
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        record_again("demo")
    record_again("demo")
    assert seen == [(("-m", "bertlab.demo.experiment"), None), (("-m", "bertlab.demo.experiment"), "half")]
    assert path.read_text() == "whole"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["demo.csv"]
