"""`property` filters and `orderby` of lists: one meaning for documents in memory and in SQL."""

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from ingestion.schemas.types import Filter, ListQuery, Page, Raw, ResourceInvalid

MAX_LIMIT = 300
_CONDITION = re.compile(r"([^=!<>]+)(==|!=|<=|>=|<|>)(.*)", re.DOTALL)
# One parameter may join several conditions: a comma that begins the next name splits.
_JOINED = re.compile(r",(?=[^,=!<>]+(?:==|!=|<=|>=|<|>))")
_METADATA = {"updated": "repo:lastModifiedDate", "created": "repo:createdDate"}


def parse_filters(parameters: Iterable[str]) -> tuple[Filter, ...]:
    """Conditions of all `property` parameters; all of them must hold."""
    parts = [part for text in parameters for part in _JOINED.split(text) if part.strip()]
    return tuple(_parse_condition(part.strip()) for part in parts)


def _parse_condition(text: str) -> Filter:
    match = _CONDITION.fullmatch(text)
    if match is None:
        return Filter(text, "exists")
    return Filter(match[1].strip(), match[2], match[3].strip())


def parse_limit(text: str | None) -> int:
    """The page size; more than the most a page may hold means the most."""
    if not text:
        return MAX_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ResourceInvalid(f"limit must be a number from 1 to {MAX_LIMIT}.", limit=text)
    return min(int(text), MAX_LIMIT)


def order_fields(orderby: str) -> list[tuple[str, bool]]:
    """Names of an `orderby` text with whether they descend."""
    parts = [part.strip() for part in orderby.split(",") if part.strip()]
    return [(part.lstrip("+-"), part.startswith("-")) for part in parts] or [("updated", False)]


# --- documents in memory -------------------------------------------------------------------------


def value_of(document: Raw, name: str) -> Any:
    """Value a list can be filtered and ordered by."""
    if name in _METADATA:
        return document.get("meta:registryMetadata", {}).get(_METADATA[name], 0)
    return document.get(name)


