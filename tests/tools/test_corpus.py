"""The real texts of `tools/corpus.py`: where they are found, and what is said of those that natives leave alone."""

from __future__ import annotations

import datetime
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import sky_rust
from tools import corpus, forms, templates

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("attached")

#: A text for each form, and one that has none.
FORMS = {
    "a: 1\nb: [1.5, x]\n": "another form",
    "a:\tb\n": "a tab",
    "a: 1\r\nb: 2\r\n": "a line break that is no line feed",
    "\ufeffa: 1\n": "a byte order mark",
    "--- {a: 1}\n": "what follows `---` on its line",
    "? a\n: b\n": "`?` before a key",
    "a: 2001-01-01\n": "a date",
    "a:\n  <<: {b: 1}\n": "a merge key",
    "a: =\n": "`=`",
    "%YAML 1.1\n---\na: 1\n": "a directive",
    "a: 1\n...\n": "`...`",
    "a: &x 1\n": "an anchor",
    "- &x [1]\n- *x\n": "an alias",
    "a: !!str 1\n": "a tag",
    "{[1]: 2}\n": "a key that is a collection",
    "{{a: 1}: 2, [b]: 3}\n": "a key that is a collection",
    "a\n": "a document that is a scalar",
    '"\\ud800"\n': "what libyaml refuses",
    "a: 1:30\n": "a number of base 60, with `_`, not finite, or of more than 64 bits",
    "a: 99999999999999999999\n": "a number of base 60, with `_`, not finite, or of more than 64 bits",
}


@pytest.mark.parametrize("text", FORMS)
def test_a_form_is_named(text: str) -> None:
    assert FORMS[text] in forms.of_text(text)


@pytest.mark.parametrize("text", FORMS)
def test_natives_decline_each_form(text: str) -> None:
    """But for what the checker of keys doesn't look at: of what type a scalar is."""
    before = sky_rust.stats()["read_yaml_all_str"].answers
    made = corpus.Made()
    corpus.compare(text, made)
    answered = sky_rust.stats()["read_yaml_all_str"].answers > before
    assert answered == (FORMS[text] == "another form")


@pytest.mark.parametrize(
    ("tree", "form"),
    [
        ({"a": [1, (2.5, None, True, "b")]}, "another form"),
        ({"a": datetime.date(2001, 1, 1)}, "a date"),
        ([2**63], "an int of more than 64 bits"),
        ({"a": {b"b": 1}}, "an object of the type bytes"),
    ],
)
def test_a_form_of_a_tree_is_named(tree: Any, form: str) -> None:
    assert forms.of_tree(tree) == {form}


def test_a_collection_inside_itself_is_named() -> None:
    inside: list[Any] = []
    inside.append(inside)
    assert forms.of_tree({"a": inside}) == {"a collection inside itself"}


_CODE = '''
"""A docstring: of
some: lines."""
TASK = """
    name: a
    run: |
      b
"""
f"a: {x}\\nb: 1\\n"
"a: b\\nc: d"
one_line = "a: b\\n"
'''


def test_strings_of_code_are_texts() -> None:
    assert list(corpus.strings_of(_CODE)) == ["\nname: a\nrun: |\n  b\n"]
    assert list(corpus.strings_of("def")) == []


def _templates() -> list[Path]:
    spec = importlib.util.find_spec("sky")
    assert spec is not None
    assert spec.origin is not None
    return [path for path in sorted(Path(spec.origin).parent.rglob("*.j2")) if templates.is_template(str(path))]


def test_templates_are_rendered_in_three_ways() -> None:
    paths, differing = _templates(), 0
    assert len(paths) > 20
    for path in paths:
        texts = list(templates.rendered(path.read_text("utf-8")))
        assert len(texts) == 3
        assert not any("{{" in text or "{%" in text for text in texts)
        differing += len(set(texts)) == 3
    assert differing > 10


def _run(*arguments: Any) -> tuple[int, str]:
    found = CliRunner().invoke(corpus.main, list(map(str, arguments)))
    return found.exit_code, found.output


def test_the_share_of_answers_is_printed_with_what_others_have(tmp_path: Path) -> None:
    for at, text in enumerate(["a: 1\n", "a: &x 1\n", "a: 1\na: 2\n", "a: [\n"]):
        (tmp_path / f"{at}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "a.py").write_text('TEXT = """\na: 1\nb: 2001-01-01\n"""\n', encoding="utf-8")
    status, said = _run("--strings", tmp_path)
    assert status == 0
    assert f"{tmp_path.name}: 5 texts\n" in said
    assert "  check_no_duplicate_keys: 5 compared, 2 are errors, 2 answered: 66.67%\n" in said
    assert "  safe_load: 5 compared, 1 are errors, 2 answered: 50.00%\n    declined with" in said
    assert "    declined with an anchor: 1\n" in said
    assert "  dump_yaml_str: 8 compared, 0 are errors, 6 answered: 75.00%\n    declined with a date: 2\n" in said


def test_a_wrong_native_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("a: true\n", encoding="utf-8")

    def wrong(name: str) -> Callable[..., Any]:
        return lambda *arguments: {"a": 1}

    monkeypatch.setattr(corpus, "candidate", wrong)
    status, said = _run(tmp_path)
    assert status == 1
    assert "differs for" in said


def test_files_without_texts_are_an_error(tmp_path: Path) -> None:
    assert _run(tmp_path) == (1, f"{tmp_path.name}: 0 texts\nError: there is no text of YAML in these files\n")
