"""Makes the reference pages of the documentation from the code: `nox -s docs` builds the site with them.

    python tools/reference.py FOLDER    writes the pages into a folder, to look at

Each page is Markdown. What stands in it is derived: a function's domain from the comment at the top of its native's
file, its result and errors from the docstring of its reference, commands and options from the command line itself,
variables and reasons from the modules that read and give them. Where the code has something that this file can't
describe, or no longer has what it describes, `OutOfDateError` names it, and the build of the site fails.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sky_rust import _policy
from sky_rust._registry import FUNCTIONS
from sky_rust.cli import main as command_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sky_rust._registry import Function

ROOT = Path(__file__).parents[1]


class OutOfDateError(Exception):
    """The code and what this file knows of it don't fit; the text says where."""


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown; a `|` in a cell is escaped."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# Functions, and what each native answers and declines.


class Domain(NamedTuple):
    """What a native's file says at its top.

    answers, declines: the calls that it answers, and those that it leaves to the original.
    """

    answers: str
    declines: str


def module_comment(path: Path) -> str:
    """The comment at the top of a Rust file, `//!`, without its marks."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("//!"):
            break
        lines.append(line[4:])
    return "\n".join(lines).strip()


def native_file(function: Function, root: Path = ROOT) -> Path:
    """The Rust file that says what a function's native answers: the first of its folder, where it has one."""
    path = root / "rust" / "src" / "natives" / function.module / function.identifier
    return path / "mod.rs" if path.is_dir() else path.with_suffix(".rs")


def domain(function: Function, root: Path = ROOT) -> Domain:
    """The domain of a function's native.

    Raises:
        OutOfDateError: its file doesn't say what it answers and what it declines.
    """
    path = native_file(function, root)
    found = re.search(r"^Answers: (.+?)^Declines: (.+)", module_comment(path), re.M | re.S)
    if not found:
        raise OutOfDateError(
            f"{path.relative_to(root)} has no line //! Answers: followed by one //! Declines: at its top"
        )
    return Domain(*(" ".join(text.split()) for text in found.groups()))


def linked_parts(text: str, function: Function, root: Path = ROOT) -> list[Path]:
    """The files that a comment links to, such as [`super::parser`], in the order in which it names them."""
    folder = native_file(function, root).parent
    files = []
    for name in re.findall(r"\[`((?:super::)?\w+)`\]", text):
        above, _, part = name.rpartition("::")
        # A file's own parts lie beside its mod.rs; `super` is the folder that has the file itself, or the one above.
        base = folder.parent if above and folder.name == function.identifier else folder
        file = base / f"{part}.rs"
        if file.is_file():
            files.append(file)
    return list(dict.fromkeys(files))


def anchor(part: Path) -> str:
    """The anchor of the section about a part that several natives share, or of one that is a native's own."""
    return _dashed(f"{part.parent.name}-{part.stem}")


def _dashed(name: str) -> str:
    """A name as anchors have it."""
    return name.replace("_", "-")


def _with_links(text: str, parts: Iterable[Path]) -> str:
    """A comment whose links to files lead to the sections about them; a link to anything else is code."""
    known = {part.stem: part for part in parts}

    def link(found: re.Match[str]) -> str:
        part = known.get(found[1])
        return f"[`{part.stem}`](#{anchor(part)})" if part else f"`{found[1]}`"

    return re.sub(r"\[`(?:super::)?(\w+)`\]", link, text)


def _reference_definition(function: Function) -> ast.FunctionDef:
    """The definition of a function's reference."""
    tree: Any = ast.parse((ROOT / "sky_rust" / "reference" / f"{function.module}.py").read_text(encoding="utf-8"))
    for name in function.name.split("."):
        tree = next(one for one in tree.body if getattr(one, "name", "") == name)
    assert isinstance(tree, ast.FunctionDef)
    return tree


def signature(function: Function) -> str:
    """A function's signature, as its reference has it."""
    definition = _reference_definition(function)
    returns = f" -> {ast.unparse(definition.returns)}" if definition.returns else ""
    arguments = [ast.unparse(one) for one in _each_argument(definition.args)]
    line = f"{function.name}({', '.join(arguments)}){returns}"
    return line if len(line) <= 80 else f"{function.name}(\n    " + ",\n    ".join(arguments) + f",\n){returns}"


def _each_argument(arguments: ast.arguments) -> Iterator[ast.arguments]:
    """Each parameter on its own, with its annotation and default."""
    given = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(given) - len(arguments.defaults)) + list(arguments.defaults)
    for one, default in zip(given, defaults):
        yield ast.arguments([], [one], None, [], [], None, [default] if default else [])
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        # Without the star, which stands before the first of them alone.
        yield ast.arguments([], [one], None, [], [], None, [default] if default else [])


