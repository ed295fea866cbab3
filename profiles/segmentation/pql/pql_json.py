"""The two formats of a query: pql/text and pql/json."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, assert_never

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.documents import reader, writer
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.format import format_node, format_query
from profiles.segmentation.pql.limits import MAX_TEXT_BYTES
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.pql.syntax.measure import check_size

type Format = Literal["pql/text", "pql/json"]

# pql/json says the same in more characters.
_MAX_JSON: Final = 16 * MAX_TEXT_BYTES
_AT: Final = (0, 0)


def to_document(query: nodes.Query) -> dict[str, Any]:
    """The pql/json tree of a query."""
    return writer.write(query)


def from_document(document: Mapping[str, Any]) -> nodes.Query:
    """The query a pql/json tree says, with its canonical text; raises PqlError."""
    node = reader.read(document)
    check_size(node)
    query = parse(format_node(node))
    if query.body != node:
        raise PqlError("The expression cannot be written as text.", at=_AT)
    return query


def read(value: str | Mapping[str, Any], *, fmt: Format) -> nodes.Query:
    """The query of an API's `expression.value`; pql/json comes as text or as an object."""
    match fmt:
        case "pql/text":
            if not isinstance(value, str):
                raise PqlError("The expression must be text.", at=_AT)
            return parse(value)
        case "pql/json":
            return from_document(_loaded(value) if isinstance(value, str) else value)
        case _ as unreachable:
            assert_never(unreachable)


def write(query: nodes.Query, *, fmt: Format) -> str:
    """The `expression.value` of a query: canonical text, or the tree serialised."""
    if fmt == "pql/text":
        return format_query(query)
    return json.dumps(to_document(query), ensure_ascii=False, separators=(",", ":"))


def _loaded(text: str) -> Mapping[str, Any]:
    if len(text) > _MAX_JSON:
        raise PqlError(f"The expression is longer than {_MAX_JSON // 1024} KiB.", at=_AT)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = (error.pos, error.pos + 1) if isinstance(error, json.JSONDecodeError) else _AT
        raise PqlError("The expression is not JSON.", at=place, text=text) from None
    if not isinstance(document, dict):
        raise PqlError("The expression must be a JSON object.", at=_AT, text=text)
    return document
