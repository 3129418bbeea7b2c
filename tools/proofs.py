"""Makes sky_rust/proofs.json, and the tables in docs/proof.md, from the reports of the matrix: `nox -s prove`.

    python tools/proofs.py stale               the cells of the matrix that have to be proven again, one a line
    python tools/proofs.py write REPORT...     both files, with these cells' reports in place of what they had
    python tools/proofs.py check REPORT...     exit status 1 where a report says otherwise than proofs.json
    python tools/proofs.py news REPORT...      what the reports have that proofs.json doesn't know, as Markdown

A report is the output of `sky-rust verify --all --json` in one cell of the matrix.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import click

from sky_rust import _native, _proof, _record
from sky_rust._record import Proofs, Sources
from sky_rust._registry import FUNCTIONS
from sky_rust.testing import Verdict

PAGE = Path(__file__).parents[1] / "docs" / "proof.md"


class Cell(NamedTuple):
    """One cell of the matrix: a Python, a release of SkyPilot ('' for none), and the verdicts of `verify` there."""

    abi: str
    sources: Sources
    verdicts: list[Verdict]

    @classmethod
    def read(cls, report: Path) -> Cell:
        """The cell of a report."""
        document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        verdicts = [
            Verdict(**{**one, "libraries": {name: tuple(found) for name, found in one["libraries"].items()}})
            for one in document["functions"]
        ]
        return cls(document["abi"], Sources(**document["skypilot"]), verdicts)


@click.group()
def main() -> None:
    """What the matrix found."""


@main.command()
@click.argument("cells", nargs=-1)
def stale(cells: tuple[str, ...]) -> None:
    """Print those of some cells (py312-0.14.1, py312-none) that lack a proof of a native as it is now."""
    proofs = _proof.shipped()
    for cell in cells:
        python, _, rest = cell.partition("-")
        release, _, library = rest.partition("-")
        if any(_is_stale(proofs, one.name, _abi(python), release, library) for one in FUNCTIONS):
            click.echo(cell)


def _is_stale(proofs: Proofs, name: str, abi: str, release: str, library: str) -> bool:
    """Whether a native's proof of that cell is missing, or for another native."""
    native, key = _native.digest(name), {"none": ""}.get(release, release)
    if release == "nightly":
        return True  # each day has another nightly
    proven = proofs.proven.get(name, {})
    known = [by_abi.get(abi, {}) for by_abi in proven.values()]
    if library:
        return bool(_native.libraries(name)) and not any(library in of.get(native, {}) for of in known)
    refuted = proofs.refuted.get(name, {}).get(proofs.fingerprints.get(key, {}).get(name, ""), {})
    return native not in refuted and not any(key in of.get(native, {}) for of in known)


def _abi(python: str) -> str:
    """The ABI of a Python that the matrix names `py312`, on this platform."""
    return re.sub(r"cpython-\d+", f"cpython-{python[2:]}", _proof.ABI)


@main.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def write(reports: tuple[Path, ...]) -> None:
    """Write proofs.json and the tables: cells that have no report here stay as they were."""
    proofs = _proof.shipped()
    merge(proofs, list(map(Cell.read, reports)))
    proofs.write(_proof.SHIPPED_FILE)
    text = PAGE.read_text(encoding="utf-8")
    for name, table in (("matrix", _matrix(proofs)), ("libraries", _libraries(proofs))):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, rest = text.split(begin)
        text = before + begin + table + end + rest.split(end)[1]
    PAGE.write_text(text, encoding="utf-8")


def merge(proofs: Proofs, cells: list[Cell]) -> None:
    """Replaces the cells' proofs in `proofs` by those of their new verdicts.

    A release of SkyPilot may stand in several cells, with several libraries. A native is proven with it if one of these
    says so; a library is left unproven only if another library held with the same original.
    """
    found = defaultdict(list)
    for cell in cells:
        proofs.add(cell.sources)
        for one in cell.verdicts:
            found[one.function, one.fingerprint, cell.abi, cell.sources.release].append(one)
    results = defaultdict(set)
    for (name, fingerprint, abi, release), verdicts in found.items():
        same = [one for one in verdicts if one.result == "same"]
        proofs.withdraw(name, fingerprint, abi, release)
        for one in verdicts:
            results[name, fingerprint, one.native].add(one.result)
            for digest, of_library in one.libraries.values():
                if one.result != "same" and same:
                    proofs.withdraw(name, digest, abi, of_library)
        for one in same:
            proofs.note(one, abi, release)
    forget_old_digests(proofs, cells)
    for (name, fingerprint, native), said in results.items():
        words = [_record.REFUTED[result] for result in _record.REFUTED if result in said]
        proofs.refuted.get(name, {}).pop(fingerprint, None)
        if words and "same" not in said:
            proofs.refuted.setdefault(name, {})[fingerprint] = {native: words[0]}


def forget_old_digests(proofs: Proofs, cells: list[Cell]) -> None:
    """Forgets a digest of a library where these cells have another one of its release: other modules count now."""
    found = defaultdict(set)
    for one in (one for cell in cells for one in cell.verdicts):
        for library, (digest, release) in one.libraries.items():
            found[library, release].add(digest)
    for (library, release), digests in found.items():
        known = proofs.libraries.get(library, {})
        for digest in [digest for digest, of in known.items() if of == release and digest not in digests]:
            del known[digest]
            for proven in proofs.proven.values():
                proven.pop(digest, None)


