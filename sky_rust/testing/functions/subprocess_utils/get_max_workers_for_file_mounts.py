"""Calls of `get_max_workers_for_file_mounts`."""

from __future__ import annotations

from sky_rust.testing._calls import Call
from sky_rust.testing._functions import Domain, Named, thresholds
from sky_rust.testing._places import Directory
from sky_rust.testing._worlds import DescriptorLimit


def named() -> list[Named]:
    """Calls as callers make them."""
    return [
        Named("{}", Call(({},))),
        Named("10,000 entries", Call(({"/data": Directory(10_000)},))),
    ]


def generated() -> Domain:
    """Mounts of every kind, for every cloud."""
    from hypothesis import strategies as st

    from sky_rust.testing._values import (
        OddDict,
        anything,
        clouds,
        in_world,
        odd_clouds,
        odd_paths,
        sources,
        with_arguments,
    )

    mounts = st.dictionaries(st.text(max_size=4), sources, max_size=5)
    # Exactly the descriptors that a number of workers needs, or one more or less.
    decisive = st.builds(
        lambda entries, workers, by: Call(
            ({"/": Directory(entries)},), {}, (DescriptorLimit(100 + workers * 5 * (entries + 1) + by),)
        ),
        st.sampled_from([95, 101, 120, 150, 184]),
        st.integers(2, 4),
        st.sampled_from([0, 0, -1, 1]),
    )
    odd_mounts = st.one_of(
        st.dictionaries(st.text(max_size=4), sources | odd_paths, max_size=5),
        st.just(OddDict(a="")),
        anything,
    )
    common = with_arguments(mounts) | with_arguments(mounts, clouds) | with_arguments(mounts, cloud_str=clouds)
    enough = st.integers(1024, 2000).map(DescriptorLimit)
    limits = thresholds("get_max_workers_for_file_mounts", beyond=4)
    enough = enough | st.sampled_from([one for one in limits if one >= 1024]).map(DescriptorLimit)
    few = st.sampled_from([-1, 0, 3, 104, 105, *(one for one in limits if one < 1024)]).map(DescriptorLimit)
    odd = st.one_of(
        with_arguments(odd_mounts, clouds), with_arguments(mounts, odd_clouds), in_world(common, few), with_arguments()
    )
    return Domain(common | in_world(common, enough) | decisive, odd)
