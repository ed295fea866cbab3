"""Read audiences."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import SegmentFilter, unknown_audience
from profiles.store.queries import find_cached_policy


@dataclass(frozen=True, slots=True)
class ShownList:
    """An audience from elsewhere: its number and id here, its namespace and own id there."""

    number: int
    id: str
    namespace: str
    audience_id: str


ORDERS = {
    "updateTime": "updated_ms",
    "updateEpoch": "updated_ms",
    "creationTime": "created_ms",
    "createTime": "created_ms",
    "createEpoch": "created_ms",
    "name": "name",
    "id": "id",
    "profileCount": "profile_count",
}
DEFAULT_ORDER = "updateTime:desc"


def list_segments(
    *,
    sandbox: Sandbox,
    wanted: SegmentFilter | None = None,
    order: str = DEFAULT_ORDER,
    start: int = 0,
    limit: int | None = None,
) -> list[SegmentDefinition]:
    """One page of audiences with what they depend on; `order` is `<API name>:<asc or desc>`."""
    field, direction = parse_order(order)
    column = ORDERS[field]
    signed = f"-{column}" if direction == "desc" else column
    # Ties fall the same way on every page.
    found = _with_relations(_filtered(sandbox, wanted)).order_by(signed, "number")
    return list(found[start : None if limit is None else start + limit])


def count_segments(*, sandbox: Sandbox, wanted: SegmentFilter | None = None) -> int:
    """How many audiences the list without paging has."""
    return _filtered(sandbox, wanted).count()


def get_segment(*, sandbox: Sandbox, segment_id: str | uuid.UUID) -> SegmentDefinition:
    """The audience of this sandbox with this id, archived or not; raises NotFound."""
    found = find_segments(sandbox=sandbox, segment_ids=[str(segment_id)])
    if not found:
        raise unknown_audience(str(segment_id))
    return found[0]


def find_segments(*, sandbox: Sandbox, segment_ids: Iterable[str]) -> list[SegmentDefinition]:
    """Those of the given ids that exist in this sandbox; malformed ids exist nowhere."""
    known = [parsed for parsed in map(parse_uuid, segment_ids) if parsed is not None]
    return list(_with_relations(live(sandbox)).filter(id__in=known))


def live(sandbox: Sandbox) -> QuerySet[SegmentDefinition]:
    """All audiences but the deleted ones."""
    return SegmentDefinition.objects.filter(sandbox=sandbox, deleted_ms__isnull=True)


def evaluated(sandbox: Sandbox) -> QuerySet[SegmentDefinition]:
    """Audiences with a rule that evaluation looks at: drafts and published ones."""
    states = (SegmentDefinition.State.DRAFT, SegmentDefinition.State.PUBLISHED)
    return live(sandbox).filter(kind=SegmentDefinition.Kind.RULE, state__in=states)


def count_on_other_policies(sandbox: Sandbox) -> int:
    """Audiences that only jobs evaluate: their merge policy is not the one active on edge."""
    cached = find_cached_policy(sandbox=sandbox)
    others = evaluated(sandbox)
    if cached is not None:
        others = others.exclude(merge_policy_id=cached.pk)
    return others.count()


def shown_audiences(sandbox: Sandbox) -> dict[int, str]:
    """Id by number of each audience whose members profiles show: those that are evaluated.

    One that is inactive keeps what was found last, for the day it is published again.
    """
    return {number: str(pk) for number, pk in evaluated(sandbox).values_list("number", "pk")}


def shown_lists(sandbox: Sandbox) -> list[ShownList]:
    """Audiences whose members come from elsewhere and are shown in profiles."""
    states = (SegmentDefinition.State.DRAFT, SegmentDefinition.State.PUBLISHED)
    rows = live(sandbox).filter(kind=SegmentDefinition.Kind.EXTERNAL, state__in=states)
    return [
        ShownList(number, str(pk), namespace, audience_id)
        for number, pk, namespace, audience_id in rows.values_list(
            "number", "pk", "namespace", "audience_id"
        )
    ]


def count_by_namespace(rows: QuerySet[SegmentDefinition]) -> dict[str, int]:
    """How many of these audiences each audience namespace has."""
    counted = rows.order_by().values_list("namespace").annotate(count=Count("id"))
    return dict(sorted(counted))


def parse_order(text: str) -> tuple[str, str]:
    """Field and direction of `updateTime:desc`; what is not known falls back to the default."""
    field, _, direction = text.strip().partition(":")
    if field not in ORDERS:
        field, direction = "updateTime", direction or "desc"
    return field, "asc" if direction.lower() == "asc" else "desc"


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID a text is, or None."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _with_relations(rows: QuerySet[SegmentDefinition]) -> QuerySet[SegmentDefinition]:
    return rows.select_related("merge_policy").prefetch_related("depends_on", "dependents")


def _filtered(sandbox: Sandbox, wanted: SegmentFilter | None) -> QuerySet[SegmentDefinition]:
    rows = live(sandbox)
    wanted = wanted or SegmentFilter()
    if "state" not in wanted.exact:
        rows = rows.exclude(state=SegmentDefinition.State.ARCHIVED)
    conditions = {
        "name__icontains": wanted.name,
        "description__icontains": wanted.description,
        "schema_name": wanted.schema_name,
        "method": wanted.method,
        "kind": wanted.kind,
        **wanted.exact,
    }
    return rows.filter(**{name: value for name, value in conditions.items() if value is not None})


def names_of(*, sandbox: Sandbox, segment_ids: Sequence[str]) -> dict[str, str]:
    """Name of each of these audiences that exists."""
    known = [parsed for parsed in map(parse_uuid, segment_ids) if parsed is not None]
    rows = live(sandbox).filter(id__in=known).values_list("id", "name")
    return {str(pk): name for pk, name in rows}
