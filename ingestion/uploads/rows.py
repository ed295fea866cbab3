"""From a row of a file to the entity it becomes, and what a whole file's rows would become."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from ingestion.prep.mapping import CompiledMapping, apply, compile_mapping
from ingestion.prep.types import MappingFailure, MappingRow
from ingestion.schemas.queries import compiled_schema
from ingestion.uploads.files import CSV, read
from ingestion.uploads.models import Upload
from ingestion.xdm.validator import CompiledSchema

MOST_SHOWN = 100
LONGEST_CHECK_S = 25.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a row is no record, and in which column or field."""

    row: int
    column: str
    message: str


def mapping_of(upload: Upload, schema: CompiledSchema) -> CompiledMapping | None:
    """The mapping of a file whose rows are no records yet."""
    if upload.options["format"] != CSV:
        return None
    return compile_mapping(rows_of(upload), schema.tree)


def rows_of(upload: Upload) -> list[MappingRow]:
    """Rows of the upload's mapping that map something."""
    return [
        MappingRow(row.get("source", ""), row["target"], row.get("constant"))
        for row in upload.mapping
        if row["target"]
    ]


def entity_of(number: int, row: Any, mapping: CompiledMapping | None) -> dict[str, Any] | Trouble:
    """The entity a row becomes, or why it becomes none."""
    if isinstance(row, Invalid):
        return Trouble(number, "", row.message)
    if mapping is None:
        entity: dict[str, Any] = row
        return entity
    try:
        return apply(mapping, row)
    except MappingFailure as failure:
        return Trouble(number, failure.source.removeprefix("/") or failure.target, failure.message)


def check_rows(upload: Upload) -> dict[str, Any]:
    """A dry run over all rows: how many are good, and errors by column. Nothing is stored."""
    schema = compiled_schema(upload.sandbox_id, upload.dataset.schema_uri)
    mapping = mapping_of(upload, schema)
    total = bad = 0
    columns: dict[str, dict[str, Any]] = {}
    shown: list[dict[str, Any]] = []
    deadline = time.monotonic() + LONGEST_CHECK_S
    complete = True
    for number, row in read(upload):
        if time.monotonic() > deadline:
            complete = False
            break
        total += 1
        troubles = _troubles(number, entity_of(number, row, mapping), schema)
        bad += bool(troubles)
        for each in troubles:
            column = columns.setdefault(each.column, {"count": 0, "message": each.message})
            column["count"] += 1
        room = MOST_SHOWN - len(shown)
        shown += [
            {"row": each.row, "column": each.column, "message": each.message}
            for each in troubles[:room]
        ]
    ranked = sorted(columns.items(), key=lambda item: -item[1]["count"])
    return {
        "rows": total,
        "bad": bad,
        "complete": complete,
        "columns": [{"column": name, **facts} for name, facts in ranked],
        "shown": shown,
    }


def _troubles(
    number: int, entity: Mapping[str, Any] | Trouble, schema: CompiledSchema
) -> list[Trouble]:
    if isinstance(entity, Trouble):
        return [entity]
    if schema.is_valid(entity):
        return []
    return [
        Trouble(number, violation.pointer.removeprefix("#") or "/", violation.message)
        for violation in schema.violations(entity)
    ]


def columns_of(upload: Upload) -> dict[str, Any]:
    """The first row of the file, as a sample of its columns."""
    for _, row in first_rows(upload):
        if not isinstance(row, Invalid):
            found: dict[str, Any] = row
            return found
    return {}


def first_rows(upload: Upload, *, limit: int = 20) -> Iterable[tuple[int, Any]]:
    """Some rows from the beginning."""
    for number, row in read(upload):
        if number > limit:
            return
        yield number, row
