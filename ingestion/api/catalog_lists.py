"""Filters, order and pages of catalog lists, over the documents as clients see them."""

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cmp_to_key
from typing import Any

from django.http import QueryDict

from core.errors import Invalid
from core.http.params import as_text, parse_property, values_at, whole
from ingestion.api.catalog_documents import Document

DEFAULT_LIMIT = 20
MOST = 100
_RANGES = {
    "createdAfter": ("created", ">"),
    "createdBefore": ("created", "<"),
    "updatedAfter": ("updated", ">"),
    "updatedBefore": ("updated", "<"),
    "startAfter": ("started", ">"),
    "startBefore": ("started", "<"),
    "endAfter": ("completed", ">"),
    "endBefore": ("completed", "<"),
}
_CONTROL = frozenset({"limit", "start", "orderBy", "sort", "properties", "property", "tags"})

Test = Callable[[str, Document], bool]
LIST_QUERY = {
    "limit": "Page size, 1 to 100; default 20",
    "start": "Objects to skip",
    "orderBy": "Such as `asc:created,desc:updated`",
    "properties": "Top-level fields to return",
    "property": "Condition such as `name==x`, `created>1`, `name~^a`, `name`, `!name`; may repeat",
    "tags": "Such as `unifiedProfile:enabled:true,key:*`",
    "createdAfter": "Epoch milliseconds",
    "createdBefore": "Epoch milliseconds",
}


def page_of(
    documents: Mapping[str, Document], params: QueryDict, *, fields: Iterable[str]
) -> dict[str, Document]:
    """The page of `documents` (keyed by id) that the parameters ask for."""
    limit = whole(params, "limit", default=DEFAULT_LIMIT, least=1, most=MOST)
    start = whole(params, "start", default=0)
    tests = list(_tests(params, frozenset(fields)))
    found = [item for item in documents.items() if all(test(*item) for test in tests)]
    for name, sign in reversed(_order(params.get("orderBy") or params.get("sort") or "")):
        found.sort(key=cmp_to_key(_comparison(name)), reverse=sign < 0)
    page = found[start : start + limit]
    return {key: chosen(document, params) for key, document in page}


def is_plain(params: QueryDict, *, fields: Iterable[str]) -> bool:
    """Whether the parameters only page, so that the database can do it."""
    return not any(
        name in _RANGES or name in fields or name in _CONTROL - {"limit", "start", "properties"}
        for name in params
    )


def chosen(document: Document, params: Mapping[str, str]) -> Document:
    """The top-level fields that `properties` asks for; all of them without it."""
    wanted = [name.strip() for name in params.get("properties", "").split(",") if name.strip()]
    return {name: document[name] for name in wanted if name in document} if wanted else document


def _tests(params: QueryDict, fields: frozenset[str]) -> Iterable[Test]:
    for text in params.getlist("property"):
        yield _property_test(text)
    for text in params.getlist("tags"):
        yield from (_tag_test(part) for part in text.split(",") if part.strip())
    for name in params:
        if name in _RANGES:
            field, sign = _RANGES[name]
            yield _range_test(field, sign, whole(params, name, default=0))
        elif name in {"created", "updated"} or (name in fields and name not in _CONTROL):
            yield _field_test(name, str(params[name]))


def _property_test(text: str) -> Test:
    condition = parse_property(text)
    return lambda _, document: condition.accepts(document)


def _range_test(field: str, sign: str, bound: int) -> Test:
    def test(_: str, document: Document) -> bool:
        value = document.get(field)
        if not isinstance(value, int):
            return False
        return value > bound if sign == ">" else value < bound

    return test


def _field_test(name: str, text: str) -> Test:
    """`a,b`: one of them; `!a,b`: none of them. Names may hold `*`."""
    negated = text.startswith("!")
    wanted = [part.strip() for part in text.removeprefix("!").split(",")]

    def test(key: str, document: Document) -> bool:
        values = [key] if name == "id" else [as_text(v) for v in values_at(document, name)]
        found = any(_same(name, value, pattern) for value in values for pattern in wanted)
        return found != negated

    return test


def _same(name: str, value: str, pattern: str) -> bool:
    if name == "name" and "*" in pattern:
        return _glob(value, pattern)
    return value == pattern


def _glob(value: str, pattern: str) -> bool:
    # Only `*` is a wildcard here; fnmatch knows more, so the rest is made literal.
    return fnmatchcase(value, re.sub(r"([\[?])", r"[\1]", pattern))


def _tag_test(text: str) -> Test:
    name, separator, pattern = text.strip().partition(":")
    if not separator:
        raise Invalid("tags needs name:value", code="1004", path="tags", received=text)

    def test(_: str, document: Document) -> bool:
        values = document.get("tags", {}).get(name, [])
        return any(_glob(str(value), pattern) for value in values)

    return test


def _order(text: str) -> list[tuple[str, int]]:
    order = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        direction, separator, name = part.partition(":")
        if not separator:
            direction, name = ("desc" if part.startswith("-") else "asc"), part.lstrip("+-")
        if direction.lower() not in {"asc", "desc"} or not name:
            raise Invalid("orderBy needs asc:field or desc:field", path="orderBy", received=part)
        order.append((name, -1 if direction.lower() == "desc" else 1))
    return order


def _comparison(name: str) -> Callable[[Any, Any], int]:
    def key(item: tuple[str, Document]) -> tuple[int, Any]:
        value = item[0] if name == "id" else item[1].get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return (1, "" if value is None else str(value))
        return (0, value)

    def compare(first: tuple[str, Document], second: tuple[str, Document]) -> int:
        left, right = key(first), key(second)
        return (left > right) - (left < right)

    return compare
