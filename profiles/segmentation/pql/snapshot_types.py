"""Types of the snapshot that SQL reads: how documents become typed columns of DuckDB.

A snapshot has three relations: `profile(profile BLOB, doc)`, `event(profile BLOB, ts BIGINT,
event_type VARCHAR, event_id VARCHAR, doc)` and `membership(profile BLOB, audiences VARCHAR[])`.
Documents come as JSON. All numbers are DOUBLE, instants TIMESTAMP in UTC (read by the grammar of
`instants`), lists LIST, maps MAP and objects STRUCT.

Documents were validated when they came in. A value of another type than its field's would become
what DuckDB makes of it, such as the text of a number, where closures take it for null.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sqlglot import exp

from profiles.segmentation.pql import instants
from profiles.segmentation.pql.batch import demand
from profiles.segmentation.pql.batch.columns import column_name, has_twins
from profiles.segmentation.pql.batch.scope import EVENT_COLUMNS
from profiles.segmentation.pql.batch.terms import (
    Sql,
    call,
    choose,
    compare,
    first,
    function_of,
    is_known,
    member,
    name_of,
    struct,
    text,
    whole,
)
from profiles.segmentation.pql.typed import EVENTS, Typed
from profiles.segmentation.pql.types import (
    NUMERIC,
    TEMPORAL,
    Kind,
    ListType,
    MapType,
    ObjectType,
    Scalar,
    Type,
)

# A struct has a field at least; no document has one of this name.
_EMPTY: Final = {"$": "VARCHAR"}
# Microseconds of the years 1 to 9999.
_FIRST: Final = whole(-62135596800000000)
_LAST: Final = whole(253402300799999999)


def prune(profile_type: ObjectType, queries: Iterable[Typed]) -> ObjectType:
    """The profile's type with only what the queries read, so that a snapshot stays narrow.

    Its field `xEvent` is there only if they read events.
    """
    return demand.pruned(profile_type, queries)


def document_type(profile_type: ObjectType) -> ObjectType:
    """The type of `profile.doc`: all but the events."""
    fields = {name: type_ for name, type_ in profile_type.fields.items() if name != EVENTS}
    return ObjectType(profile_type.label, fields)


def event_type(profile_type: ObjectType) -> ObjectType:
    """The type of `event.doc`: all but what has a column of its own."""
    events = profile_type.fields.get(EVENTS)
    item = events.item if isinstance(events, ListType) else None
    fields = item.fields if isinstance(item, ObjectType) else {}
    return ObjectType(
        EVENTS, {name: type_ for name, type_ in fields.items() if name not in EVENT_COLUMNS}
    )


def duckdb_type(type_: Type) -> str:
    """The DuckDB type of a value in a snapshot."""
    return _shown(type_, instant="TIMESTAMP")


def _shown(type_: Type, *, instant: str) -> str:
    match type_:
        case Scalar(kind) if kind in TEMPORAL:
            return instant
        case Scalar(kind):
            return "DOUBLE" if kind in NUMERIC else _SCALARS[kind]
        case ListType(item):
            return f"{_shown(item, instant=instant)}[]"
        case MapType(value):
            return f"MAP(VARCHAR, {_shown(value, instant=instant)})"
        case ObjectType(_, fields):
            shown = [
                f"{name_of(column_name(name, fields)).sql('duckdb')} "
                f"{_shown(inner, instant=instant)}"
                for name, inner in fields.items()
            ]
            return f"STRUCT({', '.join(shown) or '"$" VARCHAR'})"
        case _:
            raise TypeError("No document holds a tuple.")


_SCALARS: Final = {Kind.STRING: "VARCHAR", Kind.BOOLEAN: "BOOLEAN", Kind.NULL: "VARCHAR"}


def read(document: Sql, type_: Type, *, depth: int = 0) -> Sql:
    """A value of column type JSON as a value of the snapshot; null where it does not fit."""
    if not _has_twins(type_):
        return _with_instants(_transformed(document, _structure(type_)), type_, depth=depth)
    match type_:
        case ListType(item):
            items = _transformed(document, ["JSON"])
            return _each(items, lambda one: read(one, item, depth=depth + 1), depth)
        case MapType(inner):
            entries = _transformed(document, "MAP(VARCHAR, JSON)")
            return _each_value(entries, lambda one: read(one, inner, depth=depth + 1), depth)
        case _:
            assert isinstance(type_, ObjectType)
            return _by_field(document, type_.fields, depth=depth)


def _by_field(document: Sql, fields: Mapping[str, Type], *, depth: int) -> Sql:
    """An object read field by field: DuckDB's own way mixes up names that differ only in case."""
    made = [
        (column_name(name, fields), read(_field(document, name), inner, depth=depth))
        for name, inner in fields.items()
    ]
    is_object = compare("=", call("json_type", document), text("OBJECT"))
    return choose(is_object, struct(made))


