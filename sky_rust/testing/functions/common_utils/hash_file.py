"""Calls of `hash_file`."""

from __future__ import annotations

import os
from typing import ClassVar

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._places import File, Noise, Pieces
from sky_rust.testing._worlds import Replaced


class AnotherHash:
    """A hash that Python computes. Two of them are equal where they were given the same, in the same pieces."""

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __init__(self, data: bytes = b"") -> None:
        self._given = [(type(data), data)]

    def __eq__(self, other: object) -> bool:
        """By what they were given."""
        return isinstance(other, AnotherHash) and self._given == other._given

    def update(self, data: bytes) -> None:
        """Keeps a copy, and the type: natives have memory of another one, which they use again."""
        self._given.append((type(data), bytes(data)))


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        *(Named(f"1 KiB, {algorithm}", Call((Noise(1 << 10), algorithm))) for algorithm in ("md5", "sha256", "sha512")),
        Named("64 KiB, sha256", Call((Noise(64 << 10), "sha256"))),
        Named("1 MiB, sha256", Call((Noise(1 << 20), "sha256"))),
        *(
            Named(f"128 MiB, {algorithm}", Call((Noise(128 << 20), algorithm)), large=True)
            for algorithm in ("sha256", "md5", "sha512")
        ),
        Named("1 KiB, a path in bytes", Call((os.fsencode(Noise(1 << 10).path()), "sha256")), declined=True),
    ]


def extremes() -> list[Call]:
    """A file of the kernel's that is larger than what is read at once, and has no size; and one that can't be read.

    What is no regular file. And a hash of another kind than hashlib's: its constructors can be added to.
    """
    another = Replaced("hashlib:__builtin_constructor_cache", {"another": AnotherHash})
    return [
        Call(("/proc/kallsyms", "md5")),
        Call(("/proc/self/mem", "md5")),
        *(Call((path, "md5")) for path in ("/", "/dev/null")),
        Call((Noise(700_000), "sha256")),
        Call((File(b"content"), "another"), {}, (another,)),
    ]


def generated() -> Domain:
    """Files around the sizes of buffers, and every algorithm that there is."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, in_world, no_descriptors, odd_paths, with_arguments

    sizes = st.sampled_from([0, 1, 4095, 4096, 4097, *thresholds("hash_file", beyond=3)])
    large = st.builds(lambda byte, size: Pieces(((bytes((byte,)), size), (b"end", 1))), st.integers(0, 255), sizes)
    paths = st.binary(max_size=200).map(File) | large
    algorithms = st.sampled_from(
        ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "sha3_256", "blake2b"]
    )
    common = st.one_of(
        with_arguments(paths, algorithms),
        with_arguments(paths, hash_alg=algorithms).filter(lambda call: bool(call.kwargs)),
    )
    odd_algorithms = st.sampled_from(["", "sha-256", "no such", "shake_128", "sha512_256", "\0", "\ud800"]) | anything
    odd = st.one_of(
        with_arguments(paths, odd_algorithms),
        with_arguments(odd_paths, algorithms),
        with_arguments(odd_paths, odd_algorithms),
        in_world(with_arguments(paths, algorithms), no_descriptors),
        with_arguments(paths),
    )
    return Domain(common, odd)
