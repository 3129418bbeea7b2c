"""`tools/release_notes.py`: what the changelog says of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functions import ROOT
from tools.release_notes import main, notes

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- One thing, that takes
  --two lines.
- Another one:
  - below it
    #1.

A paragraph
of two lines.

## [0.1.0] - 2026-11-01

- The first one.

[0.1.0]: https://example.org/0.1.0
"""

NOTES = """### Added

- One thing, that takes --two lines.
- Another one:
  - below it #1.

A paragraph of two lines.
"""


def test_one_version_and_no_other() -> None:
    assert notes(CHANGELOG, "0.2.0") == NOTES
    assert notes(CHANGELOG, "0.1.0") == "- The first one.\n"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0.3.0", "0 headings '## [0.3.0]"),
        ("0.1", "0 headings"),
        ("0.1.", "0 headings"),
        ("Unreleased", "nothing about Unreleased"),
    ],
)
def test_a_version_without_notes(version: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        notes(CHANGELOG, version)
    assert said in str(caught.value)


def test_two_headings_of_one_version() -> None:
    with pytest.raises(ValueError, match="2 headings"):
        notes(CHANGELOG + "\n## [0.2.0]\n\n- Again.\n", "0.2.0")


def test_headings_alone_are_no_notes() -> None:
    with pytest.raises(ValueError, match="nothing about"):
        notes("## [1.0.0] - 2027-01-01\n\n### Added\n\n### Fixed\n", "1.0.0")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG, encoding="utf-8")
    main(["0.2.0", "--changelog", str(changelog)])
    assert capsys.readouterr().out == NOTES
    for name, said in (("CHANGELOG.md", "0 headings"), ("missing.md", "No such file")):
        with pytest.raises(SystemExit) as stopped:
            main(["0.3.0", "--changelog", str(tmp_path / name)])
        assert str(stopped.value.code).startswith(f"{tmp_path / name}: ")  # a message: exit status 1
        assert said in str(stopped.value.code)


def test_our_own_changelog_is_of_this_form() -> None:
    assert "\n### Added\n" in f"\n{notes((ROOT / 'CHANGELOG.md').read_text(encoding='utf-8'), 'Unreleased')}"
