"""The verdict on each record: envelope, dataset, schema, validation. Taken once for all readers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from core import clock
from ingestion.admission.json_text import check_text, parse
from ingestion.admission.keys import MOST_KEY_BYTES, is_too_long, length_of
from ingestion.admission.raw import Flows, find_flow, map_body
from ingestion.admission.types import Accepted, Admission, Operation, Refusal
from ingestion.catalog.types import DatasetInfo
from ingestion.journal.types import JournalRecord, Reject
from ingestion.schemas.queries import compiled_schema
from ingestion.xdm.types import Violation
from ingestion.xdm.validator import CODES, CompiledSchema

EVENT = "time-series"
UNKNOWN_DATASET = "ONEFOLD-1001-404"
NO_FLOWS: Flows = {}
_OPERATIONS: dict[str, Operation] = {"create": "create", "merge": "merge", "delete": "delete"}


def admit(
    records: Sequence[JournalRecord],
    datasets: Mapping[str, DatasetInfo],
    flows: Flows = NO_FLOWS,
) -> Admission:
    """Sort records into accepted and rejected; a bad record is a value, never an exception.

    `flows` are those with a mapping: raw messages name one.
    """
    accepted: list[Accepted] = []
    rejected: list[Reject] = []
    for record in records:
        try:
            accepted.append(_admit_one(record, datasets, flows))
        except Refusal as refusal:
            dataset = _dataset_of(record, datasets, flows)
            rejected.append(reject_of(record, refusal, dataset=dataset))
    return Admission(accepted, rejected)


def reject_of(record: JournalRecord, refusal: Refusal, *, dataset: int | None) -> Reject:
    """The stored form of a refusal."""
    return Reject(
        stream=record.stream,
        seq=record.seq,
        received_at=record.received_at,
        rejected_at=clock.now_us(),
        inlet=record.inlet,
        dataset=dataset,
        code=refusal.code,
        path=refusal.path,
        received=refusal.received,
        expected=refusal.expected,
        message=refusal.message,
        violations=refusal.violations,
        payload=record.payload,
    )


def _admit_one(
    record: JournalRecord, datasets: Mapping[str, DatasetInfo], flows: Flows
) -> Accepted:
    message = parse(record.payload)
    check_text(record.payload, message)
    header = _object(message, "header")
    flow = find_flow(message, header, flows)
    named = header.get("datasetId") or (flow.dataset_id if flow else None)
    dataset = _find_dataset(named, record.stream, datasets)
    schema = compiled_schema(record.stream, dataset.schema_uri)
    _check_schema_ref(header, dataset)
    operation = _operation(header, dataset)
    entity = _entity(message) if flow is None else map_body(message, flow)
    if not dataset.validation_disabled and not schema.is_valid(entity):
        _refuse_violations(schema, entity, operation)
    event_id, timestamp = _event_key(entity) if schema.behavior == EVENT else ("", 0)
    return Accepted(
        record, dataset, schema, entity, orjson.dumps(entity), operation, event_id, timestamp
    )


def _entity(message: dict[str, Any]) -> dict[str, Any]:
    entity = _object(message, "body", path="/body").get("xdmEntity")
    if not isinstance(entity, dict):
        raise Refusal(
            "DCVS-1106-400",
            "Payload body is missing xdmEntity",
            path="/body/xdmEntity",
            expected="an object",
        )
    return entity


def _object(message: dict[str, Any], key: str, *, path: str = "/header") -> dict[str, Any]:
    value = message.get(key)
    if isinstance(value, dict):
        return value
    raise Refusal(
        "DCVS-1106-400",
        f"The '{key}' field is mandatory. Provide a valid '{key}' value and try again.",
        path=path,
        expected="an object",
    )


def _find_dataset(dataset_id: Any, stream: int, datasets: Mapping[str, DatasetInfo]) -> DatasetInfo:
    dataset = datasets.get(dataset_id) if isinstance(dataset_id, str) else None
    if dataset is not None and dataset.sandbox == stream and not dataset.deleted:
        return dataset
    if not dataset_id:
        message = "The header names no dataset"
    elif dataset is not None and dataset.sandbox == stream:
        message = f"Dataset {dataset_id} was deleted"
    else:
        message = f"No dataset {dataset_id} in this sandbox"
    raise Refusal(
        UNKNOWN_DATASET,
        message,
        path="/header/datasetId",
        received=None if dataset_id is None else str(dataset_id)[:200],
        expected="the id of a dataset of this sandbox",
    )


def _check_schema_ref(header: dict[str, Any], dataset: DatasetInfo) -> None:
    ref = header.get("schemaRef")
    given = ref.get("id") if isinstance(ref, dict) else None
    if given is not None and given != dataset.schema_uri:
        raise Refusal(
            "ONEFOLD-1002-400",
            "The message's schema is not the dataset's",
            path="/header/schemaRef/id",
            received=str(given)[:300],
            expected=dataset.schema_uri,
        )


def _operation(header: dict[str, Any], dataset: DatasetInfo) -> Operation:
    operations = header.get("operations")
    if not isinstance(operations, dict):
        return "merge" if dataset.is_upsert else "create"
    name = operations.get("data", "create")
    operation = _OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        raise Refusal(
            "ONEFOLD-1003-400",
            "Unknown data operation",
            path="/header/operations/data",
            received=str(name)[:100],
            expected="create, merge or delete",
        )
    return operation


def _refuse_violations(
    schema: CompiledSchema, entity: dict[str, Any], operation: Operation
) -> None:
    """Raise Refusal. A patch may leave required fields out and may remove a field by null."""
    if operation == "create":
        raise _violated(schema.violations(entity))
    violations = [
        violation
        for violation in schema.violations(entity, limit=1000)
        if violation.keyword != "required" and violation.received is not None
    ]
    if violations:
        raise _violated(violations[:5])


def _violated(violations: Sequence[Violation]) -> Refusal:
    first = violations[0]
    return Refusal(
        first.code,
        first.message,
        path=first.pointer.removeprefix("#") or "/",
        received=orjson.dumps(first.received, default=str).decode()[:300],
        expected=first.expected,
        violations=tuple(asdict(violation) for violation in violations),
    )


def _event_key(entity: dict[str, Any]) -> tuple[str, int]:
    event_id, timestamp = entity.get("_id"), entity.get("timestamp")
    if not isinstance(event_id, str) or not event_id:
        raise Refusal(
            "DCVS-1106-400",
            "required key [_id] not found",
            path="/_id",
            received=None if event_id is None else str(event_id)[:100],
            expected="a string that names the event",
        )
    if is_too_long(event_id):
        raise Refusal(
            CODES["length"],
            "The event's _id is too long",
            path="/_id",
            received=length_of(event_id),
            expected=f"at most {MOST_KEY_BYTES:,} bytes of UTF-8",
        )
    moment = _parse_moment(timestamp)
    if moment is None:
        raise Refusal(
            "DCVS-1105-400",
            f"[{str(timestamp)[:60]}] is not a valid date-time."
            " Expected [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.SSSZ]",
            path="/timestamp",
            received=str(timestamp)[:100],
            expected="a date-time with zone, RFC 3339",
        )
    return event_id, clock.to_ms(moment)


def _parse_moment(timestamp: Any) -> datetime | None:
    """The moment a text names, if it names one with its zone."""
    try:
        moment = datetime.fromisoformat(timestamp) if isinstance(timestamp, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _dataset_of(
    record: JournalRecord, datasets: Mapping[str, DatasetInfo], flows: Flows
) -> int | None:
    """Number of the dataset a refused record was for, when it can be told (rejects are rare)."""
    try:
        header = orjson.loads(record.payload)["header"]
        flow = flows.get(header.get("flowId"))
        dataset = datasets.get(header.get("datasetId") or (flow.dataset_id if flow else ""))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
    return dataset.number if dataset is not None and dataset.sandbox == record.stream else None
