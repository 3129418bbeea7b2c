"""The calls that each function is proven with: one strategy a function, in two parts.

`common` is what callers pass, and what a native has to answer; `odd` is everything else that reaches the function's
types, edges and traps. A function's name is its key; nothing else has to know of it.
"""

from __future__ import annotations

import dataclasses
import fractions
import functools
import hashlib
import math
import os
import pathlib
import socket
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from sky_rust.testing._calls import (
    Affinity,
    BusyPorts,
    Call,
    DescriptorLimit,
    Directory,
    Environ,
    File,
    Missing,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    Calls = SearchStrategy[Call]


class Domain(NamedTuple):
    """The calls of one function: those that its native has to answer, and the others."""

    common: Calls
    odd: Calls


_DOMAINS: dict[str, Callable[[], Domain]] = {}


def calls(name: str, *, common_only: bool = False) -> Calls:
    """Calls of a function.

    Args:
        name: the function.
        common_only: only calls that its native has to answer.

    Raises:
        KeyError: there is no strategy for that function.
    """
    domain = _DOMAINS[name]()
    if common_only:
        return domain.common
    return st.booleans().flatmap(lambda common: domain.common if common else domain.odd)


def _domain(make: Callable[[], Domain]) -> Callable[[], Domain]:
    cached = functools.cache(make)
    _DOMAINS[make.__name__] = cached
    return cached


def _call(*args: SearchStrategy[Any], **kwargs: SearchStrategy[Any]) -> Calls:
    """Calls with these arguments, each of those by keyword left out at times."""
    by_keyword = st.fixed_dictionaries({}, optional=kwargs)
    return st.builds(lambda positional, named: Call(tuple(positional), named), st.tuples(*args), by_keyword)


def _where(calls: Calls, *worlds: SearchStrategy[Any]) -> Calls:
    """The same calls, each in one of these worlds."""
    return st.builds(
        lambda call, world: dataclasses.replace(call, worlds=(*call.worlds, world)), calls, st.one_of(*worlds)
    )


_no_descriptors = st.just(DescriptorLimit(3))


# Things that no function expects.


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


_anything = st.one_of(
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
_texts = st.one_of(
    st.text(st.characters(max_codepoint=127)),
    st.text(st.characters(max_codepoint=255)),
    st.text(st.characters(max_codepoint=0xFFFF)),
    st.text(),
    st.text(st.characters() | _surrogates),
)


_odd_paths = st.one_of(
    st.sampled_from(
        [
            "",
            "/",
            ".",
            "/nonexistent/file",
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
    _texts.map(Missing),
    _anything.filter(lambda it: not isinstance(it, int)),  # a descriptor would be closed: see tests/worlds
)


# The functions.


@_domain
def base36_encode() -> Domain:
    """Hex of any length; whatever else `int(x, 16)` takes or refuses, but for what is negative, which never ends."""
    digits = st.text("0123456789abcdefABCDEF", min_size=1, max_size=300)
    lengths = st.sampled_from([1, 31, 32, 33, 64, 128, 4095, 4096, 5000])
    hexes = st.one_of(
        digits,
        st.integers(0, 2**160).map("{:x}".format),
        lengths.map(lambda length: "f" * length),
        lengths.map(lambda length: "0" * length),
        lengths.map(lambda length: "1" + "0" * (length - 1)),
        st.integers(0, 40).map(lambda power: f"{36**power:x}"),
        st.integers(1, 40).map(lambda power: f"{36**power - 1:x}"),
        st.binary(max_size=64).map(lambda data: hashlib.md5(data).hexdigest()),
    )
    odd = st.one_of(
        st.text("0123456789abcdefABCDEFxX_+ \t\n\N{ARABIC-INDIC DIGIT FOUR}g", max_size=12),
        st.sampled_from(["", "0x", "0xff", "+f", "-0", "f_f", "_f", " f ", "\u0664", "f\0", "f" * 40 + "g", "\ud800"]),
        digits.map(str.encode),
        digits.map(lambda text: bytearray(text.encode())),
        _anything,
    )

    def ends(call: Call) -> bool:
        try:
            return int(call.args[0], 16) >= 0
        except (TypeError, ValueError):
            return True

    return Domain(
        _call(hexes) | _call(hex_str=hexes).filter(lambda call: bool(call.kwargs)),
        (_call(odd) | _call(hexes, hexes) | _call() | _call(x=hexes)).filter(lambda call: not call.args or ends(call)),
    )


def _is_quick(call: Call) -> bool:
    """Whether a number isn't printed to so many digits that it takes minutes; for a Fraction, none are too many."""
    number, precision = call.args
    try:
        digits = int(precision)
    except (TypeError, ValueError, OverflowError):
        return True
    return digits <= 10**5 or (digits >= 2**31 and not isinstance(number, fractions.Fraction))


@_domain
def format_float() -> Domain:
    """Numbers of every kind, precisions of every kind."""
    ints = st.integers(-(2**63), 2**63 - 1)
    halves = st.integers(-(10**6), 10**6).map(lambda number: number / 8)
    floats = (
        st.floats()
        | st.floats(-0.1, 0.1)
        | halves
        | st.integers(-(2**70), 2**70).map(float)
        | st.integers(-(10**9), 10**9).map(lambda number: number / 1000)
    )
    edges = st.sampled_from([0.0, -0.0, 0.5, 1.5, 2.5, 0.05, 0.25, 1e22, 1e300, 5e-324, math.inf, -math.inf, math.nan])
    floats = floats | edges | st.integers(-80, -40).map(lambda power: 1.5 * 2.0**power)
    precisions = st.integers(0, 20) | st.integers(0, 300)
    numbers = ints | floats
    # Halfway between two results: the even one is right.
    ties = st.builds(
        lambda odd, precision: Call(((2 * odd + 1) / 2 ** (precision + 1), precision)),
        st.integers(-(10**6), 10**6),
        st.integers(0, 4),
    )
    common = st.one_of(
        _call(numbers),
        _call(numbers, precisions),
        ties,
        _call(numbers, precision=precisions),
        _call(num=numbers, precision=precisions).filter(lambda call: "num" in call.kwargs),
        _call(ints, _anything),
    )
    odd_precisions = st.one_of(
        st.sampled_from([-1, 301, 70_000, 2**31, 2**63, 10**30, "", "2", "x", "1_0", "5%", " 2", True, None, 2.0]),
        _anything,
    )
    digits = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else 4300
    odd = st.one_of(
        st.booleans(),
        st.sampled_from([2**63, -(2**63) - 1]),
        st.builds(
            lambda power, sign: sign * 10**power, st.sampled_from([digits - 1, digits]), st.sampled_from([1, -1])
        ),
        _anything,
    )
    return Domain(common, st.one_of(_call(odd), _call(numbers | odd, odd_precisions).filter(_is_quick), _call(x=ints)))


@_domain
def truncate_long_string() -> Domain:
    """Strings of every kind around every length."""
    words = st.lists(st.text("ab\xe9\u20ac\U0001f600", max_size=6), max_size=30).map(" ".join)
    strings = st.one_of(_texts, words, words.map(lambda text: text * 5), st.text("a ", max_size=80))
    lengths = st.integers(0, 45) | st.integers(0, 2**62)
    around = strings.flatmap(
        lambda text: st.tuples(st.just(text), st.integers(-4, 4).map(lambda by: max(0, len(text) + by)))
    )
    common = st.one_of(
        _call(strings),
        _call(strings, lengths),
        _call(strings, lengths, st.booleans()),
        _call(strings, max_length=lengths, truncate_middle=st.booleans()),
        around.flatmap(lambda pair: _call(st.just(pair[0]), st.just(pair[1]), truncate_middle=st.booleans())),
    )
    odd = st.one_of(
        _call(strings, st.integers(-50, -1), st.booleans()),
        _call(strings, _anything, _anything),
        _call(_anything, lengths),
        _call(strings, lengths, st.sampled_from([0, 1, None, "", "x", 2.5])),
        _call(strings, s=strings),
    )
    return Domain(common, odd)


@_domain
def read_last_n_lines() -> Domain:
    """Files with every kind of line end and byte, read with every n."""
    pieces = st.sampled_from(
        [b"\n", b"\r\n", b"\r", b"\r\r\n", b"a", b"line", b"\xe2\x82\xac", b"\xe2\x82", b"\xff", b"\xf0\x9f\x98", b"\0"]
    )
    small = st.lists(pieces, max_size=40).map(b"".join) | st.binary(max_size=60)
    large = st.builds(
        lambda piece, count, end: piece * count + end,
        st.binary(min_size=1, max_size=40).map(lambda line: line + b"\n"),
        st.integers(1, 3000),
        st.sampled_from([b"", b"end", b"\n", b"\r"]),
    )
    long = st.builds(
        lambda lengths, end: b"\n".join(b"x" * length for length in lengths) + end,
        st.lists(st.integers(500, 5000), min_size=5, max_size=40),
        st.sampled_from([b"", b"\n"]),
    )
    # So many lines as are in a block, or one more or less: where reading on or not makes the difference.
    blocks = st.builds(
        lambda lines, end, block, by: (lines + end, max(1, (lines + end)[-block:].count(b"\n") + by)),
        st.builds(
            lambda lengths, count: b"\n".join(b"x" * length for length in lengths * count),
            st.lists(st.integers(0, 1500), min_size=2, max_size=9),
            st.integers(9, 40),
        ),
        st.sampled_from([b"\n", b"\n", b""]),
        st.sampled_from([4 << 10, 4 << 10, 8 << 10, 16 << 10]),
        st.sampled_from([0, 0, 0, -1, 1]),
    )
    # Lines that begin where a block does.
    even = st.builds(
        lambda width, count: (b"x" * (width - 1) + b"\n") * count,
        st.sampled_from([256, 512, 1024]),
        st.integers(20, 60),
    )
    bom = small.map(lambda content: b"\xef\xbb\xbf" + content)
    returns = st.lists(st.sampled_from([b"\r", b"\r", b"\n", b"a"]), min_size=3, max_size=12).map(b"".join)
    paths = st.one_of(small, returns, large, bom).map(File)
    counts = st.integers(1, 30) | st.sampled_from([1, 1000, 10**6, sys.maxsize])
    sizes = st.integers(1, 50) | st.sampled_from([8192, 2**40, sys.maxsize])
    common = st.one_of(
        _call(paths, counts),
        _call(paths, counts, sizes),
        _call(long.map(File), st.integers(1, 20)),
        _call(even.map(File), st.integers(9, 32)),
        blocks.map(lambda pair: Call((File(pair[0]), pair[1]))),
        _call(paths, n=counts, chunk_size=sizes, errors=st.just("replace")).filter(lambda call: "n" in call.kwargs),
    )
    encodings = st.sampled_from(
        ["utf-8", "UTF8", "latin-1", "ascii", "utf-16", "utf-8-sig", "idna", "no such", "", "rot13"]
    )
    handlers = st.sampled_from(["strict", "ignore", "replace", "backslashreplace", "surrogateescape", "no such", ""])
    odd = st.one_of(
        _call(paths, counts, sizes, encodings, handlers),
        _call(paths, counts, sizes, encodings),
        _call(paths, counts, errors=handlers),
        _call(paths, st.sampled_from([0, -1, 2**63, 10**30, True, 2.0, None, "3"]), chunk_size=sizes),
        _call(paths, counts, st.sampled_from([0, -1, None, 2.5, True, 10**30])),
        _call(_odd_paths, counts),
        _call(_odd_paths, st.just(0)),
        _call(paths, st.just(0)),
        _call(_odd_paths, counts, sizes, encodings, handlers),
        _where(_call(paths, counts), _no_descriptors),
        _call(paths),
    )
    return Domain(common, odd)


@_domain
def hash_file() -> Domain:
    """Files around the sizes of buffers, and every algorithm that there is."""
    sizes = st.sampled_from([0, 1, 4095, 4096, 4097, 2**17 - 1, 2**17, 2**17 + 1, 2**18, 2**18 + 1])
    contents = st.binary(max_size=200) | st.builds(lambda size, byte: bytes((byte,)) * size, sizes, st.integers(0, 255))
    paths = contents.map(File)
    algorithms = st.sampled_from(
        ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "sha3_256", "blake2b"]
    )
    common = st.one_of(
        _call(paths, algorithms), _call(paths, hash_alg=algorithms).filter(lambda call: bool(call.kwargs))
    )
    odd_algorithms = st.sampled_from(["", "sha-256", "no such", "shake_128", "sha512_256", "\0", "\ud800"]) | _anything
    odd = st.one_of(
        _call(paths, odd_algorithms),
        _call(_odd_paths, algorithms),
        _call(_odd_paths, odd_algorithms),
        _where(_call(paths, algorithms), _no_descriptors),
        _call(paths),
    )
    return Domain(common, odd)


@functools.cache
def _port_range(pid: int) -> tuple[int, socket.socket]:
    for first in range(21000 + pid % 100 * 100, 32000, 50):
        guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            guard.bind(("", first + 40))  # held: another process that tests finds it taken, and goes on
            for port in range(first, first + 40):
                with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
                    attempt.bind(("", port))
        except OSError:
            guard.close()
            continue
        return first, guard
    raise RuntimeError("there are no forty free ports in a row")


def _quiet_ports() -> int:
    """The first of forty ports that nobody else uses just now, below those that the kernel hands out."""
    return _port_range(os.getpid())[0]


@_domain
def find_free_port() -> Domain:
    """Free and busy ports, and what is no port."""
    base = _quiet_ports()
    ports = st.integers(base, base + 20)
    busy = st.frozensets(ports, max_size=12).map(BusyPorts) | st.integers(1, 30).map(
        lambda count: BusyPorts(frozenset(range(base, base + count)))
    )
    common = st.builds(lambda port, world: Call((port,), {}, (world,)), ports, busy) | st.builds(
        lambda port, world: Call((), {"start_port": port}, (world,)), ports, busy
    )
    last = BusyPorts(frozenset(range(65530, 65536)))
    odd = st.one_of(
        _call(st.sampled_from([0, 65534, 65535, 65536, -1, 10**30, True])),
        st.sampled_from([65530, 65534]).map(lambda port: Call((port,), {}, (last,))),
        _call(_anything.filter(lambda it: not isinstance(it, int) or isinstance(it, bool))),
        _where(_call(ports), _no_descriptors),
        _call(ports, ports),
    )
    return Domain(common, odd)


_limits = st.one_of(
    st.integers(0, 10**9).map(str),
    st.floats(0, 1e12).map(repr),
    st.sampled_from(["2", " 2 ", "1_0", "0.5", "1e3", "-1", "-0.0", "\u0664", "1e30"]),
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
    return st.frozensets(st.sampled_from(cpus), min_size=1).map(Affinity)


def _limited(*names: str, odd: SearchStrategy[str], common: SearchStrategy[str]) -> Domain:
    return Domain(
        st.builds(lambda *worlds: Call((), {}, worlds), _environs(*names, values=common), _affinities()),
        st.builds(lambda world: Call((), {}, (world,)), _environs(*names, values=odd))
        | _call(_anything)
        | _where(_call(), _no_descriptors),
    )


@_domain
def get_cpu_count() -> Domain:
    """The environment's limit, and the thread's affinity; control groups are a matter of tests/worlds."""
    return _limited("SKYPILOT_POD_CPU_CORE_LIMIT", common=_limits, odd=_odd_limits)


@_domain
def get_mem_size_gb() -> Domain:
    """The environment's limits."""
    names = ("SKYPILOT_POD_MEMORY_GB_LIMIT", "SKYPILOT_POD_MEMORY_BYTES_LIMIT")
    common = _limits | st.sampled_from(["inf", "-inf", "1e400", "nan"])
    return _limited(*names, common=common, odd=_odd_limits)


_clouds = st.one_of(
    st.none(),
    st.sampled_from(["kubernetes", "Kubernetes", "KUBERNETES", "", "aws", "GCP", "kubernetes "]),
    st.text(st.characters(max_codepoint=127), max_size=12),
)
_odd_clouds = (
    st.sampled_from(["\u212aubernetes", "\u212aUBERNETES", "kubernete\u017f", "\ud800", OddStr("x")]) | _anything
)


@_domain
def get_parallel_threads() -> Domain:
    """Clouds."""
    common = _call() | _call(_clouds) | _call(cloud_str=_clouds)
    return Domain(common, _call(_odd_clouds) | _call(_clouds, _clouds) | _call(cloud=_clouds))


_sources = st.one_of(
    st.sampled_from(["", "/nonexistent", "relative", "/etc/hostname", "/dev/null", "\udcff"]),
    st.sampled_from([0, 1, 2, 3, 19, 20, 21, 300]).map(Directory),
    st.binary(max_size=20).map(File),
)


@_domain
def estimate_fd_for_directory() -> Domain:
    """Directories of every size, and what is none."""
    return Domain(
        _call(_sources) | _call(path=_sources).filter(lambda call: bool(call.kwargs)),
        _call(_odd_paths) | _call() | _where(_call(_sources), _no_descriptors),
    )


@_domain
def get_max_workers_for_file_mounts() -> Domain:
    """Mounts of every kind, for every cloud."""
    mounts = st.dictionaries(st.text(max_size=4), _sources, max_size=5)
    # As many descriptors as so many workers need, or one more or less.
    decisive = st.builds(
        lambda entries, workers, by: Call(
            ({"/": Directory(entries)},), {}, (DescriptorLimit(100 + workers * 5 * (entries + 1) + by),)
        ),
        st.sampled_from([95, 101, 120, 150, 184]),
        st.integers(2, 4),
        st.sampled_from([0, 0, -1, 1]),
    )
    odd_mounts = st.one_of(
        st.dictionaries(st.text(max_size=4), _sources | _odd_paths, max_size=5),
        st.just(OddDict(a="/nonexistent")),
        _anything,
    )
    common = _call(mounts) | _call(mounts, _clouds) | _call(mounts, cloud_str=_clouds)
    enough = st.integers(1024, 2000).map(DescriptorLimit)
    few = st.sampled_from([-1, 0, 3, 99, 100, 104, 105, 1023]).map(DescriptorLimit)
    odd = st.one_of(_call(odd_mounts, _clouds), _call(mounts, _odd_clouds), _where(common, few), _call())
    return Domain(common | _where(common, enough) | decisive, odd)


@_domain
def is_process_alive() -> Domain:
    """Numbers of processes that are there, and of those that are not."""
    pids = st.one_of(
        st.sampled_from([1, 2, os.getpid(), os.getppid(), 2**22, 2**22 + 1, 2**31 - 1]),
        st.integers(1, 2**31 - 1),
        st.integers(1, 500),
    )
    odd = st.sampled_from([0, -1, None, True, False, 2**31, 2**63, 10**30, 1.0, "1"]) | _anything
    return Domain(_call(pids) | _call(pid=pids).filter(lambda call: bool(call.kwargs)), _call(odd) | _call())
