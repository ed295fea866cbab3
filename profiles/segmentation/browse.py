"""Audiences as people look for them: by any part of the name and by what is known of them."""

from dataclasses import dataclass

from django.db.models import Func, JSONField, QuerySet

from core.keyset import Slice, take_by
from core.sandboxes.models import Sandbox
from profiles.segmentation import folders
from profiles.segmentation.lifecycle import EVALUATED
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import live

NOT_SCHEDULED = "none"
ORDERS = {"name": "name", "created": "created_ms", "updated": "updated_ms"}
NEWEST_CHANGE = "-updated"
_MOST_TAGS = 200
Kind = SegmentDefinition.Kind
_NEVER_EVALUATED: dict[str, object] = {
    "kind": Kind.RULE,
    "state__in": EVALUATED,
    "evaluated_ms__isnull": True,
}


@dataclass(frozen=True, slots=True)
class AudienceFilter:
    """What a list of audiences is narrowed to; the default keeps all but the archived ones.

    `method` is one of evaluation, or NOT_SCHEDULED for lists from elsewhere. `never_evaluated`:
    no job has looked at them yet. Times are epoch milliseconds, `_until` is excluded.
    """

    text: str = ""
    origin: str = ""
    state: str = ""
    method: str = ""
    tag: str = ""
    folder: str = ""
    created_by: str = ""
    created_from: int | None = None
    created_until: int | None = None
    updated_from: int | None = None
    updated_until: int | None = None
    never_evaluated: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return self != AudienceFilter()


def browse_audiences(
    *,
    sandbox: Sandbox,
    wanted: AudienceFilter,
    order: str = NEWEST_CHANGE,
    after: str = "",
    size: int = 25,
) -> tuple[Slice[SegmentDefinition], int]:
    """One page of audiences and how many there are in all; `order` as in `browse_datasets`."""
    rows = filter_audiences(sandbox, wanted).prefetch_related("dependents")
    sign = "-" if order.startswith("-") else ""
    column = ORDERS.get(order.removeprefix("-"))
    order = f"{sign}{column}" if column else "-updated_ms"
    return take_by(rows, order=order, after=after, size=size), rows.count()


def filter_audiences(sandbox: Sandbox, wanted: AudienceFilter) -> QuerySet[SegmentDefinition]:
    """Those that the filter keeps, in no order."""
    rows = live(sandbox)
    if not wanted.state:
        rows = rows.exclude(state=SegmentDefinition.State.ARCHIVED)
    for word in wanted.text.split():
        rows = rows.filter(name__icontains=word)
    conditions: dict[str, object] = {
        "origin": wanted.origin or None,
        "state": wanted.state or None,
        **_of_method(wanted.method),
        "tags__contains": [wanted.tag] if wanted.tag else None,
        folders.COLUMN: wanted.folder or None,
        "created_by": wanted.created_by or None,
        "created_ms__gte": wanted.created_from,
        "created_ms__lt": wanted.created_until,
        "updated_ms__gte": wanted.updated_from,
        "updated_ms__lt": wanted.updated_until,
        **(_NEVER_EVALUATED if wanted.never_evaluated else {}),
    }
    return rows.filter(**{key: value for key, value in conditions.items() if value is not None})


def _of_method(method: str) -> dict[str, object]:
    if method == NOT_SCHEDULED:
        return {"kind": Kind.EXTERNAL}
    return {"kind": Kind.RULE, "method": method} if method else {}


def values_in_use(*, sandbox: Sandbox, column: str) -> list[str]:
    """Different values of a column, such as origins or authors, of all audiences."""
    rows = live(sandbox).order_by()
    return sorted(rows.values_list(column, flat=True).distinct())


def audience_tags(*, sandbox: Sandbox) -> list[str]:
    """Tags of all audiences; the first two hundred."""
    each = Func(
        "tags", function="jsonb_array_elements", output_field=JSONField(), set_returning=True
    )
    rows = live(sandbox).annotate(tag=each).order_by().values_list("tag", flat=True).distinct()
    return sorted(rows)[:_MOST_TAGS]
