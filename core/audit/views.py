"""`/data/foundation/audit`: what was done, by whom."""

import csv
import io
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.audit.models import AuditEvent
from core.audit.queries import AuditFilter, csv_rows, list_events
from core.errors import Invalid
from core.http.openapi import operation
from core.http.params import parse_property, whole
from core.http.views import ApiView, rights

BASE = "/data/foundation/audit"
_DEFAULT_LIMIT = 50
_MOST = 1000
_TAG = "audit"
_FIELDS = {"action": "action", "assetType": "category", "status": "status", "user": "user"}
_STATUS = {"Deny": "Deny", "Failure": "Failure"}
_QUERY = {
    "limit": "Page size, 1 to 1000",
    "start": "Events to skip",
    "property": "Filter such as `action==Create`; may repeat",
}


def event_body(event: AuditEvent, *, ims_org_id: str) -> dict[str, Any]:
    """An event as this API shows it."""
    return {
        "id": str(event.uuid),
        "requestId": event.request_id,
        "imsOrgId": ims_org_id,
        "sandboxName": event.sandbox.name if event.sandbox else None,
        "timestamp": event.at.isoformat().replace("+00:00", "Z"),
        "authId": event.actor_id,
        "userEmail": event.actor_name,
        "action": event.action,
        "assetType": event.asset_type,
        "assetId": event.asset_id,
        "assetName": event.asset_name,
        "permissionResource": event.asset_type,
        "permissionType": "Write",
        "status": _STATUS.get(event.status, "Allow"),
        "failureCode": "",
        "region": "VA7",
        "version": "1.0",
        "details": event.details,
        "enhancedEvents": [],
    }


class AuditView(ApiView):
    """An endpoint of the audit service."""

    service = "AUDIT"
    permission = rights("view-user-activity-log")

    @staticmethod
    def wanted(request: Request) -> AuditFilter:
        """The filter in the `property` parameters."""
        fields: dict[str, Any] = {}
        for text in request.query_params.getlist("property"):
            condition = parse_property(text)
            if condition.path not in _FIELDS or condition.operator != "==":
                raise Invalid(
                    "property filters events with == on a known field",
                    path="property",
                    received=text,
                    expected=sorted(_FIELDS),
                )
            fields[_FIELDS[condition.path]] = condition.value
        return replace(AuditFilter(), **fields)


class AuditEventsView(AuditView):
    """Events of the sandbox and of the organization, newest first."""

    @operation(_TAG, query=_QUERY)
    def get(self, request: Request) -> Response:
        params = request.query_params
        limit = whole(params, "limit", default=_DEFAULT_LIMIT, least=1, most=_MOST)
        start = whole(params, "start", default=0)
        caller = self.caller(request)
        found = list_events(sandbox=caller.sandbox, wanted=self.wanted(request))
        rows = list(found[start : start + limit + 1])
        links: dict[str, Any] = {"self": {"href": self._link(request, start, limit)}}
        if len(rows) > limit:
            links["next"] = {"href": self._link(request, start + limit, limit)}
        links["page"] = {"href": f"{BASE}/events{{?limit,start,property}}", "templated": True}
        org = caller.organization.ims_org_id
        events = [event_body(event, ims_org_id=org) for event in rows[:limit]]
        return Response(
            {
                "_embedded": {"events": events},
                "queryId": params.get("queryId", ""),
                "_links": links,
                "page": {"size": len(events), "start": start},
            }
        )

    @staticmethod
    def _link(request: Request, start: int, limit: int) -> str:
        query = [("limit", limit), ("start", start)]
        conditions = [("property", text) for text in request.query_params.getlist("property")]
        return f"{BASE}/events?{urlencode([*query, *conditions])}"


class AuditExportView(AuditView):
    """The same events: 204 without any, else the way to their CSV file."""

    @operation(_TAG, answer=None, status=307, query=_QUERY)
    def get(self, request: Request) -> HttpResponse:
        found = list_events(sandbox=self.caller(request).sandbox, wanted=self.wanted(request))
        if not found.exists():
            return Response(status=204)
        query = request._request.META.get("QUERY_STRING", "")  # noqa: SLF001 - the wrapped request
        location = f"{BASE}/export/file" + (f"?{query}" if query else "")
        return Response(status=307, headers={"Location": location})


class AuditFileView(AuditView):
    """The CSV file of an export."""

    @operation(_TAG, answer=None)
    def get(self, request: Request) -> HttpResponse:
        found = list_events(sandbox=self.caller(request).sandbox, wanted=self.wanted(request))
        text = io.StringIO()
        csv.writer(text).writerows(csv_rows(found))
        name = f"audit-{clock.now():%Y%m%d-%H%M%S}.csv"
        return HttpResponse(
            text.getvalue(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
