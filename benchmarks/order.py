"""Rows that need the product's own code run as a program of their own (`benchmarks.replay`)."""

import os
import subprocess
import sys
from typing import Any, Literal

import msgspec

from benchmarks.world import World


class Order(msgspec.Struct):
    """What to measure. `first` and `last` bound the records of the floor; `people` is the size."""

    row: Literal["floor", "growth", "fill"]
    world: World
    people: int = 0
    first: int = 0
    last: int = 0


def measure(order: Order, *, database_url: str) -> dict[str, Any]:
    """Run the order; answers what it measured."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.replay", msgspec.json.encode(order).decode()],
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        check=True,
    )
    answer: dict[str, Any] = msgspec.json.decode(run.stdout)
    return answer
