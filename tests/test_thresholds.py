"""Every number at which a native may go another way is in its list of thresholds: strategies draw around them."""

from __future__ import annotations

import re

import pytest

from sky_rust import _native
from sky_rust.testing._functions import thresholds
from tests.functions import NAMES, ROOT

NATIVES = ROOT / "rust/src/natives"

#: Constants that no size of an input is compared with, and what they are.
NO_THRESHOLDS = {
    ("base36_encode.rs", "AT_ONCE"): "the digits of one division",
    ("base36_encode.rs", "DIVISOR"): "what one division divides by",
    ("base36_encode.rs", "LIMBS_A_STEP"): "the work between two looks at signals, for numbers beyond LONG",
    ("calendar.rs", "CYCLE"): "after which the calendar repeats itself",
    ("calendar.rs", "DAY"): "a unit",
    ("calendar.rs", "SECOND"): "a unit",
    ("constructor.rs", "CALLS"): "how many calls the original nests",
    ("decode_payload.rs", "CALLS"): "how many calls the original nests",
    ("emitter.rs", "BEST_INDENT"): "how far a level is indented",
    ("estimate_fd_for_directory.rs", "AN_ENTRY"): "what each entry counts for",
    ("get_mem_size_gb.rs", "GIB"): "a unit",
    ("read_yaml.rs", "LARGEST"): "of a file: the native leaves all larger ones to Python",
    ("representer.rs", "OPEN"): "not a size: the mark of a collection that is around the present node",
    ("scalars.rs", "SPACE"): "a character",
}

CONSTANT = re.compile(r"^(?:pub(?:\(super\))? )?const ([A-Z_]+): (?:usize|[iuf](?:16|32|64)) ", re.MULTILINE)


def test_every_constant_is_a_threshold_or_has_a_reason() -> None:
    unlisted, known = [], set()
    for folder in sorted(path for path in NATIVES.iterdir() if path.is_dir()):
        files = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.rs"))}
        listed = " ".join(part for text in files.values() for part in re.findall(r"(?i)thresholds: [^;]*?\]", text))
        listed += " ".join(part for text in files.values() for part in re.findall(r"const THRESHOLDS: [^;]*;", text))
        for path, text in files.items():
            for name in CONSTANT.findall(text):
                known.add((path.name, name))
                if not re.search(rf"\b{name}\b", listed) and (path.name, name) not in NO_THRESHOLDS:
                    unlisted.append(f"{path.relative_to(ROOT)}: {name}")
    assert unlisted == []
    assert NO_THRESHOLDS.keys() <= known


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_around_each_threshold_are_drawn(name: str) -> None:
    around = set(thresholds(name, beyond=3))
    for threshold in _native.thresholds(name):
        assert {threshold - 1, threshold, threshold + 1, 3 * threshold} <= around