def summary(function: Function) -> str:
    """The first sentence of a reference's docstring."""
    return (ast.get_docstring(_reference_definition(function)) or "").split("\n\n")[0].replace("\n", " ")


def functions_page() -> str:
    """The page about all functions: for each one its signature, what its native answers, and the spec."""
    page = [
        "# Functions\n\n"
        "Each function is SkyPilot's own, of `sky.utils`, and each has a native. A call that the native *declines* is "
        "the original's, with the same arguments, at the cost of some ten nanoseconds: nothing has to be done "
        "about it. "
        "Beside what stands here, every native declines where something that its original looks up was "
        "[replaced](../design.md#guards-and-snapshots), and where a library has a release that was not "
        "[proven](../proof.md#the-matrix).\n"
    ]
    page.append("".join(f"- [`{one.name}`](#{_dashed(one.identifier)}): {summary(one)}\n" for one in FUNCTIONS))
    for module in dict.fromkeys(one.module for one in FUNCTIONS):
        page.append(f"## `{module}` {{ #{_dashed(module)} }}\n")
        own = [one for one in FUNCTIONS if one.module == module]
        parts: list[Path] = []
        for function in own:
            parts += linked_parts(" ".join(domain(function)), function)
        parts = _with_what_they_name(parts)
        page += (_function_section(function, parts) for function in own)
        if parts:
            page.append(
                f"### What natives of `{module}` share {{ #{_dashed(module)}-parts }}\n\n"
                "The sections above refer to these parts of the natives.\n"
            )
        page += (_part_section(part, parts) for part in parts)
    return "\n".join(page)


def _function_section(function: Function, parts: list[Path]) -> str:
    found = domain(function)
    return (
        f"### `{function.name}` {{ #{_dashed(function.identifier)} }}\n\n"
        f"```python\n{signature(function)}\n```\n\n"
        f"**Answers:** {_with_links(found.answers, parts)}\n\n"
        f"**Declines:** {_with_links(found.declines, parts)}\n\n"
        f"Its switch is the variable `{function.variable}`. Its spec, which the native and SkyPilot's function "
        f"follow:\n\n"
        f"::: sky_rust.reference.{function.module}.{function.name}\n"
        "    options:\n      show_root_toc_entry: false\n      show_root_heading: false\n"
    )


def _with_what_they_name(parts: list[Path]) -> list[Path]:
    """Parts, with those that their own comments link to."""
    found = list(dict.fromkeys(parts))
    for part in found:
        for name in re.findall(r"\[`(?:super::)?(\w+)`\]", module_comment(part)):
            other = part.with_name(f"{name}.rs")
            if other.is_file() and other not in found:
                found.append(other)
    return found


def _part_section(part: Path, parts: list[Path]) -> str:
    text = _with_links(module_comment(part), parts)
    return f"#### The {part.stem} {{ #{anchor(part)} }}\n\n{text}\n"


# The command line.


def commands_page() -> str:
    """The page about the command line: each command's usage, options and exit statuses."""
    group: click.Group = command_line
    page = [
        "# Command line\n\n"
        "`sky-rust`, or `python -m sky_rust`, in the environment that has SkyPilot. `sky-rust COMMAND --help` has the "
        "same text.\n"
    ]
    commands = sorted(group.commands.items())
    rows = ([f"[`{name}`](#{name})", _plain(command.get_short_help_str(200))] for name, command in commands)
    page.append(table(["command", "what it does"], rows))
    page += (_command_section(name, command) for name, command in commands)
    page.append(
        "## Exit statuses of all commands { #exit-statuses }\n\n"
        "What each status means; the command's own section says with which of them it can end.\n"
    )
    page.append(table(["status", "what it means"], _statuses()))
    return "\n".join(page)


def _command_section(name: str, command: click.Command) -> str:
    with click.Context(command, info_name=f"sky-rust {name}") as context:
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        options = [one.get_help_record(context) for one in command.params if isinstance(one, click.Option)]
    text = "\n\n".join(_paragraph(one) for one in inspect.cleandoc(command.help or "").split("\n\n"))
    rows = [[f"`{record[0]}`", _plain(record[1])] for record in options if record]
    listed = table(["option", "what it does"], rows) if rows else ""
    return f"## `{name}` {{ #{name} }}\n\n```text\n{usage}\n```\n\n{text}\n\n{listed}"


