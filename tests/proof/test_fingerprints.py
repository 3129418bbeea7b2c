"""Fingerprints of small packages: which changes count, and which don't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sky_rust._fingerprint import Package

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "__init__.py": "",
    "utils/__init__.py": "",
    "utils/home.py": '''
import os
import typing
from package import constants
from package.utils import others
from package.utils.others import imported as alias

if typing.TYPE_CHECKING:
    import package.lazy
else:
    lazy = others.Lazy('lazy')

LIMIT = constants.BASE + 1
UNUSED = 5

def helper(x):
    return x + LIMIT

def function(x: int, y=2):
    """Says something."""
    # A comment.
    from package.utils import late
    return helper(x) + others.called(y) + alias + lazy.z + late.value + os.getpid()

def alone():
    """Only words."""
''',
    "utils/others.py": """
from .. import constants
from package.reexported import far
imported = 1
unused = 2
def called(x):
    return far(x)
class Base:
    deep = 1
class Lazy(Base):
    def __getattr__(self, name):
        return constants.FIRST
""",
    "utils/late.py": "value = 4\n",
    "constants.py": "BASE = 1\nFIRST = 2\nOTHER = 3\n",
    "reexported.py": "from package.origin import far\n",
    "origin.py": "def far(x):\n    return x\n\ndef near(x):\n    return x\n",
}


def made(folder: Path, **edits: tuple[str, str]) -> Package:
    """A copy of the package with replacements in some files: `constants=(old, new)`."""
    for name, text in FILES.items():
        path = folder / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        old, new = edits.get(path.stem, ("", ""))
        assert old in text
        path.write_text(text.replace(old, new) if old else text)
    return Package(str(folder / "package"))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("home", "y=2", "y=3"),
        ("home", "return helper(x)", "return helper(+x)"),
        ("home", "x: int", "x"),
        ("home", "x + LIMIT", "x - LIMIT"),
        ("home", "BASE + 1", "BASE + 2"),
        ("home", "BASE + 1", "BASE + 1.0"),
        ("home", "BASE + 1", "BASE + True"),
        ("home", "imported as alias", "unused as alias"),
        ("home", "'lazy'", "'other'"),
        ("home", "if typing.TYPE_CHECKING", "if not typing.TYPE_CHECKING"),
        ("home", "import os\n", "import posix as os\n"),
        ("home", "UNUSED = 5", "LIMIT = 5"),
        ("home", "def helper(x):", "@staticmethod\ndef helper(x):"),
        ("constants", "BASE = 1", "BASE = 2"),
        ("constants", "FIRST = 2", "FIRST = None"),
        ("others", "imported = 1", "imported = 0"),
        ("others", "deep = 1", "deep = 2"),
        ("others", "return far(x)", "return far(far(x))"),
        ("others", "from .. import constants", "from .late import constants"),
        ("late", "value = 4", "value = 5"),
        ("reexported", "package.origin import far", "package.origin import near as far"),
        ("origin", "return x\n\n", "return -x\n\n"),
    ],
)
def test_behaviour_counts(tmp_path: Path, file: str, old: str, new: str) -> None:
    before = made(tmp_path / "before").fingerprint("package.utils.home", "function")
    after = made(tmp_path / "after", **{file: (old, new)}).fingerprint("package.utils.home", "function")
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("home", "# A comment.", "# Another comment,\n    # longer."),
        ("home", "Says something.", "Says something else."),
        ("home", '    """Says something."""\n', ""),
        ("home", "helper(x) + others.called(y)", "(helper( x )\n        + others . called(y))"),
        ("home", "UNUSED = 5", "UNUSED = 6"),
        ("home", "'lazy'", '"lazy"'),
        ("home", "import os\n", "import os, sys\n"),
        ("home", "Only words.", "Other words."),
        ("others", "unused = 2", "unused = 3"),
        ("others", "class Base:", 'class Base:\n    """Deep."""'),
        ("constants", "OTHER = 3", "OTHER = 4"),
        ("origin", "def near(x):", "def near(x, y):"),
    ],
)
def test_looks_and_others_do_not_count(tmp_path: Path, file: str, old: str, new: str) -> None:
    before = made(tmp_path / "before").fingerprint("package.utils.home", "function")
    after = made(tmp_path / "after", **{file: (old, new)}).fingerprint("package.utils.home", "function")
    assert before.digest == after.digest


def test_the_files_that_it_was_read_from(tmp_path: Path) -> None:
    package = made(tmp_path)
    files = package.fingerprint("package.utils.home", "function").files
    assert files == {"utils/home.py", "utils/others.py", "utils/late.py", "constants.py", "reexported.py", "origin.py"}
    assert files <= set(package.stamps)
    assert package.fingerprint("package.utils.home", "alone").files == {"utils/home.py"}


@pytest.mark.parametrize(
    ("module", "name"),
    [("package.utils.home", "missing"), ("package.utils.gone", "function"), ("elsewhere.home", "function")],
)
def test_what_is_not_there(tmp_path: Path, module: str, name: str) -> None:
    with pytest.raises(LookupError, match=f"{module}.{name}"):
        made(tmp_path).fingerprint(module, name)


def test_where_names_come_from_is_not_said(tmp_path: Path) -> None:
    package = made(tmp_path, others=("from .. import constants", "from ..constants import *"))
    with pytest.raises(LookupError, match="imports all names"):
        package.fingerprint("package.utils.home", "function")


def test_what_cannot_be_parsed(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError):
        made(tmp_path, late=("value = 4", "value =")).fingerprint("package.utils.home", "function")
