"""The control file: what is obeyed, what is refused, and how it is written."""

from __future__ import annotations

import json
import os
import shlex
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sky_rust import _control_file
from sky_rust._control_file import EVERY, ReadOnlyError, RefusedError, change, load, parse
from sky_rust._policy import Setting
from tests.rollout.config_map import swap

NAMES = ("hash_file", "format_float", "Config.get_nested")


def switches(text: str | bytes) -> _control_file.Switches:
    return parse("/c", text.encode() if isinstance(text, str) else text, NAMES)


def written(path: Path, content: str = "{}", mode: int = 0o600) -> str:
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def test_a_line_a_function() -> None:
    found = switches('{"*": "off", "hash_file": "on", "format_float": "shadow 0.25", "of another release": "on"}')
    assert found.of("hash_file") == Setting("on", "switched on by /c")
    assert found.of("format_float") == Setting("shadow", "in shadow by /c", 0.25)
    assert found.of("Config.get_nested") == Setting("off", "switched off by /c")
    assert not found.problem
    assert set(found.settings) == {EVERY, "hash_file", "format_float"}


def test_what_it_does_not_name_is_as_before() -> None:
    assert switches('{"hash_file": "off"}').of("format_float") is None
    assert switches("{}").of("format_float") is None


@pytest.mark.parametrize("word", ['"off"', '"OFF"', '" no "', "false", "0", '"0"'])
def test_every_spelling(word: str) -> None:
    setting = switches(f'{{"hash_file": {word}}}').of("hash_file")
    assert setting == Setting("off", "switched off by /c")


@pytest.mark.parametrize(
    "word", ['"of"', '""', "null", "2", "[]", '"shadow 2"', '"shadow x"', '"on 0.5"', '"shadow nan"']
)
def test_a_value_that_nobody_can_read_switches_its_function_off(word: str) -> None:
    found = switches(f'{{"hash_file": {word}, "format_float": "on"}}')
    setting, other = found.of("hash_file"), found.of("format_float")
    assert setting is not None
    assert other is not None
    assert (setting.switch, other.switch) == ("off", "on")
    assert "none of on, off, shadow, shadow RATE" in setting.reason


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"hash_file": "on", "hash_file": "off"}', b"[" * 50_000]
)
def test_content_that_nobody_can_read_switches_everything_off(content: bytes) -> None:
    found = switches(content)
    assert "can't be read" in found.problem
    for name in NAMES:
        setting = found.of(name)
        assert setting is not None
        assert setting.switch == "off"


@pytest.mark.parametrize("depth", [10, 300, 600, 900, 1200, 3000, 6000, 9000, 25_000])
def test_a_value_of_any_depth_switches_off(depth: int) -> None:
    """Also where JSON can be read that deep, and not written."""
    found = switches('{"hash_file": ' + "[" * depth + "]" * depth + "}")
    setting = found.of("hash_file")
    assert setting is not None
    assert setting.switch == "off"


def test_a_reason_is_short() -> None:
    for value in ("x" * 50_000, ["x"] * 10_000, {"x": "y" * 50_000}, 10**4000):
        setting = switches(json.dumps({"hash_file": value})).of("hash_file")
        assert setting is not None
        assert setting.switch == "off"
        assert len(setting.reason) < 300


@pytest.mark.parametrize(
    "rate", ["nan", "inf", "-inf", "-0.1", "1.1", "1e3", "", "0,5", "0.5 0.5", "50%", "0x1", "None"]
)
def test_a_rate_that_is_none(rate: str) -> None:
    setting = switches(json.dumps({"hash_file": f"shadow {rate or '!'}"})).of("hash_file")
    assert setting is not None
    assert (setting.switch, setting.rate) == ("off", 1.0)


VALUES = st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.lists(st.lists(st.none()))


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from([*NAMES, EVERY, "other"]), VALUES | st.sampled_from(["on", "off", "shadow 0.5"]))
)
def test_no_lines_raise(lines: dict[str, object]) -> None:
    found = switches(json.dumps(lines))
    for name in NAMES:
        setting = found.of(name)
        assert (setting is None) == (not {name, EVERY} & set(lines))
        line = lines.get(name, lines.get(EVERY))
        if setting is not None and line in ("on", "off", "shadow 0.5"):
            assert setting.switch == str(line).split()[0]


@given(st.binary(max_size=200))
def test_no_content_raises(content: bytes) -> None:
    assert set(switches(content).settings) <= {EVERY, *NAMES}


def test_no_file(tmp_path: Path) -> None:
    assert load(str(tmp_path / "none")) is None
    assert load(str(tmp_path / "none" / "there")) is None


