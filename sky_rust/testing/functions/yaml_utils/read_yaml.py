"""Calls of `read_yaml`."""

from __future__ import annotations

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._places import File
from sky_rust.testing._worlds import OnEvent, Stopped


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("a task", Call((_file(_yaml.TASK),))),
        Named("a team's configuration, 560 lines", Call((_file(_yaml.configuration()),))),
        Named("a cluster, 1,400 lines", Call((_file(_yaml.cluster()),))),
        Named("an alias", Call((_file("a: &x 1\nb: *x\n"),)), declined=True),
    ]


def extremes() -> list[Call]:
    """A file that a hook forbids to open, also while it can't be read; no files; and those that are no text of YAML."""
    readable = _file("a: 1\n")
    odd = [
        _file(f"a: {character}\n") for character in ("\0", "\x7f", "\x85", "\u2029", "\ufeff", "\ud800", "\U0010ffff")
    ]
    others = ["/dev/null", "/", "/proc/version", File(b""), File(b"a: \xff\n"), File(b"a: \xc3")]
    return [
        *(Call((readable,), {}, (OnEvent("open", raises=error),)) for error in (PermissionError, Stopped)),
        *(Call((path,)) for path in [*odd, *others]),
    ]


def generated() -> Domain:
    """Files of plain YAML, and all others."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, in_world, no_descriptors, odd_paths, with_arguments

    files = _yaml.single_texts().filter(bool).map(_file)
    odd_files = st.one_of(
        _yaml.odd_texts().map(_file),
        _yaml.plain_texts().map(_file),
        st.binary(max_size=20).map(File),
        st.sampled_from([b"\xff", b"\xc3", b"\xed\xa0\x80", "\xe9".encode("utf-16")]).map(
            lambda odd: File(b"a: " + odd + b"\n")
        ),
    )
    common = with_arguments(files) | with_arguments(path=files).filter(lambda call: bool(call.kwargs))
    odd = st.one_of(
        with_arguments(odd_files),
        with_arguments(odd_files),
        with_arguments(odd_paths),
        # An int is a file descriptor, which the original closes.
        with_arguments(anything.filter(lambda it: not isinstance(it, int))),
        in_world(with_arguments(files), no_descriptors),
        with_arguments(files, files),
        with_arguments(),
    )
    return Domain(common, odd)


def _file(text: str) -> File:
    return File(text.encode("utf-8", "surrogatepass"))
