"""The proofs that are shipped are for the natives as they are now."""

from __future__ import annotations

from sky_rust import _native, _proof, _record
from sky_rust._registry import FUNCTIONS
from tests.functions import NAMES

RUN = "run `nox -s prove`, and commit sky_rust/proofs.json and docs/proof.md"


def test_no_proof_is_stale() -> None:
    proofs = _proof.shipped()
    stale = {
        name
        for name in NAMES
        for what, by_abi in proofs.proven.get(name, {}).items()
        for abi in by_abi
        if proofs.is_stale(name, what, abi, _native.digest(name))
    }
    assert not stale, f"proven for other natives than these: {', '.join(sorted(stale))}; {RUN}"


def test_every_native_is_proven_with_what_is_installed() -> None:
    sources = _proof.sources()
    for function in FUNCTIONS:
        name, native = function.name, _native.digest(function.name)
        fingerprint = sources.fingerprints.get(name, _record.REFERENCE)
        assert _proof.shipped().has(name, fingerprint, _proof.ABI, native), f"{name} is not proven; {RUN}"
        for library in _native.libraries(name):
            known = _native.library(name, library)
            assert known is not None
            digest, release = known
            # A release that came after the matrix was run is in Python until the matrix is run again.
            if digest in _proof.shipped().libraries[library]:
                message = f"{name} is not proven with {library} {release}; {RUN}"
                assert _proof.shipped().has(name, digest, _proof.ABI, native), message


def test_a_proof_for_another_native_is_stale() -> None:
    proofs = _record.Proofs.none()
    proofs.prove("format_float", "f", "abi", "old", "0.14.1", 500)
    assert proofs.is_stale("format_float", "f", "abi", "new")
    assert not proofs.is_stale("format_float", "f", "abi", "old")
    assert not proofs.is_stale("format_float", "f", "other abi", "new")
    proofs.prove("format_float", "f", "abi", "new", "0.14.1", 500)
    assert proofs.proven["format_float"]["f"]["abi"] == {"new": {"0.14.1": 500}}
    assert not proofs.is_stale("format_float", "f", "abi", "new")
