"""Whether two functions do the same: one call of each, and all that can be observed of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sky_rust.testing import _audit
from sky_rust.testing._disturbance import Disturbance
from sky_rust.testing._interruption import lateness
from sky_rust.testing._outcome import MismatchError, compared, observe
from sky_rust.testing._repetition import leaks
from sky_rust.testing._shortage import shortage
from sky_rust.testing._supervision import Meanwhile, supervise

if TYPE_CHECKING:
    from collections.abc import Callable

    from sky_rust.testing._calls import Call


def assert_same_outcome(
    control: Callable[..., Any],
    candidate: Callable[..., Any],
    call: Call,
    *,
    watch_records: bool = False,
    listen: bool = False,
    repeated: bool = False,
    meanwhile: Meanwhile | None = None,
) -> None:
    """Makes one call of each function and compares their outcomes.

    Args:
        control: the function whose outcome is right.
        candidate: the function whose outcome has to be the same.
        call: the call, with its world.
        watch_records: as for `observe`.
        listen: as for `observe`.
        repeated: also make many calls of the candidate, which must leave behind no more than those of the control.
        meanwhile: make the calls in a process of their own, where this happens.

    Raises:
        MismatchError: the outcomes differ; an AssertionError whose message has the call, and each difference.
        OSError: no process can be supervised here, as `meanwhile` needs it.
    """
    if listen:
        _audit.listen()
    if meanwhile is None:
        differences = []
        for _ in range(3):
            expected = observe(control, call, watch_records=watch_records, listen=listen)
            found = observe(candidate, call, watch_records=watch_records, listen=listen)
            differences = compared(expected, found)
            # A first call may import a module, which has events; and a reference of an earlier call may end now.
            if not differences or compared(expected, found, without=("events", "references")):
                break
        if repeated and not differences:
            differences = leaks(control, candidate, call)
    elif meanwhile.at is None and meanwhile.handler:
        differences = lateness(candidate, call)
    elif meanwhile.allocation:
        differences = list(shortage(control, candidate, call, meanwhile.allocation).lines)
    else:
        differences = supervise(lambda child: Disturbance(child, control, candidate, call).differences(meanwhile))
    if differences:
        options = {
            "watch_records": watch_records,
            "listen": _audit.is_listening(),
            "repeated": repeated,
            "meanwhile": meanwhile,
        }
        raise MismatchError(getattr(control, "__name__", "?"), call, differences, **options)
