"""Computed attributes in words, for all of their pages."""

import re
from typing import Any, Final

from django.http import Http404
from django.urls import reverse

from console.pages import Crumb
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.schemas.lookup import tenant_of
from ingestion.xdm.names import tenant_field
from profiles.segmentation.computed.parts import Parts, read_parts
from profiles.segmentation.computed.queries import get_attribute, refresh_by
from profiles.segmentation.computed.windows import Refresh
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.pql.typed import COMPUTED
from profiles.segmentation.profile_types import profile_type

Status = ComputedAttribute.Status
FUNCTIONS: Final[dict[str, str]] = {
    "SUM": "Sum",
    "MIN": "Minimum",
    "MAX": "Maximum",
    "COUNT": "Count",
    "MOST_RECENT": "Most recent",
}
# Lifecycle, then how the last evaluation went.
LIFECYCLES: Final[dict[str, tuple[str, str]]] = {
    Status.DRAFT: ("notice", "Draft"),
    Status.DISABLED: ("neutral", "Inactive"),
}
PUBLISHED: Final = ("positive", "Published")
EVALUATIONS: Final[dict[str, tuple[str, str]]] = {
    Status.NEW: ("informative", "Queued"),
    Status.INITIALIZED: ("informative", "Queued"),
    Status.PROCESSING: ("informative", "Evaluating"),
    Status.ENABLED: ("positive", "Success"),
    Status.FAILED: ("negative", "Failed"),
}
REFRESHES: Final[dict[Refresh, str]] = {
    Refresh.HOURLY: "Hourly",
    Refresh.DAILY: "Daily",
    Refresh.WEEKLY: "Weekly",
    Refresh.MONTHLY: "Monthly",
}
_WORD: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)


def attributes_href(sandbox: Sandbox) -> str:
    """The list."""
    return reverse("computed-attributes", args=[sandbox.name])


def attribute_href(sandbox: Sandbox, attribute: ComputedAttribute) -> str:
    """The page of one."""
    return reverse("computed-attribute", args=[sandbox.name, attribute.pk])


def attribute_crumbs(sandbox: Sandbox, *steps: str) -> tuple[Crumb, ...]:
    """The way to a page below the list."""
    return (
        Crumb("Profiles", reverse("profiles", args=[sandbox.name])),
        Crumb("Computed attributes", attributes_href(sandbox)),
        *map(Crumb, steps),
    )


def find_or_404(sandbox: Sandbox, attribute_id: object) -> ComputedAttribute:
    """The attribute with this id; raises Http404."""
    try:
        return get_attribute(sandbox=sandbox, attribute_id=str(attribute_id))
    except NotFound as error:
        raise Http404(error.message) from error


def lifecycle_of(attribute: ComputedAttribute) -> tuple[str, str]:
    """Tone and word."""
    return LIFECYCLES.get(attribute.status, PUBLISHED)


def parts_of(sandbox: Sandbox, attribute: ComputedAttribute) -> Parts | None:
    """The expression in parts; None: code only."""
    return read_parts(attribute.expression, profile_type(sandbox))


def refresh_word(attribute: ComputedAttribute) -> str:
    """How often, in a word."""
    return REFRESHES[refresh_by(attribute)]


def look_back(attribute: ComputedAttribute) -> str:
    """How far back, in words."""
    unit = attribute.duration_unit.lower()
    if attribute.duration_count == 1:
        return f"1 {unit.removesuffix('s')}"
    return f"{attribute.duration_count} {unit}"


def full_path(sandbox: Sandbox, attribute: ComputedAttribute) -> str:
    """The path of its values in profiles, as rules name it."""
    return f"{tenant_field(tenant_of(sandbox))}.{COMPUTED}.{attribute.name}"


def field_name(display_name: str) -> str:
    """A name for people as a field name in camel case: `Spend, 4 weeks` is spend4Weeks."""
    words = _WORD.findall(display_name)
    if not words:
        return ""
    first, *others = words
    start = first.lower() if first.isupper() else first[:1].lower() + first[1:]
    name = start + "".join(each[:1].upper() + each[1:] for each in others)
    return name if name[0].isalpha() else f"value{name[:1].upper()}{name[1:]}"


def shown_value(value: Any) -> str:
    """A value as people read it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}".rstrip("0").rstrip(".")
        case list():
            return ", ".join(map(shown_value, value))
        case _:
            return str(value)
