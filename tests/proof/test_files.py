"""Files of proofs that are damaged, missing, or no files: they prove nothing, and nothing is raised or hangs."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sky_rust
from sky_rust import _proof
from sky_rust._record import Proofs

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD: dict[str, Any] = {
    "proven": {"format_float": {"f" * 64: {_proof.ABI: {"d" * 64: {"0.14.1": 500}}}}},
    "refuted": {"format_float": {"f" * 64: {"d" * 64: "differs"}}},
    "libraries": {"psutil": {"a" * 64: "7.0"}},
    "files": {"0.14.1": {"utils/common_utils.py": "a" * 64}},
    "fingerprints": {"0.14.1": {"format_float": "f" * 64}},
}


def edits(part: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The ways to every value of a file."""
    yield way
    if isinstance(part, dict):
        for key, value in part.items():
            yield from edits(value, (*way, key))


def malformed() -> Iterator[tuple[str, bytes]]:
    for way in edits(GOOD):
        for value in (None, 1.5, [], ["x"], True, {"x": 1}, "text", 10**30):
            whole = {"": copy.deepcopy(GOOD)}
            *before, last = ("", *way)
            holder: Any = whole
            for key in before:
                holder = holder[key]
            if type(holder[last]) is type(value) and not isinstance(value, dict):
                continue
            if isinstance(value, dict) and len(way) == 5:
                continue  # a release is any text
            holder[last] = value
            yield f"{'.'.join(key[:8] for key in way)}={value!r}", json.dumps(whole[""]).encode()
    for field in GOOD:
        yield f"no {field}", json.dumps({key: value for key, value in GOOD.items() if key != field}).encode()
    yield "other releases", json.dumps({**GOOD, "fingerprints": {}}).encode()
    yield "deep list", b"[" * 200_000
    yield "deep dict", b'{"proven":' * 200_000
    yield "long number", b'{"proven": ' + b"9" * 10_000 + b"}"
    yield "no UTF-8", b"\xff\xfe\xff"
    yield "surrogates", b'{"proven": "\\ud800"}'
    yield "empty", b""
    yield "NaN", b"NaN"


@pytest.mark.parametrize("content", [pytest.param(content, id=name[:60]) for name, content in malformed()])
def test_a_malformed_file_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "proofs.json"
    path.write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        Proofs.read(str(path))


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "proofs.json"
    path.write_text(json.dumps(GOOD))
    assert Proofs.read(str(path))._asdict() == GOOD


def install_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What status() says of a function, where natives may run by that folder's proofs alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    sky_rust.install()
    reason = sky_rust.status()["format_float"].reason
    sky_rust.uninstall()
    return reason


@pytest.mark.parametrize("kind", ["deep", "wrong", "directory", "fifo", "device", "loop", "no JSON"])
def test_install_says_what_is_the_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / "sky-rust" / "proofs.json"
    path.parent.mkdir()
    monkeypatch.setattr(_proof, "shipped", Proofs.none)
    if kind == "deep":
        path.write_bytes(b"[" * 200_000)
    elif kind == "wrong":
        path.write_text(json.dumps({**GOOD, "proven": {"format_float": [1]}}))
    elif kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path.write_bytes(b"\0")
    reason = install_with(tmp_path, monkeypatch)
    assert "format_float is not proven" in reason
    assert kind == "loop" or str(path) in reason


def test_shipped_proofs_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a bundle without data files; this machine's proofs still count."""
    here = Path(os.environ["XDG_CONFIG_HOME"])
    _proof.shipped.cache_clear()
    monkeypatch.setattr(_proof, "SHIPPED_FILE", str(tmp_path / "proofs.json"))
    assert "attached" in install_with(here, monkeypatch)
    reason = install_with(tmp_path, monkeypatch)
    assert "format_float is not proven" in reason
    assert str(tmp_path / "proofs.json") in reason
    _proof.shipped.cache_clear()
