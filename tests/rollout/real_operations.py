"""Clients ask two real servers of SkyPilot's, one with the plugin, for the same things: `nox -s operations`.

`OPERATIONS` says how many they ask for (250).
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil
import pytest

from sky_rust import _control_file, plugin
from sky_rust._registry import FUNCTIONS
from tests.rollout.config_map import swap
from tests.rollout.operations import ask_all, kinds, operations
from tests.rollout.servers import PATH, path_of_modules, started, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rollout.operations import Answer, Operation
    from tests.rollout.servers import Server

CLIENTS = 6
COUNT = int(os.environ.get("OPERATIONS", "250"))
#: How many are asked for before anything is measured: every executor has served then.
FIRST = 48
PLUGIN = f"{plugin.__name__}.SkyRustPlugin"


class Footprint(NamedTuple):
    """What the processes of a server hold: descriptors, and memory of their own in bytes."""

    descriptors: dict[int, int]
    memory: dict[int, int]


def footprint(server: Server) -> Footprint:
    """What the processes of a server hold now."""
    descriptors, memory = {}, {}
    for one in server.all_processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            descriptors[one.pid], memory[one.pid] = one.num_fds(), one.memory_full_info().uss
    return Footprint(descriptors, memory)


def processor(server: Server) -> float:
    """The seconds of the processor that a server has had, with those of its processes that have ended."""
    total = 0.0
    for one in server.all_processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])
    return total


class Usage(NamedTuple):
    """What a server took for something: seconds of the processor, and of the clock."""

    processor: float
    wall: float


def usage(server: Server, work: Callable[[], object]) -> Usage:
    """What a server takes while something is done."""
    before, start = processor(server), time.monotonic()
    work()
    return Usage(processor(server) - before, time.monotonic() - start)


def grown(before: Footprint, after: Footprint) -> tuple[int, int]:
    """By how much the process grew that grew most, of those that were there before."""
    both = before.descriptors.keys() & after.descriptors.keys()
    return (
        max(after.descriptors[pid] - before.descriptors[pid] for pid in both),
        max(after.memory[pid] - before.memory[pid] for pid in both),
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a server of a team's, which each server gets a copy of."""
    home = tmp_path_factory.mktemp("seed")
    seeded(home, "write")
    return home


