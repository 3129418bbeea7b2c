"""Environment variables have the values of Python's `os.environ` at call time, also in a request of the API server."""

from __future__ import annotations

import contextvars
import os
from unittest import mock

import pytest

import sky_rust
from sky_rust.testing import Call, assert_same_outcome
from tests.functions import candidate

pytestmark = pytest.mark.usefixtures("attached")

FUNCTIONS = {
    "get_cpu_count": "SKYPILOT_POD_CPU_CORE_LIMIT",
    "get_mem_size_gb": "SKYPILOT_POD_MEMORY_GB_LIMIT",
}


def in_request(overrides: dict[str, object], work: object) -> None:
    """Runs `work` as a request of the API server: in a context of its own, with overrides and another `os.environ`."""
    from sky.utils import context

    def run() -> None:
        context.initialize().env_overrides.update(overrides)
        work()  # type: ignore[operator]

    with mock.patch.object(os, "environ", context.ContextualEnviron(os.environ)):
        contextvars.copy_context().run(run)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("outside", [None, "3", "bad"])
@pytest.mark.parametrize("inside", ["unset", "5", "7.5", "none", "bad", 6])
def test_overrides_of_a_request(name: str, outside: str | None, inside: object) -> None:
    variable = FUNCTIONS[name]
    overrides = {} if inside == "unset" else {variable: None if inside == "none" else inside}

    def compare() -> None:
        assert_same_outcome(sky_rust.control(name), candidate(name), Call())

    with mock.patch.dict(os.environ, {} if outside is None else {variable: outside}):
        before = sky_rust.stats()[name]
        in_request(overrides, compare)
        after = sky_rust.stats()[name]
    effective = outside if inside == "unset" else None if inside == "none" else inside
    if effective in (None, "3", "5", "7.5"):
        assert after.answers == before.answers + 1, sky_rust.status()[name]
    else:
        assert after.declines == before.declines + 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_contextual_environ_outside_of_a_request(name: str) -> None:
    from sky.utils import context

    with mock.patch.object(os, "environ", context.ContextualEnviron(os.environ)):
        os.environ[FUNCTIONS[name]] = "9"
        try:
            before = sky_rust.stats()[name].answers
            assert candidate(name)() == 9
            assert sky_rust.stats()[name].answers == before + 1
        finally:
            del os.environ[FUNCTIONS[name]]


def test_the_c_librarys_environment_does_not_count() -> None:
    os.putenv("SKYPILOT_POD_CPU_CORE_LIMIT", "99")
    try:
        assert candidate("get_cpu_count")() == sky_rust.control("get_cpu_count")() != 99
    finally:
        os.unsetenv("SKYPILOT_POD_CPU_CORE_LIMIT")


def test_two_requests_at_once_see_their_own() -> None:
    from sky.utils import context

    seen = {}

    def request(value: str) -> None:
        context.initialize().env_overrides["SKYPILOT_POD_CPU_CORE_LIMIT"] = value
        seen[value] = candidate("get_cpu_count")()

    with mock.patch.object(os, "environ", context.ContextualEnviron(os.environ)):
        contexts = [contextvars.copy_context() for _ in range(4)]
        for number, one in enumerate(contexts):
            one.run(request, str(number + 10))
    assert seen == {str(number): number for number in range(10, 14)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_another_mapping_inside_skypilots(name: str) -> None:
    """CPython 3.13 doesn't say when an attribute of an object is replaced: it is asked at each call."""
    from sky.utils import context

    mapping = context.ContextualEnviron(os.environ)
    with mock.patch.object(os, "environ", mapping):
        candidate(name)()
        for _ in range(3):
            with mock.patch.object(mapping, "_environ", {FUNCTIONS[name]: "7"}):
                assert candidate(name)() == sky_rust.control(name)() == 7
            assert_same_outcome(sky_rust.control(name), candidate(name), Call())