def test_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "control.json"
    os.mkfifo(path, 0o600)
    with pytest.raises(RefusedError, match="no regular file"):
        load(str(path))
    path.unlink()
    path.mkdir()
    with pytest.raises(RefusedError, match="no regular file"):
        load(str(path))
    path.rmdir()
    for mode in (0o620, 0o602, 0o666):
        with pytest.raises(RefusedError, match=f"mode {mode:04o}"):
            load(written(path, mode=mode))
    with pytest.raises(RefusedError, match="longer than 64 KiB"):
        load(written(path, "{" + " " * _control_file.LIMIT))
    assert load(written(path, "{" + " " * (_control_file.LIMIT - 1))) is not None
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(RefusedError, match="can't be opened"):
        load(str(path))
    with pytest.raises(RefusedError, match="can't be opened"):
        load("control\0file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "control.json")
    os.chown(path, 12345, -1)
    with pytest.raises(RefusedError, match="belongs to the user 12345"):
        load(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write a file of root's")
def test_roots_file_is_obeyed_by_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "control.json", mode=0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert load(path) == b"{}"


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    paths = [written(tmp_path / "good"), written(tmp_path / "bad", mode=0o666), str(tmp_path)]
    before = os.listdir("/proc/self/fd")
    for path in paths:
        with suppress(RefusedError):
            load(path)
    change(paths[0], {"hash_file": "off"})
    assert os.listdir("/proc/self/fd") == before


def test_a_config_map_as_kubelet_mounts_and_swaps_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    swap(tmp_path, '{"hash_file": "on"}')
    assert load(str(tmp_path / "control.json")) == b'{"hash_file": "on"}'
    swap(tmp_path, '{"hash_file": "off"}')
    assert load(str(tmp_path / "control.json")) == b'{"hash_file": "off"}'


def test_changes(tmp_path: Path) -> None:
    path = str(tmp_path / "folder" / "control.json")
    change(path, {"hash_file": "off"})
    change(path, {"format_float": "shadow 0.5"})
    assert json.loads(load(path) or b"") == {"hash_file": "off", "format_float": "shadow 0.5"}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    change(path, {"hash_file": None})
    assert json.loads(load(path) or b"") == {"format_float": "shadow 0.5"}
    change(path, {EVERY: "off"})  # a kill switch leaves no line that beats it
    assert json.loads(load(path) or b"") == {EVERY: "off"}
    change(path, {EVERY: None})
    assert json.loads(load(path) or b"") == {}
    assert sorted(os.listdir(tmp_path / "folder")) == ["control.json", "control.json.lock"]


def test_a_file_that_is_not_obeyed_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path / "control.json", "no JSON")
    with pytest.raises(ValueError, match="Expecting value"):
        change(path, {"hash_file": "off"})
    with pytest.raises(RefusedError):
        change(written(tmp_path / "control.json", mode=0o666), {"hash_file": "off"})
    assert (tmp_path / "control.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("content", [b"[]", b"null", b"1", b"[" * 50_000, b'{"a": 1, "a": 2}', b"\xff", b""])
def test_content_that_nobody_can_read_is_not_written_over(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path / "control.json")
    (tmp_path / "control.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        change(path, {"hash_file": "off"})
    assert (tmp_path / "control.json").read_bytes() == content


def test_what_is_there_stays_where_it_can_not_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written beside the file, and takes its place at once."""
    path = written(tmp_path / "control.json", '{"hash_file": "off"}')
    seen: list[bytes | None] = []

    def refuse(new: str, old: str) -> None:
        seen.extend((load(path), Path(new).read_bytes()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        change(path, {"format_float": "on"})
    assert [json.loads(one or b"") for one in seen] == [
        {"hash_file": "off"},
        {"hash_file": "off", "format_float": "on"},
    ]
    assert sorted(os.listdir(tmp_path)) == ["control.json", "control.json.lock"]


def test_a_file_that_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some network file systems have it."""
    path = written(tmp_path / "control.json", '{"hash_file": "off", "format_float": "on"}')
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, 7)))
    assert load(path) == b'{"hash_file": "off", "format_float": "on"}'


def test_links_and_modes_stay(tmp_path: Path) -> None:
    target = tmp_path / "target.json"
    written(target, '{"a": "on"}', 0o640)
    (tmp_path / "control.json").symlink_to(target)
    change(str(tmp_path / "control.json"), {"hash_file": "off"})
    assert (tmp_path / "control.json").is_symlink()
    assert json.loads(target.read_text(encoding="utf-8")) == {"a": "on", "hash_file": "off"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "control.json")
    os.chown(path, 12345, 23456)
    _control_file._files.replace(path, b"[]")
    assert (os.stat(path).st_uid, os.stat(path).st_gid) == (12345, 23456)


def test_a_config_map_gets_a_command_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    (tmp_path / "..data").symlink_to("..1")
    path = written(tmp_path / "control.json", '{"hash_file": "on"}')
    monkeypatch.setattr(_control_file._files, "replace", refuse)
    with pytest.raises(ReadOnlyError) as caught:
        change(path, {"format_float": "off"})
    said, _, patch = str(caught.value).partition("kubectl patch configmap NAME --patch ")
    assert said.startswith(f"{path} can't be written: Read-only file system")
    (content,) = json.loads(patch.strip("'"))["data"].values()
    assert json.loads(content) == {"hash_file": "on", "format_float": "off"}
    monkeypatch.setattr(_control_file._files, "locked", refuse)
    for content in ("[]", "null", "[" * 50_000, "no JSON"):
        written(tmp_path / "control.json", content)
        with pytest.raises(ReadOnlyError, match="kubectl patch") as caught:
            change(path, {"format_float": "off"})
        assert said_lines(caught.value) == {"format_float": "off"}
    written(tmp_path / "control.json", json.dumps({"it's $HOME": "on"}))
    with pytest.raises(ReadOnlyError) as caught:
        change(path, {"format_float": "off"})
    assert said_lines(caught.value) == {"it's $HOME": "on", "format_float": "off"}


def said_lines(error: ReadOnlyError) -> Any:
    """The lines that a kubectl command writes, as a shell would read it."""
    patch = shlex.split(str(error).partition("--patch ")[2])[0]
    (content,) = json.loads(patch)["data"].values()
    return json.loads(content)


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    path = str(tmp_path / "control.json")
    names = [f"function_{number}" for number in range(40)]
    threads = [threading.Thread(target=change, args=(path, {name: "off"})) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(load(path) or b"") == dict.fromkeys(names, "off")
