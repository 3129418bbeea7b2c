"""What clients ask a server: operations, each of them a request or two, and the answers that can be compared."""

from __future__ import annotations

import concurrent.futures
import functools
import json
import random
import re
import urllib.parse
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.rollout import seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.rollout.servers import Server

#: What differs between two servers, or two runs: ids, times, ports, and pickles that name them.
_BLANK = {
    *("request_id", "created_at", "finished_at", "started_at", "pid", "user_hash", "uptime", "version_on_disk"),
    *("entrypoint", "request_body", "object", "stacktrace", "transitioned_at", "status_updated_at", "cluster_hash"),
    *("duration", "total_cost", "usage_intervals"),  # clusters are up, and cost more with each second
}
_BLANK_TEXT = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b|sky-\d{4}(-\d+)+|127\.0\.0\.1:\d+|0x[0-9a-f]+")


#: How long a request may take, in seconds.
_PATIENCE = 300


class Operation(NamedTuple):
    """A request of a client's.

    name: a name for its kind.
    path: the path, with its query.
    body: what is posted, as JSON; None for a GET.
    is_scheduled: whether the answer is the id of a request that an executor works off.
    """

    name: str
    path: str
    body: dict[str, Any] | None = None
    is_scheduled: bool = False


class Answer(NamedTuple):
    """What a client is told: for a scheduled request, what becomes of it, and its log."""

    code: int
    body: Any
    log: str = ""


def _body(**fields: Any) -> dict[str, Any]:
    return {
        "env_vars": {"SKYPILOT_USER_ID": "abcdef01", "SKYPILOT_USER": "ann"},
        "entrypoint": "sky",
        "entrypoint_command": "sky",
        "override_skypilot_config": {"kubernetes": {"provision_timeout": 800}},
        **fields,
    }


def kinds(chance: random.Random) -> list[Operation]:
    """One operation of each kind."""
    cluster, at = f"train-{chance.randrange(seed.CLUSTERS)}", chance.randrange(1_000)
    task = seed.TASK.replace("llama", f"llama-{at}").replace("m5.large", chance.choice(["m5.large", "m5.xlarge"]))
    wrong = task.replace("disk_size: 512", "disk_size: [512]")
    return [
        Operation("status", "/status", _body(all_users=True, include_credentials=False), True),
        Operation("status of one", "/status", _body(cluster_names=[cluster], include_credentials=False), True),
        Operation("jobs queue", "/jobs/queue/v2", _body(all_users=True, limit=10, page=1 + at % 6), True),
        Operation("queue", "/queue", _body(cluster_name=f"none-{at}"), True),
        Operation(
            "check",
            "/check",
            _body(clouds=[chance.choice(["ssh", "kubernetes"])], workspace="default", verbose=bool(at % 2)),
            True,
        ),
        Operation("launch", "/launch", _body(task=task, cluster_name=f"new-{at}", dryrun=True), True),
        Operation("launch, wrong", "/launch", _body(task=wrong, cluster_name=f"new-{at}", dryrun=True), True),
        Operation("logs", "/logs", _body(cluster_name=f"none-{at}", job_id=1, follow=False)),
        Operation("validate", "/validate", _body(dag=task, request_options=None)),
        Operation("validate, wrong", "/validate", _body(dag=wrong, request_options=None)),
        Operation("optimize", "/optimize", _body(dag=task, request_options=None), True),
        Operation("health", "/api/health"),
        Operation("role", "/users/role"),
        Operation("workspaces", "/workspaces", None, True),
        Operation("configuration", "/workspaces/config", None, True),
        Operation("cost", "/cost_report", _body(days=30), True),
    ]


def operations(count: int, number: int) -> list[Operation]:
    """So many operations, the same ones for the same number."""
    chance = random.Random(number)
    found: list[Operation] = []
    while len(found) < count:
        found += kinds(chance)
    del found[count:]
    chance.shuffle(found)
    return found


def ask(server: Server, operation: Operation) -> Answer:
    """Asks a server for an operation, and waits until it has been worked off."""
    said = server.exchange(operation.path, operation.body, timeout=_PATIENCE)
    if not operation.is_scheduled or said.code != 200:
        return Answer(said.code, blank(said.body, server))
    request = said.headers["X-Skypilot-Request-ID"]
    assert request is not None, (operation, said.body)
    query = urllib.parse.urlencode({"request_id": request})
    done = server.exchange(f"/api/get?{query}", timeout=_PATIENCE)
    log = server.exchange(f"/api/stream?{query}&follow=false&format=plain", timeout=_PATIENCE)
    return Answer(done.code, blank(done.body, server), blank(log.body, server))


def blank(value: Any, server: Server) -> Any:
    """What a server has said, without what differs between two servers."""
    if isinstance(value, dict):
        return {key: None if key in _BLANK else blank(one, server) for key, one in value.items()}
    if isinstance(value, list):
        return [blank(one, server) for one in value]
    if not isinstance(value, str):
        return value
    if value[:1] in ("{", "["):  # JSON in JSON: what a request returns, or raises
        try:
            return blank(json.loads(value), server)
        except ValueError:
            pass
    return _BLANK_TEXT.sub("<blank>", value.replace(str(server.home), "<home>"))


def ask_all(server: Server, asked: Sequence[Operation], clients: int) -> list[Answer]:
    """Asks for operations, by several clients at once; the answers are in the operations' order."""
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return list(pool.map(functools.partial(ask, server), asked))
