"""The text of a source with its imports moved, and moved back: every form of import, and what is left alone."""

from __future__ import annotations

import ast
import sys

import libcst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sky_rust._migrate import Left, migrated

MOVED = {
    "from sky.utils import common_utils": "from sky_rust.utils import common_utils",
    "from sky.utils import common_utils as c": "from sky_rust.utils import common_utils as c",
    "from sky.utils.common_utils import a as f, x": "from sky_rust.utils.common_utils import a as f, x",
    "import sky.utils.common_utils as c": "import sky_rust.utils.common_utils as c",
    "import os, sky.utils.log_utils as a, sky.utils.ux_utils as b": (
        "import os, sky_rust.utils.log_utils as a, sky.utils.ux_utils as b"
    ),
    # A statement moves as a whole: a mirror of a module without natives is that module.
    "from sky.utils import ux_utils, common_utils": "from sky_rust.utils import ux_utils, common_utils",
    "from sky.utils import (  # all\n    ux_utils,  # one\n    yaml_utils  # two\n)  # end\n": (
        "from sky_rust.utils import (  # all\n    ux_utils,  # one\n    yaml_utils  # two\n)  # end\n"
    ),
    "from  sky . utils\\\n  import\tcommon_utils ; x = 1": "from  sky_rust . utils\\\n  import\tcommon_utils ; x = 1",
    "def f():\n    from sky.utils import common_utils\n": "def f():\n    from sky_rust.utils import common_utils\n",
    "if TYPE_CHECKING:\n    from sky.utils import common_utils": (
        "if TYPE_CHECKING:\n    from sky_rust.utils import common_utils"
    ),
    "from __future__ import annotations\r\nfrom sky.utils import (\r\n  common_utils)\r\n": (
        "from __future__ import annotations\r\nfrom sky_rust.utils import (\r\n  common_utils)\r\n"
    ),
    "x = 'é'; from sky.utils import common_utils\rfrom sky.utils import log_utils": (
        "x = 'é'; from sky_rust.utils import common_utils\rfrom sky_rust.utils import log_utils"
    ),
    "'\x0c\x85\u2028'\n\x0cimport sky.utils.log_utils as a": (
        "'\x0c\x85\u2028'\n\x0cimport sky_rust.utils.log_utils as a"
    ),
    # One patch serves both names.
    "from sky.utils import common_utils\npatch('sky.utils.common_utils.f')": (
        "from sky_rust.utils import common_utils\npatch('sky.utils.common_utils.f')"
    ),
}

FOLLOWED = {
    "import sky.utils.common_utils\nsky.utils.common_utils.f(sky.utils.common_utils.x.y)": (
        "import sky_rust.utils.common_utils\nsky_rust.utils.common_utils.f(sky_rust.utils.common_utils.x.y)"
    ),
    "import sky.utils.common_utils\nx = sky.utils.common_utils": (
        "import sky_rust.utils.common_utils\nx = sky_rust.utils.common_utils"
    ),
    "import sky.utils.common_utils, sky.utils.log_utils as b\n(sky\n  .utils).common_utils.x = 'sky'": (
        "import sky_rust.utils.common_utils, sky_rust.utils.log_utils as b\n(sky_rust\n  .utils).common_utils.x = 'sky'"
    ),
    "import sky\nimport sky.utils.common_utils\nsky.Task, sky.utils.common_utils.f, sky.utils.ux_utils.g": (
        "import sky\nimport sky_rust.utils.common_utils\nsky.Task, sky_rust.utils.common_utils.f, sky.utils.ux_utils.g"
    ),
    "import sky.utils.log_utils, sky.utils.ux_utils\nsky.utils.ux_utils.f(sky.utils.log_utils.g)": (
        "import sky_rust.utils.log_utils, sky.utils.ux_utils\nsky.utils.ux_utils.f(sky_rust.utils.log_utils.g)"
    ),
    "import sky\ndef f(a=sky.utils.log_utils):\n  import sky.utils.log_utils\n  return lambda: sky.utils.log_utils.g": (
        "import sky\ndef f(a=sky.utils.log_utils):\n  import sky_rust.utils.log_utils\n"
        "  return lambda: sky_rust.utils.log_utils.g"
    ),
    "if TYPE_CHECKING:\n    import sky.utils.log_utils\nx: sky.utils.log_utils.X = y.sky(sky=1)": (
        "if TYPE_CHECKING:\n    import sky_rust.utils.log_utils\nx: sky_rust.utils.log_utils.X = y.sky(sky=1)"
    ),
}


