"""Whether an original is one that its native was proven against, and with which libraries.

A proof is for a native, named by the digest of its sources, on an ABI (a Python and a platform): with an original,
known by its fingerprint (see `_fingerprint`), and with libraries, known by the digest of their content. `proofs.json`
has those that the matrix wrote, and the user's configuration directory those of `sky-rust verify --record`, in the
same form.
"""

from __future__ import annotations

import functools
import os
import sys
import types
from contextlib import suppress
from importlib.machinery import EXTENSION_SUFFIXES, SourceFileLoader
from typing import TYPE_CHECKING, Any, cast

from sky_rust import _compiled, _native, _process, _skypilot
from sky_rust._fingerprint import Fingerprint, Package, read, stamp
from sky_rust._record import REFERENCE, Proofs, Sources
from sky_rust._registry import FUNCTIONS, Function

if TYPE_CHECKING:
    from sky_rust._fingerprint import Stamp

#: The Python and the platform that natives are compiled for, such as cpython-312-x86_64-linux-gnu.
ABI = EXTENSION_SUFFIXES[0].split(".")[1]

SHIPPED_FILE = os.path.join(os.path.dirname(__file__), "proofs.json")


def local_file() -> str:
    """The file in which `sky-rust verify --record` keeps this machine's proofs."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "sky-rust", "proofs.json")


@functools.cache
def shipped() -> Proofs:
    """The proofs that are shipped with sky-rust.

    Raises:
        OSError, ValueError: the file can't be read; bundlers leave it out where nobody tells them.
    """
    return Proofs.read(SHIPPED_FILE)


def local() -> Proofs:
    """The proofs of this machine; no proofs where there is no file.

    Raises:
        OSError, ValueError: the file can't be read.
    """
    return Proofs.read(local_file()) if os.path.exists(local_file()) else Proofs.none()


#: Functions whose natives may run without a proof: the ones that are being proven just now, in this process.
on_trial = _process.on_trial()


def look_again() -> None:
    """Clears the cache of this machine's proofs: before `obstacle`, once for all functions."""
    _known.cache_clear()


def obstacle(original: Any, function: Function) -> str:
    """Why a function's native may not be attached; '' if it may.

    Args:
        original: the object that SkyPilot's module has under that name, or the reference.
        function: the function that the native is for.
    """
    name = function.name
    if original is _reference(function):
        return _unproven(function, REFERENCE, "the reference")
    where = f"sky.utils.{function.module}"
    home = sys.modules[where]
    # The object itself isn't asked what it is: a proxy says that it is a function.
    if type(original) is not types.FunctionType or original.__globals__ is not home.__dict__:
        return f"{where}.{name} is not SkyPilot's own function at the moment (patched?)"
    version, file = f"SkyPilot {_skypilot.version()}", home.__dict__.get("__file__")
    if not (type(file) is str and file.endswith(".py") and os.path.isfile(file)):
        return f"{version}: {_without_source(where, file)}"
    code = original.__code__
    if code.co_filename != file or getattr(code, "co_qualname", original.__qualname__) != name:
        return f"{where}.{name} has code that is not SkyPilot's"
    try:
        found = fingerprint(name)
        changed = _compiled.changed_file(original, "sky")
    except (OSError, LookupError, RecursionError, SyntaxError, ValueError) as error:
        return f"{version}: {name} is not proven ({error})"
    if changed:
        return f"{version}: {_unlike_source(changed)}"
    return _unproven(function, found.digest, version)


def _without_source(module: str, file: object) -> str:
    """The reason where a module's source can't be read."""
    if type(file) is str and file.endswith(".pyc") and os.path.isfile(file):
        compiled = f"it was imported from compiled code, {file}"
        return f"{module} has no source: {compiled}; natives need a SkyPilot with its sources"
    source = f"{file} is no source file" if file else "it has no file"
    return f"the source of {module} can't be read ({source}: zipped, or frozen?), and natives need it"


def _unlike_source(path: str) -> str:
    """The reason where the code that runs isn't what a source compiles to."""
    file = os.path.join("sky", os.path.relpath(path, _root()))
    for module in list(sys.modules.values()):
        if type(module) is types.ModuleType and module.__dict__.get("__file__") == path:
            loader = type(module.__dict__.get("__loader__"))
            if loader is not SourceFileLoader:
                return (
                    f"{file} runs as other code than its source: it was imported by a hook, "
                    f"{loader.__module__}.{loader.__qualname__}, and natives need it without"
                )
    return (
        f"{file} is not what was imported from it; start the process again, and if that doesn't help, "
        "remove the .pyc files beside it"
    )


