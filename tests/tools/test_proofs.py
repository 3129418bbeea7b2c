"""The matrix is merged cell by cell: nothing that was proven elsewhere is forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from sky_rust import _native, _proof
from sky_rust._record import REFERENCE, Proofs, Sources
from sky_rust.testing import Verdict
from tools.proofs import Cell, _cell, main, merge, news_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PSUTIL = {"psutil": ("d7", "7.2.2")}
OLD = {"psutil": ("d5", "5.9.8")}


def cell(release: str, *verdicts: Verdict, abi: str = "cpython-312") -> Cell:
    fingerprints = {one.function: one.fingerprint for one in verdicts}
    return Cell(abi, Sources(release, {"a.py": f"sha of {release}"}, fingerprints), list(verdicts))


def said(
    result: str, native: str = "n", libraries: dict[str, tuple[str, str]] = PSUTIL, fingerprint: str = "f"
) -> Verdict:
    return Verdict("get_cpu_count", result, examples=500, fingerprint=fingerprint, native=native, libraries=libraries)


def proven(proofs: Proofs, what: str, abi: str = "cpython-312") -> dict[str, dict[str, int]]:
    return proofs.proven.get("get_cpu_count", {}).get(what, {}).get(abi, {})


def test_one_cell_forgets_no_other() -> None:
    proofs = Proofs.none()
    merge(
        proofs, [cell("0.13.0", said("same")), cell("0.14.1", said("same")), cell("", said("same"), abi="cpython-39")]
    )
    merge(proofs, [cell("0.14.1", said("same", native="new"))])
    assert proven(proofs, "f") == {"n": {"0.13.0": 500}, "new": {"0.14.1": 500}}
    assert proven(proofs, "f", "cpython-39") == {"n": {"": 500}}
    assert set(proofs.files) == {"0.13.0", "0.14.1", ""}


def test_a_difference_is_the_librarys_where_another_held() -> None:
    proofs = Proofs.none()
    merge(proofs, [cell("0.14.1", said("same")), cell("0.14.1", said("differs", libraries=OLD))])
    assert proven(proofs, "f") == {"n": {"0.14.1": 500}}
    assert proven(proofs, "d7") == {"n": {"7.2.2": 500}}
    assert proven(proofs, "d5") == {}
    assert not proofs.refuted.get("get_cpu_count")


def test_a_difference_is_the_originals_where_none_held() -> None:
    proofs = Proofs.none()
    merge(proofs, [cell("0.14.1", said("same"))])
    merge(proofs, [cell("0.14.1", said("differs", native="new")), cell("0.14.1", said("differs", "new", OLD))])
    assert proven(proofs, "f") == {}
    assert proofs.refuted == {"get_cpu_count": {"f": {"new": "differs from what its native mirrors"}}}
    assert proven(proofs, "d7") == {"n": {"7.2.2": 500}}


def test_another_digest_of_a_release_replaces_the_one_before() -> None:
    """Where other modules of a library count than before, its releases have other digests."""
    proofs = Proofs.none()
    merge(proofs, [cell("0.14.1", said("same")), cell("0.14.1", said("same", libraries=OLD))])
    merge(proofs, [cell("0.14.1", said("same", libraries={"psutil": ("e7", "7.2.2")}))])
    assert proofs.libraries == {"psutil": {"d5": "5.9.8", "e7": "7.2.2"}}
    assert proven(proofs, "d7") == {}
    assert proven(proofs, "e7") == {"n": {"7.2.2": 500}}


def known() -> Proofs:
    """Proofs of SkyPilot 0.14.1 and of an older one, whose original was another one, with psutil 7.2.2."""
    proofs = Proofs.none()
    merge(proofs, [cell("0.13.0", said("same", fingerprint="old")), cell("0.14.1", said("same"))])
    return proofs


def test_what_is_known_is_no_news() -> None:
    for verdict in (said("same"), said("same", fingerprint="old"), said("same", native="changed")):
        assert news_of(known(), verdict) == []


def test_another_original_is_news() -> None:
    assert news_of(known(), said("same", fingerprint="new")) == ["the original is another one: fingerprint new"]


def test_an_original_that_is_gone_is_news() -> None:
    assert news_of(known(), said("same", fingerprint=REFERENCE)) == [
        "SkyPilot has no such function any more (0.14.1 had)"
    ]
    proofs = Proofs.none()
    merge(proofs, [cell("0.14.1")])  # which has no such function either
    assert news_of(proofs, said("same", fingerprint=REFERENCE, libraries={})) == []


def test_another_library_is_news() -> None:
    assert news_of(known(), said("same", libraries=OLD)) == ["psutil 5.9.8 is not among the libraries that were proven"]


def test_a_difference_is_news_until_it_is_known() -> None:
    proofs = known()
    assert news_of(proofs, said("differs")) == ["the original differs from what its native mirrors"]
    merge(proofs, [cell("0.14.1", said("differs"))])
    assert news_of(proofs, said("differs")) == []
    assert news_of(proofs, said("python")) == []


def test_the_page_of_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_proof, "shipped", known)
    different = said("differs", fingerprint="new")._replace(script="call()\n", reason="  result: 1 != 2")
    report = {"abi": "cpython-312", "skypilot": {"release": "1.0.0.dev1", "files": {}, "fingerprints": {}}}

    def page(verdict: Verdict) -> str:
        file = tmp_path / "report.json"
        file.write_text(json.dumps({**report, "functions": [verdict._asdict()]}), encoding="utf-8")
        ran = CliRunner().invoke(main, ["news", str(file)])
        assert ran.exit_code == 0, ran.output
        return ran.output

    text = page(different)
    assert text.startswith("SkyPilot 1.0.0.dev1 on cpython-312 has")
    assert "| `get_cpu_count` | the original is another one: fingerprint new | differs |" in text
    assert text.count("```python\ncall()\n```\n\n```\n  result: 1 != 2\n```") == 1
    assert page(said("same")) == ""


def test_a_release_with_the_same_original_is_shown_as_proven() -> None:
    proofs, native = Proofs.none(), _native.digest("get_cpu_count")
    merge(proofs, [cell("0.13.0", said("same", native="old")), cell("0.14.1", said("same", native=native))])
    merge(proofs, [cell("0.12.0", said("same", native="old", fingerprint="g"))])
    proofs.fingerprints["0.11.0"] = {"get_cpu_count": "h"}
    shown = {release: _cell(proofs, "get_cpu_count", release) for release in proofs.fingerprints}
    assert shown == {"0.11.0": "Python", "0.12.0": "stale", "0.13.0": "=1/1", "0.14.1": "1/1"}
