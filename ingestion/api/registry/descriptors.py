"""`/tenant/descriptors`: identities, relationships and other meaning bound to fields."""

from dataclasses import replace
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.http.openapi import ANY_OBJECT, operation
from ingestion.api.registry.base import TAG, RegistryView, asked_form, list_query
from ingestion.schemas import descriptor_actions, queries
from ingestion.schemas.descriptors import MAX_PER_SANDBOX
from ingestion.schemas.types import Page, Raw
from ingestion.xdm.accept import AcceptForm

# Kinds every list shows, empty or not.
_ALWAYS = (
    "xdm:descriptorIdentity",
    "xdm:descriptorOneToOne",
    "xdm:descriptorReferenceIdentity",
    "xdm:alternateDisplayInfo",
)


class DescriptorsView(RegistryView):
    """All descriptors of the sandbox."""

    @operation(TAG, query={"property": "Condition such as `@type==xdm:descriptorIdentity`"})
    def get(self, request: Request) -> Response:
        """Descriptors by type, or with a `v2` Accept as a paged list."""
        form = asked_form(request)
        query = list_query(request)
        paged = "v2" in form.flags
        if not paged:
            query = replace(query, limit=MAX_PER_SANDBOX, start=None)
        page = queries.list_descriptors(self.sandbox(request), query)
        return Response(_paged(page, form) if paged else _by_type(page, form))

    @operation(TAG, body=ANY_OBJECT, status=201)
    def post(self, request: Request) -> Response:
        """Create a descriptor."""
        caller = self.caller(request)
        document = descriptor_actions.create_descriptor(
            request.data, sandbox=caller.sandbox, actor=caller.actor
        )
        return Response(document, 201)


def _shown(document: Raw, form: AcceptForm) -> Any:
    if form.id_only:
        return document["@id"]
    if "link" in form.flags:
        return f"/tenant/descriptors/{document['@id']}"
    return document


def _by_type(page: Page, form: AcceptForm) -> dict[str, list[Any]]:
    shown: dict[str, list[Any]] = {kind: [] for kind in _ALWAYS}
    for document in page.items:
        shown.setdefault(document["@type"], []).append(_shown(document, form))
    return shown


def _paged(page: Page, form: AcceptForm) -> dict[str, Any]:
    results = [_shown(document, form) for document in page.items]
    return {
        "results": results,
        "_page": {"orderby": page.orderby, "next": page.next, "count": len(results)},
    }


class DescriptorView(RegistryView):
    """One descriptor by its `@id`."""

    @operation(TAG)
    def get(self, request: Request, identifier: str) -> Response:
        """The whole descriptor; Accept plays no part."""
        return Response(queries.get_descriptor(self.sandbox(request), identifier).document)

    @operation(TAG, body=ANY_OBJECT, status=201)
    def put(self, request: Request, identifier: str) -> Response:
        """Replace the whole descriptor."""
        caller = self.caller(request)
        document = descriptor_actions.replace_descriptor(
            request.data, identifier=identifier, sandbox=caller.sandbox, actor=caller.actor
        )
        return Response({"@id": document["@id"]}, 201)

    @operation(TAG, answer=None, status=204)
    def delete(self, request: Request, identifier: str) -> Response:
        """Delete the descriptor."""
        caller = self.caller(request)
        descriptor_actions.delete_descriptor(
            identifier=identifier, sandbox=caller.sandbox, actor=caller.actor
        )
        return Response(status=204)
