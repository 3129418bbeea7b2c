"""A script, because audit hooks can't be removed: makes calls with a hook, of controls and of natives. Prints JSON."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import sky_rust
from sky_rust._registry import FUNCTIONS
from sky_rust.testing import BusyPorts, Call, observe
from sky_rust.testing.functions.common_utils.find_free_port import quiet_ports
from tests.functions import candidate, suite_of


def calls() -> list[tuple[str, Call]]:
    base = quiet_ports()
    here = os.path.dirname(os.path.abspath(__file__))
    return [
        *((function.name, suite_of(function).CALL) for function in FUNCTIONS),
        ("read_last_n_lines", Call((here, 3))),
        ("read_last_n_lines", Call(("/proc/nonexistent", 3))),
        ("hash_file", Call((__file__, "no such algorithm"))),
        ("hash_file", Call(("/proc/nonexistent", "md5"))),
        ("find_free_port", Call((base,))),
        ("find_free_port", Call((base,), {}, (BusyPorts(frozenset((base, base + 1))),))),
        ("get_parallel_threads", Call()),
        ("get_max_workers_for_file_mounts", Call(({"a": here, "b": __file__},))),
        ("get_max_workers_for_file_mounts", Call(({},))),
        ("estimate_fd_for_directory", Call((__file__,))),
        ("is_process_alive", Call((2**22 + 1,))),
    ]


#: The audit events that originals raise.
EVENTS = ("open", "os.listdir", "socket.__new__", "socket.bind")

#: The events of `logging` finding a record's caller. A native makes no record that can't be seen, and so no such events
#: (see the README).
OF_A_RECORD = ("sys._getframe", "object.__getattr__")

#: PyYAML's bookkeeping of each object that it represents, which a native doesn't keep.
OF_A_NODE = ("builtins.id",)

heard: list[str] | None = None
forbidden: tuple[str, type[BaseException]] | None = None


def shown(argument: object) -> str:
    if type(argument).__name__ == "socket":
        return "a socket of " + type(argument).__module__
    return repr(argument)


def hook(event: str, arguments: tuple[object, ...]) -> None:
    if heard is None or event in (*OF_A_RECORD, *OF_A_NODE):
        return
    heard.append(f"{event}({', '.join(map(shown, arguments))})")
    if forbidden is not None and event == forbidden[0]:
        raise forbidden[1]("forbidden by the hook")


def listened(function: Any, call: Call) -> tuple[str, list[str]]:
    global heard
    with call.world():
        heard = []
        try:
            result = repr(call(function)).split(" at 0x")[0]
        except Exception as error:
            result = f"{error!r} from {error.__cause__!r} in {error.__context__!r}"
        events, heard = heard, None
    return result, events


def main() -> None:
    global forbidden
    from sky.utils import common_utils, subprocess_utils

    for module in (common_utils, subprocess_utils):
        module.psutil.load_module()
    cases = calls()
    controls = [sky_rust.control(name) for name, _ in cases]
    sky_rust.install()
    functions = [candidate(name) for name, _ in cases]
    for (_, call), control, function in zip(cases, controls, functions):  # first calls may import modules
        observe(control, call)
        observe(function, call)
    sys.addaudithook(hook)
    report = []
    errors = (PermissionError, RuntimeError, ValueError)
    bans = [(event, error) for event in EVENTS for error in errors]
    for ban in (None, *bans):
        forbidden = ban
        for (name, call), control, function in zip(cases, controls, functions):
            before = sky_rust.stats()[name].answers
            expected, found = listened(control, call), listened(function, call)
            answered = sky_rust.stats()[name].answers > before
            label = "watched" if ban is None else f"{ban[0]} raises {ban[1].__name__}"
            report.append([label, f"{name}{call.args}", expected, found, answered])
    print(json.dumps(report))


if __name__ == "__main__":
    main()
