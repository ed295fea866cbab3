"""Mapping sets as clients write them: two accepted bodies (pure)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import Invalid
from ingestion.prep.types import MappingRow

_CONSTANT = re.compile(r"""^(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')$""")
_FIELD = re.compile(r"^[A-Za-z_$][\w.$\[\]{} \\-]*$")


def schema_of(document: Mapping[str, Any]) -> str:
    """The `$id` or altId of the target schema; raises Invalid."""
    output = document.get("outputSchema")
    reference = output.get("schemaRef") if isinstance(output, Mapping) else None
    given = reference.get("id") if isinstance(reference, Mapping) else document.get("xdmSchema")
    if not isinstance(given, str) or not given:
        raise Invalid("outputSchema.schemaRef.id names the schema", path="outputSchema")
    return given


def rows_of(document: Mapping[str, Any]) -> list[MappingRow]:
    """The rows of a document; raises Invalid for what field-to-field mapping cannot do."""
    mappings = document.get("mappings")
    if not isinstance(mappings, list):
        raise Invalid("mappings must be a list", path="mappings", received=mappings)
    return [_row(index, mapping) for index, mapping in enumerate(mappings)]


def _row(index: int, mapping: Any) -> MappingRow:
    where = f"mappings[{index}]"
    if not isinstance(mapping, Mapping):
        raise Invalid("A mapping must be an object", path=where)
    source = mapping.get("source", mapping.get("sourceAttribute"))
    target = mapping.get("destination", mapping.get("destinationXdmPath"))
    if not isinstance(target, str) or not isinstance(source, str | int | float | bool):
        raise Invalid("A mapping needs source and destination", path=where)
    kind = str(mapping.get("sourceType", "ATTRIBUTE"))
    if kind == "STATIC":
        return MappingRow("", target, constant=source)
    text = str(source)
    quoted = _CONSTANT.match(text)
    if quoted is not None:
        return MappingRow("", target, constant=quoted["double"] or quoted["single"] or "")
    expression = kind in {"EXPRESSION", "text/x.aep-xl"}
    if expression and not _FIELD.match(text):
        raise Invalid(
            "Functions are not supported in mappings: map a field or a constant",
            path=f"{where}.source",
            received=text,
        )
    return MappingRow(text, target)


def document_of(
    rows: Sequence[MappingRow], *, schema_uri: str, content_type: str
) -> dict[str, Any]:
    """The document of rows made in the console."""
    return {
        "outputSchema": {"schemaRef": {"id": schema_uri, "contentType": content_type}},
        "mappings": [
            {"sourceType": "STATIC", "source": row.constant, "destination": row.target}
            if row.is_constant
            else {"sourceType": "ATTRIBUTE", "source": row.source, "destination": row.target}
            for row in rows
        ],
    }
