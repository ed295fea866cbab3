"""The `_page`, `children`, `_links` style of lists, and bodies that name several objects."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from core.errors import Invalid
from profiles.api.bodies import Json, require_object, require_text, whole_number


def window(params: QueryDict, *, limit: int, most: int = 1000) -> tuple[int, int]:
    """First row and number of rows a list is asked for."""
    start = whole_number(params.get("start"), name="start", default=0)
    size = whole_number(params.get("limit"), name="limit", default=limit, least=1, most=most)
    return start, size


def children_page(
    children: Sequence[Json],
    *,
    name: str,
    params: QueryDict,
    start: int,
    limit: int,
    total: int,
) -> Json:
    """One page of a list called `name`. On the last one `next` is absent and the link empty."""
    page: Json = {"totalCount": total, "pageSize": len(children)}
    href = ""
    if start + limit < total:
        page["next"] = str(start + limit)
        kept = [(key, params[key]) for key in params if key not in {"start", "limit", "totalCount"}]
        query = [("start", start + limit), ("limit", limit), ("totalCount", total), *kept]
        href = f"@/{name}?{urlencode(query)}"
    return {"_page": page, "children": list(children), "_links": {"next": {"href": href}}}


def wanted_ids(body: Any, *, most: int) -> list[str]:
    """Ids of a bulk request: `{"ids": [{"id": …}]}`, or the bare list."""
    ids = body if isinstance(body, list) else require_object(body).get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= most:
        message = f"ids must list 1 to {most} objects with an id."
        raise Invalid(message, code="UPAPI-113015-400", path="ids")
    return [
        each if isinstance(each, str) else require_text(require_object(each), "id") for each in ids
    ]
