"""The only source of "now", so that tests can move it and units stay plain."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Current time, aware, UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Milliseconds since the epoch (control plane, API bodies)."""
    return time.time_ns() // 1_000_000


def now_us() -> int:
    """Microseconds since the epoch (receive times and traces of the data plane)."""
    return time.time_ns() // 1_000


def from_ms(value: int) -> datetime:
    """Aware UTC datetime of epoch milliseconds."""
    return datetime.fromtimestamp(value / 1000, UTC)


def from_us(value: int) -> datetime:
    """Aware UTC datetime of epoch microseconds."""
    return datetime.fromtimestamp(value / 1_000_000, UTC)


def to_ms(value: datetime) -> int:
    """Epoch milliseconds of an aware datetime."""
    return round(value.timestamp() * 1000)


def iso_ms(value: int) -> str:
    """`2026-03-01T08:00:05.123Z` of epoch milliseconds."""
    return from_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
