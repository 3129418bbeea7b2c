"""`sky-rust bench --workloads`: what SkyPilot's own code takes from end to end, with natives and without.

Each workload runs in a process of its own, in an empty home folder, without any cloud, and without a server, since some
configure SkyPilot in another way. There, natives are attached and detached in turns, and the processor's time is taken.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import sky_rust
from sky_rust.cli import _report
from sky_rust.cli._progress import Steps
from sky_rust.testing import _yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[], object]

#: How many times each side is measured, and the least that one measurement takes, in seconds of the processor.
ROUNDS = 5
_SAMPLE = 0.1

#: The most that one workload may take, in seconds.
_PATIENCE = 300

_TASK = """
name: train
num_nodes: 2
resources:
  cpus: 32+
  memory: 128+
  use_spot: true
  disk_size: 512
  ports: [8080, 9000]
  labels: {team: nlp, project: sft}
envs:
  MODEL: meta-llama/Llama-3.1-8B
  LR: "1e-5"
  SEED: "42"
secrets:
  TOKEN: hf_abcdefghijklmnop
setup: |
  set -e
  uv venv --python 3.11 ~/venv
  uv pip install -r requirements.txt
run: |
  source ~/venv/bin/activate
  torchrun --nnodes $SKYPILOT_NUM_NODES --nproc_per_node $SKYPILOT_NUM_GPUS_PER_NODE \\
    train.py --model $MODEL --lr $LR --seed $SEED
"""


class Workload(NamedTuple):
    """A part of SkyPilot's work.

    what: words for it.
    prepare: imports and prepares all that it needs, in an empty folder, and returns what is measured.
    is_server: whether the process is an API server's.
    gains: whether it calls functions that have natives.
    """

    what: str
    prepare: Callable[[Path], Work]
    is_server: bool = False
    gains: bool = True


class Figures(NamedTuple):
    """The measurements of a workload.

    what: words for it.
    original, native: the seconds of the processor with natives detached, and attached: medians.
    answers: how many calls natives answered each time.
    trouble: why it could not be measured; '' if it could.
    """

    what: str
    original: float = 0.0
    native: float = 0.0
    answers: int = 0
    trouble: str = ""

    @property
    def ratio(self) -> float:
        """How many times as fast it is with natives."""
        return self.original / self.native if self.native else 0.0


def _skypilots(module: str) -> Any:
    """A module of SkyPilot's, imported."""
    return importlib.import_module(f"sky.{module}")


def _request(folder: Path) -> Work:
    executor, payloads = _skypilots("server.requests.executor"), _skypilots("server.requests.payloads")
    body = payloads.RequestBody(
        env_vars=payloads.request_body_env_vars(),
        override_skypilot_config={"kubernetes": {"provision_timeout": 800}},
    )

    def work() -> None:
        with executor.override_request_env_and_config(body, "a-request", "sky.workspaces.get"):
            pass

    return work


def _submission(folder: Path) -> Work:
    dag_utils = _skypilots("utils.dag_utils")
    path = folder / "task.yaml"
    path.write_text(_TASK, encoding="utf-8")

    def work() -> object:
        dag = dag_utils.load_chain_dag_from_yaml(str(path))
        dag_utils.maybe_infer_and_fill_dag_and_task_names(dag)
        return dag_utils.dump_chain_dag_to_yaml_str(dag)

    return work


def _chain(folder: Path) -> Work:
    dag_utils = _skypilots("utils.dag_utils")
    path = folder / "chain.yaml"
    path.write_text("name: chain\n" + "".join(f"---{_TASK}" for _ in range(100)), encoding="utf-8")
    return lambda: dag_utils.load_chain_dag_from_yaml(str(path))


def _chain_back(folder: Path) -> Work:
    dag_utils = _skypilots("utils.dag_utils")
    dag = _chain(folder)()
    return lambda: dag_utils.dump_chain_dag_to_yaml_str(dag)


def _table(folder: Path) -> Work:
    table_utils, state = _skypilots("client.cli.table_utils"), _skypilots("jobs.state")
    responses = _skypilots("schemas.api.responses")
    now = time.time()
    records = [
        responses.ManagedJobRecord(
            job_id=at,
            task_id=0,
            job_name=f"train-{at}",
            task_name=f"train-{at}",
            job_duration=60.0 * at,
            status=state.ManagedJobStatus.SUCCEEDED if at % 3 else state.ManagedJobStatus.RUNNING,
            resources="1x[H100:8]",
            recovery_count=at % 2,
            submitted_at=now - 3600.0 * at - 60,
            start_at=now - 3600.0 * at,
            end_at=now - 3540.0 * at if at % 3 else None,
            user_name="user",
            workspace="default",
        )
        for at in range(1, 1001)
    ]
    return lambda: table_utils.format_job_table(records, show_all=False, show_user=True)


def _import(folder: Path) -> Work:
    return lambda: subprocess.run([sys.executable, "-c", "import sky"], check=True, stdout=subprocess.DEVNULL)


#: The parts of SkyPilot's work that are measured, by a name of each.
WORKLOADS = {
    "request": Workload("loading a team's configuration for a request", _request, is_server=True),
    "submission": Workload("a task's YAML to the body of a request", _submission),
    "chain": Workload("a chain of 100 tasks from YAML", _chain),
    "chain-back": Workload("the same chain to YAML", _chain_back),
    "table": Workload("the table of 1,000 jobs", _table),
    "import": Workload("importing SkyPilot: nothing is gained", _import, gains=False),
}


