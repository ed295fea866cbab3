"""Journal records for people: masked identities, words for fates, and the steps of a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.urls import reverse

from console.components import Problem, TraceStep
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.journal.types import (
    PipelineBatch,
    RecordTrace,
    RejectGroup,
    StoredReject,
    TailRecord,
)
from ingestion.schemas.queries import compiled_schema
from ingestion.xdm.paths import value_at

FATES = {
    "processed": ("positive", "Ingested"),
    "rejected": ("negative", "Failed"),
    "waiting": ("informative", "Processing"),
}

AFTER_VALIDATION = ("Stored in dataset", "Identity linked", "Profile updated")


@dataclass(frozen=True, slots=True)
class Fate:
    """A status light of a record."""

    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class TailLine:
    """A line of the live tail. Times in epoch µs; `why` only when the record failed."""

    record_id: str
    href: str
    at: int
    fate: Fate
    namespace: str
    masked: str
    latency_ms: float | None
    why: str


def read_message(payload: bytes) -> dict[str, Any]:
    """The stored message as a dictionary; empty when it is none."""
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}


def entity_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The record inside a message."""
    body = message.get("body")
    entity = body.get("xdmEntity") if isinstance(body, Mapping) else None
    return entity if isinstance(entity, dict) else {}


def primary_identity(stream: int, message: Mapping[str, Any]) -> tuple[str, str]:
    """Namespace and value of the record's primary identity, as well as the message tells."""
    entity = entity_of(message)
    listed = _from_map(entity.get("identityMap"))
    if listed[1]:
        return listed
    header = message.get("header")
    reference = header.get("schemaRef") if isinstance(header, Mapping) else None
    uri = reference.get("id") if isinstance(reference, Mapping) else None
    if not isinstance(uri, str):
        return "", ""
    try:
        schema = compiled_schema(stream, uri)
    except AppError:
        return "", ""
    for field in schema.identity_fields:
        value = value_at(entity, field.path)
        if isinstance(value, str) and value and field.primary:
            return field.namespace, value
    return "", ""


def _from_map(identity_map: Any) -> tuple[str, str]:
    if not isinstance(identity_map, Mapping):
        return "", ""
    first = ("", "")
    for namespace, items in identity_map.items():
        for item in items if isinstance(items, list) else ():
            value = item.get("id") if isinstance(item, Mapping) else None
            if not isinstance(value, str):
                continue
            if item.get("primary") is True:
                return str(namespace), value
            first = first if first[1] else (str(namespace), value)
    return first


def mask(value: str) -> str:
    """Enough to recognise one's own test record, not enough to know a stranger."""
    name, at, domain = value.partition("@")
    shown = name[:2] if len(name) > 3 else name[:1]
    hidden = f"{shown}{'•' * 4}"
    return f"{hidden}{at}{domain}" if at else f"{hidden}{value[-2:]}" if len(value) > 8 else hidden


def tail_lines(
    sandbox: Sandbox, records: Sequence[TailRecord], batches: Sequence[PipelineBatch]
) -> tuple[TailLine, ...]:
    """Lines of the live tail; batches tell when each record became visible."""
    return tuple(_tail_line(sandbox, each, batches) for each in records)


def _tail_line(sandbox: Sandbox, line: TailRecord, batches: Sequence[PipelineBatch]) -> TailLine:
    record = line.record
    namespace, value = primary_identity(record.stream, read_message(record.payload))
    processed = batches if line.outcome == "processed" else ()
    done = next((b for b in processed if b.first_seq <= record.seq <= b.last_seq), None)
    return TailLine(
        record_id=record.record_id,
        href=reverse("record", args=[sandbox.name, record.record_id]),
        at=record.received_at,
        fate=Fate(*FATES[line.outcome]),
        namespace=namespace,
        masked=mask(value) if value else "",
        latency_ms=(done.committed_at - record.received_at) / 1000 if done else None,
        why=line.message or "",
    )


def problem_of(reject: StoredReject) -> Problem:
    """The error contract of a refused record."""
    where = reject.path if reject.path != "/" else ""
    return Problem(
        what=reject.message,
        code=reject.code,
        path=where,
        received=reject.received or "",
        expected=reject.expected or "",
        fix=_fix(reject),
        reference=reject.record_id,
    )


def _fix(reject: StoredReject) -> str:
    if reject.path.startswith("/header"):
        return "Correct the header of the message and send it again."
    if reject.expected:
        return f"Change the value there to match “{reject.expected}”, then send the record again."
    return "Correct the record and send it again."


def trace_steps(
    trace: RecordTrace, *, inlet_name: str, dataset: TraceStep, profile: TraceStep
) -> tuple[TraceStep, ...]:
    """The steps of a record; `dataset` and `profile` bring their links and words."""
    received_at = (trace.record or trace.reject or _NOWHERE).received_at
    size = len((trace.record or trace.reject or _NOWHERE).payload)
    first = TraceStep("Received", "done", received_at, 0, f"{inlet_name}, {size:,} bytes")
    batch = trace.batch
    if trace.reject is not None:
        failed_at = batch.admitted_at if batch else trace.reject.rejected_at
        since = _since(failed_at, received_at)
        problem = problem_of(trace.reject)
        failed = TraceStep("Validated", "failed", failed_at, since, problem=problem)
        later = (TraceStep(name, "skipped", detail="Not reached") for name in AFTER_VALIDATION)
        return (first, failed, *later)
    if batch is None:
        names = ("Validated", *AFTER_VALIDATION)
        return (first, *(TraceStep(name, "waiting") for name in names))
    return (
        first,
        _done("Validated", batch.admitted_at, received_at),
        _done("Stored in dataset", batch.resolved_at, received_at, like=dataset),
        _done("Identity linked", batch.resolved_at, received_at),
        _done("Profile updated", batch.committed_at, received_at, like=profile),
    )


def _done(name: str, at: int, received_at: int, *, like: TraceStep | None = None) -> TraceStep:
    detail, href, label = (like.detail, like.href, like.link_label) if like else ("", "", "")
    return TraceStep(name, "done", at, _since(at, received_at), detail, href, label)


def _since(at: int, received_at: int) -> float:
    return max(0, at - received_at) / 1000


@dataclass(frozen=True, slots=True)
class _Nothing:
    received_at: int = 0
    payload: bytes = b""


_NOWHERE = _Nothing()


def is_record_id(text: str, sandbox: Sandbox) -> bool:
    """Whether the text is the id of a record of this sandbox."""
    stream, _, seq = text.partition("-")
    return stream == str(sandbox.number) and seq.isascii() and seq.isdigit() and len(seq) < 19


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Rejects with one cause, with links to the latest of them."""

    group: RejectGroup
    samples: tuple[tuple[str, str], ...]


def error_groups(sandbox: Sandbox, groups: list[RejectGroup]) -> tuple[ErrorGroup, ...]:
    """Groups with the addresses of their samples."""
    return tuple(
        ErrorGroup(
            group,
            tuple(
                (
                    f"{sandbox.number}-{seq}",
                    reverse("record", args=[sandbox.name, f"{sandbox.number}-{seq}"]),
                )
                for seq in group.samples
            ),
        )
        for group in groups
    )
