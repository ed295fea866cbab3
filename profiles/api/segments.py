"""What all views of audiences share: permissions, versions, conflicts, and how one is shown."""

from typing import Any

from rest_framework.request import Request

from core.errors import AppError
from core.http.views import rights
from core.sandboxes.models import Sandbox
from ingestion.xdm.names import UNION_SUFFIX, uri_of
from profiles.api.bodies import Json
from profiles.api.ups import UpsView, sandbox_body
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import EditConflict

METHOD_NAMES = {
    SegmentDefinition.Method.BATCH: "batch",
    SegmentDefinition.Method.STREAMING: "continuous",
    SegmentDefinition.Method.EDGE: "synchronous",
}
_NO_VERSION = -1


class SegmentsView(UpsView):
    """An endpoint of the segmentation service."""

    permission = rights("view-segments", "manage-segments")

    def error_body(self, error: AppError) -> dict[str, Any]:
        body = super().error_body(error)
        if isinstance(error, EditConflict):
            # All three sides, so that a client can show what differs instead of overwriting.
            body["report"] = {side: error.fields[side] for side in ("base", "stored", "given")}
        return body

    @staticmethod
    def expected_version(request: Request) -> int | None:
        """The version If-Match names; None when the caller does not care."""
        given = request.headers.get("If-Match", "").strip()
        if given in {"", "*"}:
            return None
        bare = given.removeprefix("W/").strip('"')
        return int(bare) if bare.isdecimal() and len(bare) < 10 else _NO_VERSION


def evaluation_info(segment: SegmentDefinition) -> Json:
    """The one method that is enabled, in the API's names."""
    return {name: {"enabled": segment.method == each} for each, name in METHOD_NAMES.items()}


def segment_body(segment: SegmentDefinition, sandbox: Sandbox) -> Json:
    """An audience with a rule, as a segment definition."""
    return {
        "id": str(segment.pk),
        "schema": {"name": segment.schema_name},
        "profileInstanceId": "ups",
        **_common(segment, sandbox),
        "ttlInDays": segment.ttl_days,
        "expression": {
            "type": "PQL",
            "format": segment.expression_format,
            "value": segment.expression_value,
        },
        "mergePolicyId": str(segment.merge_policy_id) if segment.merge_policy_id else None,
        "evaluationInfo": evaluation_info(segment),
        "dataGovernancePolicy": {"excludeOptOut": segment.exclude_opt_out},
        "payloadSchema": segment.payload_schema,
        "baselineTime": segment.created_ms,
        "dependents": sorted(str(each.pk) for each in segment.dependents.all()),
        "dependencies": sorted(str(each.pk) for each in segment.depends_on.all()),
        "definedOn": [
            {
                "meta:resourceType": "unions",
                "meta:containerId": "tenant",
                "$ref": uri_of(segment.schema_name) + UNION_SUFFIX,
            }
        ],
        "type": segment.kind,
        "overridePerformanceWarnings": False,
    }


def audience_body(segment: SegmentDefinition, sandbox: Sandbox) -> Json:
    """An audience of any kind, as the audience service shows it."""
    if segment.kind == SegmentDefinition.Kind.EXTERNAL:
        return _external_body(segment, sandbox)
    return {
        **segment_body(segment, sandbox),
        "audienceId": segment.audience_id,
        "createEpoch": segment.created_ms // 1000,
        "lastModifiedBy": segment.updated_by,
        "saveSegmentMembership": True,
        "state": "enabled",
        "linkedAudienceRef": segment.linked_audience_ref,
    }


def _external_body(segment: SegmentDefinition, sandbox: Sandbox) -> Json:
    return {
        "id": str(segment.pk),
        "audienceId": segment.audience_id,
        "schema": {"name": segment.schema_name},
        **_common(segment, sandbox),
        "ttlInDays": segment.ttl_days,
        "type": segment.kind,
        "sourceId": segment.source_id,
        "datasetId": segment.dataset_id,
        "linkedAudienceRef": segment.linked_audience_ref,
        "audienceMeta": segment.audience_meta,
        "createEpoch": segment.created_ms // 1000,
        "lastModifiedBy": segment.updated_by,
        "dependents": sorted(str(each.pk) for each in segment.dependents.all()),
        "dependencies": [],
    }


def _common(segment: SegmentDefinition, sandbox: Sandbox) -> Json:
    return {
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": sandbox_body(sandbox),
        "name": segment.name,
        "description": segment.description,
        "namespace": segment.namespace,
        "originName": segment.origin,
        "lifecycleState": segment.state,
        "labels": segment.labels,
        "tags": segment.tags,
        "isSystem": segment.is_system,
        "createdBy": segment.created_by,
        "creationTime": segment.created_ms,
        "updateTime": segment.updated_ms,
        "updateEpoch": segment.updated_ms // 1000,
        "_etag": f'"{segment.version}"',
    }
