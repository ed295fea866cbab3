"""Fields proposed from a sample, as the wizard keeps them in its draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.sandboxes.models import Sandbox
from ingestion.schemas.editing import NEW
from ingestion.schemas.lookup import tenant_of
from ingestion.xdm import names
from ingestion.xdm.infer import (
    infer_fields,
    node_of_type,
    proposed_name,
    read_sample,
    standard_match,
)

_XDM = "https://ns.adobe.com/xdm/context"
# Standard group that holds a standard field, by the field's first step.
_GROUPS = {
    "person": f"{_XDM}/profile-person-details",
    "personalEmail": f"{_XDM}/profile-personal-details",
    "mobilePhone": f"{_XDM}/profile-personal-details",
    "homeAddress": f"{_XDM}/profile-personal-details",
}
_OF_CLASS = {"timestamp", "_id", "eventType"}


@dataclass(frozen=True, slots=True)
class SampleField:
    """One row of the step "Fields"."""

    number: int
    source: str
    depth: int
    name: str
    type: str
    array: bool
    keep: bool
    example: str
    conflict: str
    proposed: str
    identity: str
    standard: tuple[str, ...]
    use_standard: bool
    target: tuple[str, ...]

    @property
    def group(self) -> str:
        """The standard group the field needs; empty for own fields."""
        return _GROUPS.get(self.target[0], "") if self.use_standard else ""


def read_fields(text: str, *, events: bool) -> list[dict[str, Any]]:
    """What a sample proposes; raises for what is no sample. Identities start unticked."""
    found = []
    for field in infer_fields(read_sample(text)):
        match: tuple[str, ...] = (field.path[0],) if events and field.path[0] in _OF_CLASS else ()
        match = match or (standard_match(field.path) if not field.array else ())
        if match and field.type not in ("string", "date", "date-time"):
            match = ()
        found.append(
            {
                "path": list(field.path),
                "name": proposed_name(field.path[-1]),
                "type": field.type,
                "array": field.array,
                "keep": not field.conflict,
                "example": field.example,
                "conflict": field.conflict,
                "proposed": field.identity,
                "identity": "",
                "match": list(match),
                "standard": bool(match),
            }
        )
    return found


def fields_of(state: Mapping[str, Any]) -> tuple[SampleField, ...]:
    """The rows with the person's choices; what is below a dropped object is dropped too."""
    rows: list[SampleField] = []
    places: dict[tuple[str, ...], tuple[str, ...] | None] = {(): ()}
    for number, given in enumerate(state.get("fields", ())):
        path = tuple(given["path"])
        parent = places.get(path[:-1])
        standard = bool(given["standard"] and given["match"])
        own = None if parent is None or not given["keep"] else (*parent, given["name"])
        places[path] = own
        rows.append(
            SampleField(
                number=number,
                source=".".join(path),
                depth=len(path),
                name=given["name"],
                type=given["type"],
                array=given["array"],
                keep=own is not None,
                example=given["example"],
                conflict=given["conflict"],
                proposed=given["proposed"],
                identity=given["identity"],
                standard=tuple(given["match"]),
                use_standard=standard,
                target=tuple(given["match"]) if standard else own or path,
            )
        )
    return tuple(rows)


def operations_of(
    sandbox: Sandbox, state: Mapping[str, Any], *, title: str
) -> list[dict[str, Any]]:
    """The edits that make the kept fields: own ones in a new field group, and identities."""
    if state["source"] == "manual":
        return []
    root = names.tenant_field(tenant_of(sandbox))
    kept = [field for field in fields_of(state) if field.keep]
    operations: list[dict[str, Any]] = []
    for field in kept:
        if field.use_standard:
            continue
        node = node_of_type(field.type)
        operations.append(
            {
                "op": "add_field",
                "path": ".".join((root, *field.target)),
                "node": {"type": "array", "items": node} if field.array else node,
                "group": f"{NEW}{title} fields",
            }
        )
    marks = [field for field in kept if field.identity]
    for number, field in enumerate(marks):
        target = field.target if field.use_standard else (root, *field.target)
        operations.append(
            {
                "op": "identity",
                "path": ".".join(target),
                "namespace": field.identity,
                "primary": number == 0,
                "require": not field.use_standard,
            }
        )
    return operations