def _paragraph(text: str) -> str:
    """A paragraph of a command's help. One that click is told not to wrap is a list of statuses, or an example."""
    if not text.startswith("\b"):
        return _plain(" ".join(text.split()))
    title, *lines = text[1:].strip("\n").splitlines()
    if title.rstrip() != "Exit status:":
        return "```text\n" + "\n".join([title, *lines]) + "\n```"
    rows: list[list[str]] = []
    for line in lines:
        number, _, meaning = line.strip().partition(" ")
        if number.isdigit():
            rows.append([number, _plain(meaning.strip())])
        else:  # a status's second line
            rows[-1][1] += f" {_plain(line.strip())}"
    return table(["exit status", "when"], rows)


def _plain(text: str) -> str:
    """Text of a help page as Markdown: options and variables are code, as is what stands between backticks."""
    pieces = re.split(r"(`[^`]*`)", text)
    for at in range(0, len(pieces), 2):
        piece = re.sub(r"(?<!\w)(--[a-z][a-z-]+|SKY_RUST[A-Z_]*|~/\.\w+|__\w+__)", r"`\1`", pieces[at])
        pieces[at] = piece.replace("<", "&lt;")
    return "".join(pieces)


def _statuses() -> Iterator[list[str]]:
    """The statuses of `sky_rust.cli._exit`: each number with the comment above it."""
    lines = (ROOT / "sky_rust" / "cli" / "_exit.py").read_text(encoding="utf-8").splitlines()
    found: dict[int, list[str]] = {
        0: ["The command has done what it is for."],
        2: ["The command was called wrongly."],
    }
    comment: list[str] = []
    for line in lines:
        assigned = re.fullmatch(r"[A-Z_]+ = (\d+)", line)
        if line.startswith("#: "):
            comment.append(line[3:])
        elif assigned:
            found.setdefault(int(assigned[1]), []).append(_plain(" ".join(comment)))
            comment = []
    for number in sorted(found):
        yield [str(number), " ".join(found[number])]


# The environment.

#: What each variable is for. `environment_page` says so where the code has others, or lacks one.
VARIABLES = {
    "SKY_RUST": "All functions: `1` (the default), `0`, `shadow`, or `require`, with which it is an error if a "
    "function can't "
    "run natively. `0` beats everything else: not even the compiled module is imported.",
    "SKY_RUST_SHADOW_RATE": "The share of the calls that shadow compares, from 0.0 to 1.0 (the default).",
    "SKY_RUST_SHADOW_VALUES": "`1`: a report of a call that differed has the arguments and the results. Without "
    "it, it has "
    "types, lengths and digests alone, since values may be secrets.",
    "SKY_RUST_CONTROL": "The [control file](../how-to/rollout.md#the-control-file), with which functions are "
    "switched in every "
    "process that follows it. Where it is not set: `~/.sky/sky_rust/control.json`.",
    "SKY_RUST_RUN": "Set by `sky-rust run` for the processes that it begins; nobody has to set it.",
    "SKY_RUST_BUILD": "When sky-rust is built from source: `1` (the default) makes the native package where "
    "there is Rust and else "
    "the plain one, `0` the plain one, `require` the native one or an error.",
}

#: Settings whose effect the page shows, as the policy itself reads them.
EXAMPLES: tuple[dict[str, str], ...] = (
    {},
    {"SKY_RUST": "0"},
    {"SKY_RUST": "shadow"},
    {"SKY_RUST": "shadow", "SKY_RUST_SHADOW_RATE": "0.01"},
    {"SKY_RUST_HASH_FILE": "off"},
    {"SKY_RUST_HASH_FILE": "shadow"},
    {"SKY_RUST": "shadow", "SKY_RUST_HASH_FILE": "on"},
    {"SKY_RUST": "0", "SKY_RUST_HASH_FILE": "1"},
    {"SKY_RUST": "require"},
    {"SKY_RUST": "flase"},
    {"SKY_RUST_HASH_FILE": "flase"},
    {"SKY_RUST": "shadow", "SKY_RUST_SHADOW_RATE": "10%"},
)


