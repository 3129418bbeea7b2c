"""The matrix is merged cell by cell: nothing that was proven elsewhere is forgotten."""

from __future__ import annotations

from sky_rust._record import Proofs, Sources
from sky_rust.testing import Verdict
from tools.proofs import Cell, merge

PSUTIL = {"psutil": ("d7", "7.2.2")}
OLD = {"psutil": ("d5", "5.9.8")}


def cell(release: str, *verdicts: Verdict, abi: str = "cpython-312") -> Cell:
    fingerprints = {one.function: one.fingerprint for one in verdicts}
    return Cell(abi, Sources(release, {"a.py": f"sha of {release}"}, fingerprints), list(verdicts))


def said(result: str, native: str = "n", libraries: dict[str, tuple[str, str]] = PSUTIL) -> Verdict:
    return Verdict("get_cpu_count", result, examples=500, fingerprint="f", native=native, libraries=libraries)


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