@pytest.mark.parametrize(("before", "after"), [*MOVED.items(), *FOLLOWED.items()])
def test_moved_and_back(before: str, after: str) -> None:
    result = migrated(before)
    assert result.text == after
    assert result.imports > 0
    assert migrated(after) == (after, 0, result.left)
    undone = migrated(after, undo=True)
    assert (undone.text, undone.imports, undone.left) == (before, result.imports, ())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python doesn't know where names in f-strings are")
def test_names_in_f_strings_follow() -> None:
    before = 'import sky.utils.log_utils\nf"""é{\nsky.utils.log_utils.x:{sky.utils.log_utils.y}}"""'
    assert migrated(before).text == before.replace("sky.", "sky_rust.")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python knows where names in f-strings are")
def test_names_in_f_strings_stay() -> None:
    before = 'import sky.utils.log_utils\nf"{sky.utils.log_utils.x}"'
    assert migrated(before).text == before
    assert migrated(f"import sky\n{before}").imports == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import sky\nfrom sky import clouds\nimport skyx.utils.common_utils as c",
        "from sky.utils import ux_utils\nfrom sky.utils.db import db_utils\nimport sky.utils.ux_utils as u",
        "from .utils import common_utils\nfrom ..sky.utils import common_utils",
        "x = 'sky.utils.common_utils'  # from sky.utils import common_utils",
        "'''\nfrom sky.utils import common_utils\n'''",
        "mock.patch('sky.utils.common_utils.format_float')",
    ],
)
def test_nothing_to_do(text: str) -> None:
    assert migrated(text) == (text, 0, ())


def test_all_modules() -> None:
    before = "from sky.utils import ux_utils\nfrom sky.utils.db import db_utils\nimport sky.utils.volume as v\n"
    after = before.replace("sky.", "sky_rust.")
    assert migrated(before, every=True).text == after
    assert migrated(after, undo=True).text == before


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("from sky import utils", [(1, "imports the package sky.utils itself")]),
        ("import os, sky.utils as u", [(1, "imports the package sky.utils itself")]),
        (
            "\nfrom sky.utils.common_utils import *",
            [(2, "imports all names: a mirror has some that SkyPilot's module lacks")],
        ),
        (
            "importlib.import_module('sky.utils.common_utils')\n__import__('sky.utils.ux_utils')",
            [(1, "imports sky.utils.common_utils by a string")],
        ),
        (
            "common.LazyImport('sky.utils.subprocess_utils')",
            [(1, "imports sky.utils.subprocess_utils by a string")],
        ),
        (
            "import sky\nsky.utils.common_utils.f()\nsky.utils.ux_utils.g()",
            [(2, "reaches sky.utils.common_utils through the name sky")],
        ),
        (
            "try:\n    from sky_rust.utils import log_utils\nexcept ImportError:\n    from sky.utils import log_utils",
            [(4, "line 2 imports the same from sky_rust.utils: this is the alternative")],
        ),
    ],
)
def test_left_alone(text: str, left: list[tuple[int, str]]) -> None:
    assert migrated(text) == (text, 0, tuple(Left(*one) for one in left))
    if "sky_rust" not in text:
        assert migrated(text, undo=True) == (text, 0, ())


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ("sky.launch()", "line 2 needs the name sky that it binds"),
        ("sky.utils.common_utils_of_mine.f()", "line 2 needs the name sky that it binds"),
        ("\uff53ky.utils.common_utils.f()", "line 2 needs the name sky that it binds"),  # the same name to Python
        ("def f() -> 'sky.Task': pass", "line 2 needs the name sky that it binds"),
        ("def f(x: 'sky.Task'): pass", "line 2 needs the name sky that it binds"),
        ("def f():\n    import sky\n    sky.launch()", "line 4 needs the name sky that it binds"),
        ("sky.launch()\nimport sky", "line 2 needs the name sky that it binds"),
        ("if x:\n    import sky\nsky.launch()", "line 4 needs the name sky that it binds"),
        ("sky = 3", "line 2 binds sky to something else"),
        ("def f(*, sky): pass", "line 2 binds sky to something else"),
        ("try: pass\nexcept E as sky_rust: pass", "line 3 binds sky_rust to something else"),
        ("def f():\n    global sky", "line 3 binds sky to something else"),
        ("from a import b as sky", "line 2 binds sky to something else"),
        ("class sky: pass", "line 2 binds sky to something else"),
        ("[1 for sky in x]", "line 2 binds sky to something else"),
        (
            "if x:\n    import sky.utils.log_utils\nimport sky",
            "line 4 also imports sky, and one of them may stand for the other",
        ),
        (
            "def f():\n    import sky.utils.log_utils\n    import sky.clouds",
            "line 4 also imports sky, and one of them may stand for the other",
        ),
        (
            "def f():\n    sky_rust.status()\n    import sky.utils.log_utils",
            "line 3 uses sky_rust, which would become a name of the function's own",
        ),
        ("class C:\n    import sky.utils.log_utils", "it is in the body of a class"),
    ],
)
def test_names_that_can_not_follow(rest: str, reason: str) -> None:
    text = f"import sky.utils.common_utils\n{rest}"
    result = migrated(text)
    assert result.text == text
    assert result.left[0] == (1, f"`import sky.utils.common_utils`: {reason}")


