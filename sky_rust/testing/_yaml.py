"""Texts of YAML for the functions that read it: made by its grammar, and with anything in between."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_T = TypeVar("_T")

#: A node: from the column of the collection around it to what stands behind its key or its `-`, and the lines below.
Node = Callable[[int], "tuple[str, list[str]]"]

#: Plain scalars of every tag that configurations have, and strings that look like another one.
PLAIN = """
a b train x-y us-east-1 H100:8 8+ 1.0.0 s3://bucket/a a:b a#b http://a/b?c=d&e it's say"x" --flag -x ~/data $HOME ${A}
KEYS yes No ON off true FALSE True y n nO ~ null Null NULL nuLL 0 1 -5 +7 10 007 -010 08 0o17 0x1F -0xff 0xg 0b101 0b2
9223372036854775807 1.5 -1.5 +0.25 5. -0.0 .5 -.5 1e3 1.0e3 1.0e+3 2.5E-7 1.e+2 . .. .a ._1 \xe9 \u20ac
"""

#: Plain scalars that are not answered: other tags, several forms of numbers.
ODD_PLAIN = """
2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00 1:30 190:20:30 190:20:30.15 1_000 0x_1 1_0.5 .inf -.INF .nan << =
99999999999999999999 0b_1 1.0e+400 0_7 -9223372036854775808 9223372036854775808
"""

#: Keys, some of which are the same key.
KEYS = [
    "a",
    "b",
    "name",
    "'a'",
    '"a"',
    '"\\x61"',
    "1",
    "'1'",
    "1.0",
    "true",
    "yes",
    "null",
    "k y",
    "a:b",
    "\xe9",
    "0x1",
]


#: The forms of collections that `deep` nests.
FORMS = ("[]", "{}", "-", "k:")


def deep(depth: int, form: str) -> str:
    """A text of so many collections of one of the `FORMS`, each in the one before."""
    if form == "[]":
        return "[" * depth + "]" * depth + "\n"
    if form == "{}":
        return "{k: " * depth + "}" * depth + "\n"
    if form == "-":
        return "- " * depth + "v\n"
    return "".join(f"{' ' * at}k:\n" for at in range(depth - 1)) + " " * depth + "k: v\n"


#: Texts, and parts of texts, that PyYAML's two scanners read in different ways, that are errors, or that are rare.
FRAGMENTS = [
    *(
        "{k: 1, !x,y k: 2}",
        "{a?b: 1}",
        "[a:b]",
        "[a:,b]",
        "{a:, b: 1}",
        '{"a":1}',
        '{"a":[1]}',
        "{a: [b,c]}",
        "[a, , b]",
        "[a: b]",
    ),
    *("{a}", "{a, b: c}", "{,}", "{[a]: b}", "? a\n: b\n", "&x a", "*x", "!t a", "!!str 1", "! a", "%YAML 1.1\n", "%a"),
    *(
        "\t",
        "a\tb",
        "a: |\n\tb",
        "'a\tb'",
        "\r\n",
        "\r",
        "\x85",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\x7f",
        "\0",
        "\ud800",
        "...\n",
    ),
    *("---\n", "--- a\n", "---a", "--- {}\n", "- - a", "-", "- ", ": ", ":", " #", "#", "# c\n", "'", '"', "''", '""'),
    *("|\n", ">\n", "|2\n", ">-\n", "|+\n", "|0\n", "|-9\n", "`", "@", "\\", '"\\', '"\\/"', '"\\ud800"', '"a\\\n  b"'),
    *(
        "\n",
        "\n\n",
        " ",
        "  ",
        "\n  ",
        "\n    ",
        "a: b",
        "a:\n",
        "  a: b\n",
        "- a: b\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        "<<: *x",
    ),
    *(
        "'a\n---\nb'",
        '"a\n...\nb"',
        "[a\n- b]",
        "[\n---\n]",
        "[a #c\n, b]",
        "[a#c]",
        "'a' 'b'",
        "'a'#",
        "a: b: c",
        "{a: b: c}",
    ),
]


TASK = """# A task, as its author writes it.
name: train

resources:
  accelerators: H100:8
  infra: k8s
  disk_size: 512
  use_spot: true
  ports:
    - 8080
    - 22

num_nodes: 4

envs:
  MODEL: meta-llama/Llama-3.1-8B
  LR: 3e-4
  DEBUG: "no"
  RATIO: 0.25
  TOKEN:  # given on the command line

