"""Counts the branches of the natives that `sky-rust verify` reaches: `nox -s coverage`.

    python tools/coverage.py [NAME...]    the functions to verify, all by default; options of `verify` may follow

The session builds the module without optimization, so that its branches are the source's, and with the sanitizer's
counters: on each edge from one basic block to another, the compiled code calls `tools/coverage.c`, which marks the edge
in a file that all processes share. Here is what is made of it. An edge belongs to the place in the source, a line and a
column, that it leads to: a `?` has an edge of its own for what fails in front of it. Copies of a place, which the
compiler makes for each type of a generic function and wherever a function is inlined, count as one: it is enough if one
copy has been there. Left out are

- what isn't this crate's source: the standard library and other crates;
- blocks that call a function that panics: an index is out of bounds, a divisor is 0, `unwrap`, `assert`. (Cleaning up
  after a panic is not there at all: the module is built to abort.) That no call gets there is for the fuzzer to show;
- closing brackets and semicolons, where values are dropped: there is an edge for each way that leads there, and that
  way has another one, in the place where it begins;
- blocks that the compiler has removed, since it sees that nothing leads there.

An edge of a native that is never reached fails the tool, unless `tools/coverage.toml` says why nothing can reach it.
That names lines by their text, so that it stays right while lines move, or a form that many lines have. A text that is
no longer there fails the tool, and so does an edge that was reached after all.
"""

from __future__ import annotations

import bisect
import itertools
import os
import re
import struct
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import tomllib
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sky_rust import _native

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The crate's sources.
SOURCES = Path(__file__).parents[1] / "rust" / "src"

REASONS = Path(__file__).with_suffix(".toml")

#: The layers that natives consist of; the edges of the first one have to be reached.
LAYERS = ("natives", "host", "effects", "cpython")

#: The functions of Rust's own libraries that panic.
_PANIC = re.compile(r"(core|std|alloc)::(\w+::)*(panic\w*|\w+_fail(ed)?|handle_(alloc_)?error)(::<.*>)?")

#: A call, to an address or to what the table of offsets has at an address.
_CALL = re.compile(r"call +(?:([0-9a-f]+) <|\*.*# ([0-9a-f]+) <)")

#: Where the compiler drops values; where a function ends it is behind the line.
_CLOSING = ")]};"


class Edge(NamedTuple):
    """An edge of the control flow.

    address: where the block that it leads to begins, in the module.
    reached: whether a process has been there.
    """

    address: int
    reached: bool


class Place(NamedTuple):
    """A place in the source: a file below rust/src, a line and a column, both from 1 on.

    Column 0 is the beginning of a function or a closure.
    """

    file: str
    line: int
    column: int


class Code(NamedTuple):
    """The module's code, as far as it matters here.

    functions: the addresses of its functions, in order.
    panics: the addresses of the calls that panic, in order.
    ends: the addresses of the instructions that end a block, in order.
    """

    functions: list[int]
    panics: list[int]
    ends: list[int]

    def function(self, address: int) -> int:
        """The address of the function that an instruction is in."""
        return self.functions[bisect.bisect(self.functions, address) - 1]

    def is_panic(self, address: int) -> bool:
        """Whether the block that begins there panics."""
        at = bisect.bisect_left(self.panics, address)
        if at == len(self.panics) or self.function(self.panics[at]) != self.function(address):
            return False
        end = bisect.bisect_left(self.ends, address)
        return end == len(self.ends) or self.panics[at] < self.ends[end]


class Reason(NamedTuple):
    """Why nothing can reach some edges.

    file, line: the file, below rust/src, and the text of the line, or lines; "" where it has a form.
    reason: the reason.
    after: the text that is right in front of the edges' place in the line; "" for all edges of the line.
    form: the same as a regular expression, for all lines of natives; "" for none.
    """

    file: str = ""
    line: str = ""
    reason: str = ""
    after: str = ""
    form: str = ""

    def covers(self, file: str, text: str, column: int) -> bool:
        """Whether it is the reason for an edge that leads to a column of a line."""
        before = text[: max(column - 1, 0)]
        if self.form:
            return file.startswith(f"{LAYERS[0]}/") and re.search(f"{self.form}$", before) is not None
        return (file, text.strip()) == (self.file, self.line) and before.endswith(self.after)


class Unreached(NamedTuple):
    """An edge that was not reached, at its place.

    text: the line.
    reason: why nothing can reach it; "" if that isn't known.
    """

    place: Place
    text: str
    reason: str


def read_reasons() -> list[Reason]:
    """The reasons that are known."""
    return [Reason(**one) for one in tomllib.loads(REASONS.read_text(encoding="utf-8"))["unreached"]]


def read_edges(content: bytes) -> list[Edge]:
    """The edges in the file of `coverage.c`, without those of removed blocks."""
    return [Edge(address, bool(reached)) for address, reached in struct.iter_unpack("=QQ", content) if address]


