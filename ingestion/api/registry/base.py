"""What all registry views share: error bodies, Accept forms, rendering of documents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.errors import AppError
from core.http.errors import status_of
from core.http.request_id import current_request_id
from core.http.views import ApiView, rights
from core.sandboxes.models import Sandbox
from ingestion.schemas import queries
from ingestion.schemas.documents import etag_of
from ingestion.schemas.filters import parse_filters, parse_limit
from ingestion.schemas.json_guard import check_json, check_text
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.types import ListQuery, Raw
from ingestion.xdm import names
from ingestion.xdm.accept import AcceptForm, parse_accept
from ingestion.xdm.views import render

BASE = "/data/foundation/schemaregistry"
TAG = "Schema registry"

_TITLES = {
    "XDM-1521-400": "Title not unique",
    "XDM-1020-400": "Namespace validation error",
    "XDM-1021-400": "Namespace validation error",
    "XDM-1006-400": "Accept header invalid",
    "XDM-1007-400": "Accept header invalid",
    "XDM-1008-400": "Accept header invalid",
    "XDM-1413-400": "Merge Schema Error",
    "XDM-1526-400": "Union validation error",
    "XDM-1527-400": "Union validation error",
    "XDM-1528-400": "Union validation error",
    "XDM-1950-400": "Breaking schema change",
    "XDM-1951-400": "Resource in use",
}
_TITLES_BY_STATUS = {
    400: "Bad request",
    403: "Forbidden",
    404: "Resource not found",
    405: "Method not allowed",
    412: "Precondition failed",
}


def stamp(moment: datetime) -> str:
    """`10-24-2024 10:05:00`, the registry's way to write times in reports."""
    return f"{moment:%m-%d-%Y %H:%M:%S}"


def problem_body(error: AppError) -> dict[str, Any]:
    """Error body of the registry."""
    status = status_of(error)
    code = error.code if error.code.startswith("XDM-") else f"XDM-1900-{status}"
    title = _TITLES.get(code) or _TITLES_BY_STATUS.get(status, "Error")
    return {
        "type": f"http://ns.adobe.com/aep/errors/{code}",
        "title": title,
        "status": status,
        "report": {
            "registryRequestId": current_request_id(),
            "timestamp": stamp(clock.now()),
            "detailed-message": error.message,
            "sub-errors": list(error.fields.get("changes", ())),
        },
        "detail": error.message,
    }


class RegistryView(ApiView):
    """Base of the registry's views."""

    permission = rights("view-schemas", "manage-schemas")
    service: ClassVar[str] = "XDM"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The gateway's checks, then those of JSON itself: no view meets what no store can hold."""
        super().initial(request, *args, **kwargs)
        check_text(request.path)
        for values in request.query_params.lists():
            check_json(list(values))
        if request.method in ("POST", "PUT", "PATCH"):
            check_json(request.data)

    def sandbox(self, request: Request) -> Sandbox:
        """The sandbox the caller addressed."""
        return self.caller(request).sandbox

    def error_body(self, error: AppError) -> dict[str, Any]:
        return problem_body(error)


def asked_form(request: Request) -> AcceptForm:
    """The form of the Accept header; the registry refuses reads without one."""
    return parse_accept(request.headers.get("accept"))


def list_query(request: Request) -> ListQuery:
    """Paging, order and filters of a list."""
    params = request.query_params
    return ListQuery(
        orderby=params.get("orderby") or "updated",
        limit=parse_limit(params.get("limit")),
        start=params.get("start"),
        filters=parse_filters(params.getlist("property")),
    )


def rendered(
    documents: Iterable[Raw], form: AcceptForm, sandbox: Sandbox, *, lookup: TenantLookup
) -> list[Raw]:
    """Documents in the asked form; those of schemas know their descriptors."""
    documents = list(documents)
    tenant = names.tenant_field(tenant_of(sandbox))
    schemas = [str(doc["$id"]) for doc in documents if doc.get("meta:resourceType") == "schemas"]
    described = queries.descriptors_by_schema(sandbox, schemas) if form.full and schemas else {}
    return [
        render(
            document,
            form,
            lookup=lookup,
            tenant_field=tenant,
            descriptors=described.get(str(document["$id"]), ()),
        )
        for document in documents
    ]


def document_answer(document: Raw, *, etag: str | None = None, status: int = 200) -> Response:
    """A document with its eTag as header, for conditional writes."""
    tag = etag or etag_of(document)
    return Response(document, status, headers={"ETag": f'"{tag}"'} if tag else None)
