"""Statements that read a snapshot from files of JSON lines into its relations.

Lines of profiles: `{"profile": "<hex>", "doc": {…}}`, where there are computed attributes with
`"computed": {"<name>": …}`. Of events: `profile`, `ts` (ms), `event_type`, `event_id`, `doc`.
Of memberships: `profile`, `audiences` (ids of those it is in).
Values that do not fit their type become null; they never fail a run.
"""

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from profiles.segmentation.pql.batch.terms import Sql, call, choose, column, is_known, text
from profiles.segmentation.pql.snapshot_types import document_type, event_type, read
from profiles.segmentation.pql.typed import COMPUTED
from profiles.segmentation.pql.types import ObjectType

_LINES: Final = "lines"


def read_profiles(path: str, profile_type: ObjectType) -> exp.Select:
    """Rows of the relation `profile`; the type as `prune` made it."""
    columns = {"profile": "VARCHAR", "doc": "JSON"}
    document: Sql = column(_LINES, "doc")
    owner = _computed_owner(profile_type)
    hidden: dict[str, str] = {}
    if owner is not None:
        hidden["computed"] = "JSON"
        document = _with_computed(document, owner)
    values = {"doc": read(document, document_type(profile_type))}
    return _rows(path, columns, values, hidden=hidden)


def _computed_owner(profile_type: ObjectType) -> str | None:
    """The field of the tenant, if computed attributes are read."""
    for name, type_ in profile_type.fields.items():
        if isinstance(type_, ObjectType) and COMPUTED in type_.fields:
            return name
    return None


def _with_computed(document: Sql, owner: str) -> Sql:
    """The document with computed attributes at their place below the field of the tenant."""
    inside = call("json_object", text(COMPUTED), column(_LINES, "computed"))
    patch = call("json_object", text(owner), inside)
    merged = call("json_merge_patch", document, patch)
    return choose(is_known(column(_LINES, "computed")), merged, document)


def read_events(path: str, profile_type: ObjectType) -> exp.Select:
    """Rows of the relation `event`; the type as `prune` made it."""
    columns = {
        "profile": "VARCHAR",
        "ts": "BIGINT",
        "event_type": "VARCHAR",
        "event_id": "VARCHAR",
        "doc": "JSON",
    }
    return _rows(path, columns, {"doc": read(column(_LINES, "doc"), event_type(profile_type))})


def read_memberships(path: str) -> exp.Select:
    """Rows of the relation `membership`."""
    return _rows(path, {"profile": "VARCHAR", "audiences": "VARCHAR[]"}, {})


def _rows(
    path: str,
    columns: Mapping[str, str],
    values: dict[str, Sql],
    *,
    hidden: Mapping[str, str] | None = None,
) -> exp.Select:
    """Rows of the `columns`; `values` may be made of `hidden` ones as well."""
    values = {"profile": call("unhex", column(_LINES, "profile")), **values}
    selected = [
        exp.alias_(values.get(name, column(_LINES, name)), name, quoted=True) for name in columns
    ]
    types = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=text(type_))
            for name, type_ in {**columns, **(hidden or {})}.items()
        ]
    )
    lines = exp.Anonymous(
        this="read_json",
        expressions=[
            text(path),
            exp.EQ(this=exp.to_identifier("format"), expression=text("newline_delimited")),
            exp.EQ(this=exp.to_identifier("columns"), expression=types),
        ],
    )
    table = exp.Table(this=lines, alias=exp.TableAlias(this=exp.to_identifier(_LINES, quoted=True)))
    return exp.select(*selected).from_(table)
