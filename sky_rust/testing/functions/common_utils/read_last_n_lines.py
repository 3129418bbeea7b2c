"""Calls of `read_last_n_lines`."""

from __future__ import annotations

import sys

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._places import File, Log, Pieces, Sparse


def named() -> list[Named]:
    """Calls as callers make them."""
    log = Log(109_000)
    return [
        Named("15 MB log, n=10", Call((log, 10))),
        Named("15 MB log, n=1,000", Call((log, 1000))),
        Named("15 MB log, n=100,000", Call((log, 100_000)), large=True),
        Named("n=0", Call((log, 0)), declined=True),
    ]


def extremes() -> list[Call]:
    """Lines in many pieces, no two alike; a file of more bytes than 32 bits count; and what is no regular file.

    Small ones come first, in which each system call fails, and each allocation: of lines that are not ASCII, and of a
    file without a block on the disk.
    """
    varied = b"".join(b"%06d " % number for number in range(100_000))
    return [
        Call((File(b"\xe2\x82\xac\n\xe2\x82\xac\r\n"), 3)),
        Call((Sparse(9000), 1)),
        *(Call((path, 1)) for path in _NOT_REGULAR),
        *(
            Call((File(b"first\n" + varied[:length] + b"\nlast\n"), n))
            for length in (13_000, 700_000)
            for n in (1, 2, 3)
        ),
        Call((Pieces(((b"x\n", 1), (b"\xe2\x82\xac", 3000))), 1)),
        Call((Sparse(2**32 + 10, b"\nlast\n"), 1)),
        Call((Log(20_000), 19_000)),
    ]


#: A directory, a device, and files of the kernel's: one without a size, and two that say that they are larger.
_NOT_REGULAR = ("/", "/dev/null", "/proc/version", "/sys/devices/system/cpu/online", "/sys/kernel/uevent_seqnum")


def generated() -> Domain:
    """Files with every kind of line end and byte, read with every n."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, in_world, no_descriptors, odd_paths, with_arguments

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
    # As many lines as a block has, or one more or less: these decide whether another block has to be read.
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
    # Lines of which some begin exactly where a block begins.
    even = st.builds(
        lambda width, count: (b"x" * (width - 1) + b"\n") * count,
        st.sampled_from([256, 512, 1024]),
        st.integers(20, 60),
    )
    bom = small.map(lambda content: b"\xef\xbb\xbf" + content)
    returns = st.lists(st.sampled_from([b"\r", b"\r", b"\n", b"a"]), min_size=3, max_size=12).map(b"".join)
    # Lines as long as what is read at once, a byte shorter or longer, and in five pieces; in one, a character is cut.
    lengths = [length for length in thresholds("read_last_n_lines", beyond=5) if length]
    pieces_of_lines = st.builds(
        lambda length, char, before, end: Pieces(((before, 1), (char, length // len(char)), (b"abc", 1), (end, 1))),
        st.sampled_from(lengths),
        st.sampled_from([b"x", b"yz", b"\xe2\x82\xac", b"0123456789"]),
        st.sampled_from([b"", b"before\n", b"\r\n"]),
        st.sampled_from([b"", b"\n", b"\nlast", b"\r\n\n"]),
    )
    paths = st.one_of(small, returns, large, bom).map(File) | pieces_of_lines | st.integers(1, 9000).map(Sparse)
    counts = st.integers(1, 30) | st.sampled_from([1, 1000, 10**6, sys.maxsize])
    sizes = st.integers(1, 50) | st.sampled_from([8192, 2**40, sys.maxsize])
    common = st.one_of(
        with_arguments(paths, counts),
        with_arguments(paths, counts, sizes),
        with_arguments(long.map(File), st.integers(1, 20)),
        with_arguments(even.map(File), st.integers(9, 32)),
        blocks.map(lambda pair: Call((File(pair[0]), pair[1]))),
        with_arguments(paths, n=counts, chunk_size=sizes, errors=st.just("replace")).filter(
            lambda call: "n" in call.kwargs
        ),
    )
    encodings = st.sampled_from(
        ["utf-8", "UTF8", "latin-1", "ascii", "utf-16", "utf-8-sig", "idna", "no such", "", "rot13"]
    )
    handlers = st.sampled_from(["strict", "ignore", "replace", "backslashreplace", "surrogateescape", "no such", ""])
    odd = st.one_of(
        with_arguments(paths, counts, sizes, encodings, handlers),
        with_arguments(paths, counts, sizes, encodings),
        with_arguments(paths, counts, errors=handlers | anything),
        with_arguments(paths, counts, sizes, anything),
        with_arguments(paths, st.sampled_from([0, -1, 2**63, 10**30, True, 2.0, None, "3"]), chunk_size=sizes),
        with_arguments(paths, counts, st.sampled_from([0, -1, None, 2.5, True, 10**30])),
        with_arguments(odd_paths, counts),
        with_arguments(odd_paths, st.just(0)),
        with_arguments(paths, st.just(0)),
        with_arguments(odd_paths, counts, sizes, encodings, handlers),
        in_world(with_arguments(paths, counts), no_descriptors),
        with_arguments(paths),
    )
    return Domain(common, odd)
