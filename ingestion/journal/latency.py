"""How long records take, as counters: a histogram with fixed buckets for each stage.

Buckets grow by about 1.6 from 1 ms to 100 s, so that a percentile is off by a few percent. A
bucket is a counter like any other, named `<stage>_le_<upper bound, µs>`.
"""

from bisect import bisect_left
from collections.abc import Mapping

STORED, VALIDATED, IDENTITY, PROFILE = "stored", "validated", "identity", "profile"
"""Stages, each measured from the moment of receipt."""

STAGES = (STORED, VALIDATED, IDENTITY, PROFILE)
_DECADE = (1_000, 1_600, 2_500, 4_000, 6_300)
BOUNDS_US: tuple[int, ...] = (
    *(bound * times for times in (1, 10, 100, 1_000, 10_000) for bound in _DECADE),
    100_000_000,
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    stage: (*(f"{stage}_le_{bound}" for bound in BOUNDS_US), f"{stage}_le_inf") for stage in STAGES
}


def bucket_of(stage: str, latency_us: int) -> str:
    """Name of the counter a latency falls into."""
    return _NAMES[stage][bisect_left(BOUNDS_US, latency_us)]


def buckets_of(*stages: str) -> tuple[str, ...]:
    """Names of all counters of some stages."""
    return tuple(name for stage in stages for name in _NAMES[stage])


def percentile_ms(counts: Mapping[str, int], stage: str, share: float) -> float | None:
    """The latency that this share of the records stayed within, linear within its bucket."""
    names = _NAMES[stage]
    total = sum(counts.get(name, 0) for name in names)
    if not total:
        return None
    wanted, seen, lower = share * total, 0, 0
    for name, upper in zip(names, (*BOUNDS_US, BOUNDS_US[-1]), strict=True):
        here = counts.get(name, 0)
        if here and seen + here >= wanted:
            return round((lower + (upper - lower) * (wanted - seen) / here) / 1000, 1)
        seen, lower = seen + here, upper
    return lower / 1000
