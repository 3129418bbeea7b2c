"""Random calls of the functions of `sky.utils.yaml_utils`.

Texts are written by YAML's grammar, dumped by libyaml in all its styles, or taken from SkyPilot's own files; then a
few of them are changed at some places.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sky_rust.testing import _yaml
from tools.corpus import LONGEST_MUTATED, mutated, texts_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_PLAIN = _yaml.PLAIN.split()
_ODD_PLAIN = _yaml.ODD_PLAIN.split()
_VALUES: list[Any] = [None, True, False, 0, 1, -1, 2**63, 1.5, 1e16, 1e-7, -0.0, float("nan"), float("inf")]

#: Plain scalars that may be in flow collections.
_FLOW = [word for word in _PLAIN if not set(word) & set("{}[],?") and word[0] not in "-\"'"]

#: Keys, no two of which are the same key.
_KEYS = ["a", "'b'", '"\\x63"', "name", "1", "1.0", "true", "null", "k y", "a:b", "\xe9", "~/d", "x", "x" * 130]

#: Other spellings of them, and keys of other types that are equal once they are loaded.
_AGAIN = ["a", "'a'", '"\\x61"', "b", '"name"', "'1'", "0x1", "yes", "~", "True"]
_QUOTED = [
    "''",
    "'a'",
    "'it''s'",
    "'a: b'",
    "' # '",
    '""',
    '"a"',
    '"\\n"',
    '"\\u20ac\\t"',
    '"\\x41 \\\\"',
    '"- a"',
    "'1'",
]

#: Lines of block scalars; the first four have no spaces before them, and so may say where the content begins.
_LINES = ["a", "echo hi", "# c", "x: y", "- z", "a\tb", "\xe9", "", "'q'", "---x", "a ", "  b", "\u20ac {", "&a *b"]

#: How a line begins at which a collection may begin.
_BEGINNING = re.compile(r"- |[\w./~\"'-]+:( |$)|#")
_COMMENTS = ["", "", "", "", "  # c", " # x: y", " #", "  "]


class _Writer:
    """Writes plain YAML, as people do."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def text(self) -> str:
        """A stream of a document, seldom of several."""
        rng = self._rng
        documents = ["\n".join(self._lines()) for _ in range(2 if rng.random() < 0.15 else 1)]
        start = rng.choice(["", "", "# c\n", "---\n", "\n# c\n\n", "--- # c\n"])
        return start + "\n---\n".join(documents) + rng.choice(["", *["\n"] * 9, "\n\n", "\n# c\n", "\n---\n"])

    def _lines(self) -> list[str]:
        rng, kind = self._rng, self._rng.random()
        if kind < 0.05:
            return [self._flow(2, 1)]
        return self._sequence(0, 3) if kind < 0.2 else self._mapping(0, rng.randrange(1, 4))

    def _mapping(self, column: int, depth: int) -> list[str]:
        lines = []
        for key in self._keys(4):
            head, more = self._node(column, depth, in_mapping=True)
            gap = self._rng.choice([" ", " ", " ", "  "]) if head and self._rng.random() < 0.1 else " " if head else ""
            lines += [f"{' ' * column}{key}:{gap}{head}", *more]
            self._interrupt(lines)
        return lines

    def _keys(self, most: int) -> list[str]:
        """Some keys; now and then one more, which may be equal to one before it."""
        rng = self._rng
        keys = rng.sample(_KEYS, rng.randrange(1, most + 1))
        return [*keys, rng.choice(_AGAIN)] if rng.random() < 0.04 else keys

    def _sequence(self, column: int, depth: int) -> list[str]:
        lines = []
        for _ in range(self._rng.choice([1, 2, 2, 3])):
            if depth and self._rng.random() < 0.3:  # the entries of a collection begin on the line of its `-`
                step = self._rng.choice([2, 2, 2, 3, 4])
                make = self._mapping if self._rng.random() < 0.8 else self._sequence
                first, *more = make(column + step, depth - 1)
                lines += [f"{' ' * column}-{' ' * (step - 1)}{first.lstrip(' ')}", *more]
            else:
                head, more = self._node(column, depth, in_mapping=False)
                lines += [f"{' ' * column}-{' ' if head else ''}{head}", *more]
            self._interrupt(lines)
        return lines

    def _interrupt(self, lines: list[str]) -> None:
        if self._rng.random() < 0.08:
            lines.append(self._rng.choice(["", "# c", "    # c", "  "]))

    def _node(self, column: int, depth: int, in_mapping: bool) -> tuple[str, list[str]]:
        """What stands behind a key or a `-`, and the lines below."""
        rng, kind = self._rng, self._rng.random()
        comment = rng.choice(_COMMENTS)
        if depth and kind < 0.4:
            step, head = rng.choice([1, 2, 2, 2, 4]), comment.strip() and comment[1:]
            if kind < 0.25:
                return head, self._mapping(column + step, depth - 1)
            is_right = rng.random() < 0.5 or not in_mapping
            return head, self._sequence(column + (step if is_right else 0), depth - 1)
        if kind < 0.5:
            return self._flow(2, column + 1) + comment, []
        if kind < 0.6:
            return self._block(column)
        if kind < 0.7:
            return self._several(column)
        if kind < 0.8:
            return rng.choice(_QUOTED) + comment, []
        if kind < 0.84:
            return "", []
        return " ".join(rng.choices(_PLAIN, k=rng.choice([1, 1, 1, 2, 5]))) + comment, []

    def _block(self, column: int) -> tuple[str, list[str]]:
        """A block scalar, literal or folded."""
        rng = self._rng
        by = rng.choice([1, 2, 2, 2, 4])
        lines = [rng.choice(_LINES[:4]), *rng.choices(_LINES, k=rng.randrange(6))]
        header = rng.choice("|>") + rng.choice(["", "", "-", "+"])
        if rng.random() < 0.1:
            header, lines = header[:1] + str(by) + header[1:], [rng.choice(_LINES), *lines]
        return header + rng.choice(["", "", "", " # c"]), [line and " " * (column + by) + line for line in lines]

    def _several(self, column: int) -> tuple[str, list[str]]:
        """A plain or quoted scalar on several lines."""
        rng = self._rng
        quote = rng.choice(["", "'", '"'])
        words = ["a", "b c", "x", "\xe9"] if not quote else ["a", " b", "c  ", "# d", "e: f", ""]
        lines = [rng.choice(words[:3]), *rng.choices([*words, ""], k=rng.randrange(1, 4)), "end"]
        indented = [line and " " * (column + rng.randrange(1, 4)) + line for line in lines[1:]]
        return quote + lines[0], [*indented[:-1], indented[-1] + quote]

    def _flow(self, depth: int, column: int) -> str:
        """A flow collection; on several lines, these are right of a column."""
        rng = self._rng
        gap = rng.choice(["", " ", " ", " ", "\n" + " " * column, " # c\n" + " " * column])

        def node() -> str:
            if depth and rng.random() < 0.25:
                return self._flow(depth - 1, column)
            return rng.choice([rng.choice(_FLOW), rng.choice(_FLOW), rng.choice(_QUOTED)])

        if rng.random() < 0.5:
            ends, inside = "[]", [node() for _ in range(rng.randrange(4))]
        else:
            ends, inside = "{}", [] if rng.random() < 0.2 else [f"{key}: {node()}" for key in self._keys(3)]
        return ends[0] + gap + f",{gap or ' '}".join(inside) + gap + ends[1]


