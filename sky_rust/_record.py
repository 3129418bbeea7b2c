"""The record of what was proven: the verdicts of `verify`, and the proofs that `proofs.json` has of them."""

from __future__ import annotations

import json
import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sky_rust import _files

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a verdict says of an original, in the words of `status()`.
REFUTED = {"differs": "differs from what its native mirrors", "declines": "is one that its native seldom answers"}

#: The fingerprint of a reference: it is ours, and comes with its native.
REFERENCE = "reference"


class Verdict(NamedTuple):
    """The suite's verdict on one function.

    function: the function's name.
    result: 'same'; 'differs'; 'declines' if the native answers too few of the calls that it is for; 'python' if there
        was nothing to compare.
    reason: the reason for the result, in words; for 'differs', a line for each field that does.
    script: for 'differs', code that shows the difference when it is pasted into a Python prompt.
    examples: how many calls were compared, each without a handler that sees log records, and with one.
    fingerprint: the original's, or 'reference'.
    native: the digest of the native's sources.
    libraries: the libraries that the original reaches -> their digest and their release.
    skipped: what could not be looked at here, and why.
    """

    function: str
    result: str
    reason: str = ""
    script: str = ""
    examples: int = 0
    fingerprint: str = ""
    native: str = ""
    libraries: Mapping[str, tuple[str, str]] = MappingProxyType({})
    skipped: tuple[str, ...] = ()


class Sources(NamedTuple):
    """The sources of an installed SkyPilot.

    release: SkyPilot's version; '' where it is not installed.
    files: each file that a fingerprint was read from -> SHA-256.
    fingerprints: function -> fingerprint, for the functions that it has.
    """

    release: str
    files: dict[str, str]
    fingerprints: dict[str, str]


#: The form of each part of a file of proofs: how many dicts are one inside the other, and what the innermost has.
_FORMS: dict[str, tuple[int, type]] = {
    "proven": (5, int),
    "refuted": (3, str),
    "libraries": (2, str),
    "files": (2, str),
    "fingerprints": (2, str),
}


def _has_form(part: object, form: tuple[int, type]) -> bool:
    depth, leaf = form
    if not depth:
        return type(part) is leaf
    return type(part) is dict and all(_has_form(value, (depth - 1, leaf)) for value in part.values())


class Proofs(NamedTuple):
    """The proofs of a file, with the releases that they are for.

    proven: function -> fingerprint of an original, or digest of a library -> ABI -> digest of the native -> release (of
        SkyPilot, or of the library) -> number of examples.
    refuted: function -> fingerprint -> digest of the native -> the reason why it is not proven.
    libraries: library -> digest -> release.
    files: SkyPilot's release -> file -> SHA-256: while all files stay the same, so do the fingerprints.
    fingerprints: SkyPilot's release -> function -> fingerprint.
    """

    proven: dict[str, dict[str, dict[str, dict[str, dict[str, int]]]]]
    refuted: dict[str, dict[str, dict[str, str]]]
    libraries: dict[str, dict[str, str]]
    files: dict[str, dict[str, str]]
    fingerprints: dict[str, dict[str, str]]

    @classmethod
    def none(cls) -> Proofs:
        """No proofs."""
        return cls({}, {}, {}, {}, {})

    @classmethod
    def read(cls, path: str) -> Proofs:
        """The proofs of a file.

        Raises:
            OSError: the file can't be read.
            ValueError: it is no file of proofs, or has another form, as older releases of sky-rust wrote it.
        """
        content = _files.read(path)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = None
        # The whole form is looked at here: whoever reads proofs need not expect another one.
        if type(found) is not dict or set(found) != set(cls._fields):
            raise ValueError(f"{path} is no file of proofs that this sky-rust can read; make it anew")
        if not all(_has_form(found[field], form) for field, form in _FORMS.items()):
            raise ValueError(f"{path} is no file of proofs that this sky-rust can read; make it anew")
        if found["files"].keys() != found["fingerprints"].keys():
            raise ValueError(f"{path} has files and fingerprints of different releases; make it anew")
        return cls(**found)

    def write(self, path: str) -> None:
        """Writes the proofs to a file, atomically; the same proofs always give the same bytes."""
        text = json.dumps(self._asdict(), indent=1, sort_keys=True)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _files.replace(path, f"{text}\n".encode())

    def add(self, sources: Sources) -> None:
        """Notes a release of SkyPilot's, so that its fingerprints need no parsing."""
        self.files[sources.release] = sources.files
        self.fingerprints[sources.release] = sources.fingerprints

    def add_library(self, library: str, digest: str, release: str) -> None:
        """Notes the release of a library that has that digest."""
        self.libraries.setdefault(library, {})[digest] = release

    def note(self, verdict: Verdict, abi: str, release: str) -> None:
        """Notes the verdict of `verify` on a function.

        A native that held is proven with the original and with the libraries; one that didn't is refuted with the
        original, whatever was said of it before. The libraries' other proofs stay, since the difference may be the
        original's.

        Args:
            verdict: the verdict of `verify`.
            abi: the Python and the platform.
            release: SkyPilot's release; '' for a reference.
        """
        name, native = verdict.function, verdict.native
        if verdict.result == "same":
            self.refuted.get(name, {}).get(verdict.fingerprint, {}).pop(native, None)
            self.prove(name, verdict.fingerprint, abi, native, release, verdict.examples)
            for library, (digest, of_library) in verdict.libraries.items():
                self.add_library(library, digest, of_library)
                self.prove(name, digest, abi, native, of_library, verdict.examples)
        elif verdict.result in REFUTED:
            self.proven.get(name, {}).get(verdict.fingerprint, {}).get(abi, {}).pop(native, None)
            self.refuted.setdefault(name, {}).setdefault(verdict.fingerprint, {})[native] = REFUTED[verdict.result]

    def prove(self, name: str, what: str, abi: str, native: str, release: str, examples: int) -> None:
        """Notes a proof, in place of one of the same release for another native."""
        of_abi = self.proven.setdefault(name, {}).setdefault(what, {}).setdefault(abi, {})
        self.withdraw(name, what, abi, release)
        of_abi.setdefault(native, {})[release] = examples

    def withdraw(self, name: str, what: str, abi: str, release: str) -> None:
        """Forgets the proofs of one release."""
        of_abi = self.proven.get(name, {}).get(what, {}).get(abi, {})
        for native in list(of_abi):
            of_abi[native].pop(release, None)
            if not of_abi[native]:
                del of_abi[native]

    def has(self, name: str, what: str, abi: str, native: str) -> bool:
        """Whether a native is proven for an ABI, with an original or a library."""
        return native in self.proven.get(name, {}).get(what, {}).get(abi, {})

    def is_stale(self, name: str, what: str, abi: str, native: str) -> bool:
        """Whether there are proofs, but all of them for another native."""
        return bool(self.proven.get(name, {}).get(what, {}).get(abi, {})) and not self.has(name, what, abi, native)