def matches(document: Raw, condition: Filter) -> bool:
    """Whether the document meets the condition; on arrays `==` means contains."""
    value = value_of(document, condition.name)
    if condition.operator == "exists":
        return value is not None
    if condition.operator in ("==", "!="):
        values = value if isinstance(value, list) else [value]
        found = any(_text(item) == condition.value for item in values if item is not None)
        return found if condition.operator == "==" else not found
    return value is not None and _compare(_text(value), condition.operator, condition.value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def _compare(text: str, operator: str, wanted: str) -> bool:
    compare = _COMPARISONS[operator]
    if text.isdigit() and wanted.isdigit():
        return compare(int(text), int(wanted))
    return compare(text, wanted)


def page_of(documents: Iterable[Raw], query: ListQuery) -> Page:
    """A page of documents held in memory."""
    found = [doc for doc in documents if all(matches(doc, f) for f in query.filters)]
    order = order_fields(query.orderby)
    for name, descending in reversed(order):
        found.sort(key=lambda doc: _sortable(value_of(doc, name)), reverse=descending)
    name, descending = order[0]
    if query.start is not None:
        start = _sortable(query.start)
        found = [
            doc for doc in found if _after(_sortable(value_of(doc, name)), start, down=descending)
        ]
    size = query.limit
    # Items equal in the first field stay on one page: `start` could not tell them apart.
    while 0 < size < len(found) and value_of(found[size], name) == value_of(found[size - 1], name):
        size += 1
    more = value_of(found[size - 1], name) if size < len(found) else None
    return Page(found[:size], query.orderby, more)


def _sortable(value: Any) -> tuple[int, str]:
    """Numbers by size, everything else by its text; the same for a `start` given as text."""
    text = "" if value is None else _text(value)
    return (int(text), "") if text.isdigit() else (-1, text)


def _after(value: Any, start: Any, *, down: bool) -> bool:
    return bool(value < start if down else value > start)


# --- documents in the database -------------------------------------------------------------------

_COLUMNS = {
    "title": "title",
    "updated": "updated_ms",
    "created": "created_ms",
    "version": "minor_version",
    "$id": "uri",
    "meta:altId": "alt_id",
    "meta:class": "class_uri",
}
_LOOKUPS = {"<": "lt", ">": "gt", "<=": "lte", ">=": "gte"}


def apply_filters[M: Model](rows: QuerySet[M], conditions: Iterable[Filter]) -> QuerySet[M]:
    """Rows whose `document` meets the conditions, as `matches` understands them."""
    for index, condition in enumerate(conditions):
        if condition.operator == "exists":
            rows = rows.filter(_exists(condition.name))
        elif condition.operator == "==":
            rows = rows.filter(_equals(condition))
        elif condition.operator == "!=":
            rows = rows.exclude(_equals(condition))
        else:
            rows = _compared(rows, condition, alias=f"condition{index}")
    return rows


def _exists(name: str) -> Q:
    return Q() if name in _METADATA else Q(document__has_key=name)


def _equals(condition: Filter) -> Q:
    if condition.name in _METADATA:
        return Q(**{_COLUMNS[condition.name]: _number(condition.value)})
    candidates: list[Any] = [condition.value]
    with suppress(ValueError):
        candidates.append(json.loads(condition.value))
    found = Q(pk__in=[])
    for value in candidates:
        found |= Q(document__contains={condition.name: value})
        found |= Q(document__contains={condition.name: [value]})
    return found


def _compared[M: Model](rows: QuerySet[M], condition: Filter, *, alias: str) -> QuerySet[M]:
    lookup = _LOOKUPS[condition.operator]
    if condition.name in _METADATA:
        return rows.filter(**{f"{_COLUMNS[condition.name]}__{lookup}": _number(condition.value)})
    named = rows.alias(**{alias: KeyTextTransform(condition.name, "document")})
    found: QuerySet[M] = named.filter(**{f"{alias}__{lookup}": condition.value})
    return found


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else -1


def page_of_rows[M: Model](rows: QuerySet[M], query: ListQuery) -> Page:
    """A page of stored documents."""
    rows = apply_filters(rows, query.filters)
    order = order_fields(query.orderby)
    expressions = {f"order{i}": _expression(name) for i, (name, _) in enumerate(order)}
    rows = rows.alias(**expressions)
    first, descending = order[0]
    if query.start is not None:
        lookup = "lt" if descending else "gt"
        rows = rows.filter(**{f"order0__{lookup}": _typed(first, query.start)})
    rows = rows.order_by(
        *(_ordered(f"order{i}", down=desc) for i, (_, desc) in enumerate(order)), "pk"
    )
    found = list(
        rows.annotate(position=F("order0")).values_list("document", "position")[: query.limit + 1]
    )
    if len(found) <= query.limit:
        return Page([document for document, _ in found], query.orderby)
    return _with_ties(rows, found[: query.limit], query)


def _with_ties(rows: Any, found: list[tuple[Raw, Any]], query: ListQuery) -> Page:
    """Items equal in the first field stay on one page: `start` could not tell them apart."""
    last = found[-1][1]
    kept = [document for document, position in found if position != last]
    same = rows.filter(order0=last) if last is not None else rows.filter(order0__isnull=True)
    documents = kept + list(same.values_list("document", flat=True))
    descending = order_fields(query.orderby)[0][1]
    if last is None:
        return Page(documents, query.orderby)
    more = rows.filter(**{"order0__lt" if descending else "order0__gt": last}).exists()
    return Page(documents, query.orderby, last if more else None)


def _expression(name: str) -> Any:
    return F(_COLUMNS[name]) if name in _COLUMNS else KeyTextTransform(name, "document")


def _ordered(alias: str, *, down: bool) -> OrderBy:
    return F(alias).desc(nulls_last=True) if down else F(alias).asc(nulls_last=True)


def _typed(name: str, start: str) -> str | int:
    return _number(start) if name in ("updated", "created", "version") else start
