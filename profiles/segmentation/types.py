"""Values that cross this slice's border."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import AppError, Conflict, Invalid, NotFound, PreconditionFailed

PROFILE_SCHEMA = "_xdm.context.profile"
TEXT: Final = "pql/text"
JSON: Final = "pql/json"

MOST_AUDIENCES = 4000
MOST_STREAMING = 500
MOST_EDGE = 150
MOST_ON_DEMAND = 1500
MOST_OPEN_JOBS = 20
DEFAULT_TTL_DAYS = 30

PLATFORM_ORIGIN, PLATFORM_NAMESPACE = "REAL_TIME_CUSTOMER_PROFILE", "AEPSegments"
UPLOAD_ORIGIN, UPLOAD_NAMESPACE = "CUSTOM_UPLOAD", "CustomerAudienceUpload"
ORIGINS = (
    PLATFORM_ORIGIN,
    "AUDIENCE_ORCHESTRATION",
    "AUDIENCE_MANAGER",
    UPLOAD_ORIGIN,
    "AUDIENCE_MATCH",
)
NAMESPACES = (
    PLATFORM_NAMESPACE,
    "aam",
    "AAMSegments",
    "AAMTraits",
    UPLOAD_NAMESPACE,
    "AO",
)
INVALID_AUDIENCE, UNKNOWN_AUDIENCE = "UPAPI-113434-400", "UPAPI-113430-404"
UNDELETABLE_AUDIENCE = "UPAPI-113631-403"


class InvalidAudience(Invalid):
    """An audience that breaks a rule."""

    code = INVALID_AUDIENCE


class AudienceInUse(Invalid):
    """What an audience cannot do while others depend on it; `fields["dependents"]` names them."""

    code = UNDELETABLE_AUDIENCE


class NameTaken(Conflict):
    """Another audience has that name (or id) already."""

    code = "name_taken"


class EditConflict(PreconditionFailed):
    """The audience changed since the caller read it.

    `fields` hold what is `stored` now, the `base` the caller began with (None: forgotten) and what
    the caller `given`, as documents of `history.snapshot`, ready for a diff.
    """

    code = "edit_conflict"


class TooManyJobs(AppError):
    """More jobs wait than one sandbox may have."""

    code = "too_many_jobs"


def unknown_audience(segment_id: str) -> NotFound:
    """The refusal of an id that names no audience of the sandbox."""
    return NotFound(
        f"The audience entity {segment_id} is not found. Use a valid entity and try again.",
        code=UNKNOWN_AUDIENCE,
        audienceId=segment_id,
    )


@dataclass(frozen=True, slots=True)
class Expression:
    """A rule as it was given: text, or its tree as JSON text."""

    value: str
    format: str = TEXT


@dataclass(frozen=True, slots=True)
class SegmentInput:
    """An audience with a rule, as a person or program wants it.

    `method` None keeps the present one as long as the rule allows it (a new audience: batch), as
    `state` None keeps the present state (a new audience: published).
    """

    name: str
    expression: Expression
    description: str = ""
    schema_name: str = PROFILE_SCHEMA
    merge_policy_id: str | None = None
    method: str | None = None
    state: str | None = None
    ttl_days: int | None = DEFAULT_TTL_DAYS
    payload_schema: str = ""
    exclude_opt_out: bool = True
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    linked_audience_ref: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExternalInput:
    """An audience whose members come from elsewhere. `audience_id` is the client's own id.

    `merge_policy_id` None keeps the present one (a new audience: none).
    """

    name: str
    audience_id: str = ""
    namespace: str = UPLOAD_NAMESPACE
    origin: str = UPLOAD_ORIGIN
    description: str = ""
    state: str | None = None
    ttl_days: int | None = DEFAULT_TTL_DAYS
    source_id: str = ""
    dataset_id: str = ""
    merge_policy_id: str | None = None
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    audience_meta: Mapping[str, Any] = field(default_factory=dict)
    linked_audience_ref: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SegmentFilter:
    """What a list is narrowed to; None: no condition. Texts are contained in any case."""

    name: str | None = None
    description: str | None = None
    schema_name: str | None = None
    method: str | None = None
    kind: str | None = None
    # Exact values by column.
    exact: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreviewInput:
    """A rule to try out; `merge_policy_id` None: the default of the class."""

    expression: Expression
    schema_name: str = PROFILE_SCHEMA
    identity_graph: str = "pdg"
    merge_policy_id: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleInput:
    """When all audiences are evaluated or exported. `properties` as the API shows them."""

    name: str
    kind: str
    schedule: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    state: str = "inactive"


@dataclass(frozen=True, slots=True)
class ExportInput:
    """An export as asked for; `filter` and `additional_fields` as the API shows them."""

    schema_name: str = PROFILE_SCHEMA
    merge_policy_id: str | None = None
    fields: str = ""
    filter: Mapping[str, Any] = field(default_factory=dict)
    additional_fields: Mapping[str, Any] = field(default_factory=dict)
    dataset_id: str = ""
    segment_per_batch: bool = False
