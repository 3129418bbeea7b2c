"""Calls of `check_no_duplicate_keys`."""

from __future__ import annotations

from sky_rust.testing import _yaml
from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named
from sky_rust.testing._worlds import CallsLeft


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("a task", Call((_yaml.TASK,))),
        Named("300 documents", Call(("---\n".join([_yaml.TASK] * 300),)), large=True),
        Named("a team's configuration, 560 lines", Call((_yaml.configuration(),)), large=True),
        Named("an empty text", Call(("",))),
        Named("a duplicate", Call((_yaml.TASK + "name: again\n",)), declined=True),
    ]


def long() -> list[Call]:
    """A call that takes a tenth of a second and more."""
    return [Call(("- 0.5\n" * 2_500_000,))]


def extremes() -> list[Call]:
    """Short texts that are read in different ways, that are errors, or that are rare."""
    return [Call((text,)) for text in _yaml.TEXTS]


def generated() -> Domain:
    """Texts of plain YAML, and all others."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import anything, with_arguments

    texts, odd_texts = _yaml.plain_texts(), _yaml.odd_texts()
    common = with_arguments(texts) | with_arguments(yaml_str=texts).filter(lambda call: bool(call.kwargs))
    odd = st.one_of(
        with_arguments(odd_texts),
        with_arguments(_yaml.duplicates()),
        with_arguments(anything),
        with_arguments(texts, texts),
        with_arguments(),
        # Where the original may reach the recursion limit.
        st.builds(
            lambda depth, form, more, left: Call((_yaml.deep(depth, form) + more,), {}, (CallsLeft(left + 2 * depth),)),
            st.integers(1, 99),
            st.sampled_from(_yaml.FORMS),
            st.sampled_from(["", "---\na: b\n"]),
            st.integers(5, 70),
        ),
    )
    return Domain(common, odd)
