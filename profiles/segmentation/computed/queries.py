"""Read computed attributes."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.sandboxes.models import Sandbox
from profiles.segmentation.computed.types import unknown_attribute
from profiles.segmentation.computed.windows import Duration, Refresh, refresh_of
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from profiles.segmentation.queries import parse_uuid

Status = ComputedAttribute.Status
# Fields of profiles: a failed one keeps the values of before.
IN_USE = (Status.NEW, Status.INITIALIZED, Status.PROCESSING, Status.ENABLED, Status.FAILED)
OPEN_RUNS = (ComputedRun.Status.NEW, ComputedRun.Status.PROCESSING)
ORDERS = {
    "name": "name",
    "status": "status",
    "updateEpoch": "updated_ms",
    "createEpoch": "created_ms",
}


def list_attributes(
    *, sandbox: Sandbox, order: str = "-updated_ms", name: str | None = None
) -> QuerySet[ComputedAttribute]:
    """Computed attributes; `order` is a column, with a leading `-` descending."""
    rows = ComputedAttribute.objects.filter(sandbox=sandbox)
    if name is not None:
        rows = rows.filter(name=name)
    # Ties fall the same way on every page.
    return rows.order_by(order, "number")


def get_attribute(*, sandbox: Sandbox, attribute_id: str) -> ComputedAttribute:
    """The attribute of this sandbox with this id; raises NotFound."""
    key = parse_uuid(attribute_id)
    found = ComputedAttribute.objects.filter(sandbox=sandbox, pk=key).first() if key else None
    if found is None:
        raise unknown_attribute(attribute_id)
    return found


def list_computed_fields(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Name and type of each attribute that profiles have as a field."""
    rows = ComputedAttribute.objects.filter(sandbox=sandbox, status__in=IN_USE)
    return list(rows.order_by("name").values_list("name", "return_type"))


def find_open_run(attribute: ComputedAttribute) -> ComputedRun | None:
    """The run that waits or works on the attribute, if there is one."""
    rows = ComputedRun.objects.filter(sandbox=attribute.sandbox_id, status__in=OPEN_RUNS)
    return rows.filter(attributes__contains=[str(attribute.pk)]).order_by("created_ms").first()


def list_runs(attribute: ComputedAttribute) -> QuerySet[ComputedRun]:
    """Runs of the attribute, newest first."""
    rows = ComputedRun.objects.filter(sandbox=attribute.sandbox_id)
    return rows.filter(attributes__contains=[str(attribute.pk)]).order_by("-created_ms")


def duration_of(attribute: ComputedAttribute) -> Duration:
    """How far back it looks."""
    return Duration(attribute.duration_count, attribute.duration_unit)


def refresh_by(attribute: ComputedAttribute) -> Refresh:
    """How often it is evaluated by itself."""
    return refresh_of(duration_of(attribute), keep_current=attribute.keep_current)


def next_number() -> int:
    """A number that no attribute had before: it names one in the data plane."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('computed_number')")
        row: Any = cursor.fetchone()
        return int(row[0])
