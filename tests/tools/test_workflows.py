"""The workflows in .github: what they name exists, and they cover the Pythons that the package is for.

What GitHub makes of them, `nox -s lint` checks: their form, and whether they are safe.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.functions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))

#: An action of another repository, pinned, with the release that the commit is; or one of this repository.
PINNED = re.compile(r"([\w-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
OWN = re.compile(r"\$/(.+)")

each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    """A file of YAML, with every scalar as a string."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def under(node: Any, key: str) -> Iterator[Any]:
    """Every value of a key, at any depth."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from under(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from under(value, key)


def pythons() -> list[str]:
    """The Pythons of the package's classifiers."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)


def sessions() -> set[str]:
    """The sessions of the noxfile."""
    module = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = (node for node in module.body if isinstance(node, ast.FunctionDef))
    return {
        function.name
        for function in functions
        if any(ast.unparse(decorator).startswith("nox.session") for decorator in function.decorator_list)
    }


def test_actions_are_pinned() -> None:
    pins: dict[str, set[tuple[str, str]]] = {}
    for path in (*WORKFLOWS, *ACTIONS):
        text = path.read_text(encoding="utf-8")
        lines = re.findall(r"^[\s-]*uses: *(.*)$", text, re.M)
        assert len(lines) == len(list(under(read(path), "uses"))), path
        for line in lines:
            own, pinned = OWN.fullmatch(line), PINNED.fullmatch(line)
            if own:
                assert (ROOT / own[1]).is_file() or (ROOT / own[1] / "action.yml").is_file(), line
            else:
                assert pinned, f"{path.name}: {line}"
                pins.setdefault(pinned[1], set()).add((pinned[2], pinned[3]))
    assert pins
    for action, found in pins.items():
        assert len(found) == 1, f"{action} is pinned to several releases: {found}"


@each_workflow
def test_nothing_is_permitted_but_to_jobs(workflow: Path) -> None:
    document = read(workflow)
    assert document["permissions"] == {}
    for name, job in document["jobs"].items():
        assert "permissions" in job, name
        assert "uses" in job or job["timeout-minutes"], name


@each_workflow
def test_scripts_get_values_by_the_environment(workflow: Path) -> None:
    for script in under(read(workflow), "run"):
        assert "${{" not in script


def test_sessions_exist() -> None:
    named = set()
    for path in WORKFLOWS:
        for script in under(read(path), "run"):
            for words in re.findall(r"\bnox -s ((?:[a-z]\S*\s*)+)", script):
                named.update(word.partition("-")[0] for word in words.split())
    assert {"lint", "tests", "older", "matrix", "nightly", "wheels"} <= named
    assert named <= sessions()


def test_the_pythons_are_those_of_the_package() -> None:
    lists = {
        f"{path.name}, {name}": job["strategy"]["matrix"]["python"]
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
        if name != "macos" and "python" in job.get("strategy", {}).get("matrix", {})
    }
    assert {"test.yml, tests", "matrix.yml, matrix"} <= set(lists)
    for where, found in lists.items():
        assert found == pythons(), where


def test_the_wheels_are_for_the_pythons_of_the_package() -> None:
    jobs = read(GITHUB / "workflows" / "wheels.yml")["jobs"]
    (set_up,) = (step["with"]["pythons"] for step in jobs["x86-64"]["steps"] if "pythons" in step.get("with", {}))
    assert {*set_up.split(), "3.12"} == set(pythons())
    minors = ",".join(version.partition(".")[2] for version in pythons())
    for row in jobs["others"]["strategy"]["matrix"]["include"]:
        if row["trial"] == "true":
            assert row["artifact"].startswith("trial-"), row
        else:
            assert row["artifact"].startswith("dist-"), row
            assert row["build"].startswith(f"cp3{{{minors}}}-"), row


def test_a_release_has_no_trials() -> None:
    document = read(GITHUB / "workflows" / "release.yml")
    assert set(under(document, "pattern")) == {"dist-*"}
    assert set(document["jobs"]["pypi"]["needs"]) == {"test", "wheels"}


def test_what_is_installed_on_runners_is_pinned() -> None:
    for line in (GITHUB / "requirements.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"#.*|[\w-]+==[\w.]+", line), line
