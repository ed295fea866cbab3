"""`/data/foundation/flowservice`: runs of flows."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from core.http.openapi import ANY_OBJECT, operation
from core.sandboxes.models import Sandbox
from ingestion.api.flows import FlowView
from ingestion.api.flows_documents import Document, parse_object
from ingestion.api.flows_lists import LIST_QUERY, list_body
from ingestion.connections import queries
from ingestion.connections.errors import refusal
from ingestion.connections.models import FlowObject
from ingestion.connections.runs import FlowRun, list_runs

_TAG = "flow service"
_ACTIVITY = "promotionActivity"


def run_document(run: FlowRun, sandbox: Sandbox) -> Document:
    """A run as the API shows it."""
    document = run.flow.document
    summaries = _summaries(run)
    finished = run.ended_ms if run.status != "inProgress" else run.started_ms
    return {
        "id": str(run.id),
        "flowId": str(run.flow.pk),
        "flowSpec": document.get("flowSpec", {}),
        "createdAt": run.started_ms,
        "updatedAt": finished,
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandboxId": str(sandbox.uuid),
        "sandboxName": sandbox.name,
        "etag": f'"{run.id}"',
        "providerRefId": str(run.id),
        "sourceConnectionIds": document.get("sourceConnectionIds", []),
        "targetConnectionIds": document.get("targetConnectionIds", []),
        "metrics": summaries,
        "activities": [{"id": _ACTIVITY, "updatedAtUTC": finished, **summaries, "targetInfo": []}],
    }


def _summaries(run: FlowRun) -> dict[str, Any]:
    errors = []
    if run.rejected:
        message = f"{run.rejected} of {run.accepted + run.rejected} records were refused"
        errors = [{"code": "INGEST-1212-400", "message": message}]
    completed = run.ended_ms if run.status != "inProgress" else None
    return {
        "durationSummary": {"startedAtUTC": run.started_ms, "completedAtUTC": completed},
        "sizeSummary": {"inputBytes": None, "outputBytes": None},
        "recordSummary": {
            "inputRecordCount": run.accepted + run.rejected,
            "outputRecordCount": run.accepted,
            "createdRecordCount": None,
            "failedRecordCount": run.rejected,
        },
        "fileSummary": {
            "inputFileCount": None,
            "outputFileCount": None,
            "activityRefs": [_ACTIVITY],
        },
        "statusSummary": {
            "status": run.status,
            "errors": errors,
            "activityRefs": [_ACTIVITY],
        },
    }


class RunsView(FlowView):
    """Runs of all flows: streaming ones make one an hour."""

    @operation(_TAG, query=LIST_QUERY)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        documents = [run_document(run, sandbox) for run in list_runs(sandbox=sandbox)]
        return Response(list_body(documents, request.query_params, path="/runs"))

    @operation(_TAG, body=ANY_OBJECT, status=201)
    def post(self, request: Request) -> Response:
        flow_id = parse_object(request.data).get("flowId")
        sandbox = self.caller(request).sandbox
        flows = queries.list_objects(sandbox=sandbox, kind=FlowObject.Kind.FLOW)
        if str(flow_id) not in {str(pk) for pk in flows.values_list("pk", flat=True)}:
            raise refusal("1430", "Flow not found", path="flowId", received=flow_id)
        raise refusal("1422", "A streaming flow runs by itself", path="flowId", received=flow_id)


class FlowRunsView(FlowView):
    """Runs of one flow."""

    @operation(_TAG, query=LIST_QUERY)
    def get(self, request: Request, object_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        flow = queries.get_object(sandbox=sandbox, kind=FlowObject.Kind.FLOW, object_id=object_id)
        runs = list_runs(sandbox=sandbox, flow_id=UUID(str(flow.pk)))
        documents = [run_document(run, sandbox) for run in runs]
        path = f"/flows/{flow.pk}/runs"
        return Response(list_body(documents, request.query_params, path=path))


class RunView(FlowView):
    """One run."""

    @operation(_TAG)
    def get(self, request: Request, run_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        found = [run for run in list_runs(sandbox=sandbox) if str(run.id) == run_id]
        if not found:
            raise queries.object_not_found("runs", run_id)
        return Response({"items": [run_document(found[0], sandbox)]})
