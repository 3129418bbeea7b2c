"""What `status` and `doctor` print."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

import sky_rust
from sky_rust import _binding


def machine() -> str:
    """One line about the machine; '' without the compiled module."""
    if not sky_rust.is_rust_available():
        return ""
    from sky_rust import _native

    processor, cpus, memory, system, kernel = _native.machine()
    return f"{processor or 'unknown processor'}, {cpus} CPUs, {memory / 2**30:.1f} GiB, {system}, kernel {kernel}"


def versions() -> str:
    """One line about what runs."""
    info = sky_rust.get_backend_info()
    skypilot = f"SkyPilot {info.skypilot}" if info.skypilot else "no SkyPilot (the references)"
    return f"sky-rust {info.version}, {skypilot}, Python {info.python} on {info.platform}"


def load() -> None:
    """Installs everything, and imports what SkyPilot imports when it first needs it."""
    sky_rust.install()
    for module in ("common_utils", "subprocess_utils"):
        home = _binding.home_module(module)
        if home is not None:
            home.psutil.load_module()


def status() -> None:
    """A table: function, backend, reason."""
    load()
    console = Console()
    table = Table("function", "backend", "why", box=None, pad_edge=False, header_style="bold")
    for one in sky_rust.status().values():
        colour = "green" if one.backend == "rust" else "yellow"
        why = one.reason if one.backend == "python" else one.reason.rsplit(".", 1)[0]  # the function stands before it
        table.add_row(one.name, f"[{colour}]{one.backend}[/]", why)
    console.print(versions(), style="dim", highlight=False)
    console.print(table)


def doctor() -> int:
    """What is well and what is not; 1 if something is not."""
    console = Console()
    console.print(versions(), highlight=False)
    if machine():
        console.print(machine(), highlight=False)
    info = sky_rust.get_backend_info()
    problems = [] if info.native else [info.reason]
    if not info.skypilot:
        problems.append(
            "SkyPilot is not installed: only the references can have natives (pip install skypilot==0.14.1)"
        )
    if info.native:
        load()
        reasons: dict[str, list[str]] = {}
        for one in sky_rust.status().values():
            if one.backend != "rust":
                reasons.setdefault(one.reason, []).append(one.name)
        problems += [f"in Python: {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    for problem in problems:
        console.print(f"[yellow]![/] {problem}", highlight=False)
    if not problems:
        console.print(f"[green]all {len(sky_rust.status())} functions run natively[/]")
    return 1 if problems else 0
