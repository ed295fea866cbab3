"""Filters, order and pages of Flow Service lists, over the documents as clients see them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import QueryDict

from core.errors import Invalid
from core.http.params import flag, parse_property, values_at, whole
from ingestion.connections.errors import refusal

Document = dict[str, Any]
DEFAULT_LIMIT = 20
MOST = 100
_SORTABLE = frozenset({"name", "createdAt", "updatedAt", "state", "id", "createdBy", "updatedBy"})
LIST_QUERY = {
    "limit": "Page size, 1 to 100; default 20; not together with count",
    "property": "Condition such as `name==x` or `createdAt>=1`; dotted paths; may repeat",
    "orderby": "Field name, `-` first for descending",
    "continuationToken": "From `_links.next.href`",
    "count": "`true`: only count",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    limit: int
    order: str
    conditions: tuple[str, ...]
    after: str = ""
    offset: int = 0


def list_body(documents: Sequence[Document], params: QueryDict, *, path: str) -> Document:
    """The page (or count) of `documents` that the parameters or their token ask for."""
    if "count" in params and "limit" in params:
        raise refusal("1401", "limit and count cannot be used together")
    asked = _asked(params)
    tests = [parse_property(text) for text in asked.conditions]
    found = [one for one in documents if all(test.accepts(one) for test in tests)]
    if flag(params, "count"):
        return {"items": [], "count": len(found), "_links": {}}
    found = _sorted(found, asked.order)
    start = _start(found, asked)
    page = found[start : start + asked.limit]
    links: Document = {}
    if start + len(page) < len(found):
        token = _token(asked, after=page[-1]["id"], offset=start + len(page))
        links["next"] = {"href": f"{path}?continuationToken={token}"}
    return {"items": page, "_links": links}


def _asked(params: QueryDict) -> _Asked:
    token = params.get("continuationToken")
    if token:
        return _from_token(token)
    try:
        limit = whole(params, "limit", default=DEFAULT_LIMIT, least=1, most=MOST)
    except Invalid as error:
        raise refusal("1402", error.message, **error.fields) from error
    return _Asked(limit, params.get("orderby", ""), tuple(params.getlist("property")))


def _token(asked: _Asked, *, after: str, offset: int) -> str:
    # All of the question: clients send the token alone, and cut the address at `=`.
    state = [asked.limit, asked.order, asked.conditions, after, offset]
    return urlsafe_b64encode(orjson.dumps(state)).decode().rstrip("=")


def _from_token(token: str) -> _Asked:
    try:
        padded = token + "=" * (-len(token) % 4)
        limit, order, conditions, after, offset = orjson.loads(urlsafe_b64decode(padded))
        asked = _Asked(int(limit), str(order), tuple(map(str, conditions)), str(after), int(offset))
    except (ValueError, TypeError) as error:
        raise refusal("1402", "continuationToken is invalid", path="continuationToken") from error
    if not 1 <= asked.limit <= MOST or asked.offset < 0:
        raise refusal("1402", "continuationToken is invalid", path="continuationToken")
    return asked


def _start(found: Sequence[Document], asked: _Asked) -> int:
    """After the last object shown; where it would be when it has gone since."""
    places = (i + 1 for i, one in enumerate(found) if one["id"] == asked.after)
    return next(places, asked.offset) if asked.after else 0


def _sorted(found: list[Document], order: str) -> list[Document]:
    for part in reversed([piece.strip() for piece in order.split(",") if piece.strip()]):
        # A plus sign in a query string arrives as a space, which the strip above removed.
        name = part.lstrip("+-")
        if len(part) - len(name) > 1 or not name:
            raise refusal("1432", "orderby has a wrong sign", path="orderby", received=part)
        if name not in _SORTABLE:
            raise refusal(
                "1433",
                "orderby names an unknown field",
                path="orderby",
                received=name,
                expected=sorted(_SORTABLE),
            )
        found = sorted(found, key=lambda one: _key(one, name), reverse=part.startswith("-"))
    return found


def _key(document: Document, name: str) -> tuple[int, Any]:
    values = values_at(document, name)
    value = values[0] if values else ""
    return (0, value) if isinstance(value, int) else (1, str(value))