def variables_in_use(root: Path = ROOT) -> set[str]:
    """The variables `SKY_RUST*` that the package and its build backend name as a whole string."""
    found = set()
    for file in [*(root / "sky_rust").rglob("*.py"), *(root / "build_backend").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(re.findall(r"\ASKY_RUST(?:_[A-Z]+)*\Z", node.value))
    return found - {one.variable for one in FUNCTIONS}


def environment_page() -> str:
    """The page about variables.

    Raises:
        OutOfDateError: the code reads a variable that is not described here, or no longer reads one that is.
    """
    used = variables_in_use()
    if used != set(VARIABLES):
        raise OutOfDateError(f"described and used variables differ: {', '.join(sorted(used ^ set(VARIABLES)))}")
    words: dict[str, list[str]] = {}
    for word, switch in _policy._WORDS.items():
        words.setdefault(switch, []).append(word)
    return "\n".join(
        [
            "# Environment variables\n\n"
            "Each process reads them once, when sky-rust is first used in it. An empty variable counts as not set.\n",
            table(["variable", "what it says"], ([f"`{name}`", text] for name, text in VARIABLES.items())),
            "## One function\n\n"
            "A variable for each function has a word of the next section. It beats `SKY_RUST=shadow`, and doesn't beat "
            "`SKY_RUST=0`.\n",
            table(["function", "variable"], ([f"`{one.name}`", f"`{one.variable}`"] for one in FUNCTIONS)),
            "## Words\n\nIn either case:\n",
            table(
                ["switch", "words", "what it means"],
                (
                    [f"`{switch}`", ", ".join(f"`{word}`" for word in words[switch]), meaning]
                    for switch, meaning in _SWITCHES.items()
                ),
            ),
            "A word that nobody can read was meant as a kill switch: the functions that it is for stay in "
            "Python, and a "
            "`RuntimeWarning` names it.\n",
            "## What some settings do { #examples }\n\n"
            "What `hash_file` does with these in its environment, and what `sky-rust status` says of it where "
            "its native "
            "could run:\n",
            table(["environment", "`hash_file`", "reason, or warning"], map(_effect, EXAMPLES)),
            "## Variables of others { #others }\n\n"
            "`SKY_RUNTIME_DIR` is SkyPilot's: where it is set, the control file's folder lies below it. Proofs that "
            "`sky-rust verify --record` makes are kept below `XDG_CONFIG_HOME`, or `~/.config`.\n",
        ]
    )


_SWITCHES: dict[str, str] = {
    "on": "The native answers what it is certain about.",
    "off": "The function is SkyPilot's, as if sky-rust were not there.",
    "shadow": "Native and original are called, their outcomes compared, and the caller gets the original's.",
}


def _effect(environ: dict[str, str]) -> list[str]:
    """What an environment means for one function, by the policy itself."""
    policy = _policy.read(environ, [one for one in FUNCTIONS if one.name == "hash_file"])
    setting = policy.settings["hash_file"]
    switch = "off" if policy.disabled else setting.switch
    effect = f"{switch}, {100 * setting.rate:.3g} % of the calls" if switch == "shadow" else switch
    reason = policy.disabled or setting.reason or ("ImportError where it can't run natively" if policy.required else "")
    said = " ".join(f"{name}={value}" for name, value in environ.items())
    return [f"`{said}`" if said else "nothing", effect, reason]


# Reasons.

#: The functions of the package that give a reason ('' for all of a module's), and what each is about.
REASONS = (
    ("_policy.py", "read", "The environment says so"),
    ("_policy.py", "_unreadable", "The environment can't be read"),
    ("_install.py", "disable", "A call of `disable`"),
    ("_install.py", "shadow", "A call of `shadow`"),
    ("_control_file.py", "", "The control file says so, or something is wrong with it"),
    ("_install.py", "_break", "The breaker: answers differed in shadow"),
    ("_status.py", "_backend", "Nothing is attached, or not any more"),
    ("_process.py", "_module_obstacle", "No native can run in this process"),
    ("_process.py", "_why_none", "The compiled module is missing"),
    ("_process.py", "obstacle_of", "The compiled module is an old one"),
    ("_proof.py", "obstacle", "The original is not what it seems"),
    ("_proof.py", "_without_source", "The original has no source"),
    ("_proof.py", "_unlike_source", "What runs is not what the source says"),
    ("_proof.py", "_unproven", "The native was not proven here"),
)


def texts_of(file: str, function: str, root: Path = ROOT) -> list[str]:
    """The sentences that a function of the package makes: every string of three words or more.

    Lines for a log, and the texts of a ValueError, are no reasons.

    What is filled in stands between braces, by the name of what is filled in.

    Args:
        file: the file's name in the package.
        function: the function's name; '' for all of the module.
        root: the checkout.

    Raises:
        OutOfDateError: there is no such function, or it makes no sentence.
    """
    tree = ast.parse((root / "sky_rust" / file).read_text(encoding="utf-8"))
    makers = [node for node in tree.body if isinstance(node, ast.FunctionDef) and function in ("", node.name)]
    texts = [text for node in makers for text in _sentences(node)]
    if not texts:
        raise OutOfDateError(f"sky_rust/{file} has no function {function} that makes reasons")
    return texts


def _sentences(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.Call) and getattr(child.func, "id", "").startswith("_"):
            continue  # another function of the module makes a sentence of these
        if isinstance(child, ast.Raise) and "ValueError" in ast.unparse(child):
            continue  # for whoever called it wrongly
        if isinstance(child, (ast.Constant, ast.JoinedStr)):
            text = _template(child)
            if len(text.split()) >= 3 and "%s" not in text:
                yield " ".join(text.split())
        else:
            yield from _sentences(child)


def _template(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    pieces = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            pieces.append(str(value.value))
        else:
            assert isinstance(value, ast.FormattedValue)
            names = [one.attr if isinstance(one, ast.Attribute) else one.id for one in _names(value.value)]
            pieces.append(f"{{{names[-1].strip('_') if names else 'text'}}}")
    return "".join(pieces)


def _names(node: ast.AST) -> list[ast.Attribute | ast.Name]:
    return [one for one in ast.walk(node) if isinstance(one, (ast.Attribute, ast.Name))][:1]


def declines() -> list[list[str]]:
    """The reasons by which declined calls are counted: each with what the crate says of it."""
    source = (ROOT / "rust" / "src" / "dispatch" / "counts.rs").read_text(encoding="utf-8")
    comments = {name: text for text, name in re.findall(r"/// (.+)\n    (\w+),", source)}
    rows = [[f"`{text}`", comments[name]] for name, text in re.findall(r'\(Self::(\w+), "(.+)"\)', source)]
    if not rows:
        raise OutOfDateError("rust/src/dispatch/counts.rs has no reasons")
    return rows


def reasons_page() -> str:
    """The page about the reasons of `status()` and `stats()`."""
    page = [
        "# Reasons\n\n"
        "`sky_rust.status()`, `sky-rust status`, `sky-rust doctor` and the page in SkyPilot's dashboard give "
        "each function's "
        "backend with its reason. These are all of the sentences, by what they are about; a name between braces is "
        "filled in. Where there is something to do, the sentence says what.\n"
    ]
    for file, function, title in REASONS:
        page.append(f"## {title}\n")
        page += (f"- {_escaped(text)}" for text in dict.fromkeys(texts_of(file, function)))
        page.append("")
    page.append(
        "## Calls that were declined { #declines }\n\n"
        "`sky_rust.stats()` counts, for each function, the calls that were left to Python by their reason. A "
        "call whose "
        "arguments are not the native's has the reason `arguments`; the others:\n"
    )
    page.append(table(["reason", "what it means"], declines()))
    return "\n".join(page)


def _escaped(text: str) -> str:
    """A reason as Markdown: what is filled in is emphasized, and nothing else has a meaning."""
    pieces = re.split(r"(\{\w+\}|`[^`]*`)", text)
    for at, piece in enumerate(pieces):
        if re.fullmatch(r"\{\w+\}", piece):
            pieces[at] = f"*{piece}*"
        elif not piece.startswith("`"):
            pieces[at] = re.sub(r"([*_<\[])", r"\\\1", piece)
    return "".join(pieces)


# The API.

#: What is public, by module; `sky_rust.testing` names its own.
API = {
    "sky_rust": "What an operator or a developer calls in a process.",
    "sky_rust.testing": "For tests: calls of each function, and the comparison of native and original. It needs "
    "`pip install 'sky-rust[verify]'`.",
}


def api_page() -> str:
    """The page about the API; mkdocstrings fills in what the docstrings say."""
    page = ["# Python API\n\nNames that begin with an underscore are nobody's business, and may change at any time.\n"]
    for module, text in API.items():
        page.append(f"## `{module}` {{ #{module.replace('.', '-')} }}\n\n{text}\n")
        for name in public_names(module):
            page.append(f"::: {module}.{name}\n    options:\n      heading_level: 3\n")
    return "\n".join(page)


def public_names(module: str) -> list[str]:
    """The names in a module's `__all__`, in the order of its lines, without the version."""
    tree = ast.parse((ROOT / Path(*module.split(".")) / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "__all__" for one in node.targets):
            return [name for name in ast.literal_eval(node.value) if not name.startswith("__")]
    raise OutOfDateError(f"{module} has no __all__")


#: The pages, by their paths below the site's sources.
PAGES = {
    "reference/functions.md": functions_page,
    "reference/api.md": api_page,
    "reference/cli.md": commands_page,
    "reference/environment.md": environment_page,
    "reference/reasons.md": reasons_page,
}


def main(folder: str) -> None:
    """Writes the pages into a folder."""
    for path, page in PAGES.items():
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
