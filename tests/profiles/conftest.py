"""Fixtures of the profile side."""

from typing import Any

import pytest

from profiles.lookup import directory
from profiles.segmentation import profile_types


@pytest.fixture(autouse=True)
def _no_directory_between_tests() -> None:
    """Reads remember configuration for a second: longer than a test lives."""
    directory.forget()
    profile_types.forget()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Names and arguments of the tasks that left."""
    left: list[Any] = []
    monkeypatch.setattr("core.tasks._send", lambda name, kwargs: left.append((name, kwargs)))
    return left
