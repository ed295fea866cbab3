"""How much an inlet takes: token buckets, one process each."""

import math
import time
from collections.abc import Callable

from ingestion.collect.types import Refused
from ingestion.connections.types import InletInfo

VALIDATIONS_A_MINUTE = 60
_MOST_BUCKETS = 10_000


class Bucket:
    """Holds up to `size` tokens and gains `rate` a second; a charge may leave it in debt."""

    __slots__ = ("_clock", "at", "rate", "size", "tokens")

    def __init__(self, rate: float, size: float, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rate = rate
        self.size = size
        self.tokens = size
        self.at = clock()

    def available(self) -> float:
        """Tokens right now; zero or less: wait."""
        now = self._clock()
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return self.tokens

    def take(self) -> bool:
        """Take one token if there is one."""
        if self.available() < 1:
            return False
        self.tokens -= 1
        return True


class Limits:
    """The buckets of all inlets. A whole batch passes while its inlet is not in debt."""

    def __init__(self, default: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._default = default
        self._clock = clock
        self._messages: dict[int, Bucket] = {}
        self._validations: dict[int, Bucket] = {}

    def check(self, inlet: InletInfo) -> Bucket | None:
        """The inlet's bucket, None without a limit; raises Refused while it is in debt."""
        rate = self._default if inlet.rate_limit is None else inlet.rate_limit
        if not rate:
            return None
        bucket = self._messages.get(inlet.number)
        if bucket is None or bucket.rate != rate:
            bucket = Bucket(rate, rate, clock=self._clock)
            self._keep(self._messages, inlet.number, bucket)
        tokens = bucket.available()
        if tokens < 1:
            seconds = max(1, math.ceil((1 - tokens) / rate))
            raise Refused(
                429,
                "Too many requests",
                f"inletId: [{inlet.inlet_id}] takes {rate} messages a second."
                f" Try again in {seconds} s.",
                headers=(("retry-after", str(seconds)), *usage(bucket)),
            )
        return bucket

    def may_validate(self, inlet: InletInfo) -> bool:
        """Whether this request may be validated before its answer; counts it."""
        bucket = self._validations.get(inlet.number)
        if bucket is None:
            size = VALIDATIONS_A_MINUTE
            bucket = Bucket(size / 60, size, clock=self._clock)
            self._keep(self._validations, inlet.number, bucket)
        return bucket.take()

    @staticmethod
    def _keep(buckets: dict[int, Bucket], number: int, bucket: Bucket) -> None:
        if len(buckets) >= _MOST_BUCKETS:
            buckets.clear()
        buckets[number] = bucket


def usage(bucket: Bucket) -> tuple[tuple[str, str], ...]:
    """Headers that tell a sender its limit and how much of it is used."""
    used = max(0, math.ceil(bucket.size - bucket.tokens))
    return (("x-ratelimit-limit", str(round(bucket.rate))), ("x-ratelimit-used", str(used)))
