"""The reference pages say what the code says, and what can't be derived any more is named."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sky_rust import _policy
from sky_rust._registry import FUNCTIONS, Function
from sky_rust.cli import main as command_line
from tests.functions import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def tool(name: str) -> Any:
    """A module of tools/."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


reference = tool("reference")
site_pages = tool("site_pages")
site_check = tool("site_check")


def test_every_function_has_a_section_with_its_domain() -> None:
    page = reference.functions_page()
    for function in FUNCTIONS:
        section = page.partition(f"### `{function.name}` {{")[2].partition("\n### ")[0]
        assert f"\n{function.name}(" in section
        assert f"::: sky_rust.reference.{function.module}.{function.name}\n" in section
        answers, declines = reference.domain(function)
        assert f"**Answers:** {answers[:20]}" in section
        assert f"**Declines:** {declines[:8]}" in section


def test_links_between_sections_lead_somewhere() -> None:
    page = reference.functions_page()
    links = {one.partition(")")[0] for one in page.split("](#")[1:]}
    anchors = {one.partition(" ")[0] for one in page.split("{ #")[1:]}
    assert "yaml-utils-parser" in links
    assert links <= anchors


def test_a_native_without_a_domain_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rust" / "src" / "natives" / "log_utils" / "new.rs"
    file.parent.mkdir(parents=True)
    function = Function("new", "log_utils")
    file.write_text("//! `new()`.\n//!\n//! Answers: all,\n//! it is said.\n//! Declines: nothing.\n\n//! Answers: x\n")
    assert reference.domain(function, tmp_path) == ("all, it is said.", "nothing.")
    file.write_text("//! `new()`.\n//!\n//! Answers: all.\n")
    with pytest.raises(reference.OutOfDateError, match=r"log_utils/new\.rs has no line //! Answers:"):
        reference.domain(function, tmp_path)


def test_signatures_are_the_references() -> None:
    by_name = {function.name: reference.signature(function) for function in FUNCTIONS}
    assert by_name["truncate_long_string"].replace("\n    ", "").startswith("truncate_long_string(s: str,")
    assert by_name["hash_file"] == "hash_file(path: str, hash_alg: str) -> hashlib._Hash"


def test_every_command_has_its_options_and_statuses() -> None:
    page = reference.commands_page()
    for name, command in command_line.commands.items():
        section = page.partition(f"\n## `{name}` {{")[2].partition("\n## ")[0]
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert f"`{parameter.opts[0]}" in section
        assert ("Exit status" in (command.help or "")) == ("| exit status | when |" in section)
    assert "| 70 | An error of ours" in page
    assert "`migrate --check`: a file would change." in page
    assert "\b" not in page


def test_variables_are_those_that_the_code_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    page = reference.environment_page()
    assert all(f"`{function.variable}`" in page for function in FUNCTIONS)
    assert "| `SKY_RUST=0` | off | switched off by SKY_RUST=0 |" in page
    monkeypatch.delitem(reference.VARIABLES, "SKY_RUST_CONTROL")
    monkeypatch.setitem(reference.VARIABLES, "SKY_RUST_GONE", "x")
    with pytest.raises(reference.OutOfDateError, match="differ: SKY_RUST_CONTROL, SKY_RUST_GONE"):
        reference.environment_page()


def test_words_of_switches_are_the_policys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_policy._WORDS, "nope", "off")
    assert "`no`, `nope`" in reference.environment_page()


def test_reasons_are_those_of_the_code(tmp_path: Path) -> None:
    page = reference.reasons_page()
    assert "natives are for the main interpreter, and this is a subinterpreter" in page
    assert "*{version}*: *{what}*; `sky-rust verify --record {name}` proves it here" in page
    assert "| `patched` | A guard doesn't hold. |" in page
    (tmp_path / "sky_rust").mkdir()
    (tmp_path / "sky_rust" / "x.py").write_text(
        'def f(name):\n    """Not this one here."""\n    if name:\n        raise ValueError("nor is this one")\n'
        '    return g("a b", f"so {name.it!r} is it")\n'
    )
    assert reference.texts_of("x.py", "f", tmp_path) == ["so {it} is it"]
    with pytest.raises(reference.OutOfDateError, match=r"sky_rust/x\.py has no function h"):
        reference.texts_of("x.py", "h", tmp_path)


def test_the_api_has_every_public_name() -> None:
    page = reference.api_page()
    assert "::: sky_rust.install\n" in page
    assert "::: sky_rust.testing.calls\n" in page
    assert "__version__" not in page


@pytest.mark.parametrize(
    ("text", "home", "here", "expected"),
    [
        ("[a](docs/proof.md#x)", "README.md", "index.md", "[a](proof.md#x)"),
        ("[a](../../README.md#x)", "docs/how-to/fork.md", "how-to/fork.md", "[a](../index.md#x)"),
        ("[a](../../rust/src/natives)", "docs/how-to/fork.md", "how-to/fork.md", "[a](../reference/functions.md)"),
        ("![a](../images/rollout.png)", "docs/how-to/x.md", "how-to/x.md", "![a](../images/rollout.png)"),
        ("see [a `b`](../LICENSE).", "docs/faq.md", "faq.md", "see a `b`."),
        ("[a](https://x.org/README.md) [b](#c)", "README.md", "index.md", "[a](https://x.org/README.md) [b](#c)"),
        ("```sh\n[a](docs/x)\n```\n", "README.md", "index.md", "```sh\n[a](docs/x)\n```\n"),
    ],
)
def test_links_of_the_repository_lead_to_pages(text: str, home: str, here: str, expected: str) -> None:
    assert site_pages.with_links(text, home, here) == expected


@pytest.mark.parametrize("path", ["gone.py", "docs/gone.md"])
def test_a_link_to_no_file_is_named(path: str) -> None:
    with pytest.raises(reference.OutOfDateError, match=f"README.md links to {path}, and there is no such file"):
        site_pages.with_links(f"[a]({path})", "README.md", "index.md")


def test_every_page_can_be_made_and_is_in_the_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(reference.PAGES) < set(site_pages.pages())
    monkeypatch.setitem(site_pages.COPIED, "LICENSE", "license.md")
    with pytest.raises(reference.OutOfDateError, match=r"license\.md is not in the menu"):
        site_pages.pages()


def test_a_diagram_needs_a_title() -> None:
    with pytest.raises(reference.OutOfDateError, match="no accTitle"):
        site_pages.with_diagrams("```mermaid\nflowchart TD\n    a --> b\n```\n")


def test_what_a_page_loads_from_elsewhere_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert site_check.main(tmp_path) == 2
    (tmp_path / "a.html").write_text('<a href="https://x.org">x</a><img src="y.png"><link rel="next" href="https://x">')
    assert site_check.main(tmp_path) == 0
    (tmp_path / "b.html").write_text('<script src="https://unpkg.com/x"></script><link rel="stylesheet" href="//f/g">')
    assert site_check.main(tmp_path) == 1
    assert capsys.readouterr().err.count("b.html: <") == 2


def test_fields_in_a_docstring_are_a_list() -> None:
    pytest.importorskip("griffe")
    with_list = tool("attributes").with_list
    assert with_list("A call.\n\nargs, kwargs: the\n    arguments.\nat: when.") == (
        "A call.\n\n- `args`, `kwargs`: the\n    arguments.\n- `at`: when."
    )
    assert with_list("What: it does.\n\nNote: this is not one.") == "What: it does.\n\nNote: this is not one."