def _reference(function: Function) -> Any:
    """The reference; where it doesn't exist yet, a new object, which is no original."""
    with suppress(LookupError):
        return _skypilot.reference(function)
    return object()


def _unproven(function: Function, fingerprint: str, version: str) -> str:
    """Why a native may not run on an original with that fingerprint; '' if it may."""
    name, known, trouble = function.name, *_known()
    if name in on_trial:
        return ""
    native = _native.digest(name)
    for proofs in known:
        refuted = proofs.refuted.get(name, {}).get(fingerprint, {}).get(native)
        if refuted:
            return f"{version}: its {name} {refuted}"
    if is_proven(name, fingerprint):
        return ""
    what = f"{name} is not proven on {ABI}{trouble}"
    if any(proofs.is_stale(name, fingerprint, ABI, native) for proofs in known):
        what = f"the native of {name} has changed since it was proven on {ABI}"
    return f"{version}: {what}; `sky-rust verify --record {name}` proves it here"


def is_proven(name: str, what: str) -> bool:
    """Whether the native of this build is proven here, with an original (its fingerprint) or a library (its digest)."""
    return any(proofs.has(name, what, ABI, _native.digest(name)) for proofs in _known()[0])


def proven_libraries(function: Function) -> dict[str, list[str]] | None:
    """The libraries that a function's native may run with: library -> digests; None for a native on trial."""
    if function.name in on_trial:
        return None
    return {
        library: [
            digest
            for proofs in _known()[0]
            for digest in proofs.libraries.get(library, {})
            if is_proven(function.name, digest)
        ]
        for library in _native.libraries(function.name)
    }


@functools.cache
def _known() -> tuple[list[Proofs], str]:
    """The shipped proofs and this machine's; where some can't be read, the reasons. As of `look_again()`."""
    found, troubles = [], []
    for kind in (shipped, local):
        try:
            found.append(kind())
        except (OSError, ValueError) as error:
            troubles.append(str(error))
    return found, f" ({'; '.join(troubles)})" if troubles else ""


def trouble() -> str:
    """Why a file of proofs can't be read; '' if both can. As of `look_again()`."""
    return _known()[1].strip(" ()")


def fingerprint(name: str) -> Fingerprint:
    """The fingerprint of SkyPilot's function of that name, by its source.

    Raises:
        OSError, LookupError, SyntaxError, ValueError: the source can't be read, or doesn't have the function.
    """
    root = _root()
    for proofs in _known()[0]:
        for release, files in proofs.files.items():
            digest = proofs.fingerprints[release].get(name)
            if digest and all(_sha256_of(os.path.join(root, file)) == known for file, known in files.items()):
                return Fingerprint(digest, frozenset(files))
    return _parsed(name)


def sources() -> Sources:
    """The sources of the SkyPilot that is installed."""
    if not _skypilot.has_skypilot():
        return Sources("", {}, {})
    found = {}
    for function in FUNCTIONS:
        with suppress(LookupError):
            found[function.name] = fingerprint(function.name)
    files = sorted({file for one in found.values() for file in one.files})
    hashes = {file: _sha256_of(os.path.join(_root(), file)) for file in files}
    return Sources(_skypilot.version(), hashes, {name: one.digest for name, one in found.items()})


def _root() -> str:
    return os.path.dirname(cast(str, sys.modules["sky"].__file__))


def _sha256_of(path: str) -> str:
    """The SHA-256 of a file; '' where there is none, as another release may have other files."""
    try:
        return _sha256(path, stamp(path))
    except OSError:
        return ""


@functools.cache
def _sha256(path: str, _stamp: Stamp) -> str:
    return _native.sha256(read(path)[0])


_fingerprints: dict[str, Fingerprint] = {}
_stamps: dict[str, Stamp] = {}


def _parsed(name: str) -> Fingerprint:
    """A function's fingerprint from the syntax tree; all functions' are made at once, for each state of the files."""
    root = _root()
    if not _stamps or any(stamp(os.path.join(root, file)) != known for file, known in _stamps.items()):
        package = Package(root)
        _fingerprints.clear()
        for function in FUNCTIONS:
            with suppress(LookupError):
                _fingerprints[function.name] = package.fingerprint(f"sky.utils.{function.module}", function.owner)
        _stamps.clear()
        _stamps.update(package.stamps)
    if name not in _fingerprints:
        raise LookupError(f"{name} is not in its source")
    return _fingerprints[name]
