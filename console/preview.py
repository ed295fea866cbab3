"""Records as a table: one column for each populated field."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.urls import reverse

from console.records import read_message
from core.sandboxes.models import Sandbox
from ingestion.admission.flows import MappedFlow, load_flows
from ingestion.admission.raw import find_flow, map_body
from ingestion.admission.types import Refusal
from ingestion.journal.types import JournalRecord

MOST_COLUMNS = 40
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One record: its id and its values in the order of the columns."""

    record_id: str
    href: str
    received_at: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Records with only the fields that hold something; `left_out` columns did not fit."""

    columns: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    left_out: int


def preview_of(sandbox: Sandbox, records: Sequence[JournalRecord]) -> Preview:
    """The records as a table, most populated columns first."""
    flows = load_flows(sandbox)
    flat = [dict(_leaves(_entity(record, flows), "")) for record in records]
    counts = Counter(name for each in flat for name in each)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    columns = tuple(ranked[:MOST_COLUMNS])
    rows = tuple(
        PreviewRow(
            record_id=record.record_id,
            href=reverse("record", args=[sandbox.name, record.record_id]),
            received_at=record.received_at,
            cells=tuple(each.get(name, "") for name in columns),
        )
        for record, each in zip(records, flat, strict=True)
    )
    return Preview(columns, rows, len(ranked) - len(columns))


def _entity(record: JournalRecord, flows: Mapping[str, MappedFlow]) -> Any:
    message = read_message(record.payload)
    header, body = message.get("header"), message.get("body")
    try:
        flow = find_flow(message, header, flows) if isinstance(header, dict) else None
        if flow is not None:
            return map_body(message, flow)
    except Refusal:
        return body
    return body.get("xdmEntity", body) if isinstance(body, dict) else body


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _leaves(child, f"{path}.{key}" if path else str(key))
    elif value is not None and value != {}:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        yield path or "value", text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