def _dumped(rng: random.Random, tree: Any) -> str:
    """A tree as libyaml writes it, in one of its styles."""
    text: str = yaml.dump(
        {"a": tree} if rng.random() < 0.5 or not isinstance(tree, (dict, list)) else tree,
        Dumper=_WithoutAliases,
        default_style=rng.choice([None, None, None, "'", '"', "|", ">"]),
        default_flow_style=rng.choice([False, False, None, True]),
        indent=rng.choice([None, 2, 4, 7]),
        width=rng.choice([None, 20, 40, 80, 10**6]),
        allow_unicode=rng.random() < 0.7,
        explicit_start=rng.random() < 0.2,
        sort_keys=False,
    )
    return text


class _WithoutAliases(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _block(rng: random.Random, texts: list[str]) -> str:
    """Some lines of a text, as far as none is left of the first: as a document, or as a scalar where they are one."""
    lines = rng.choice(texts).split("\n")
    start = rng.randrange(len(lines))
    column = len(lines[start]) - len(lines[start].lstrip(" "))
    found = []
    for line in lines[start : start + rng.randrange(1, 20)]:
        if line[:column].strip(" "):
            break
        found.append(line[column:])
    if _BEGINNING.match(found[0]):
        return "\n".join(found)
    return "\n".join([f"a: {rng.choice(['|', '|-', '>'])}", *(line and f"  {line}" for line in found)])


def text_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Texts of plain YAML; three of ten are changed at some places, and so may be no YAML at all."""
    texts, writer = _files(), _Writer(rng)
    trees = _Trees(rng, [*_PLAIN, *_LINES, *_VALUES[:6], "it's", '"', "a: b", "# c", "a\n", "\n", " a"])
    fragments = [*_yaml.FRAGMENTS, *_PLAIN, *_ODD_PLAIN]
    while True:
        kind = rng.random()
        if kind < 0.5:
            text = writer.text()
        elif kind < 0.6:
            text = _dumped(rng, trees.new(rng.randrange(1, 4)))
        elif kind < 0.9:
            text = _block(rng, texts)
        else:
            text = next(mutated(texts, 1, rng))
        if rng.random() < 0.3:
            for _ in range(rng.randrange(1, 4)):
                at = rng.randrange(len(text) + 1)
                text = text[:at] + rng.choice(["", *fragments]) + text[at + rng.choice([0, 0, 1, 3]) :]
        if len(text) < LONGEST_MUTATED:
            yield (text,)


@functools.cache
def _files() -> list[str]:
    """SkyPilot's own files of YAML, its templates as they are rendered, and our texts."""
    spec = importlib.util.find_spec("sky")
    folder = Path(spec.origin if spec and spec.origin else __file__).parent
    own = [_yaml.cluster(), _yaml.configuration(), *(row.call.args[0] for row in _yaml.named_texts())]
    return [*texts_of(folder), *own]


def file_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """A file with such a text, now and then with other line breaks, another encoding, or none; seldom there is none.

    It is the same file each time, written anew, in memory where there is a file system for that.
    """
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=in_memory) as folder:
        path = os.path.join(folder, "a.yaml")
        odd: list[Any] = [None, folder, path + "x", path.encode(), Path(path), path + "\0", ""]
        for (text,) in text_cases(rng):
            content = text.encode("utf-8", "surrogatepass")
            kind = rng.random()
            if kind < 0.03:
                content = content.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\r"]))
            elif kind < 0.05:
                content = rng.choice([b"\xef\xbb\xbf" + content, content + b"\xff", text.encode("utf-16", "replace")])
            with open(path, "wb") as file:
                file.write(content)
            yield (path if rng.random() < 0.995 else rng.choice(odd),)


