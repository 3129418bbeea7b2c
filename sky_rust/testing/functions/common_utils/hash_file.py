"""Calls of `hash_file`."""

from __future__ import annotations

import os

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._places import File, Noise, Pieces


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
    """A file of the kernel's that is larger than what is read at once, and has no size; and one that can't be read."""
    return [Call(("/proc/kallsyms", "md5")), Call(("/proc/self/mem", "md5")), Call((Noise(700_000), "sha256"))]


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
