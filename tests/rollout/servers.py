"""A real API server of SkyPilot's on the loopback interface, in a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from tests.functions import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from pathlib import Path

#: Where the plugin's routes are.
PATH = "/plugins/api/sky_rust"
#: How long the machine may take for anything, in seconds.
PATIENCE = 60.0
#: The port of the queue of each server, which can't be chosen.
QUEUE_PORT = 50011


class Response(NamedTuple):
    """A server's: the status, what the JSON says (or the text, where it is none), and the headers."""

    code: int
    body: Any
    headers: Message


class Server(NamedTuple):
    """A server on the loopback interface, with a home of its own."""

    port: int
    metrics: int
    home: Path
    pid: int

    def all_processes(self) -> list[psutil.Process]:
        """Its processes, with natives or without."""
        return processes(self.pid, self.home)

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def ask(self, path: str, body: object = None, user: str | None = None, **headers: str) -> tuple[int, Any]:
        """Asks the server; returns the status and what the JSON says (or the text, where it is none)."""
        said = self.exchange(path, body, **({"X-Auth-Request-Email": user} if user else {}), **headers)
        return said.code, said.body

    def exchange(self, path: str, body: object = None, *, timeout: float = PATIENCE, **headers: str) -> Response:
        """Asks the server, with JSON where there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url(path), data, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                code, text, told = answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            code, text, told = error.code, error.read().decode(), error.headers
        with contextlib.suppress(ValueError):
            return Response(code, json.loads(text), told)
        return Response(code, text, told)

    def processes(self) -> list[dict[str, Any]]:
        """What the processes say of themselves."""
        found: list[dict[str, Any]] = self.ask(f"{PATH}/status")[1]["processes"]
        return found


def wait(until: Callable[[], Any]) -> Any:
    """Waits until something is so; returns what it is."""
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError):
            found = until()
            if found:
                return found
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.1)


def processes(pid: int, home: Path) -> list[psutil.Process]:
    """The processes of a server: its children, and jobs' controllers, which have its home, and are no children."""
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        found = {one.pid: one for one in (root, *root.children(recursive=True))}
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if one.pid != os.getpid() and one.environ().get("HOME") == str(home):
                found[one.pid] = one
    return list(found.values())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def path_of_modules() -> str:
    """`PYTHONPATH` for a process that needs modules of the tests."""
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(home: Path, *classes: str, options: tuple[str, ...] = (), **variables: str) -> Iterator[Server]:
    """Starts a server with some plugins and options, and ends all of its processes afterwards."""
    wait(lambda: not _listens(QUEUE_PORT))
    (home / ".sky").mkdir(exist_ok=True)
    lines = [f"  - class: {one}" for one in classes]
    (home / ".sky" / "plugins.yaml").write_text("\n".join(["plugins:" if lines else "plugins: []", *lines]))
    port, metrics = free_port(), free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SKY", "PYTHON"))}
    command = [sys.executable, "-m", "sky.server.server", "--host", "127.0.0.1"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--metrics-port", str(metrics), *options],
            env={
                **environment,
                "HOME": str(home),
                "PYTHONPATH": path_of_modules(),
                "SKY_API_SERVER_METRICS_ENABLED": "true",
                "SKYPILOT_DISABLE_USAGE_COLLECTION": "1",
                **variables,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home,
            start_new_session=True,
        )
        server = Server(port, metrics, home, process.pid)
        try:
            wait(lambda: process.poll() is not None or server.ask("/api/health")[0] == 200)
            assert process.poll() is None, (home / "log").read_text()[-4000:]
            yield server
        finally:
            # Children are found while their parent is there.
            while left := processes(process.pid, home):
                for one in reversed(left):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        one.kill()
                process.poll()  # so that it is no zombie
