"""`/data/foundation/conversion/mappingSets`: how raw records become XDM, field by field."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.openapi import ANY_OBJECT, operation
from core.http.views import ApiView, rights
from ingestion.prep import actions, queries
from ingestion.prep.documents import rows_of, schema_of
from ingestion.prep.mapping import check_mapping
from ingestion.prep.models import MappingSet
from ingestion.schemas.queries import compiled_schema
from ingestion.xdm import names

_TAG = "mapping sets"
_MOST = 100


class MappingSetsView(ApiView):
    """The mapping sets of a sandbox."""

    service = "MAPPER"
    permission = rights("view-sources", "manage-sources")

    @operation(_TAG)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        limit = min(_number(request, "limit", 10), _MOST)
        start = _number(request, "start", 0)
        name = request.query_params.get("name", "")
        found = queries.list_mapping_sets(sandbox=sandbox, name=name)[start : start + limit]
        data = [document(each) for each in found]
        return Response({"data": data, "_page": {"count": len(data), "limit": limit}})

    @operation(_TAG, body=ANY_OBJECT)
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        body = _body(request)
        stored = actions.create_mapping_set(
            actor=caller.actor,
            sandbox=caller.sandbox,
            schema_uri=names.uri_of(schema_of(body)),
            document=body,
            name=str(body.get("name") or ""),
        )
        return Response(_receipt(stored))


class MappingSetView(ApiView):
    """One mapping set."""

    service = "MAPPER"
    permission = rights("view-sources", "manage-sources")

    @operation(_TAG)
    def get(self, request: Request, set_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        wanted = request.query_params.get("version", "")
        version = int(wanted) if wanted.isdigit() else None
        return Response(
            document(queries.get_mapping_set(sandbox=sandbox, set_id=set_id, version=version))
        )


class ValidateView(ApiView):
    """What is wrong with a mapping set; nothing is stored."""

    service = "MAPPER"
    permission = rights("view-sources", "manage-sources")

    @operation(_TAG, body=ANY_OBJECT)
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        body = _body(request)
        schema = compiled_schema(sandbox.number, names.uri_of(schema_of(body)))
        problems = check_mapping(rows_of(body), schema.tree)
        errors = [{"path": problem.path, "message": problem.message} for problem in problems]
        status = "ERROR" if errors else "SUCCESS"
        return Response({"validationResponse": [{"status": status, "errors": errors or None}]})


def document(stored: MappingSet) -> dict[str, Any]:
    """A stored mapping set with both spellings of its fields."""
    sent = stored.document
    stamp = {
        "version": stored.version,
        "createdDate": stored.created_ms,
        "modifiedDate": stored.updated_ms,
        "createdBy": stored.created_by,
        "modifiedBy": stored.updated_by,
    }
    content_type = (sent.get("outputSchema") or {}).get("schemaRef", {}).get("contentType", "")
    return {
        "id": stored.set_id,
        **stamp,
        "name": stored.name,
        "supportVersion": "1.1",
        "inputSchema": {"id": None, "version": None, "sampleId": None},
        "outputSchema": {
            "id": stored.schema_uri,
            "version": "1.0",
            "schemaRef": {"id": stored.schema_uri, "contentType": content_type},
        },
        "mappings": [
            _mapping(index, each, stored, stamp) for index, each in enumerate(sent["mappings"])
        ],
        "status": "PUBLISHED",
        "strictMapping": False,
        "allowNullValues": False,
        "xdmVersion": sent.get("xdmVersion", "1.0"),
        "schemaRef": {"id": stored.schema_uri, "contentType": content_type},
        "xdmSchema": sent.get("xdmSchema", stored.schema_uri),
    }


def _mapping(
    index: int, sent: dict[str, Any], stored: MappingSet, stamp: dict[str, Any]
) -> dict[str, Any]:
    source = sent.get("source", sent.get("sourceAttribute"))
    target = sent.get("destination", sent.get("destinationXdmPath"))
    return {
        **stamp,
        "id": f"{stored.set_id}-{index}",
        "sourceType": "ATTRIBUTE",
        **sent,
        "source": source,
        "destination": target,
        "sourceAttribute": source,
        "destinationXdmPath": target,
    }


def _receipt(stored: MappingSet) -> dict[str, Any]:
    return {
        "id": stored.set_id,
        "version": stored.version,
        "createdDate": stored.created_ms,
        "modifiedDate": stored.updated_ms,
        "createdBy": stored.created_by,
        "modifiedBy": stored.updated_by,
    }


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("The body must be a JSON object")
    body: dict[str, Any] = request.data
    return body


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdigit() else default