file_mounts:
  /data:
    source: s3://bucket/data
    mode: MOUNT
  ~/.netrc: ~/.netrc

setup: |
  set -e
  pip install -r requirements.txt

run: |
  cd ~/sky_workdir
  torchrun --nnodes=$SKYPILOT_NUM_NODES \\
    train.py --name "run: 1"  # the first
"""


def configuration() -> str:
    """The configuration of a server of a team, as PyYAML writes it."""
    return _dumped(configuration_tree())


def cluster() -> str:
    """The description of a cluster, as PyYAML writes it."""
    return _dumped(cluster_tree())


def _dumped(tree: dict[str, Any]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # to mypy, PyYAML has no types
        def ignore_aliases(self, data: object) -> bool:
            return True

    text: str = yaml.dump(tree, Dumper=Dumper, sort_keys=False)
    return text


def task_tree() -> dict[str, Any]:
    """A task, as its author writes it."""
    return {
        "name": "train",
        "resources": {
            "accelerators": "H100:8",
            "infra": "k8s",
            "disk_size": 512,
            "use_spot": True,
            "ports": [8080, 22],
        },
        "num_nodes": 4,
        "envs": {
            "MODEL": "meta-llama/Llama-3.1-8B",
            "LR": "3e-4",
            "DEBUG": "no",
            "SEED": 42,
            "RATIO": 0.25,
            "TOKEN": "",
        },
        "file_mounts": {"/data": {"source": "s3://bucket/data", "mode": "MOUNT"}, "~/.netrc": "~/.netrc"},
        "setup": "set -e\npip install -r requirements.txt\n",
        "run": 'cd ~/sky_workdir\ntorchrun --nnodes=$SKYPILOT_NUM_NODES \\\n  train.py --name "run: 1" # the first\n',
        "secrets": None,
    }


def configuration_tree() -> dict[str, Any]:
    """The configuration of a server of a team: 560 lines."""
    contexts = [f"gke_proj_us-central1-{at}_cluster" for at in range(10)]
    pod = {
        "metadata": {"labels": {"team": "ml", "cost-center": "1234"}, "annotations": {"istio.io/inject": "false"}},
        "spec": {
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}] * 2,
            "containers": [{"env": [{"name": f"VAR_{at}", "value": f"value-{at}"} for at in range(12)]}],
            "volumes": [{"name": f"data{at}", "persistentVolumeClaim": {"claimName": f"pvc{at}"}} for at in range(4)],
        },
    }
    workspaces = {
        f"team-{at}": {
            "gcp": {"project_id": f"proj-{at}"},
            "aws": {"disabled": at % 2 == 0},
            "kubernetes": {"allowed_contexts": contexts[at % 10 : at % 10 + 2]},
            "private": True,
            "allowed_users": [f"user{user}@corp.com" for user in range(8)],
        }
        for at in range(26)
    }
    return {
        "jobs": {"controller": {"resources": {"cpus": "8+", "memory": "32+"}, "consolidation_mode": True}},
        "kubernetes": {"allowed_contexts": contexts, "provision_timeout": 900, "pod_config": pod},
        "workspaces": {"default": {}, **workspaces},
    }


def cluster_tree() -> dict[str, Any]:
    """The description of a cluster: 1,400 lines."""
    script = "(which conda > /dev/null 2>&1 && echo 'conda is there') || { wget -nc https://repo/conda.sh -O conda; }\n"
    node = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "train-abcd", "labels": {"skypilot-user": "alice", "ray-node-type": "head"}},
        "spec": {
            "containers": [
                {
                    "name": "ray-node",
                    "command": ["/bin/bash", "-c", "--"],
                    "args": [f"# step {at}\n\n{script * 3}\ttrue\n" for at in range(8)],
                    "env": [{"name": f"VAR_{at}", "value": str(at)} for at in range(60)],
                    "resources": {"limits": {"cpu": 8, "memory": "32G", "nvidia.com/gpu": 8}},
                }
            ],
        },
    }
    nodes = {f"node-{at}": {"node_config": node | {"index": at}, "resources": {"CPU": 1.5}} for at in range(4)}
    mounts = {
        f"~/.sky/wheels/{at}": f"/home/alice/.sky/wheels/{at}/skypilot-1.0.0-py3-none-any.whl" for at in range(1150)
    }
    return {
        "cluster_name": "train-abcd",
        "provider": {"type": "external", "timeout": 600, "use_internal_ips": False, "ssh_jump_pod": None},
        "available_node_types": nodes,
        "setup_commands": [script * 4, script],
        "file_mounts": mounts,
    }


#: The characters that begin or end something else than a scalar, wherever they stand or in some places.
INDICATORS = "-?:,[]{}#&*!|>'\"%@`"

#: What is before and behind a place where the scanners look at a character to see what begins, goes on or ends there.
PLACES = [
    *(("[", "]"), ("[", "b]"), ("[-", "b]"), ("[a", ""), ("[a\n", "]"), ("[a:", ""), ("{a: ", "}"), ("{a:\n", "")),
    *(("a: ", "b"), ("a: b\n ", ""), ("a: b\n", ""), ("a:\n", ""), ("-\n", ""), ("-\n ", "")),
]

#: Whole texts of the same kinds.
TEXTS = [
    *FRAGMENTS,
    *(f"a: {word}\n" for word in (*PLAIN.split(), *ODD_PLAIN.split())),
    *(
        "a: |\n    \n  b\n",
        "a: |\n  b\n c\n",
        "a:\n    b: 1\n  c: 2\n",
        "- a: 1\n   b: 2\n",
        "a: b\n  : c\n",
        "[a\n: b]\n",
        "{a: b\n : c}\n",
        "- a\n - b\n",
        "a: b\n  c: d\n",
    ),
    *(
        "a: 1\n b: 2\n",
        "a\n---\nb: 1\n",
        "a\n---\nb\n",
        "a: 'b\n---\nc'\n",
        "a: [1,#c\n 2]\n",
        "a: [1 #c\n , 2]\n",
        "a:\n- b\n - c\n",
        "k\u2028: 1\n",
    ),
    *(
        "a: b #c\n",
        "a: b#c\n",
        "a: 'b'#c\n",
        "a:\tb\n",
        "a: b\t\n",
        "a: 'b'\t\n",
        "a: \x01\n",
        "a: |\n  b\n\tc\n",
        "a: |\n  \tb\n",
        "a: >\n\n\n  b\n\n",
    ),
    *(
        "a: |\n  b",
        "a: |+\n  b\n\n  ",
        "a: |\n",
        "a: |",
        "a: >-\n  b\n   c\n  d\n\n  e\n",
        "a: >\n  b\n  \tc\n  d\n",
        "'a\n  b': c\n",
    ),
    *(
        "{a: b}: c\n",
        "[a]: b\n",
        "a: {b: c}: d\n",
        "a: - b\n",
        "- - a\n  b: c\n",
        "- a:\n  - b\n- c\n",
        "a: {b: [c, {d: e}]}\n",
    ),
    *(
        "a: 2001-01-01\n",
        "a: 1:30\n",
        "a: .nan\n",
        "<<: {a: 1}\n",
        "a: <<\n",
        "=: 1\n",
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "? a\n",
    ),
    *(f"{before}{indicator}{after}" for before, after in PLACES for indicator in INDICATORS),
    *("[-._]", "[-_]", "[-.5, -0]", "[a\n# c\nb]", "[a\n...\nb]", "a:\n...\n", "-\n...\n", "- a\n...\n"),
    # The headers of block scalars: chomping and indentation in both orders, and each of them twice.
    *(f"a: {style}{one}{two}\n   b\n" for style in "|>" for one in "+-13" for two in "+-13"),
    # What stands behind a backslash: escape sequences, line breaks, and what is no escape sequence.
    *(f'a: "\\{escaped}"\n' for escaped in [*'0abtnvfre "\\/N_LPdxuU1', "\n", "\n\n  b", "\n  b", " \n b"]),
    *(f'a: "\\{number}"\n' for number in ("x4", "x4g", "x41", "u004", "u0041", "ud800", "U0000004", "U00110000")),
    *(deep(depth, form) for depth in (100, 101) for form in FORMS),
]


@functools.cache
def plain_texts() -> SearchStrategy[str]:
    """Streams of documents of plain YAML, in which no mapping has a key twice, and every scalar has a common tag."""
    from hypothesis import strategies as st

    documents = st.builds(_document, _roots(), st.sampled_from(["", "", "# c\n", "\n\n  # c\n"]))
    return st.builds(
        lambda documents, starts: ("---\n" if starts else "") + "---\n".join(documents),
        st.lists(documents, min_size=1, max_size=3),
        st.booleans(),
    )


@functools.cache
def single_texts() -> SearchStrategy[str]:
    """The same with one document."""
    from hypothesis import strategies as st

    return st.builds(
        lambda root, start: _document(root, start), _roots(), st.sampled_from(["", "---\n", "--- # c\n", "# c\n"])
    )


@functools.cache
def odd_texts() -> SearchStrategy[str]:
    """Texts with duplicates, errors, rare forms, and characters that are no YAML."""
    from hypothesis import strategies as st

    fragments = st.sampled_from(FRAGMENTS)
    odd_scalars = st.sampled_from([*ODD_PLAIN.split(), *PLAIN.split()])
    placed = st.builds(
        lambda place, found, more: place[0] + found + more + place[1],
        st.sampled_from(PLACES),
        st.sampled_from([*INDICATORS, "a", "\n", " ", ""]),
        st.sampled_from([*INDICATORS, "a", "\n", " ", ""]),
    )
    some = plain_texts()
    inserted = st.builds(
        lambda text, at, fragment, gone: text[: at % (len(text) + 1)] + fragment + text[at % (len(text) + 1) + gone :],
        some,
        st.integers(0, 2000),
        fragments | odd_scalars,
        st.sampled_from([0, 0, 0, 1, 2, 5]),
    )
    entries = st.lists(st.tuples(st.sampled_from(KEYS), odd_scalars | fragments), max_size=5)
    every = st.one_of(
        inserted,
        inserted,
        st.lists(fragments | odd_scalars | st.sampled_from(KEYS), max_size=10).map("".join),
        st.lists(
            st.sampled_from(["a: ", "b:", "- ", "  ", "\n", "x", "'y'", "[", "]", "{", "}", ", "]), max_size=20
        ).map("".join),
        entries.map(lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)),
        entries.map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"),
        entries.map(lambda pairs: "".join(f"- {key}\n- {value}\n" for key, value in pairs)),
        # Around the limit of simple keys, in block and in flow collections, and around the deepest nesting.
        st.builds(
            lambda length, form: form.format("k" * length),
            st.integers(1019, 1030),
            st.sampled_from(["{}: 1", "'{}': 1\n", "{}   : 1", "{{{}: 1}}", '["{}"]', "- {}: 1", "a: {}", "\xe9{}: 1"]),
        ),
        st.builds(deep, st.integers(95, 110), st.sampled_from(FORMS)),
        placed,
    )
    return _unnamed(every)


def named_texts() -> list[Named]:
    """Calls of a function that loads a text, as callers make them."""
    return [
        Named("a task", Call((TASK,))),
        Named("a team's configuration, 560 lines", Call((configuration(),))),
        Named("a cluster, 1,400 lines", Call((cluster(),))),
        Named("an empty text", Call(("",))),
        Named("an alias", Call(("a: &x 1\nb: *x\n",)), declined=True),
    ]


def loading(parameter: str, texts: SearchStrategy[str]) -> Domain:
    """Calls of a function that loads a text.

    Args:
        parameter: the name of its one parameter.
        texts: the texts that its native has to answer.
    """
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, with_arguments

    common = with_arguments(texts) | with_arguments(**{parameter: texts}).filter(lambda call: bool(call.kwargs))
    odd = st.one_of(
        with_arguments(odd_texts()),
        with_arguments(odd_texts()),
        with_arguments(plain_texts()),
        with_arguments(texts.map(str.encode)),
        with_arguments(anything),
        with_arguments(texts, texts),
        with_arguments(),
        # Where the original may reach the recursion limit.
        st.builds(lambda text, left: Call((text,), {}, (CallsLeft(left),)), texts, st.integers(5, 70)),
    )
    return Domain(common, odd)


#: Ways to write one key.
_SPELLINGS = [
    ["a", "'a'", '"a"', '"\\x61"'],
    ["1", "'1'", '"\\u0031"'],
    ["it's", "'it''s'", '"it\'s"'],
    ["\xe9", '"\\xe9"', "'\xe9'"],
    ["k" * 200, "'" + "k" * 200 + "'"],
]


@functools.cache
def duplicates() -> SearchStrategy[str]:
    """Texts in which a mapping, somewhere, has a key twice: as it is written first, or in another way."""
    from hypothesis import strategies as st

    nodes = _unnamed(st.recursive(_scalars() | _flows(), _collections, max_leaves=5))
    twice = st.sampled_from(_SPELLINGS).flatmap(lambda keys: st.tuples(st.sampled_from(keys), st.sampled_from(keys)))
    others = st.lists(st.tuples(st.sampled_from(["b", "c", "d"]), nodes), max_size=3, unique_by=lambda it: it[0])

    def block(keys: tuple[str, str], others: list[tuple[str, Node]], values: list[Node], levels: int) -> str:
        entries = [(keys[0], values[0]), *others, (keys[1], values[1])]
        for level in range(levels):
            entries = [("x", _mapping(entries, 2)), (f"y{level}", values[0])]
        return _document(_entries(entries, 0), "")

    def flow(keys: tuple[str, str], values: list[str]) -> str:
        return f"- {{{keys[0]}: {values[0]}, b: {values[1]}, {keys[1]}: x}}\n"

    return st.builds(block, twice, others, st.lists(nodes, min_size=2, max_size=2), st.integers(0, 2)) | st.builds(
        flow, twice, st.lists(_flow_texts(), min_size=2, max_size=2)
    )


@functools.cache
def _roots() -> SearchStrategy[list[str]]:
    """The lines of a document."""
    from hypothesis import strategies as st

    nodes = _unnamed(st.recursive(_scalars() | _flows(), _collections, max_leaves=10))
    return st.one_of(
        st.lists(st.tuples(_keys(), nodes), min_size=1, max_size=4, unique_by=lambda it: _text_of(it[0])).map(
            lambda entries: _entries(entries, 0)
        ),
        st.lists(nodes, min_size=1, max_size=4).map(lambda items: _items(items, 0, True)),
        _flow_texts().map(lambda text: [text]),
        st.just([]),
    )


def _unnamed(strategy: SearchStrategy[_T]) -> SearchStrategy[_T]:
    """The same strategy, without a description of all that is in it: Hypothesis warns where that is long."""
    from hypothesis import strategies as st

    return st.composite(lambda draw: draw(strategy))()


@functools.cache
def _keys() -> SearchStrategy[str]:
    from hypothesis import strategies as st

    return st.sampled_from(KEYS) | st.sampled_from(
        ["envs", "run", "resources", "'it''s'", '"\\n\\t\\u00e9"', "x" * 300]
    )


def _text_of(key: str) -> str:
    return {"'a'": "a", '"a"': "a", '"\\x61"': "a", "'1'": "1"}.get(key, key)


def _collections(inner: SearchStrategy[Node]) -> SearchStrategy[Node]:
    from hypothesis import strategies as st

    def sequence(items: list[Node], offset: int, is_compact: bool) -> Node:
        return lambda column: ("", _items(items, column + offset, is_compact))

    entries = st.lists(st.tuples(_keys(), inner), min_size=1, max_size=4, unique_by=lambda it: _text_of(it[0]))
    return st.builds(_mapping, entries, st.sampled_from([1, 2, 2, 2, 4])) | st.builds(
        sequence, st.lists(inner, min_size=1, max_size=4), st.sampled_from([0, 1, 2]), st.booleans()
    )


@functools.cache
def _scalars() -> SearchStrategy[Node]:
    """Scalars of every style, on one line or several."""
    from hypothesis import strategies as st

    def inline(text: str, comment: str) -> Node:
        return lambda column: (f" {text}{comment}", [])

    def several(lines: list[str], quote: str, by: int, gap: list[str]) -> Node:
        def node(column: int) -> tuple[str, list[str]]:
            first, *more = lines
            rest = [line for one in more for line in (*gap, " " * (column + by) + one)]
            if quote and rest:
                rest[-1] += quote
            return f" {quote}{first}{'' if rest else quote}", rest

        return node

    def block(header: str, lines: list[str], by: int) -> Node:
        return lambda column: (f" {header}", [line and " " * (column + by) + line for line in lines])

    words = st.sampled_from(PLAIN.split())
    plain = words | st.lists(words, min_size=2, max_size=6).map(" ".join)
    quoted = st.text(st.sampled_from("ab 1:#-,[]{}\xe9\u20ac&*!|>%@`"), max_size=12)
    escapes = st.lists(
        st.sampled_from(
            [
                "a",
                " ",
                "'",
                "\\n",
                "\\t",
                "\\\\",
                '\\"',
                "\\x41",
                "\\u20ac",
                "\\0",
                "\\e",
                "\\v",
                "\\a",
                "\\b",
                "\\f",
                "\\r",
                "\\U0001f600",
                "\\N",
                "\\_",
                "\\L",
            ]
        )
    )
    texts = st.one_of(
        plain,
        plain,
        quoted.map(lambda text: f"'{text}'"),
        quoted.map(lambda text: f'"{text}"'),
        escapes.map(lambda parts: f'"{"".join(parts)}"'),
        st.lists(st.sampled_from(["a", "''", '"', "\\", " "])).map(lambda parts: f"'{''.join(parts)}'"),
        st.just(""),
    )
    content = st.sampled_from(
        ["a", "echo hi", "  b", "# c", "x: y", "- z", "a\tb", "\xe9", "", "'q'", "---", "a ", "\tx"]
    )
    # The first line has no spaces before it, and so says where the content begins.
    lines = st.builds(
        lambda first, more: [first, *more],
        st.sampled_from(["a", "# c", "- b", "x: y", "1", "yes"]),
        st.lists(content, max_size=6),
    )
    continued = st.sampled_from(["b", "c d", "- e", "'f'", "[g", "a\xa0b", '"h', "&i"])
    return st.one_of(
        st.builds(inline, texts, st.sampled_from(["", "", "", "  # c", " # x: y"])),
        st.builds(inline, texts, st.just("")),
        st.builds(
            several,
            st.builds(lambda first, more: [first, *more], words, st.lists(continued, min_size=1, max_size=3)),
            st.just(""),
            st.integers(1, 4),
            st.sampled_from([[], [], [""], ["", ""]]),
        ),
        st.builds(
            several,
            st.lists(st.sampled_from(["a", "b  ", " c", "\xe9", "# d", "e: f"]), min_size=1, max_size=4),
            st.sampled_from(["'", '"']),
            st.integers(1, 4),
            st.sampled_from([[], [], [""], ["", ""]]),
        ),
        st.builds(
            block,
            st.sampled_from(["|", "|-", "|+", ">", ">-", ">+", "| # c"]),
            lines,
            st.integers(1, 4),
        ),
        st.builds(
            lambda header, lines: block(header, lines, 2),
            st.sampled_from(["|2", ">2-", "|+2"]),
            st.lists(content, max_size=5),
        ),
    )


@functools.cache
def _flows() -> SearchStrategy[Node]:
    """Flow collections, whose further lines are right of the collection around them."""
    return _flow_texts().map(lambda text: lambda column: (" " + text.replace("\n", "\n" + " " * (column + 1)), []))


@functools.cache
def _flow_texts() -> SearchStrategy[str]:
    """Flow collections, on one line or several."""
    from hypothesis import strategies as st

    words = [word for word in PLAIN.split() if not set(word) & set("{}[],?") and not word.startswith("-")]
    scalars = st.sampled_from([*words, "'it''s'", '"a, b"', "-1", "a b", "x  y", '"\\n"', "--flag", "a\nb", "'c\n d'"])
    gaps = st.sampled_from(["", " ", "\n", " # c\n"])

    def collections(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        def sequence(items: list[str], gap: str, ends: bool) -> str:
            return f"[{gap}{f',{gap}'.join(items)}{',' if ends and items else ''}{gap}]"

        def mapping(entries: list[tuple[str, str]], gap: str, ends: bool) -> str:
            inside = f",{gap}".join(f"{key}: {value}" for key, value in entries)
            return f"{{{gap}{inside}{',' if ends and entries else ''}{gap}}}"

        entries = st.lists(st.tuples(_keys(), inner), max_size=3, unique_by=lambda it: _text_of(it[0]))
        return st.builds(sequence, st.lists(inner, max_size=4), gaps, st.booleans()) | st.builds(
            mapping, entries, gaps, st.booleans()
        )

    return _unnamed(st.recursive(collections(scalars), lambda inner: collections(inner | scalars), max_leaves=6))


def _mapping(entries: list[tuple[str, Node]], step: int) -> Node:
    return lambda column: ("", _entries(entries, column + step))


def _entries(entries: list[tuple[str, Node]], column: int) -> list[str]:
    lines = []
    for key, node in entries:
        head, more = node(column)
        lines += [f"{' ' * column}{key}:{head}", *more]
    return lines


def _items(items: list[Node], column: int, is_compact: bool) -> list[str]:
    lines = []
    for node in items:
        head, more = node(column)
        if not head and more and not more[0].startswith(" " * (column + 1)):
            more = [" " + line for line in more]  # a sequence in a sequence begins right of it
        if is_compact and not head and more and more[0][: column + 2].isspace() and more[0][column + 2] != " ":
            lines += [f"{' ' * column}- {more[0].lstrip(' ')}", *more[1:]]
        else:
            lines += [f"{' ' * column}-{head}", *more]
    return lines


def _document(lines: list[str], start: str) -> str:
    return start + "".join(f"{line}\n" for line in lines)
