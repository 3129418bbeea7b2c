"""`tools/coverage.py`: which edges of the natives were reached, from what the compiler's tools print."""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.functions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A function with four blocks: the first jumps, the second and the third panic, the fourth returns. Then another one.
DISASSEMBLY = """
Disassembly of section .text:

0000000000001000 <_native::natives::one::call>:
    1000:\tcall   9000 <__sanitizer_cov_trace_pc_guard>
    1005:\tje     1010 <_native::natives::one::call+0x10>
    1007:\tjmp    1020 <_native::natives::one::call+0x20>
    1010:\tcall   9000 <__sanitizer_cov_trace_pc_guard>
    1015:\tcall   *0x2000(%rip)        # 4000 <_DYNAMIC+0x10>
    1020:\tcall   9000 <__sanitizer_cov_trace_pc_guard>
    1025:\tcall   5000 <core::panicking::panic_const::panic_const_div_by_zero>
    1030:\tcall   9000 <__sanitizer_cov_trace_pc_guard>
    1035:\tcall   *0x2008(%rip)        # 4008 <_DYNAMIC+0x18>
    103a:\tret

0000000000001100 <_native::natives::two::call>:
    1100:\tcall   9000 <__sanitizer_cov_trace_pc_guard>
    1105:\tret

0000000000005000 <core::panicking::panic_const::panic_const_div_by_zero>:
    5000:\tret

0000000000006000 <core::panicking::assert_failed::<u64, u64>>:
    6000:\tret

0000000000007000 <std::panic::catch_unwind>:
    7000:\tret
""".splitlines(keepends=True)

RELOCATIONS = """
DYNAMIC RELOCATION RECORDS
OFFSET           TYPE              VALUE
0000000000004000 R_X86_64_RELATIVE  *ABS*+0x0000000000006000
0000000000004008 R_X86_64_RELATIVE  *ABS*+0x0000000000007000
0000000000004010 R_X86_64_GLOB_DAT  malloc@GLIBC_2.2.5
""".splitlines(keepends=True)

FRAMES = """0x0000000000001000
/crate/rust/src/natives/one.rs:3 (discriminator 2)
0x0000000000001020
/crate/rust/src/cpython/../cpython/stop.rs:20
/crate/rust/src/natives/one.rs:4
0x0000000000001030
??:?
""".splitlines(keepends=True)

SOURCES = Path("/crate/rust/src")
ONE = "natives/one.rs"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The tool as a module."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    yield importlib.import_module("coverage")
    sys.modules.pop("coverage", None)


def merged(tool: Any, *edges: tuple[int, int, int, bool], line: int = 3, path: str = "natives/one.rs") -> Any:
    """What is merged from edges in one line: a function, an address in it, a column, and whether it was reached."""
    frames = {function + at: ((f"/crate/rust/src/{path}", line),) for function, at, _, _ in edges}
    columns = {function + at: column for function, at, column, _ in edges}
    code = tool.Code(sorted({function for function, _, _, _ in edges}), [], [])
    counted = [tool.Edge(function + at, reached) for function, at, _, reached in edges]
    return tool.merge(counted, frames, columns, code, SOURCES)


def test_edges_of_removed_blocks_are_left_out(tool: Any) -> None:
    content = struct.pack("=QQQQQQ", 0x1000, 1, 0, 0, 0x1010, 0)
    assert tool.read_edges(content) == [(0x1000, True), (0x1010, False)]


def test_frames(tool: Any) -> None:
    assert dict(tool.read_frames(FRAMES)) == {
        0x1000: (("/crate/rust/src/natives/one.rs", 3),),
        0x1020: (("/crate/rust/src/cpython/../cpython/stop.rs", 20), ("/crate/rust/src/natives/one.rs", 4)),
        0x1030: (("??", 0),),
    }


def test_blocks_that_panic(tool: Any) -> None:
    code = tool.read_code(DISASSEMBLY, RELOCATIONS)
    assert code.functions == [0x1000, 0x1100, 0x5000, 0x6000, 0x7000]
    assert [at for at in (0x1000, 0x1010, 0x1020, 0x1030, 0x1100) if code.is_panic(at)] == [0x1010, 0x1020]


def test_edges_of_panics_and_of_others_are_left_out(tool: Any) -> None:
    code = tool.read_code(DISASSEMBLY, RELOCATIONS)
    frames = {
        0x1000: (("/crate/rust/src/natives/one.rs", 3),),
        0x1010: (("/crate/rust/src/natives/one.rs", 3),),
        0x1020: (("/crate/rust/src/natives/one.rs", 3),),
        0x1030: (("/rustc/core/src/option.rs", 9), ("/crate/rust/src/natives/one.rs", 3)),
        0x1100: (("??", 0),),
    }
    edges = [tool.Edge(at, False) for at in frames]
    assert tool.merge(edges, frames, dict.fromkeys(frames, 5), code, SOURCES) == {(ONE, 3, 5): [False]}


def test_copies_count_as_one(tool: Any) -> None:
    # Two copies of a generic function: each has been at one of the two edges of a place.
    copies = ((0x1000, 1, 7, True), (0x1000, 2, 7, False), (0x2000, 1, 7, False), (0x2000, 2, 7, True))
    assert merged(tool, *copies) == {(ONE, 3, 7): [True, True]}


def test_a_closure_is_no_copy_of_what_it_stands_in(tool: Any) -> None:
    assert merged(tool, (0x1000, 1, 9, False), (0x2000, 1, 30, True)) == {(ONE, 3, 9): [False], (ONE, 3, 30): [True]}


