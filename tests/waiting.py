"""Wait for what another process does, without assuming how fast it is."""

import time
from collections.abc import Callable

PATIENCE_S = 20.0


def wait_until(holds: Callable[[], bool], *, seconds: float = PATIENCE_S) -> None:
    """Return once `holds()`; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.02)
