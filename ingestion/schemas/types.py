"""Values that cross this slice's border."""

from dataclasses import dataclass, field
from typing import Any, Literal

from core.access.types import Actor
from core.errors import Invalid, NotFound, PreconditionFailed
from core.sandboxes.models import Sandbox

Raw = dict[str, Any]
Container = Literal["global", "tenant"]

NOT_FOUND_CODES = {
    "schemas": "XDM-1010-404",
    "classes": "XDM-1011-404",
    "mixins": "XDM-1012-404",
    "datatypes": "XDM-1013-404",
    "descriptors": "XDM-1014-404",
    "unions": "XDM-1015-404",
    "behaviors": "XDM-1016-404",
}
UNKNOWN_TYPE = "XDM-1017-404"
# Upstream publishes no number for these refusals; ours stay clear of its ranges.
MALFORMED = "XDM-1900-400"
READ_ONLY = "XDM-1902-403"
STALE = "XDM-1903-412"
BREAKING = "XDM-1950-400"
IN_USE = "XDM-1951-400"


class ResourceNotFound(NotFound):
    """No resource of this kind with this id in the container."""


class ResourceInvalid(Invalid):
    """The document breaks a rule of the registry."""

    code = MALFORMED


class TitleTaken(Invalid):
    """Titles are unique over all resource types."""

    code = "XDM-1521-400"


class OutsideTenantNamespace(Invalid):
    """A custom field lies outside the tenant's object, or has a name it may not have."""

    code = "XDM-1020-400"


class BreakingChangeRefused(Invalid):
    """The schema is in use and the change would refuse data it accepted before."""

    code = BREAKING


class ResourceInUse(Invalid):
    """Something else still refers to the resource."""

    code = IN_USE


class StaleVersion(PreconditionFailed):
    """The caller's eTag is not the stored one."""

    code = STALE


class NotReadyForProfile(Invalid):
    """The schema cannot take part in a union yet; codes 1526 to 1528."""

    code = "XDM-1528-400"


@dataclass(frozen=True, slots=True)
class Target:
    """The resource a write is about, and who writes it."""

    sandbox: Sandbox
    kind: str
    uri: str
    actor: Actor

    @property
    def client_id(self) -> str:
        """Id of the writing program; empty for people."""
        return self.actor.id if self.actor.kind == "client" else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One `property` condition: `==`, `!=`, `<`, `>`, `<=`, `>=` or `exists`."""

    name: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list asks for. `start` is the value of the first order field on the last page."""

    orderby: str = "updated"
    limit: int = 300
    start: str | None = None
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of documents; `next` is the `start` of the page after it, if there is one."""

    items: list[Raw] = field(default_factory=list)
    orderby: str = "updated"
    next: str | int | None = None


def not_found(kind: str, identifier: str, noun: str) -> ResourceNotFound:
    """The refusal of an unknown id."""
    code = NOT_FOUND_CODES.get(kind, UNKNOWN_TYPE)
    return ResourceNotFound(f"No {noun} with id {identifier}", code=code, id=identifier)
