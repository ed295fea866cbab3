"""What engines of long work get and give back. Times are milliseconds of the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.errors import AppError
from profiles.segmentation.pql.limits import MAX_INNER_ITEMS


class Stopped(Exception):
    """The work was cancelled, deleted, or taken over by another worker: leave it, write nothing."""


class Report(Protocol):
    """Called every few minutes at most: the sign of life. Raises `Stopped` when nobody waits."""

    def __call__(self, done: int, total: int, *, matched: int = 0) -> None:
        """So many profiles (or rows) of so many are done, and so many matched."""


class CostsTooMuch(AppError):
    """A rule asks for more work than an evaluation may do."""

    code = "evaluation_too_slow"


class TooSlow(CostsTooMuch):
    """The database did not come to an end in the time it was given."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"It was not evaluated within {seconds:.0f} seconds.")


class TooLarge(CostsTooMuch):
    """What is evaluated together does not fit into memory."""

    def __init__(self) -> None:
        super().__init__("It needs more memory than an evaluation may take.")


class TooLong(CostsTooMuch):
    """Lists of one profile are too long for the loops that combine them."""

    def __init__(self) -> None:
        one, two, three, _ = MAX_INNER_ITEMS
        super().__init__(
            "It combines lists of a profile that are too long for it: inside one loop, a list may"
            f" have {one:,} items; inside two, {two:,}; inside three, {three:,}."
        )


@dataclass(frozen=True, slots=True)
class SegmentWork:
    """One audience to evaluate. `number` names it in the data plane."""

    id: str
    number: int
    expression: str
    method: str
    policy_id: str
    exclude_opt_out: bool


@dataclass(frozen=True, slots=True)
class JobWork:
    """An evaluation. Audiences that others need come first; `started_ms` is `now` for all rules."""

    id: str
    sandbox: int
    started_ms: int
    segments: tuple[SegmentWork, ...]


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """Profiles by status after the evaluation, and members by namespace code."""

    realized: int = 0
    existing: int = 0
    exited: int = 0
    by_namespace: Mapping[str, int] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """Everybody who is in."""
        return self.realized + self.existing


@dataclass(frozen=True, slots=True)
class JobResult:
    """What an evaluation found, by audience id; `profiles_by_policy` by merge policy id.

    `failures` says why audiences were left as they were, by id.
    """

    total_profiles: int
    segments: Mapping[str, SegmentResult]
    profiles_by_policy: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComputedWork:
    """Computed attributes to evaluate, by number; `started_ms` is where their windows end."""

    id: str
    sandbox: int
    started_ms: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ComputedResult:
    """How many profiles have a value, and why an attribute could not be evaluated; by number."""

    counts: Mapping[int, int]
    failures: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreviewWork:
    """A rule to try out, over a sample of `estimates.sample_size` profiles."""

    id: str
    sandbox: int
    started_ms: int
    expression: str
    schema_name: str
    policy_id: str | None
    identity_graph: str


@dataclass(frozen=True, slots=True)
class SampledProfile:
    """A profile that matched: its XID, and its identities by namespace code."""

    xid: str
    identities: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A condition of several that must hold: for how many alone, and how many it leaves."""

    text: str
    alone: int
    left: int


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """Profiles read, matched and all there are; matches by namespace number; some of them.

    `as_of` (ms) is the moment the numbers are true for.
    """

    read: int
    matched: int
    total: int
    by_namespace: Mapping[int, int] = field(default_factory=dict)
    sample: tuple[SampledProfile, ...] = ()
    funnel: tuple[FunnelStep, ...] = ()
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Members of an audience to export; no statuses: whoever is in."""

    segment_id: str
    segment_number: int
    statuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExportWork:
    """Profiles to write out. `fields` empty: all of them; `selections` empty: all profiles.

    `filter` and `additional_fields` are as the API shows them, for the rarer conditions.
    """

    id: int
    sandbox: int
    started_ms: int
    schema_name: str
    policy_id: str | None
    fields: tuple[str, ...]
    selections: tuple[Selection, ...]
    filter: Mapping[str, Any]
    additional_fields: Mapping[str, Any]
    dataset_id: str
    segment_per_batch: bool


@dataclass(frozen=True, slots=True)
class WrittenBatch:
    """One file of an export; `segment_id` where each audience has a batch of its own."""

    batch_id: str
    profiles: int
    segment_id: str | None = None


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote."""

    batches: tuple[WrittenBatch, ...]


@dataclass(frozen=True, slots=True)
class ImportWork:
    """A file of members to read. `fields` as given: name, type, identityNs; `source` its place.

    `file` names an uploaded file instead of a place, `options` say how to read it.
    """

    id: str
    sandbox: int
    started_ms: int
    segment_id: str
    segment_number: int
    namespace: str
    audience_id: str
    ttl_days: int | None
    fields: tuple[Mapping[str, Any], ...]
    source: Mapping[str, Any]
    request: Mapping[str, Any]
    file: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Rows read, rows without a usable identity with the first few reasons, identities on it."""

    rows_read: int
    rows_failed: int
    members: int = 0
    troubles: tuple[Mapping[str, Any], ...] = ()
