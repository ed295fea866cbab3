"""Validation before the answer, for senders who ask for it; in a thread, because it may query."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import orjson

from core.errors import AppError
from ingestion.catalog.types import DatasetInfo
from ingestion.collect.envelope import RAW, UNKNOWN_FORMAT
from ingestion.collect.receive import bad_format
from ingestion.collect.types import Received, Refused
from ingestion.schemas.queries import compiled_schema
from ingestion.xdm.validator import as_everit_tree

SKIPPED: dict[str, Any] = {"skipped": True}
PASSED: dict[str, Any] = {"status": "pass"}


class UnknownDataset(Refused):
    """The message names no dataset of this directory; a newer one may have it."""


def validate(received: Received, datasets: Mapping[str, DatasetInfo]) -> dict[str, Any]:
    """`PASSED` or `SKIPPED`; raises Refused with the violations: the record is then dropped.

    UnknownDataset when `datasets` lacks the one that is named.
    """
    if received.append is None or received.inlet.data_type == RAW:
        # What a flow makes of a raw record is known only after its mapping.
        return SKIPPED
    message = orjson.loads(received.append.payloads[0])
    header, entity = message["header"], message["body"]["xdmEntity"]
    if header.get("operations") is not None:
        return SKIPPED
    dataset_id = header.get("datasetId")
    dataset = datasets.get(dataset_id) if isinstance(dataset_id, str) else None
    if dataset is None or dataset.deleted or dataset.sandbox != received.inlet.sandbox:
        text = f"dataset [{dataset_id}] not found"
        _refuse(received, [_violation("#/header/datasetId", text)], UnknownDataset)
    if header["schemaRef"]["id"] != dataset.schema_uri:
        text = f"the dataset's schema is {dataset.schema_uri}"
        _refuse(received, [_violation("#/header/schemaRef/id", text)])
    if dataset.validation_disabled:
        return SKIPPED
    try:
        violations = compiled_schema(dataset.sandbox, dataset.schema_uri).violations(entity)
    except AppError as error:
        _refuse(received, [_violation("#/header/schemaRef/id", error.message)])
    if violations:
        _refuse(received, as_everit_tree(violations))
    return PASSED


def _refuse(
    received: Received, violations: Sequence[Mapping[str, Any]], kind: type[Refused] = Refused
) -> NoReturn:
    cause = {"_streamingValidation": list(violations)}
    raise bad_format(received.inlet, UNKNOWN_FORMAT, kind, **cause)


def _violation(pointer: str, message: str) -> dict[str, Any]:
    return {
        "schemaLocation": "#",
        "pointerToViolation": pointer,
        "causingExceptions": [],
        "message": message,
    }
