"""Reads of sandboxes. A deleted one is gone for everybody but the audit trail."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from core.errors import Invalid, NotFound
from core.http.params import PropertyFilter
from core.sandboxes.models import Organization, Sandbox

_FIELDS: Mapping[str, str] = {
    "name": "name",
    "title": "title",
    "type": "type",
    "state": "state",
    "id": "uuid",
    "isDefault": "is_default",
    "createdDate": "created_at",
    "lastModifiedDate": "updated_at",
}


def get_sandbox(*, organization: Organization, name: str) -> Sandbox:
    """The sandbox of this name; raises NotFound."""
    sandbox = _visible(organization).filter(name=name).first()
    if sandbox is None:
        raise NotFound(f"Sandbox {name} does not exist", code="2001", name=name)
    return sandbox


def list_sandboxes(
    *,
    organization: Organization,
    filters: Sequence[PropertyFilter] = (),
    order_by: Sequence[str] = (),
) -> QuerySet[Sandbox]:
    """Sandboxes in any state but deleted, oldest first unless ordered by wire field names."""
    found = _visible(organization)
    for condition in filters:
        found = _narrow(found, condition)
    return found.order_by(*[_column(name) for name in order_by], "number")


def _visible(organization: Organization) -> QuerySet[Sandbox]:
    return Sandbox.objects.filter(organization=organization).exclude(state=Sandbox.State.DELETED)


def _narrow(found: QuerySet[Sandbox], condition: PropertyFilter) -> QuerySet[Sandbox]:
    if condition.path not in _FIELDS or condition.operator not in {"==", "!="}:
        raise Invalid(
            "property filters sandboxes with == or != on a known field",
            path="property",
            received=condition.path,
            expected=sorted(_FIELDS),
        )
    column = _FIELDS[condition.path]
    value: str | bool = condition.value
    if column == "is_default":
        value = condition.value.lower() == "true"
    wanted = {f"{column}__iexact" if isinstance(value, str) else column: value}
    return found.filter(**wanted) if condition.operator == "==" else found.exclude(**wanted)


def _column(name: str) -> str:
    sign = "-" if name.startswith("-") else ""
    field = name.lstrip("+- ")
    if field not in _FIELDS:
        raise Invalid("orderBy needs a field of a sandbox", path="orderBy", received=name)
    return sign + _FIELDS[field]
