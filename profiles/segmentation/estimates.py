"""From what a sample shows to a statement about all profiles. Pure."""

from dataclasses import dataclass
from math import sqrt

_ALL_BELOW, _SAMPLE, _LARGE, _SHARE = 1_000_000, 1_000_000, 20_000_000, 0.05


def sample_size(total: int) -> int:
    """How many of all profiles a preview reads."""
    if total < _ALL_BELOW:
        return total
    return _SAMPLE if total <= _LARGE else round(total * _SHARE)


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how many match: expected number and standard error, both in profiles."""

    size: int
    standard_error: int


def estimate(*, matched: int, read: int, total: int) -> Estimate:
    """Matched out of read, carried over to the total; all read: a count without error."""
    if read <= 0:
        return Estimate(0, 0)
    if read >= total:
        return Estimate(matched, 0)
    share = matched / read
    error = total * sqrt(share * (1 - share) / read)
    return Estimate(round(share * total), round(error))
