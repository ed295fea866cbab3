"""Fixtures of the profile side."""

import pytest

from profiles.lookup import directory


@pytest.fixture(autouse=True)
def _no_directory_between_tests() -> None:
    """Reads remember configuration for a second: longer than a test lives."""
    directory.forget()
