"""Calls of `read_yaml_str`."""

from __future__ import annotations

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("a task", Call((_yaml.TASK,))),
        Named("a team's configuration, 560 lines", Call((_yaml.configuration(),))),
        Named("a cluster, 1,400 lines", Call((_yaml.cluster(),))),
        Named("an empty text", Call(("",))),
        Named("an alias", Call(("a: &x 1\nb: *x\n",)), declined=True),
    ]


def generated() -> Domain:
    """Texts of plain YAML, and all others."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, with_arguments

    texts, odd_texts = _yaml.single_texts(), _yaml.odd_texts()
    common = with_arguments(texts) | with_arguments(yaml_str=texts).filter(lambda call: bool(call.kwargs))
    odd = st.one_of(
        with_arguments(odd_texts),
        with_arguments(odd_texts),
        with_arguments(_yaml.plain_texts()),
        with_arguments(texts.map(str.encode)),
        with_arguments(anything),
        with_arguments(texts, texts),
        with_arguments(),
        # Where the original may reach the recursion limit.
        st.builds(lambda text, left: Call((text,), {}, (CallsLeft(left),)), texts, st.integers(5, 70)),
    )
    return Domain(common, odd)