def seeded(home: Path, what: str) -> None:
    """Writes what a team's server has into a home."""
    configuration = home / ".sky" / "config.yaml"
    variables = {"HOME": str(home), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1", "PYTHONPATH": path_of_modules()}
    if configuration.exists():
        variables["SKYPILOT_GLOBAL_CONFIG"] = str(configuration)
    command = [sys.executable, "-m", "tests.rollout.seed", what]
    subprocess.run(command, env={**os.environ, **variables}, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def team_server(
    home: Path, tmp_path: Path, *classes: str, options: tuple[str, ...] = (), **variables: str
) -> Iterator[Server]:
    """A server of the team's, with some plugins and options; sets have the same order in each."""
    own = tmp_path / "home"
    shutil.copytree(home, own)
    variables.update(PYTHONHASHSEED="0", SKYPILOT_GLOBAL_CONFIG=str(own / ".sky" / "config.yaml"))
    with started(own, *classes, options=options, **variables) as server:
        ask_all(server, operations(8, number=0), CLIENTS)  # it checks clouds when it begins
        seeded(own, "enable")
        yield server
        assert not [line for line in (own / "log").open() if "sky_rust" in line and "/plugins/api" not in line]


class Run(NamedTuple):
    """What a server has answered, and by how much its processes grew meanwhile."""

    answers: list[Answer]
    grown: tuple[int, int]
    footprint: Footprint


def run(server: Server, asked: list[Operation]) -> Run:
    """Asks a server, when it has served before."""
    ask_all(server, operations(FIRST, number=1), CLIENTS)
    before = footprint(server)
    answers = ask_all(server, asked, CLIENTS)
    after = footprint(server)
    return Run(answers, grown(before, after), after)


def assert_same(asked: list[Operation], expected: list[Answer], found: list[Answer]) -> None:
    """Compares answers, in which the order of keys counts as well."""
    for operation, one, other in zip(asked, expected, found):
        assert json.dumps(one) == json.dumps(other), operation


@contextlib.contextmanager
def flipping(server: Server) -> Iterator[list[int]]:
    """Gives each function another switch ten times a second; yields how often it has."""
    path, chance, ended, flips = server.home / ".sky/sky_rust/control.json", random.Random(7), threading.Event(), [0]

    def flip() -> None:
        while not ended.wait(0.1):
            switches = {one.name: chance.choice(["on", "off", "shadow"]) for one in FUNCTIONS}
            _control_file.change(str(path), switches)
            flips[0] += 1

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        yield flips
    finally:
        ended.set()
        thread.join()
        path.unlink()


def functions(server: Server) -> dict[str, dict[str, Any]]:
    """What the server says of each function, over all processes."""
    return {one["name"]: one for one in server.ask(f"{PATH}/status")[1]["functions"]}


def answered(server: Server) -> int:
    """How many calls natives have answered, over all processes."""
    return sum(one["answers"] for one in functions(server).values())


def switches(server: Server) -> set[str]:
    """The switches that are in force anywhere."""
    return {said["switch"] for one in server.processes() for said in one["functions"].values()}


def test_the_same_answers(home: Path, tmp_path: Path) -> None:
    asked = operations(COUNT, number=2)
    (tmp_path / "without").mkdir()
    with team_server(home, tmp_path / "without") as server:
        without = run(server, asked)
        again = ask_all(server, asked, CLIENTS)
    assert_same(asked, without.answers, again)  # otherwise answers of two servers can't be compared

    with team_server(home, tmp_path, PLUGIN) as server:
        attached = run(server, asked)
        answers = answered(server)
        with flipping(server) as flips:
            flipped = ask_all(server, asked, CLIENTS)
        said = functions(server)
    assert answers > 10 * COUNT
    assert flips[0] > 50
    assert_same(asked, without.answers, attached.answers)
    assert_same(asked, without.answers, flipped)
    assert sum(one["shadowed"] for one in said.values()) > COUNT
    assert not sum(one["mismatches"] for one in said.values())

    codes = dict(collections.Counter(one.code for one in without.answers))
    print(f"\n{COUNT} operations (statuses {codes}), {answers:,} answers of natives, {flips[0]} flips of all switches")
    for name, one in ("without", without), ("with", attached):
        held = one.footprint
        print(
            f"{name:>8}: {len(held.memory)} processes, {sum(held.descriptors.values())} descriptors, "
            f"{sum(held.memory.values()) / 2**20:.0f} MB; that which grew most by {one.grown[0]} descriptors and "
            f"{one.grown[1] / 2**20:.1f} MB"
        )
    assert attached.grown[0] <= without.grown[0] + 4
    assert attached.grown[1] <= without.grown[1] + 16 * 2**20


def test_the_processors_time_of_a_request(home: Path, tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    swap(mount, "{}")
    with team_server(home, tmp_path, PLUGIN, SKY_RUST_CONTROL=str(mount / "control.json")) as server:
        asked = [one for number in range(10) for one in kinds(random.Random(number)) if one.name in MEASURED]
        ask_all(server, asked * 2, CLIENTS)
        seconds: dict[str, list[float]] = {"on": [], "off": []}
        for _ in range(6):
            for switch, own in seconds.items():
                swap(mount, json.dumps({"*": switch}))
                wait(lambda: switches(server) == {switch})  # noqa: B023
                idle = usage(server, lambda: time.sleep(5))  # daemons and controllers work all the time
                before = answered(server)
                busy = usage(server, lambda: ask_all(server, asked, 2))
                wait(lambda: (answered(server) > before) == (switch == "on"))  # noqa: B023
                own.append((busy.processor - busy.wall * idle.processor / idle.wall) / len(asked))
        on, off = (statistics.median(own) for own in (seconds["on"], seconds["off"]))
        print(f"\n{len(asked)} operations of {len(MEASURED)} kinds: {1e3 * off:.0f} ms without, {1e3 * on:.0f} ms with")
        print({switch: [f"{1e3 * one:.0f}" for one in own] for switch, own in seconds.items()})


def test_a_deployed_server(home: Path, tmp_path: Path) -> None:
    with team_server(home, tmp_path, PLUGIN, options=("--deploy",)) as server:
        wait(lambda: {one["context"] for one in server.processes()} == {"main", "uvicorn", "executor", "controller"})
        workers = [one["pid"] for one in server.processes() if one["context"] == "uvicorn"]
        assert len(workers) == psutil.cpu_count()
        for switch in ("off", "on"):
            assert server.ask(f"{PATH}/switch", {"function": "*", "switch": switch})[0] == 200
            wait(lambda: switches(server) == {switch})  # noqa: B023
        asked = [one for one in kinds(random.Random(1)) if one.name in MEASURED]
        assert [one.code for one in ask_all(server, asked, CLIENTS)] == [200] * len(asked)


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="CPython waits under a lock there: SkyPilot hangs without us, too"
)
def test_a_killed_worker_is_replaced(home: Path, tmp_path: Path) -> None:
    with team_server(home, tmp_path, PLUGIN) as server:
        asked = [one for one in kinds(random.Random(1)) if one.name in MEASURED]
        expected = ask_all(server, asked, CLIENTS)
        killed = next(one["pid"] for one in server.processes() if one["context"] == "executor")
        os.kill(killed, signal.SIGKILL)
        # The pool is broken then: what it was working off fails, and the next request finds another pool.
        wait(lambda: [one.code for one in ask_all(server, asked, 1)] == [one.code for one in expected])
        assert_same(asked, expected, ask_all(server, asked, CLIENTS))
        assert killed not in {one["pid"] for one in server.processes()}
        assert switches(server) == {"on"}


#: Kinds of operations that take little else than a worker's time.
MEASURED = {"status of one", "workspaces", "configuration"}
