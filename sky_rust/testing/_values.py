"""Strategies that the calls of several functions are made of; only code that generates calls imports this module."""

from __future__ import annotations

import dataclasses
import fractions
import os
import pathlib
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain
from sky_rust.testing._places import Directory, File, Missing, Unreadable
from sky_rust.testing._worlds import Affinity, DescriptorLimit, Environ, KernelFiles, Replaced, Request

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    Calls = SearchStrategy[Call]


def with_arguments(*args: SearchStrategy[Any], **kwargs: SearchStrategy[Any]) -> Calls:
    """Calls with these arguments; each keyword argument is left out at times."""
    by_keyword = st.fixed_dictionaries({}, optional=kwargs)
    return st.builds(lambda positional, named: Call(tuple(positional), named), st.tuples(*args), by_keyword)


def in_world(calls: Calls, *worlds: SearchStrategy[Any]) -> Calls:
    """The same calls, each in one of these worlds."""
    return st.builds(
        lambda call, world: dataclasses.replace(call, worlds=(*call.worlds, world)), calls, st.one_of(*worlds)
    )


no_descriptors = st.just(DescriptorLimit(3))


# Values that no function expects.


class OddStr(str):
    """A str with behaviour of its own."""

    __slots__ = ()

    def __len__(self) -> int:
        return 1

    def lower(self) -> str:
        """Not what str does."""
        return "kubernetes"


class OddInt(int):
    """An int with behaviour of its own."""

    def __str__(self) -> str:
        return "odd"

    def __index__(self) -> int:
        return 7


class OddFloat(float):
    """A float with behaviour of its own."""

    def is_integer(self) -> bool:
        """Not what float does."""
        return True


class OddDict(dict):  # type: ignore[type-arg]
    """A dict with behaviour of its own."""

    def values(self) -> Any:
        """Not what dict does."""
        return ["/"]


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70000),
    st.integers(),
    st.floats(),
    st.text(max_size=9),
    st.binary(max_size=9),
    st.just(OddStr("odd")),
    st.just(OddInt(3)),
    st.just(OddFloat(2.5)),
    st.just([]),
    st.just(object),
    st.just(fractions.Fraction(7, 2)),
    st.complex_numbers(),
)

_surrogates = st.characters(categories=("Cs",))  # type: ignore[arg-type]
texts = st.one_of(
    st.text(st.characters(max_codepoint=127)),
    st.text(st.characters(max_codepoint=255)),
    st.text(st.characters(max_codepoint=0xFFFF)),
    st.text(),
    st.text(st.characters() | _surrogates),
)


# Paths.

sources = st.one_of(
    st.sampled_from(["", "relative", "/etc/hostname", "/dev/null", "\udcff"]),
    st.just(Missing("none")),
    st.sampled_from([0, 1, 2, 3, 19, 20, 21, 300]).map(Directory),
    st.binary(max_size=20).map(File),
)

odd_paths = st.one_of(
    st.sampled_from(["\0", "a\0b", "\ud800"]),
    st.sampled_from(
        [
            "",
            "/",
            ".",
            "\0",
            "a\0b",
            "\udcff",
            "\ud800",
            "/dev/null",
            "/dev/zero/x",
            "/proc/filesystems",
            "/proc/version",
            "/proc/self/cmdline",
            "/proc/self/mem",
            "/sys/kernel/mm/transparent_hugepage/enabled",
            "/sys/devices/system/cpu/online",
            "x" * 300,
            "/tmp/" * 2000,
            b"/proc/version",
            pathlib.Path("/proc/version"),
            -1,
            10**30,
        ]
    ),
    st.sampled_from(["directory", "file", "link"]).map(Unreadable),
    st.integers(0, 3).map(Directory),
    texts.map(Missing),
    anything.filter(lambda it: not isinstance(it, int)),  # a descriptor would be closed: see tests/worlds
)


# Clouds.

clouds = st.one_of(
    st.none(),
    st.sampled_from(["kubernetes", "Kubernetes", "KUBERNETES", "", "aws", "GCP", "kubernetes "]),
    st.text(st.characters(max_codepoint=127), max_size=12),
)
odd_clouds = (
    st.sampled_from(["\u212aubernetes", "\u212aUBERNETES", "kubernete\u017f", "\ud800", OddStr("x")]) | anything
)


# Limits that environment variables set.

limits = st.one_of(
    st.integers(0, 10**9).map(str),
    st.floats(-1e6, 1e12).map(repr),
    st.sampled_from(["2", " 2 ", "1_0", "0.5", "1e3", "-1", "-1.5", "-0.5", "-0.0", "\u0664", "1e30"]),
)
_odd_limits = st.one_of(
    st.sampled_from(["", " ", "inf", "-inf", "1e400", "nan", "two", "0x10", "1__0", "2\udcff", "2 3"]),
    st.text(st.characters(min_codepoint=1, categories=("L", "N", "P"))),
).filter(lambda text: "\0" not in text)


def _environs(*names: str, values: SearchStrategy[str]) -> SearchStrategy[Environ]:
    every = {name: st.none() | values for name in names}
    debug = st.sampled_from([None, "1", "0"])
    return st.fixed_dictionaries({**every, "SKYPILOT_DEBUG": debug}).map(Environ)


def _affinities() -> SearchStrategy[Affinity]:
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return st.builds(Affinity, st.frozensets(st.sampled_from(cpus), min_size=1), st.booleans())


def cgroups(
    first: dict[str, SearchStrategy[str]], second: dict[str, SearchStrategy[str]]
) -> SearchStrategy[KernelFiles]:
    """Files of control groups, of version 1 or 2, of which each may be missing: path -> its contents."""
    of_second = st.fixed_dictionaries({"/sys/fs/cgroup/cgroup.controllers": st.just("cpu memory\n")}, optional=second)
    return (st.fixed_dictionaries({}, optional=first) | of_second).map(KernelFiles)


def limited(
    *names: str,
    common: SearchStrategy[str],
    files: SearchStrategy[KernelFiles],
    others: SearchStrategy[Any] | None = None,
) -> Domain:
    """Calls without arguments, where environment variables of these names set limits, and the affinity another.

    Args:
        names: the variables.
        common: values of theirs that callers set.
        files: the kernel's files, in which further limits are.
        others: other parts of the world.
    """
    overrides = st.fixed_dictionaries({}, optional={name: st.none() | common for name in names})
    requests = (overrides | st.none()).map(Request)
    odd_values: list[Any] = [2, 2.5, b"2", OddStr("2")]
    odd_requests = st.sampled_from(odd_values).map(lambda value: Request(dict.fromkeys(names, value)))
    unset = Environ(dict.fromkeys(names))
    return Domain(
        st.builds(
            lambda *worlds: Call((), {}, worlds),
            _environs(*names, values=common),
            _affinities() if others is None else _affinities() | others,
        ),
        st.builds(lambda world: Call((), {}, (world,)), _environs(*names, values=_odd_limits))
        | with_arguments(anything)
        | st.builds(lambda *worlds: Call((), {}, worlds), _environs(*names, values=common), requests)
        | in_world(
            with_arguments(), no_descriptors, odd_requests, st.just(Replaced("psutil:PROCFS_PATH", "/proc/self"))
        ),
        st.builds(lambda *worlds: Call((), {}, (unset, *worlds)), files, _affinities()),
    )