@main.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check(reports: tuple[Path, ...]) -> None:
    """Compare reports with proofs.json."""
    proofs, wrong = _proof.shipped(), []
    for cell in map(Cell.read, reports):
        for one in cell.verdicts:
            proven = proofs.has(one.function, one.fingerprint, cell.abi, one.native)
            if proven != (one.result == "same"):
                where = f"{cell.abi}, SkyPilot {cell.sources.release}"
                wrong.append(f"{where}: {one.function}: {one.result} {one.reason}\n{one.script}")
    for line in wrong:
        click.echo(line, err=True)
    click.echo(f"{len(reports)} cells, {len(wrong)} otherwise than proofs.json says")
    sys.exit(1 if wrong else 0)


@main.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def news(reports: tuple[Path, ...]) -> None:
    """Print originals, libraries and differences that are new; nothing where all of them are known."""
    proofs = _proof.shipped()
    for cell in map(Cell.read, reports):
        found = [(one, what) for one in cell.verdicts for what in news_of(proofs, one)]
        if found:
            click.echo(_page(cell, found))


def news_of(proofs: Proofs, verdict: Verdict) -> list[str]:
    """What a verdict has that the proofs don't know, in words: another original or library, or a difference."""
    name, found = verdict.function, []
    newest = max((release for release in proofs.fingerprints if release), key=_number, default="")
    if verdict.fingerprint == _record.REFERENCE:
        if name in proofs.fingerprints.get(newest, {}):
            found.append(f"SkyPilot has no such function any more ({newest} had)")
    elif not any(known.get(name) == verdict.fingerprint for known in proofs.fingerprints.values()):
        found.append(f"the original is another one: fingerprint {verdict.fingerprint[:12]}")
    for library, (digest, release) in verdict.libraries.items():
        if digest not in proofs.libraries.get(library, {}):
            found.append(f"{library} {release} is not among the libraries that were proven")
    refuted = proofs.refuted.get(name, {}).get(verdict.fingerprint, {})
    if verdict.result in _record.REFUTED and verdict.native not in refuted:
        found.append(f"the original {_record.REFUTED[verdict.result]}")
    return found


def _page(cell: Cell, found: list[tuple[Verdict, str]]) -> str:
    """An issue's text about one cell's news."""
    lines = [
        f"SkyPilot {cell.sources.release} on {cell.abi} has what `sky_rust/proofs.json` doesn't know:",
        "",
        "| function | what is new | verdict |",
        "| --- | --- | --- |",
        *(f"| `{one.function}` | {what} | {one.result} |" for one, what in found),
        "",
        "Where the verdict is *same*, `nox -s prove` records the proof. Elsewhere the function stays in Python with "
        "this SkyPilot, for good or until its native follows.",
    ]
    for one in {one.function: one for one, _ in found if one.script}.values():
        lines += ["", f"`{one.function}`:", "", "```python", one.script.strip(), "```", "", "```", one.reason, "```"]
    return "\n".join(lines)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _pythons(proofs: Proofs) -> list[str]:
    abis = {abi for by_what in proofs.proven.values() for by_abi in by_what.values() for abi in by_abi}
    return sorted(abis, key=_number)


def _count(proofs: Proofs, name: str, whats: list[str], release: str) -> str:
    """The number of Pythons on which the present native is proven with one of `whats`, of that release."""
    native, pythons = _native.digest(name), _pythons(proofs)
    known = [proofs.proven.get(name, {}).get(what, {}) for what in whats]
    count = sum(any(release in of.get(abi, {}).get(native, {}) for of in known) for abi in pythons)
    return f"{count}/{len(pythons)}" if count else ""


def _cell(proofs: Proofs, name: str, release: str) -> str:
    """On how many Pythons the native is proven with a release, or with the same original of another; else why not."""
    fingerprint = proofs.fingerprints[release].get(name, _record.REFERENCE)
    reference = "\\*" if fingerprint == _record.REFERENCE else ""
    if count := _count(proofs, name, [fingerprint], release):
        return count + reference
    if proofs.refuted.get(name, {}).get(fingerprint):
        return "differs"
    pythons = _pythons(proofs)
    if held := sum(proofs.has(name, fingerprint, abi, _native.digest(name)) for abi in pythons):
        return f"={held}/{len(pythons)}{reference}"
    return "stale" if proofs.proven.get(name, {}).get(fingerprint) else "Python"


def _matrix(proofs: Proofs) -> str:
    """A table of functions and releases: on how many Pythons the native is proven, or why it is not."""
    nightlies = sorted((release for release in proofs.files if "dev" in release), key=_number)
    releases = [*sorted((one for one in proofs.files if "dev" not in one), key=_number), *nightlies[-1:]]
    lines = [
        f"| function | {' | '.join(release or 'none' for release in releases)} |",
        f"| --- |{' :---: |' * len(releases)}",
    ]
    for function in FUNCTIONS:
        row = [_cell(proofs, function.name, release) for release in releases]
        lines.append(f"| `{function.name}` | {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def _libraries(proofs: Proofs) -> str:
    """Tables of functions that reach a library and its releases: on how many Pythons the native is proven."""
    lines = []
    for library, releases in sorted(proofs.libraries.items()):
        shown = sorted(set(releases.values()), key=_number)
        lines += [
            f"| function | {' | '.join(f'{library} {one}' for one in shown)} |",
            f"| --- |{' :---: |' * len(shown)}",
        ]
        for function in FUNCTIONS:
            if library not in _native.libraries(function.name):
                continue
            of = {one: [digest for digest, release in releases.items() if release == one] for one in shown}
            row = [_count(proofs, function.name, of[one], one) or "differs" for one in shown]
            lines.append(f"| `{function.name}` | {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