def read_frames(lines: Iterable[str]) -> Iterator[tuple[int, tuple[tuple[str, int], ...]]]:
    """Each address, and the lines of source that it belongs to, the innermost first, from `addr2line -a -i`.

    They are paths and numbers. More than one means that a function was inlined where the next one says.
    """
    address, frames = 0, list[tuple[str, int]]()
    for line in lines:
        if line.startswith("0x"):
            if frames:
                yield address, tuple(frames)
            address, frames = int(line, 16), []
        else:
            path, _, number = line.partition(" (discriminator")[0].strip().rpartition(":")
            frames.append((path, int(number) if number.isdecimal() else 0))
    if frames:
        yield address, tuple(frames)


def read_code(disassembly: Iterable[str], relocations: Iterable[str]) -> Code:
    """The code from `objdump --disassemble --demangle --no-show-raw-insn` and `objdump --dynamic-reloc`, of x86-64."""
    names, calls, ends = dict[int, str](), dict[int, int](), list[int]()
    for line in disassembly:
        if line.endswith(">:\n") and not line.startswith(" "):
            address, _, name = line.partition(" ")
            names[int(address, 16)] = name[1:-3]
        elif line.startswith(" ") and ":\t" in line:
            address, _, instruction = line.partition(":\t")
            if call := _CALL.search(instruction):
                calls[int(address, 16)] = int(call[1] or call[2], 16)
            elif instruction.startswith(("j", "ret", "ud2")):
                ends.append(int(address, 16))
    offsets = dict[int, int]()
    for line in relocations:
        if "_RELATIVE" in line:
            place, _, value = line.split()
            offsets[int(place, 16)] = int(value.rpartition("+")[2], 16)
    panicking = {address for address, name in names.items() if _PANIC.fullmatch(name)}
    panics = [at for at, target in calls.items() if target in panicking or offsets.get(target) in panicking]
    return Code(list(names), panics, ends)


def read_columns(module: str, addresses: Iterable[int]) -> dict[int, int]:
    """The columns of addresses, which `addr2line` doesn't print."""
    from elftools.elf.elffile import ELFFile  # the tests of what is above and below do without it

    rows = list[tuple[int, int]]()
    with open(module, "rb") as file:
        debug = ELFFile(file).get_dwarf_info()
        for unit in debug.iter_CUs():
            program = debug.line_program_for_CU(unit)
            states = (entry.state for entry in (program.get_entries() if program else ()))
            rows += [(state.address, state.column) for state in states if state is not None and not state.end_sequence]
    rows.sort(key=lambda row: row[0])  # of several rows for an address, the last one counts
    starts = [address for address, _ in rows]
    return {address: rows[bisect.bisect(starts, address) - 1][1] for address in addresses}


def merge(
    edges: Iterable[Edge],
    frames: dict[int, tuple[tuple[str, int], ...]],
    columns: dict[int, int],
    code: Code,
    sources: Path,
) -> dict[Place, list[bool]]:
    """The edges of each place in `sources`, and whether they were reached in any of its copies.

    Args:
        edges: those of the module.
        frames: the lines that each belongs to, as `read_frames` gives them.
        columns: the column of each.
        code: the module's code.
        sources: the folder.
    """
    copies: dict[tuple[int, int, tuple[tuple[str, int], ...]], list[bool]] = defaultdict(list)
    for address, reached in sorted(edges):
        if not code.is_panic(address):
            copies[code.function(address), columns[address], frames[address]].append(reached)
    places: dict[Place, list[bool]] = {}
    for (_, column, ((path, line), *_)), copy in copies.items():
        file = os.path.relpath(os.path.normpath(path), sources)
        if file.startswith("..") or not line:
            continue
        place = places.setdefault(Place(file, line, column), [])
        place += [False] * (len(copy) - len(place))
        place[: len(copy)] = (before or now for before, now in zip(place, copy))
    return dict(sorted(places.items()))


def without_drops(places: dict[Place, list[bool]], texts: dict[str, list[str]]) -> dict[Place, list[bool]]:
    """The places without those where values are dropped; `texts` are the lines of each file."""
    return {
        place: edges
        for place, edges in places.items()
        if not place.column or texts[place.file][place.line - 1][place.column - 1 : place.column].strip(_CLOSING)
    }


