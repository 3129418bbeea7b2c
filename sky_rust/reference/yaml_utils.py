"""The spec of the functions of `sky.utils.yaml_utils`, as of SkyPilot 0.14.1."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

from sky_rust import _requirements

if TYPE_CHECKING:
    from collections.abc import Iterator

yaml: Any = _requirements.library("yaml", "PyYAML", __name__)


def dump_yaml_str(config: list[dict[str, Any]] | dict[str, Any]) -> str:
    """A config as YAML, with a blank line between its top-level entries.

    Mirrors `sky.utils.yaml_utils.dump_yaml_str`, the same in SkyPilot 0.10.3 to 0.14.1.

    Args:
        config: a tree of the types that YAML has a standard form for; a list is a stream of documents.

    Returns:
        What PyYAML's `SafeDumper` writes, in block style and in the order of the keys. On the outermost level, where
        PyYAML breaks a line, there are two line breaks.

    Raises:
        yaml.representer.RepresenterError: there is an object of another type in it.
    """

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # to mypy, PyYAML has no types
        def write_line_break(self, data: str | None = None) -> None:
            super().write_line_break(data)
            if len(self.indents) == 1:
                super().write_line_break()

    # As deep a call as SkyPilot's, for each: it decides where the recursion limit is reached.
    dump = yaml.dump_all if isinstance(config, list) else yaml.dump
    text: str = dump(config, Dumper=Dumper, default_flow_style=False, sort_keys=False)
    return text


#: Whether PyYAML was found to lack its C part, for as long as the process lives. SkyPilot's module has the same flag.
_c_extension_unavailable = False


def safe_load(stream: str | bytes | IO[str] | IO[bytes]) -> Any:
    """The one document of a stream of YAML 1.1, as objects of the built-in types; None where there is none.

    Mirrors `sky.utils.yaml_utils.safe_load`, the same in SkyPilot 0.10.3 to 0.14.1.

    Args:
        stream: the text, or a file that is open for reading.

    Raises:
        yaml.YAMLError: there is an error in it, or more than one document.
    """
    global _c_extension_unavailable
    if not _c_extension_unavailable:
        try:
            return yaml.load(stream, Loader=yaml.CSafeLoader)
        except AttributeError:
            _c_extension_unavailable = True
    return yaml.load(stream, Loader=yaml.SafeLoader)


def safe_load_all(stream: str | bytes | IO[str] | IO[bytes]) -> Iterator[Any]:
    """The documents of a stream of YAML 1.1, each made when it is asked for.

    Mirrors `sky.utils.yaml_utils.safe_load_all`, the same in SkyPilot 0.10.3 to 0.14.1.

    Args:
        stream: as for `safe_load`.

    Raises:
        yaml.YAMLError: there is an error in it, as soon as it is reached.
    """
    global _c_extension_unavailable
    documents: Iterator[Any]
    if not _c_extension_unavailable:
        try:
            documents = yaml.load_all(stream, Loader=yaml.CSafeLoader)
            return documents
        except AttributeError:
            _c_extension_unavailable = True
    documents = yaml.load_all(stream, Loader=yaml.SafeLoader)
    return documents


def read_yaml(path: str | None) -> Any:
    """The document of a file, as `safe_load` gives it.

    Mirrors `sky.utils.yaml_utils.read_yaml`, the same in SkyPilot 0.10.3 to 0.14.1.

    Args:
        path: the file's path; its text is in UTF-8.

    Raises:
        ValueError: the path is None.
        OSError: the file can't be read.
        yaml.YAMLError: as for `safe_load`.
    """
    if path is None:
        raise ValueError("Attempted to read a None YAML.")
    with open(path, encoding="utf-8") as file:
        return safe_load(file)


def read_yaml_str(yaml_str: str) -> Any:
    """The document of a text, as `safe_load` gives it; a new dict where that is false, as None and `[]` are.

    Mirrors `sky.utils.yaml_utils.read_yaml_str`, the same in SkyPilot 0.10.5 to 0.14.1.

    Args:
        yaml_str: the text.

    Raises:
        yaml.YAMLError: as for `safe_load`.
    """
    return safe_load(io.StringIO(yaml_str)) or {}


def read_yaml_all_str(yaml_str: str) -> list[Any]:
    """All documents of a text, as `safe_load_all` gives them; a new dict where there is none.

    Mirrors `sky.utils.yaml_utils.read_yaml_all_str`, the same in SkyPilot 0.10.3 to 0.14.1.

    Args:
        yaml_str: the text.

    Raises:
        yaml.YAMLError: there is an error in it.
    """
    return list(safe_load_all(io.StringIO(yaml_str))) or [{}]


def check_no_duplicate_keys(yaml_str: str) -> None:
    """Raises an error if a mapping in a text of YAML has one key twice, of which a loader would keep the last value.

    Mirrors `sky.utils.yaml_utils.check_no_duplicate_keys`, the same in SkyPilot 0.12.3 to 0.14.1. Keys are compared
    as they are written, without quotes: `1` and `'1'` are the same one. Keys that are no scalars are not compared, and
    what is in them isn't looked at.

    Args:
        yaml_str: the text, of any number of documents. One with an error has no duplicates: loaders say what is wrong.

    Raises:
        ValueError: there is a duplicate; the message has the key, and both lines.
    """
    try:
        documents = list(yaml.compose_all(io.StringIO(yaml_str)))
    except yaml.YAMLError:
        return

    def look_at(node: Any) -> None:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                look_at(item)
        if not isinstance(node, yaml.MappingNode):
            return
        lines: dict[str, int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                if key.value in lines:
                    raise ValueError(
                        f"Duplicate key {key.value!r} in YAML at line {line} (also defined at line "
                        f"{lines[key.value]}). Remove one of the entries so the intended value is unambiguous."
                    )
                lines[key.value] = line
            look_at(value)

    for document in documents:
        if document is not None:
            look_at(document)
