"""Catalog objects between the wire and the catalog slice."""

from collections.abc import Mapping
from typing import Any

from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import version_of
from ingestion.catalog.models import Batch, Dataset
from ingestion.catalog.types import DEFAULT_CONTENT_TYPE, DatasetInput

Document = dict[str, Any]

# Told by the platform: what a client says about them is ignored.
_READ_ONLY = frozenset(
    {
        "id", "@id", "imsOrg", "sandboxId", "version", "created", "updated", "createdClient",
        "createdUser", "updatedUser", "viewId", "files", "classification", "state", "lastBatchId",
        "lastBatchStatus", "lastSuccessfulBatch", "lastFailedBatch", "extensions",
    }
)  # fmt: skip
_OWN = frozenset({"name", "description", "schemaRef", "tags"})
_FILES = {"persisted": True, "containerFormat": "parquet", "format": "parquet"}

DATASET_FIELDS = _OWN | _READ_ONLY | {"fileDescription", "enableErrorDiagnostics"}


def dataset_input(body: Any) -> DatasetInput:
    """A dataset as a client describes it; raises Invalid naming the field."""
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object", code="1004")
    reference = body.get("schemaRef")
    if not isinstance(reference, dict) or not isinstance(reference.get("id"), str):
        raise Invalid(
            "schemaRef with an id is required", code="1004", path="schemaRef", received=reference
        )
    for name in ("name", "description"):
        if not isinstance(body.get(name) or "", str):
            raise Invalid(f"{name} must be a text", code="1004", path=name, received=body[name])
    return DatasetInput(
        name=body.get("name") or "",
        description=body.get("description") or "",
        schema_uri=reference["id"],
        schema_content_type=_content_type(reference.get("contentType")),
        tags=body.get("tags") or {},
        extra={k: v for k, v in body.items() if k not in _OWN | _READ_ONLY},
    )


def _content_type(given: Any) -> str:
    if given is None:
        return DEFAULT_CONTENT_TYPE
    if not isinstance(given, str) or len(given) > 120:
        raise Invalid(
            "contentType must be a text", code="1004", path="schemaRef.contentType", received=given
        )
    return given


def editable(dataset: Dataset) -> Document:
    """The part of a dataset's document that clients may write: what patches apply to."""
    return {
        **dataset.document.get("extra", {}),
        "name": dataset.name,
        "description": dataset.description,
        "schemaRef": {"id": dataset.schema_uri, "contentType": dataset.schema_content_type},
        "tags": dataset.tags,
    }


def dataset_document(
    dataset: Dataset, sandbox: Sandbox, batches: Mapping[str, Batch | None]
) -> Document:
    """A dataset as lists and look-ups show it; `batches` has `last`, `success` and `failed`."""
    view_id = dataset.document.get("viewId", "")
    document = {
        "fileDescription": _FILES,
        "enableErrorDiagnostics": False,
        **editable(dataset),
        "imsOrg": sandbox.organization.ims_org_id,
        "sandboxId": str(sandbox.uuid),
        "version": version_of(dataset),
        "created": dataset.created_ms,
        "updated": dataset.updated_ms,
        "createdClient": dataset.created_client,
        "createdUser": dataset.created_by,
        "updatedUser": dataset.updated_by,
        "viewId": view_id,
        "files": f"@/dataSets/{dataset.id}/views/{view_id}/files",
        "classification": {
            "dataBehavior": dataset.document.get("behavior", "record"),
            "managedBy": "CUSTOMER",
        },
        "state": "ENABLED" if dataset.first_record_ms else "DRAFT",
        "extensions": {"adobe_lakeHouse": {}, "adobe_unifiedProfile": {}},
    }
    return document | _batch_fields(batches)


def _batch_fields(batches: Mapping[str, Batch | None]) -> Document:
    last, good, bad = (batches.get(name) for name in ("last", "success", "failed"))
    return {
        **({"lastBatchId": last.id, "lastBatchStatus": last.status} if last else {}),
        **({"lastSuccessfulBatch": good.id} if good else {}),
        **({"lastFailedBatch": bad.id} if bad else {}),
    }


def view_document(dataset: Dataset, sandbox: Sandbox) -> Document:
    """The dataset's only view."""
    return {
        "name": dataset.name,
        "imsOrg": sandbox.organization.ims_org_id,
        "dataSetId": dataset.id,
        "version": version_of(dataset),
        "created": dataset.created_ms,
        "updated": dataset.updated_ms,
        "createdUser": dataset.created_by,
        "updatedUser": dataset.updated_by,
        "files": f"@/dataSets/{dataset.id}/views/{dataset.document.get('viewId', '')}/files",
    }


def batch_document(batch: Batch, sandbox: Sandbox) -> Document:
    """A batch as lists and look-ups show it: its dataset is the first related object."""
    return {
        **batch.document,
        "imsOrg": sandbox.organization.ims_org_id,
        "sandboxId": str(sandbox.uuid),
        "status": batch.status,
        "version": f"1.0.{batch.patch_version}",
        "created": batch.created_ms,
        "updated": batch.updated_ms,
        "createdUser": batch.created_by,
        "updatedUser": batch.created_by,
        "externalId": batch.external_id or batch.id,
        "recordCount": batch.record_count,
        "failedRecordCount": batch.failed_record_count,
        "relatedObjects": [{"type": "dataSet", "id": batch.dataset_id}],
        "tags": batch.document.get("tags", {}),
        "metrics": {
            "inputRecordCount": batch.record_count + batch.failed_record_count,
            "outputRecordCount": batch.record_count,
            "failedRecordCount": batch.failed_record_count,
            **batch.document.get("metrics", {}),
        },
        "errors": batch.document.get("errors", []),
    }


def merge_patch(target: Any, change: Any) -> Any:
    """JSON Merge Patch (RFC 7396): objects merge, null removes, anything else replaces."""
    if not isinstance(change, dict):
        return change
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
