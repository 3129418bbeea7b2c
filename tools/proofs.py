"""Makes sky_rust/proofs.json, and the table in docs/proof.md, of what the matrix found: `nox -s prove`.

    python tools/proofs.py write REPORT...     both files anew, from the reports of all cells
    python tools/proofs.py check REPORT...     exit status 1 where a report says otherwise than proofs.json

A report is what `sky-rust verify --all --json` has printed in one cell of the matrix.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from sky_rust import _proof
from sky_rust._proof import Proofs, Sources
from sky_rust._registry import FUNCTIONS

PAGE = Path(__file__).parents[1] / "docs" / "proof.md"
BEGIN, END = "<!-- the matrix -->\n", "<!-- its end -->\n"

#: What a verdict says of an original, in the words of `sky_rust.status()`.
REFUTED = {"differs": "differs from what its native mirrors", "declines": "is one that its native seldom answers"}


@click.group()
def main() -> None:
    """What the matrix found."""


@main.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def write(reports: list[Path]) -> None:
    """Write proofs.json and the table."""
    cells = sorted(
        map(_read, reports), key=lambda cell: (_number(cell["skypilot"]["release"]), _number(cell["python"]))
    )
    proofs = Proofs.none()
    results: dict[tuple[str, str], set[str]] = {}
    for cell in cells:
        proofs.add(Sources(**cell["skypilot"]))
        release = cell["skypilot"]["release"]
        for one in cell["functions"]:
            results.setdefault((one["function"], one["fingerprint"]), set()).add(one["result"])
            if one["result"] == "same":
                proofs.prove(one["function"], one["fingerprint"], cell["abi"], release, one["examples"])
    for (name, fingerprint), found in results.items():
        words = [REFUTED[result] for result in REFUTED if result in found]
        if words and "same" not in found:
            proofs.refuted.setdefault(name, {})[fingerprint] = words[0]
    proofs.write(_proof.SHIPPED_FILE)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(before + BEGIN + _table(cells) + END + rest.split(END)[1], encoding="utf-8")


@main.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check(reports: list[Path]) -> None:
    """Compare reports with proofs.json."""
    proofs, wrong = _proof.shipped(), []
    for cell in map(_read, reports):
        for one in cell["functions"]:
            proven = proofs.has(one["function"], one["fingerprint"], cell["abi"])
            if proven != (one["result"] == "same"):
                wrong.append(f"{_title(cell)}: {one['function']}: {one['result']} {one['reason']}\n{one['script']}")
    for line in wrong:
        click.echo(line, err=True)
    click.echo(f"{len(reports)} cells, {len(wrong)} otherwise than proofs.json says")
    sys.exit(1 if wrong else 0)


def _read(report: Path) -> dict[str, Any]:
    cell: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return cell


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.replace("post", "").split(".") if part)


def _title(cell: dict[str, Any]) -> str:
    return f"Python {cell['python']}, SkyPilot {cell['skypilot']['release']}"


def _table(cells: list[dict[str, Any]]) -> str:
    """A row a function, a column a release: on how many Pythons the native was proven, or what keeps it from that."""
    releases = list(dict.fromkeys(cell["skypilot"]["release"] for cell in cells))
    pythons = list(dict.fromkeys(cell["python"] for cell in sorted(cells, key=lambda cell: _number(cell["python"]))))
    lines = [
        f"| function | {' | '.join(release or 'none' for release in releases)} |",
        f"| --- |{' :---: |' * len(releases)}",
    ]
    compared = 0
    for function in FUNCTIONS:
        row = []
        for release in releases:
            of_release = [cell for cell in cells if cell["skypilot"]["release"] == release]
            found = [one for cell in of_release for one in cell["functions"] if one["function"] == function.name]
            compared += sum(one["examples"] for one in found)
            same = sum(one["result"] == "same" for one in found)
            others = sorted({one["result"] for one in found} - {"same"})
            reference = "\\*" if all(one["fingerprint"] == _proof.REFERENCE for one in found) else ""
            row.append(", ".join([f"{same}/{len(found)}{reference}"] * bool(same) + others))
        lines.append(f"| `{function.name}` | {' | '.join(row)} |")
    counts = f"{len(cells)} cells (Python {', '.join(pythons)}), {compared:,} calls compared"
    return "\n".join((*lines, "", f"{counts}, each where nobody sees log records and where somebody does.", ""))


if __name__ == "__main__":
    main()
