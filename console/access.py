"""Which permission a page needs, and the page people see who lack it.

Every address inside a sandbox begins with its area. An area that is not listed here is left to
administrators, so that a page nobody thought about is closed, not open.
"""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.access.permissions import BY_NAME, require
from core.access.queries import list_administrators
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Forbidden
from core.sandboxes.models import Sandbox

ANYONE = ("", "")
_ADMINISTRATION = ("view-access-control", "manage-access-control")
# Area -> permission to look, permission to change.
AREAS: Mapping[str, tuple[str, str]] = {
    "": ANYONE,
    "search": ANYONE,
    "notifications": ANYONE,
    "_components": ANYONE,
    "sources": ("view-sources", "manage-sources"),
    "schemas": ("view-schemas", "manage-schemas"),
    "datasets": ("view-datasets", "manage-datasets"),
    "uploads": ("view-datasets", "manage-datasets"),
    "identities": ("view-identity-namespaces", "manage-identity-namespaces"),
    "profiles": ("view-profiles", "manage-profiles"),
    "profiles/merge-policies": ("view-profile-configs", "manage-profile-configs"),
    "profiles/computed-attributes": ("view-segments", "manage-segments"),
    "profiles/computed-attributes/<uuid:attribute_id>/evaluate": (
        "view-segments",
        "evaluate-segments",
    ),
    "merge-policies": ("view-profile-configs", "manage-profile-configs"),
    # Its action asks for one of two permissions.
    "profiles/<slug:xid>/audiences": ("view-segments", ""),
    "audiences": ("view-segments", "manage-segments"),
    "audiences/schedule": ("view-segments", "evaluate-segments"),
    # A draft is of use to its author alone.
    "audiences/build": ("manage-segments", "manage-segments"),
    "audiences/<uuid:segment_id>/evaluate": ("view-segments", "evaluate-segments"),
    "audiences/<uuid:segment_id>/jobs": ("view-segments", "evaluate-segments"),
    "records": ("view-monitoring-dashboard", "manage-datasets"),
    "monitoring": ("view-monitoring-dashboard", "manage-datasets"),
    "monitoring/segment-jobs": ("view-segments", "evaluate-segments"),
    "audits": ("view-user-activity-log", "view-user-activity-log"),
    "sandboxes": ("view-sandboxes", "manage-sandboxes"),
    "users": _ADMINISTRATION,
    "roles": _ADMINISTRATION,
    "credentials": _ADMINISTRATION,
}
_UNLISTED = ("manage-access-control", "manage-access-control")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# A form that changes something is of no use to those who may only look.
_CHANGING = frozenset(
    {"new", "edit", "delete", "copy", "reset", "import", "properties", "schedule"}
)
# Sent by POST for their size; nothing changes.
_LOOKING = frozenset({"check", "preview", "simulate", "simulation"})


def area_of(route: str) -> tuple[str, str]:
    """The pair of permissions for a route inside a sandbox, by its longest listed beginning."""
    steps = [step for step in route.split("/") if step]
    for length in range(len(steps), -1, -1):
        area = "/".join(steps[:length])
        if area in AREAS and (area or not steps):
            return AREAS[area]
    return _UNLISTED


def permission_for(route: str, *, method: str) -> str:
    """The permission that a call of this route needs; empty: none."""
    look, change = area_of(route)
    last = route.rstrip("/").rpartition("/")[2]
    if method in _SAFE:
        return change if last in _CHANGING else look
    return look if last in _LOOKING else change


def check_page(request: HttpRequest, *, actor: Actor, sandbox: Sandbox) -> None:
    """Raise PermissionDenied unless the actor may make this request in this sandbox."""
    match = request.resolver_match
    route = "" if match is None else match.route.partition("<slug:sandbox>/")[2]
    needed = permission_for(route, method=str(request.method))
    if not needed:
        return
    try:
        require(actor, needed, sandbox)
    except Forbidden as error:
        if request.method not in _SAFE:
            note_denied(actor=actor, sandbox=sandbox, permission=needed, path=request.path)
        raise PermissionDenied(error.fields["permission"]) from error


def note_denied(*, actor: Actor, sandbox: Sandbox, permission: str, path: str) -> None:
    """Keep a refused change in the audit trail."""
    record(
        actor=actor,
        action="Update",
        asset=("Page", path[:300], ""),
        sandbox=sandbox,
        details={"permission": permission},
        status="Deny",
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler403`: which permission is missing, and who can grant it."""
    needed = BY_NAME.get(str(exception))
    context = {
        "title": "You may not open this",
        "needed": needed,
        "administrators": list_administrators() if needed else [],
    }
    return render(request, "403.html", context, status=403)