def test_a_function_that_is_inlined_counts_where_it_is_written(tool: Any) -> None:
    frames = {
        0x1000: (("/crate/rust/src/cpython/../cpython/stop.rs", 20), ("/crate/rust/src/natives/one.rs", 4)),
        0x1005: (("/crate/rust/src/cpython/stop.rs", 20), ("/crate/rust/src/natives/one.rs", 5)),
    }
    edges = [tool.Edge(0x1000, True), tool.Edge(0x1005, False)]
    found = tool.merge(edges, frames, dict.fromkeys(frames, 5), tool.Code([0x1000], [], []), SOURCES)
    assert found == {("cpython/stop.rs", 20, 5): [True]}


def test_drops_are_left_out(tool: Any) -> None:
    texts = {ONE: ["let x = get()?;", "}"]}
    places = {tool.Place(ONE, *at): [False] for at in ((1, 0), (1, 9), (1, 14), (1, 15), (2, 1), (2, 2))}
    assert [place[1:] for place in tool.without_drops(places, texts)] == [(1, 0), (1, 9), (1, 14)]


def test_reasons(tool: Any) -> None:
    texts = {ONE: ["    let x = first()?.second()?;", "    third()?;"]}
    places = {
        tool.Place(ONE, *at): edges for at, edges in {(1, 20): [False], (1, 30): [False], (2, 12): [True]}.items()
    }
    known = tool.Reason(ONE, "let x = first()?.second()?;", "it has one", after="first()")
    found, wrong = tool.judge(places, texts, [known])
    assert [(one.place.column, one.reason) for one in found] == [(20, "it has one"), (30, "")]
    assert wrong == []


def test_a_form_is_a_reason_in_every_native(tool: Any) -> None:
    kept = "    let x = kept(&ONE)?;"
    texts = {ONE: [kept, "    kept(one)?;", "    kept(&ONE).second()?;"], "cpython/one.rs": [kept]}
    places = {
        tool.Place(file, line, text.index("?") + 1): [False]
        for file, lines in texts.items()
        for line, text in enumerate(lines, 1)
    }
    known = tool.Reason("", "", "it is kept", form=r"kept\(&\w+\)")
    found, wrong = tool.judge(places, texts, [known])
    assert [(one.place.file, one.place.line, one.reason) for one in found] == [
        (ONE, 1, "it is kept"),
        (ONE, 2, ""),
        (ONE, 3, ""),
        ("cpython/one.rs", 1, ""),
    ]
    assert wrong == []
    nothing = known._replace(form="nowhere")
    assert tool.judge(places, texts, [nothing])[1] == ["nothing of this form was left unreached: nowhere"]


def test_wrong_reasons(tool: Any) -> None:
    texts = {ONE: ["    third()?;"]}
    moved = tool.Reason(ONE, "second()?;", "it has one")
    reached = tool.Reason(ONE, "third()?;", "it has one")
    found, wrong = tool.judge({tool.Place(ONE, 1, 12): [True]}, texts, [moved, reached])
    assert found == []
    assert wrong == [
        "natives/one.rs has no such line: second()?;",
        "natives/one.rs: nothing can reach it, says coverage.toml, but it was reached: third()?;",
    ]


def test_known_reasons_name_lines_that_are_there(tool: Any) -> None:
    reasons = tool.read_reasons()
    assert reasons
    for one in reasons:
        if one.form:
            files = (ROOT / "rust" / "src" / "natives").rglob("*.rs")
            assert any(re.search(one.form, file.read_text(encoding="utf-8")) for file in files), one
            continue
        lines = (ROOT / "rust" / "src" / one.file).read_text(encoding="utf-8").splitlines()
        assert one.line in map(str.strip, lines), one
        assert one.after in one.line, one


@pytest.mark.parametrize(("reached", "status", "code"), [(True, 0, 0), (False, 0, 1), (True, 1, 1)])
def test_exit_status(
    tool: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reached: bool,
    status: int,
    code: int,
) -> None:
    place = tool.Place("natives/common_utils/hash_file.rs", 1, 1)
    monkeypatch.setattr(tool, "measure", lambda arguments: ({place: [reached]}, status))
    monkeypatch.setattr(tool, "read_reasons", list)
    assert tool.main([]) == code
    output = capsys.readouterr().out
    assert ("natives/common_utils/hash_file.rs:1\n    //! `hash_file" in output) == (not reached)
    assert ("exit status 1" in output) == (status == 1)


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_processes_that_end_at_once_count(tmp_path: Path) -> None:
    library = tmp_path / "module.so"
    source = ROOT / "tools" / "coverage.c"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
    Path(f"{library}.edges").touch()
    module = ctypes.CDLL(str(library))
    guards = (ctypes.c_uint32 * 4)()
    blocks = (ctypes.c_size_t * 8)(1, 0, *[0] * 6)  # the first block was removed
    begin, size = ctypes.addressof(guards), ctypes.sizeof(ctypes.c_uint32)
    module.__sanitizer_cov_trace_pc_guard_init(ctypes.c_void_p(begin), ctypes.c_void_p(begin + 4 * size))
    at = ctypes.addressof(blocks)
    module.__sanitizer_cov_pcs_init(ctypes.c_void_p(at), ctypes.c_void_p(at + ctypes.sizeof(blocks)))
    for edge in (1, 2):
        child = os.fork()
        if child == 0:
            module.__sanitizer_cov_trace_pc_guard(ctypes.c_void_p(begin + edge * size))
            if edge == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(0)
        os.waitpid(child, 0)
    edges = list(struct.iter_unpack("=QQ", Path(f"{library}.edges").read_bytes()))
    assert [reached for _, reached in edges] == [0, 1, 1, 0]
    assert edges[0][0] == 0