def run(*, as_json: bool, html: IO[str] | None, rounds: int = ROUNDS) -> int:
    """Measures all workloads, and shows the figures.

    Args:
        as_json: one JSON document on standard output instead of a table.
        html: a file to write a page with bars to; None for none.
        rounds: how many times each side is measured.

    Returns:
        The exit status: 1 if a workload could not be measured, or if natives answered nothing in one that has calls of
        theirs.
    """
    figures, progress_console = [], Console(stderr=True)
    with Steps(len(WORKLOADS), progress_console) as progress:
        for name, workload in WORKLOADS.items():
            progress.begin(workload.what)
            figures.append(measure(name, rounds=rounds))
            progress.advance()
    document = {
        "versions": _report.versions(),
        "machine": _report.machine(),
        "rounds": rounds,
        "workloads": [{**one._asdict(), "ratio": one.ratio} for one in figures],
    }
    if html is not None:
        html.write(_report.page("workloads.html.j2", document))
        progress_console.print(f"wrote {html.name}", style="dim", highlight=False, soft_wrap=True)
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        _show(figures, rounds)
    troubles = [one for one in figures if one.trouble]
    for one in troubles:
        progress_console.print(escape(f"{one.what}: {one.trouble}"), style="yellow", highlight=False, soft_wrap=True)
    return 1 if troubles else 0


def _show(figures: list[Figures], rounds: int) -> None:
    console = Console()
    table = Table("SkyPilot's work", box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for heading in ("without", "with sky-rust", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in figures:
        if one.trouble:
            table.add_row(one.what, "", "", "[yellow]not measured[/]")
            continue
        colour = "green" if one.ratio > 1.1 else "dim"
        ratio = f"[{colour}]{_report.ratio(one.ratio)}[/]"
        table.add_row(one.what, _report.seconds(one.original), _report.seconds(one.native), ratio)
    console.print(table)
    console.print()
    _report.show_versions(console)
    console.print(
        f"Seconds of the processor: medians of {rounds} measurements of each side, in turns, in one process for each "
        "row. What SkyPilot waits for, such as a cloud, is not in them.",
        style="dim",
        highlight=False,
    )


def measure(name: str, *, rounds: int = ROUNDS) -> Figures:
    """Measures a workload, in a process of its own.

    Args:
        name: one of `WORKLOADS`.
        rounds: how many times each side is measured.
    """
    workload = WORKLOADS[name]
    with tempfile.TemporaryDirectory(prefix="sky-rust-workload-") as home:
        folder = Path(home)
        configuration = folder / "configuration.yaml"
        configuration.write_text(json.dumps(_yaml.configuration_tree()), encoding="utf-8")  # JSON is YAML
        own = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        variables = {
            "HOME": home,
            "SKYPILOT_DISABLE_USAGE_COLLECTION": "1",
            "SKYPILOT_GLOBAL_CONFIG": str(configuration),
            "XDG_CONFIG_HOME": own,  # the user's own proofs count
        }
        if workload.is_server:
            variables["IS_SKYPILOT_SERVER"] = "true"
        report = folder / "report.json"
        command = [sys.executable, "-W", "ignore", "-m", __name__, name, str(rounds), str(report)]
        try:
            process = subprocess.run(
                command, env={**os.environ, **variables}, cwd=home, capture_output=True, text=True, timeout=_PATIENCE
            )
        except subprocess.TimeoutExpired:
            return Figures(workload.what, trouble=f"it took more than {_PATIENCE} s")
        if process.returncode or not report.exists():
            last = (process.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            return Figures(workload.what, trouble=f"this SkyPilot doesn't do it: {last}")
        found = Figures(workload.what, **json.loads(report.read_text(encoding="utf-8")))
        if workload.gains and not found.answers:
            return found._replace(trouble="no native answered: see `sky-rust status`")
        return found


def _measure_here(name: str, rounds: int) -> dict[str, Any]:
    """Measures a workload in this process, whose home and configuration are the workload's."""
    sky_rust.uninstall()
    work = WORKLOADS[name].prepare(Path.cwd())
    switches = (sky_rust.uninstall, sky_rust.install)
    for switch in reversed(switches):  # the slower side last: it says how often the work is done
        switch()
        work()
    times: tuple[list[float], list[float]] = ([], [])
    count = max(1, round(_SAMPLE / max(_timed(work, 1), 1e-6)))
    answers = 0
    for _ in range(rounds):
        for switch, own in zip(switches, times):
            switch()
            before = _answers()
            own.append(_timed(work, count))
            answers = (_answers() - before) // count
    original, native = map(statistics.median, times)
    return {"original": original, "native": native, "answers": answers}


def _timed(work: Work, count: int) -> float:
    """The seconds of the processor that it takes, those of its child processes included."""
    gc.collect()
    before = _processor()
    for _ in range(count):
        work()
    return (_processor() - before) / count


def _processor() -> float:
    """The seconds of the processor that this process and its children have had."""
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_children.ru_utime + of_children.ru_stime


def _answers() -> int:
    return sum(one.answers for one in sky_rust.stats().values())


if __name__ == "__main__":
    # By its name, so that this module is there once.
    own = importlib.import_module("sky_rust.cli._workloads")
    Path(sys.argv[3]).write_text(json.dumps(own._measure_here(sys.argv[1], int(sys.argv[2]))), encoding="utf-8")
