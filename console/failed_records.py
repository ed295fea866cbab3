"""Failed records as people mend them: the reason, the text, and the way back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.urls import reverse

from console.components import Problem
from console.records import problem_of, read_message
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import list_rejects
from ingestion.journal.types import StoredReject

DOWNLOAD_PAGE = 500


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """One failed record with its error contract and its text; `retry_href` takes it corrected."""

    reject: StoredReject
    problem: Problem
    message: dict[str, Any]
    text: str
    mark: str
    is_open: bool
    retried_as: str
    retry_href: str
    href: str


def failed_record(sandbox: Sandbox, reject: StoredReject, *, retry_href: str) -> FailedRecord:
    """A reject ready to show."""
    message = read_message(reject.payload)
    text = json.dumps(message, indent=2, ensure_ascii=False) if message else ""
    entity = not reject.path.startswith(("/header", "/body"))
    return FailedRecord(
        reject=reject,
        problem=problem_of(reject),
        message=message,
        text=text or reject.payload.decode(errors="replace"),
        mark=f"/body/xdmEntity{reject.path}" if entity else reject.path,
        is_open=reject.state == "open",
        retried_as=f"{sandbox.number}-{reject.redriven_as}" if reject.redriven_as else "",
        retry_href=retry_href,
        href=reverse("record", args=[sandbox.name, reject.record_id]),
    )


def cursor_in(text: str) -> tuple[int, int] | None:
    """The place in a list that a link names; None: its beginning."""
    at, _, seq = text.partition("-")
    return (int(at), int(seq)) if at.isdigit() and seq.isdigit() else None


def cursor_after(reject: StoredReject) -> str:
    """What a link to the next page names."""
    return f"{reject.rejected_at}-{reject.seq}"


def as_ndjson(stream: int, narrowed: dict[str, Any]) -> Iterator[bytes]:
    """Failed records, a line each, with their reasons."""
    before: tuple[int, int] | None = None
    while page := list_rejects(stream, limit=DOWNLOAD_PAGE, before=before, **narrowed):
        for each in page:
            yield _line(each)
        before = (page[-1].rejected_at, page[-1].seq)


def _line(reject: StoredReject) -> bytes:
    message = read_message(reject.payload)
    line = {
        "recordId": reject.record_id,
        "receivedAt": clock.from_ms(reject.received_at // 1000).isoformat(),
        "state": reject.state,
        "code": reject.code,
        "path": reject.path,
        "message": reject.message,
        "received": reject.received,
        "expected": reject.expected,
        "record": message or reject.payload.decode(errors="replace"),
    }
    return orjson.dumps(line) + b"\n"
