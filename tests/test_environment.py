"""environment.yml, pyproject.toml and constraints.txt say the same, and it is what is installed."""

import tomllib
from importlib import metadata

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from bertlab.launch import bootstrap
from bertlab.launch.bootstrap import ROOT, canonical, installed

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
PINS = bootstrap.pins()


def conda_versions() -> dict[str, str]:
    """Map what conda installs to the version it is asked for."""
    pairs = (entry.split("=") for entry in CONDA["dependencies"] if isinstance(entry, str) and "=" in entry)
    return dict(pairs)


def test_conda_brings_the_pinned_pytorch_in_its_cpu_build():
    assert conda_versions()["pytorch-cpu"] == PINS["torch"]
    assert CONDA["channels"][0] == "conda-forge"


def test_conda_brings_a_python_that_the_course_runs_on():
    minor = tuple(int(part) for part in conda_versions()["python"].split("."))
    assert bootstrap.OLDEST[:2] <= minor <= bootstrap.NEWEST


def test_all_else_comes_from_pyproject_in_the_pinned_versions():
    (from_pip,) = (entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))
    assert from_pip == ["-c constraints.txt", "-e ."]


def test_every_dependency_is_pinned():
    names = {canonical(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert names - PINS.keys() == set()


def test_every_pin_is_exact_and_given_once():
    lines = (ROOT / "constraints.txt").read_text().split()
    assert [line for line in lines if line.count("==") != 1] == []
    assert len(PINS) == len(lines)


CUDA = ("nvidia-", "cuda-", "triton")
"""What PyTorch's ordinary Linux build brings, which pins each of it itself."""


def needed(names: set[str]) -> set[str]:
    """Follow what packages need, as far as it is installed here, to the packages that need nothing more."""
    found, to_follow = set(), set(names)
    while to_follow:
        name = to_follow.pop()
        found.add(name)
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            marker = requirement.marker
            if installed(requirement.name) and (marker is None or marker.evaluate({"extra": ""})):
                to_follow |= {canonical(requirement.name)} - found
    return {name for name in found if not name.startswith(CUDA)}


def test_what_the_dependencies_need_is_pinned_too():
    assert needed({canonical(Requirement(text).name) for text in PROJECT["dependencies"]}) - PINS.keys() == set()


def test_what_is_installed_is_what_is_pinned():
    found = {name: version for name in PINS if (version := installed(name))}
    assert {name: version for name, version in found.items() if version != PINS[name]} == {}
    assert len(found) > len(PROJECT["dependencies"])


def test_the_oldest_python_promised_has_every_package():
    oldest = bootstrap.dotted(bootstrap.OLDEST)
    asked = {name: metadata.metadata(name).get("Requires-Python") for name in PINS if installed(name)}
    assert {name: text for name, text in asked.items() if text and oldest not in SpecifierSet(text)} == {}
    assert any(asked.values())
