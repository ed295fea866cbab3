"""Fixtures of the profile side."""

from collections.abc import Iterator
from typing import Any

import pytest

from profiles.lookup import directory
from profiles.segmentation import engines, profile_types


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


@pytest.fixture(autouse=True)
def _engines_as_installed() -> Iterator[None]:
    """Tests put engines of their own in place; the next test finds the product's."""
    slots: tuple[engines.Slot[Any], ...] = (
        engines.evaluator,
        engines.previewer,
        engines.exporter,
        engines.importer,
        engines.forgetter,
    )
    before = [slot._engine for slot in slots]
    yield
    for slot, engine in zip(slots, before, strict=True):
        slot._engine = engine