def judge(
    places: dict[Place, list[bool]], texts: dict[str, list[str]], reasons: Iterable[Reason]
) -> tuple[list[Unreached], list[str]]:
    """The edges that were not reached, and what is wrong with the reasons.

    Args:
        places: the edges of each place.
        texts: the lines of each file.
        reasons: those that are known.
    """
    found, used = [], set[Reason]()
    for place, edges in places.items():
        text = texts[place.file][place.line - 1]
        known = [one for one in reasons if one.covers(place.file, text, place.column)]
        if not all(edges):
            used.update(known)
            found += [Unreached(place, text, known[0].reason if known else "")] * edges.count(False)
    wrong = []
    for one in reasons:
        if one.form:
            wrong += [] if one in used else [f"nothing of this form was left unreached: {one.form}"]
        elif one.line not in map(str.strip, texts.get(one.file, [])) or one.after not in one.line:
            wrong.append(f"{one.file} has no such line: {one.line}")
        elif one not in used:
            wrong.append(f"{one.file}: nothing can reach it, says {REASONS.name}, but it was reached: {one.line}")
    return found, wrong


def run(command: list[str], given: str | None = None) -> list[str]:
    """The lines that a command prints; `given` is its standard input."""
    ran = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, input=given)
    return ran.stdout.splitlines(keepends=True)


def measure(arguments: list[str]) -> tuple[dict[Place, list[bool]], int]:
    """The edges that `verify` reaches with these arguments, and its exit status."""
    module = _native.__file__
    file = Path(f"{module}.edges")
    file.write_bytes(b"")
    file.chmod(0o666)  # a process without privileges counts as well
    try:
        # -P: the package that is installed, not the one in this folder
        status = subprocess.call([sys.executable, "-P", "-W", "ignore", "-m", "sky_rust.cli", "verify", *arguments])
        edges = read_edges(file.read_bytes())
    finally:
        file.unlink()
    if not edges:
        sys.exit(f"{module} has no counters, or no process has loaded it: `nox -s coverage` builds it")
    addresses = [edge.address for edge in edges]
    frames = read_frames(run(["addr2line", "-e", module, "-a", "-i"], "".join(f"{one:#x}\n" for one in addresses)))
    code = read_code(
        run(["objdump", "--disassemble", "--demangle", "--no-show-raw-insn", module]),
        run(["objdump", "--dynamic-reloc", module]),
    )
    return merge(edges, dict(frames), read_columns(module, addresses), code, SOURCES), status


def show(console: Console, places: dict[Place, list[bool]], found: list[Unreached]) -> None:
    """Prints the files with their figures, and the lines with edges that were not reached."""
    table = Table("file below rust/src", box=None, pad_edge=False, header_style="bold")
    for heading in ("reached", "explained", "edges", ""):
        table.add_column(heading, justify="right")
    for layer in LAYERS:
        files = sorted({place.file for place in places if place.file.startswith(f"{layer}/")})
        for name in (*files, layer):
            inside = [edges for place, edges in places.items() if f"{place.file}/".startswith(f"{name}/")]
            total, reached = sum(map(len, inside)), sum(map(sum, inside))
            explained = sum(bool(one.reason) for one in found if f"{one.place.file}/".startswith(f"{name}/"))
            share = f"{reached / (total - explained):.1%}" if total > explained else ""
            row = (name, f"{reached:,}", f"{explained:,}" if explained else "", f"{total:,}", share)
            table.add_row(*row, style="bold" if name == layer else None, end_section=name == layer)
    console.print(table)
    shown = (one for layer in LAYERS for one in found if one.place.file.startswith(f"{layer}/"))
    for (file, line), edges in itertools.groupby(shown, lambda one: one.place[:2]):
        _show_line(console, f"{file}:{line}", list(edges))


def _show_line(console: Console, title: str, edges: list[Unreached]) -> None:
    """Prints a line, with a mark under each place that an edge of it leads to, and the reasons."""
    text = edges[0].text
    indent = len(text) - len(text.lstrip())
    marks = [" "] * (len(text) - indent + 1)
    for one in edges:
        marks[max(one.place.column - 1 - indent, 0)] = "[green]^[/]" if one.reason else "[red]^[/]"
    reasons = [f"    [green]{escape(reason)}[/]" for reason in dict.fromkeys(one.reason for one in edges) if reason]
    lines = (f"[bold]{title}[/]", f"    {escape(text.strip())}", f"    {''.join(marks).rstrip()}", *reasons)
    console.print(*lines, sep="\n", highlight=False, soft_wrap=True)


def main(arguments: list[str]) -> int:
    """Measures, and prints the report. Returns the exit status."""
    console = Console()
    console.width = max(console.width, 100)  # names of files are not cut
    reasons = read_reasons()
    places, status = measure(arguments)
    files = {place.file for place in places}
    texts = {file: (SOURCES / file).read_text(encoding="utf-8").splitlines() for file in files}
    places = without_drops(places, texts)
    found, wrong = judge(places, texts, reasons)
    show(console, places, found)
    missing = sum(one.place.file.startswith(f"{LAYERS[0]}/") and not one.reason for one in found)
    if missing:
        wrong.append(f"{missing} edges of natives were never reached, and {REASONS.name} has no reason for them")
    if status:
        wrong.append(f"sky-rust verify has ended with exit status {status}")
    for words in wrong:
        console.print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["--seed", "0"]))
