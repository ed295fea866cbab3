"""Every permission, what it gives access to, the default roles, and the one check."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.access.types import Actor, Grant
from core.errors import Forbidden
from core.sandboxes.models import Sandbox

READ = ("read",)
WRITE = ("read", "write", "delete")


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that roles hold. `resources` maps resource types to verbs, as the ACL API shows."""

    name: str
    label: str
    category: str
    resources: Mapping[str, tuple[str, ...]]


def _pair(thing: str, label: str, category: str, *resources: str) -> tuple[Permission, ...]:
    return (
        Permission(f"view-{thing}", f"View {label}", category, dict.fromkeys(resources, READ)),
        Permission(f"manage-{thing}", f"Manage {label}", category, dict.fromkeys(resources, WRITE)),
    )


def _one(name: str, label: str, category: str, **resources: tuple[str, ...]) -> Permission:
    named = {resource.replace("_", "-"): verbs for resource, verbs in resources.items()}
    return Permission(name, label, category, named)


_MODEL = (
    "schemas",
    "classes",
    "mixins",
    "data-types",
    "identity-descriptor",
    "relationship-descriptor",
)
PERMISSIONS: tuple[Permission, ...] = (
    *_pair("schemas", "schemas", "Data modeling", *_MODEL),
    *_pair("datasets", "datasets", "Data management", "datasets", "datasets-data"),
    _one(
        "view-monitoring-dashboard",
        "View monitoring",
        "Data management",
        monitoring=READ,
    ),
    *_pair("sources", "sources", "Data ingestion", "connection"),
    *_pair("profiles", "profiles", "Profile management", "profiles", "profile-datasets"),
    *_pair("profile-configs", "merge policies", "Profile management", "profile-configs"),
    *_pair("segments", "audiences", "Profile management", "segments", "segment-jobs"),
    _one(
        "evaluate-segments",
        "Evaluate audiences",
        "Profile management",
        segment_jobs=WRITE,
    ),
    _one(
        "export-audience-for-segment",
        "Export an audience",
        "Profile management",
        segment_jobs=WRITE,
    ),
    *_pair(
        "identity-namespaces", "identity namespaces", "Identity management", "identity-namespaces"
    ),
    _one(
        "view-identity-graph",
        "View identity graph",
        "Identity management",
        identity_descriptor=READ,
    ),
    *_pair("destinations", "destinations", "Destinations", "activation-associations"),
    _one(
        "activate-destinations",
        "Activate destinations",
        "Destinations",
        activation=WRITE,
    ),
    _one("manage-queries", "Manage queries", "Query service", query=WRITE),
    *_pair("dule-labels", "usage labels", "Data governance", "dule-labels"),
    *_pair("dule-policies", "usage policies", "Data governance", "dule-policy"),
    _one("view-privacy-workflows", "View privacy requests", "Data governance"),
    _one("manage-privacy-workflows", "Manage privacy requests", "Data governance"),
    _one("view-user-activity-log", "View audits", "Data governance"),
    *_pair("sandboxes", "sandboxes", "Administration", "sandboxes"),
    _one("reset-sandboxes", "Reset sandboxes", "Administration", reset_sandboxes=WRITE),
    *_pair("access-control", "users, roles and credentials", "Administration", "product-profiles"),
)
BY_NAME: Mapping[str, Permission] = {each.name: each for each in PERMISSIONS}
RESOURCE_TYPES: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    sorted({name for each in PERMISSIONS for name in each.resources}), WRITE
)
CATEGORIES: tuple[str, ...] = tuple(dict.fromkeys(each.category for each in PERMISSIONS))
EVERYTHING = Grant(frozenset(BY_NAME))


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """A role every installation starts with."""

    name: str
    description: str
    permissions: tuple[str, ...]


ADMINISTRATOR = "Administrator"
_VIEW = tuple(name for name in BY_NAME if name.startswith("view-"))
DEFAULT_ROLES: tuple[DefaultRole, ...] = (
    DefaultRole(ADMINISTRATOR, "May do everything in every sandbox.", tuple(BY_NAME)),
    DefaultRole(
        "Data engineer",
        "Models data, connects sources and watches records arrive.",
        (
            "view-schemas",
            "manage-schemas",
            "view-datasets",
            "manage-datasets",
            "view-sources",
            "manage-sources",
            "view-identity-namespaces",
            "manage-identity-namespaces",
            "view-identity-graph",
            "view-profiles",
            "view-profile-configs",
            "view-monitoring-dashboard",
            "manage-queries",
        ),
    ),
    DefaultRole(
        "Marketer",
        "Looks at profiles, builds audiences and activates them.",
        (
            "view-profiles",
            "view-segments",
            "manage-segments",
            "evaluate-segments",
            "export-audience-for-segment",
            "view-destinations",
            "activate-destinations",
        ),
    ),
    DefaultRole(
        "Viewer",
        "Sees all work in a sandbox and changes nothing.",
        tuple(
            name
            for name in _VIEW
            if name not in {"view-access-control", "view-user-activity-log", "view-sandboxes"}
        ),
    ),
)


def require(actor: Actor, permission: str, sandbox: Sandbox | None) -> None:
    """Raise Forbidden, naming the permission, unless a role of the actor allows it there.

    `sandbox` None: an object of the whole organization, such as a role.
    """
    if actor.may(permission, None if sandbox is None else sandbox.pk):
        return
    where = "" if sandbox is None else f" in sandbox {sandbox.name}"
    raise Forbidden(
        f"This needs the permission {permission}{where}. An administrator can grant it.",
        permission=permission,
    )
