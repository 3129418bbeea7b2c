"""The fixture of the tests of the pytest plugin."""

from __future__ import annotations

import pytest

from tests.testing.projects import Project


@pytest.fixture
def project(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(request.getfixturevalue("pytester"), monkeypatch)