@pytest.mark.parametrize(
    "text", ["from sky.utils import (", "from sky.utils import a\0", "from sky.utils import \ud800"]
)
def test_what_can_not_be_parsed(text: str) -> None:
    with pytest.raises(SyntaxError):
        migrated(text)


def test_what_libcst_can_not_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = libcst.parse_module
    monkeypatch.setattr(libcst, "parse_module", lambda code: parse(f"{code}("))
    with pytest.raises(SyntaxError, match=r"libcst can't parse 'from sky.utils import common_utils'"):
        migrated("from sky.utils import common_utils\n")


def test_deep_nesting() -> None:
    with pytest.raises(SyntaxError, match=r"nested too deeply|too many nested"):
        migrated(f"from sky.utils import common_utils\nx = {'-' * 50_000}1")
    long = f"from sky.utils import common_utils\nx = {'1 + ' * 800}1"
    assert migrated(long).imports == 1


NAMES = st.sampled_from(["common_utils", "log_utils", "ux_utils", "db", "nothing"])
SPACES = st.sampled_from([" ", "  ", "\t", " \\\n  "])


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A statement that imports or uses modules of `sky.utils`, or has something to do with the name `sky`."""
    name, space = draw(NAMES), draw(SPACES)
    others = draw(st.lists(st.tuples(NAMES, st.sampled_from(["", " as x"])), min_size=1, max_size=3))
    listed = f",{space}".join(other + alias for other, alias in others)
    lines = draw(st.sampled_from(["\n", "\n\n  # é\n", "  # one\n"])).join(
        f"  {other}{alias}," for other, alias in others
    )
    return draw(
        st.sampled_from(
            [
                f"from{space}sky.utils import {listed}",
                f"from sky.utils.{name} import{space}f, g",
                f"from sky.utils import (\n{lines}\n)",
                f"import{space}sky.utils.{name}",
                f"import os, sky.utils.{name}{space}as y, sky.utils.{name}",
                f"import sky.utils.{name}.{name}",
                f"x = '€', sky.utils.{name}.f(sky.utils.{name}{space}.g)",
                f"(lambda: sky.utils.{name}.f)",
                "import sky",
                "import sky.clouds as sky",
                "sky.launch",
                "from sky import utils",
                f"from sky.utils.{name} import *",
            ]
        )
    )


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Statements, some of them in blocks."""
    parts = []
    for statement in draw(st.lists(statements(), max_size=8)):
        block = draw(st.sampled_from(["", "", "if TYPE_CHECKING:", "def f(a=sky.utils.log_utils):", "class C:"]))
        if block and "\n" not in statement and "*" not in statement:
            statement = f"{block} {statement}"
        parts.append(statement)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return "\n".join(parts).replace("\n", newline) + draw(st.sampled_from(["", newline]))


class _Canonical(ast.NodeTransformer):
    """Takes `sky` and `sky_rust` for the same name."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = "sky" if node.id == "sky_rust" else node.id
        return node

    def visit_alias(self, node: ast.alias) -> ast.alias:
        node.name = node.name.replace("sky_rust.", "sky.")
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        node.module = (node.module or "").replace("sky_rust.", "sky.")
        return self.generic_visit(node)


@given(sources(), st.booleans())
def test_any_source(text: str, every: bool) -> None:
    """Only the first names of dotted names change; again changes nothing; the way back gives the source."""
    result = migrated(text, every=every)
    assert migrated(result.text, every=every) == (result.text, 0, result.left)
    assert migrated(result.text, undo=True).text == text
    assert ast.dump(_Canonical().visit(ast.parse(result.text))) == ast.dump(ast.parse(text))
    assert (result.text != text) == bool(result.imports)