def _has_twins(type_: Type) -> bool:
    """Are there field names in it, however deep, that differ only in case?"""
    match type_:
        case ListType(inner) | MapType(inner):
            return _has_twins(inner)
        case ObjectType(_, fields):
            return has_twins(fields) or any(_has_twins(inner) for inner in fields.values())
        case _:
            return False


def _field(document: Sql, name: str) -> Sql:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return call("json_extract", document, text(pointer))


def _transformed(document: Sql, structure: object) -> Sql:
    return call("json_transform", document, text(json.dumps(structure)))


def _structure(type_: Type) -> object:
    """The type as `json_transform` takes it, instants still being texts."""
    match type_:
        case ListType(item):
            return [_structure(item)]
        case ObjectType(_, fields):
            return {name: _structure(inner) for name, inner in fields.items()} or _EMPTY
        case _:
            return _shown(type_, instant="VARCHAR")


def _each(items: Sql, body: Callable[[Sql], Sql], depth: int) -> Sql:
    return call("list_transform", items, function_of(f"i{depth}", body))


def _each_value(entries: Sql, body: Callable[[Sql], Sql], depth: int) -> Sql:
    values = _each(call("map_values", entries), body, depth)
    return choose(is_known(entries), call("map", call("map_keys", entries), values))


def _with_instants(value: Sql, type_: Type, *, depth: int) -> Sql:
    """The value with the texts of instants in it read."""
    if not _has_instants(type_):
        return value
    match type_:
        case ListType(item):
            return _each(value, lambda one: _with_instants(one, item, depth=depth + 1), depth)
        case MapType(inner):
            return _each_value(
                value, lambda one: _with_instants(one, inner, depth=depth + 1), depth
            )
        case ObjectType(_, fields):
            made = [
                (name, _with_instants(member(value, name), inner, depth=depth))
                for name, inner in fields.items()
            ]
            return choose(is_known(value), struct(made))
        case _:
            return instant_of(value)


def _has_instants(type_: Type) -> bool:
    match type_:
        case Scalar(kind):
            return kind in TEMPORAL
        case ListType(inner) | MapType(inner):
            return _has_instants(inner)
        case _:
            assert isinstance(type_, ObjectType)
            return any(_has_instants(inner) for inner in type_.fields.values())


def instant_of(value: Sql) -> Sql:
    """A text as an instant (TIMESTAMP, UTC), as `instants.parse` reads it, whatever the session."""
    zoned = call("epoch_us", exp.TryCast(this=value, to=_data_type("timestamptz")))
    local = call("epoch_us", exp.TryCast(this=value, to=_data_type("timestamp")))
    moment = choose(
        _matches(value, instants.ZONED_PATTERN),
        zoned,
        choose(_matches(value, instants.LOCAL_PATTERN), local),
    )
    # Casts know the year 0 and the year 10000, instants do not.
    known = function_of("us", lambda us: exp.Between(this=us, low=_FIRST, high=_LAST))
    return call("make_timestamp", first(call("list_filter", call("list_value", moment), known)))


def _data_type(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="duckdb")


def _matches(value: Sql, pattern: str) -> Sql:
    return call("regexp_full_match", value, text(pattern))