class _Trees:
    """Makes trees of what YAML can write, in which some collections are shared."""

    def __init__(self, rng: random.Random, words: list[Any]) -> None:
        self._rng, self._words = rng, words
        self._made: list[Any] = []

    def new(self, depth: int) -> Any:
        """A tree."""
        self._made = []
        return self._node(depth)

    def _node(self, depth: int) -> Any:
        rng, kind = self._rng, self._rng.random()
        if depth == 0 or kind < 0.4:
            return self._scalar()
        if kind < 0.5 and self._made:
            return rng.choice(self._made)
        found: Any
        if kind < 0.7:
            found = [self._node(depth - 1) for _ in range(rng.randrange(5))]
            found = tuple(found) if rng.random() < 0.1 else found
        else:
            found = {self._scalar(): self._node(depth - 1) for _ in range(rng.randrange(5))}
        self._made.append(found)
        return found

    def _scalar(self) -> Any:
        rng, kind = self._rng, self._rng.random()
        if kind < 0.5:
            return rng.choice(self._words)
        if kind < 0.8:
            glue = rng.choice(["", " ", "\n", ": ", " #", "\t", "  "])
            return glue.join(str(rng.choice(self._words)) for _ in range(rng.choice([1, 2, 3, 5, 20])))
        return rng.choice([rng.randrange(-(10**6), 10**6), rng.uniform(-1e3, 1e3), "x" * rng.randrange(120, 132)])


def tree_cases(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Trees of words that are hard to write, and of texts that are put together of them."""
    trees = _Trees(rng, [*_yaml.FRAGMENTS, *_PLAIN, *_ODD_PLAIN, *_VALUES])
    while True:
        yield (trees.new(rng.randrange(5)),)


#: The functions that load YAML.
LOADERS = ("read_yaml", "read_yaml_all_str", "read_yaml_str", "safe_load")

#: By function, a generator of the arguments of calls.
CASES: dict[str, Callable[[random.Random], Iterator[tuple[Any, ...]]]] = {
    **dict.fromkeys(("check_no_duplicate_keys", *LOADERS), text_cases),
    "dump_yaml_str": tree_cases,
    "read_yaml": file_cases,
}
