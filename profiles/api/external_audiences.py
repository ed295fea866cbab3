"""`/data/core/ais/external-audience`: audiences read from files of a source."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.json_patch import apply_patch
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, optional_text, require_object, require_text
from profiles.api.segment_inputs import external_input
from profiles.api.segments import SegmentsView, audience_body
from profiles.segmentation import actions, external, queries
from profiles.segmentation.import_files import check_place
from profiles.segmentation.models import ExternalUpload, SegmentDefinition
from profiles.segmentation.types import (
    UPLOAD_NAMESPACE,
    UPLOAD_ORIGIN,
    InvalidAudience,
    unknown_audience,
)

TAG = "External audiences"
_TYPES = ("string", "number", "long", "integer", "date", "datetime", "boolean")
_LONGEST_TTL, _MOST_FIELDS = 90, 25
_KEPT = ("fields", "sourceSpec", "audienceType")


def operation_body(operation: ExternalUpload) -> Json:
    """An operation as the API shows it."""
    return {
        "operationId": str(operation.pk),
        "status": operation.status,
        "operationDetails": {
            **operation.request,
            "name": operation.segment.name,
            "description": operation.segment.description,
        },
        "audienceId": str(operation.segment.pk),
        "audienceName": operation.segment.name,
        "createdBy": operation.created_by,
        "createdAt": operation.created_ms,
        "updatedAt": operation.updated_ms,
        "errors": operation.errors,
    }


def run_body(run: ExternalUpload) -> Json:
    """A run as the API shows it."""
    return {
        "runId": str(run.pk),
        "audienceId": str(run.segment.pk),
        "audienceName": run.segment.name,
        "status": run.status,
        **{key: run.request.get(key) for key in ("dataFilterStartTime", "dataFilterEndTime")},
        "differentialIngestion": bool(run.request.get("differentialIngestion")),
        "details": {
            "recordsRead": run.rows_read,
            "recordsFailed": run.rows_failed,
            "startTime": run.started_ms,
            "endTime": run.finished_ms,
        },
        "errors": run.errors,
        "createdBy": run.created_by,
        "createdAt": run.created_ms,
    }


class ExternalAudiencesView(SegmentsView):
    """External audiences of a sandbox."""

    @extend_schema(
        tags=[TAG],
        summary="Create an external audience",
        description="Answers with an operation; its members come with a run.",
        request=OpenApiTypes.OBJECT,
        responses={202: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        body = require_object(request.data)
        source = _source(body)
        given = external_input(
            {**body, "type": SegmentDefinition.Kind.EXTERNAL}
            | {"namespace": optional_text(body, "namespace") or UPLOAD_NAMESPACE}
            | {"originName": optional_text(body, "originName") or UPLOAD_ORIGIN}
        )
        _check_ttl(given.ttl_days)
        created = external.create_with_source(
            given, source, actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(operation_body(created), status=202)


class ExternalOperationView(SegmentsView):
    """How an operation on an external audience went."""

    @extend_schema(tags=[TAG], summary="Get an operation", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, operation_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(
            operation_body(external.get_operation(sandbox=sandbox, operation_id=operation_id))
        )


class ExternalAudienceView(SegmentsView):
    """One external audience."""

    @extend_schema(tags=[TAG], summary="Get an external audience", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, segment_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        return Response(_external_body(_get(sandbox, segment_id), sandbox))

    @extend_schema(
        tags=[TAG],
        summary="Change an external audience",
        description="Members of the body replace those stored; a JSON Patch does, too.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def patch(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        before = _external_body(_get(caller.sandbox, segment_id), caller.sandbox)
        body = _patched(before, request.data)
        is_moved = any(body.get(key) != before.get(key) for key in _KEPT)
        source = _source(body) if is_moved else None
        changed = external.change_external(
            lambda stored: external_input(body, stored=stored),
            actor=caller.actor,
            sandbox=caller.sandbox,
            segment_id=segment_id,
            expected_version=self.expected_version(request),
        )
        if source is not None:
            external.change_source(source, actor=caller.actor, segment=changed)
        return Response(_external_body(changed, caller.sandbox))

    @extend_schema(tags=[TAG], summary="Delete an external audience", responses={204: None})
    def delete(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        _get(caller.sandbox, segment_id)
        actions.delete_segment(actor=caller.actor, sandbox=caller.sandbox, segment_id=segment_id)
        return Response(status=204)


class ExternalRunsView(SegmentsView):
    """Runs of an external audience."""

    @extend_schema(
        tags=[TAG],
        summary="Read the file of an external audience",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        body = require_object(request.data)
        for name in ("dataFilterStartTime", "dataFilterEndTime"):
            value = body.get(name)
            if value is not None and not str(value).isdecimal():
                raise Invalid(f"{name} must be an epoch time.", path=name, received=value)
        run = external.start_run(
            body, actor=caller.actor, sandbox=caller.sandbox, segment_id=segment_id
        )
        return Response(run_body(run))


class ExternalRunView(SegmentsView):
    """One run of an external audience."""

    @extend_schema(tags=[TAG], summary="Get a run", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, segment_id: str, run_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        run = external.get_operation(sandbox=sandbox, operation_id=run_id)
        if str(run.segment.pk) != segment_id.lower():
            raise unknown_audience(segment_id)
        return Response(run_body(run))


def _get(sandbox: Sandbox, segment_id: str) -> SegmentDefinition:
    found = queries.get_segment(sandbox=sandbox, segment_id=segment_id)
    if found.kind != SegmentDefinition.Kind.EXTERNAL:
        raise unknown_audience(segment_id)
    return found


def _external_body(segment: SegmentDefinition, sandbox: Sandbox) -> Json:
    created = external.find_source(segment)
    kept = created.request if created else {}
    return {**audience_body(segment, sandbox), **{key: kept[key] for key in _KEPT if key in kept}}


def _patched(before: Json, patch: Any) -> Json:
    if isinstance(patch, list):
        return require_object(apply_patch(before, patch))
    return {**before, **require_object(patch)}


def _source(body: Json) -> Json:
    """What has to be kept to read the file: its columns and its place."""
    fields = body.get("fields")
    if not isinstance(fields, list) or not 0 < len(fields) <= _MOST_FIELDS:
        message = f"fields lists 1 to {_MOST_FIELDS} columns with name and type."
        raise InvalidAudience(message, path="fields", received=fields)
    for each in fields:
        field = require_object(each)
        require_text(field, "name")
        if field.get("type") not in _TYPES:
            message = f"fields.type must be one of {', '.join(_TYPES)}."
            raise InvalidAudience(message, path="fields.type", received=field.get("type"))
    if not any(each.get("identityNs") for each in fields):
        message = "One of the fields needs an identityNs: members are named by it."
        raise InvalidAudience(message, path="fields.identityNs")
    kind = optional_text(body, "audienceType") or "people"
    return {"fields": fields, "sourceSpec": _place(body), "audienceType": kind}


def _place(body: Json) -> Json:
    place = require_object(body.get("sourceSpec") or {})
    # Written flat or, by known clients, under `params`.
    place = require_object(place.get("params") or place)
    check_place(require_text(place, "path"))
    if place.get("type", "file") not in {"file", "folder"}:
        message = "sourceSpec.type must be file or folder."
        raise InvalidAudience(message, path="sourceSpec.type", received=place["type"])
    return place


def _check_ttl(days: int | None) -> None:
    if days is not None and not 0 < days <= _LONGEST_TTL:
        message = f"ttlInDays of an uploaded audience must be from 1 to {_LONGEST_TTL}."
        raise InvalidAudience(message, path="ttlInDays", received=days)
