"""Audit hooks get the events that the originals would raise, and what they raise reaches the caller as it would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.functions import NAMES
from tests.worlds.audited import EVENTS, calls

Case = tuple[str, str, tuple[str, list[str]], tuple[str, list[str]], bool]


@pytest.fixture(scope="module")
def report() -> list[Case]:
    """Each call with each hook: the hook, the call, the outcome of control and native, whether the native answered."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.worlds.audited"],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    result: list[Case] = json.loads(ran.stdout.splitlines()[-1])
    return result


def test_results_are_the_same(report: list[Case]) -> None:
    assert set(Counter(world for world, *_ in report).values()) == {len(calls())}
    different = [(world, call, control, found) for world, call, control, found, _ in report if control[0] != found[0]]
    assert not different


def test_a_hook_that_watches_hears_the_same(report: list[Case]) -> None:
    watched = [case for case in report if case[0] == "watched"]
    assert {case[1].partition("(")[0] for case in watched} == set(NAMES)
    assert [case for case in watched if case[2][1] != case[3][1]] == []
    assert {event.partition("(")[0] for case in watched for event in case[3][1]} == set(EVENTS)


def test_calls_are_answered_although_somebody_listens(report: list[Case]) -> None:
    declined = {call for world, call, _, _, answered in report if world == "watched" and not answered}
    assert all("nonexistent" in call or "no such" in call or "worlds'" in call for call in declined), declined


def test_a_hook_that_forbids_is_asked_no_less(report: list[Case]) -> None:
    # Where the original would replace a hook's exception, the native declines: the original raises the event again.
    for world, call, control, found, _ in report:
        if world != "watched":
            assert found[1][: len(control[1])] == control[1] or found[1][-len(control[1]) :] == control[1], (
                world,
                call,
            )
