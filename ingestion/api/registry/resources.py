"""`/{global|tenant}/{type}`: lists and single resources."""

from typing import Any, cast
from urllib.parse import urlencode

from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Forbidden
from core.http.openapi import ANY_OBJECT, JSON_PATCH, operation
from ingestion.api.registry.base import (
    BASE,
    TAG,
    RegistryView,
    asked_form,
    document_answer,
    list_query,
    rendered,
)
from ingestion.schemas import actions, queries
from ingestion.schemas.documents import etag_of
from ingestion.schemas.types import READ_ONLY, Container, Page, Raw, not_found
from ingestion.xdm import names
from ingestion.xdm.accept import AcceptForm
from ingestion.xdm.views import summary

_LISTED = {
    "global": ("behaviors", "classes", "mixins", "datatypes", "schemas"),
    "tenant": ("classes", "mixins", "datatypes", "schemas", "unions"),
}
_QUERY = {
    "orderby": "Field names, `-` first for descending; `updated` by default",
    "limit": "Page size, 1 to 300",
    "start": "Value of the first order field of the last item seen",
    "property": "Condition such as `title==Loyalty member`; repeat or join by comma",
}


def _kind(container: str, name: str) -> str:
    kind = names.canonical_type(name)
    if kind not in _LISTED[container]:
        raise not_found("", f"/{container}/{name}", "resource type")
    return kind


def _writable(container: str, name: str) -> str:
    kind = _kind(container, name)
    if container == "global" or kind == "unions":
        message = f"Resources of /{container}/{name} are read only."
        raise Forbidden(message, code=READ_ONLY)
    return kind


class ResourcesView(RegistryView):
    """All resources of one type."""

    @operation(TAG, query=_QUERY)
    def get(self, request: Request, container: str, kind: str) -> Response:
        """One page of resources in the form the Accept header asks for."""
        form = asked_form(request)
        name, kind = kind, _kind(container, kind)
        sandbox = self.sandbox(request)
        query = list_query(request)
        page = queries.list_resources(
            sandbox, container=cast("Container", container), kind=kind, query=query
        )
        items = _items(page, form, self, request)
        links = _links(request, page, f"{container}/{name}", kind)
        shown = {"orderby": page.orderby, "next": page.next, "count": len(items)}
        return Response({"results": items, "_page": shown, "_links": links})

    @operation(TAG, body=ANY_OBJECT, status=201)
    def post(self, request: Request, container: str, kind: str) -> Response:
        """Create a tenant resource."""
        caller = self.caller(request)
        document = actions.create_resource(
            request.data,
            kind=_writable(container, kind),
            sandbox=caller.sandbox,
            actor=caller.actor,
        )
        return document_answer(document, status=201)


def _items(page: Page, form: AcceptForm, view: RegistryView, request: Request) -> list[Raw]:
    if form.id_only:
        return [_summary(document) for document in page.items]
    sandbox = view.sandbox(request)
    lookup = queries.lookup_for(sandbox, page.items if form.full else ())
    return rendered(page.items, form, sandbox, lookup=lookup)


def _summary(document: Raw) -> Raw:
    shown = summary(document)
    # Unions have no version of their own: they change with their schemas.
    return {**shown, "version": "1"} if document["meta:resourceType"] == "unions" else shown


def _links(request: Request, page: Page, path: str, kind: str) -> dict[str, Any]:
    links: dict[str, Any] = {"next": None}
    if page.next is not None:
        params = {**request.query_params.dict(), "orderby": page.orderby, "start": page.next}
        pairs = [(key, value) for key, value in params.items() if key != "property"]
        pairs += [("property", value) for value in request.query_params.getlist("property")]
        links["next"] = {"href": f"{BASE}/{path}?{urlencode(pairs)}"}
    if path.startswith("tenant") and kind != "unions":
        href = request.build_absolute_uri(f"{BASE}/global/{kind}")
        links[f"global_{kind}"] = {"href": href}
    return links


class ResourceView(RegistryView):
    """One resource, named by its URL-encoded `$id` or its `meta:altId`."""

    @operation(TAG)
    def get(self, request: Request, container: str, kind: str, identifier: str) -> Response:
        """The resource in the form the Accept header asks for."""
        form = asked_form(request)
        sandbox = self.sandbox(request)
        document = queries.get_resource(
            sandbox,
            container=cast("Container", container),
            kind=_kind(container, kind),
            identifier=identifier,
        )
        lookup = queries.lookup_for(sandbox, [document] if form.full else ())
        (shown,) = rendered([document], form, sandbox, lookup=lookup)
        return document_answer(shown, etag=etag_of(document))

    @operation(TAG, body=ANY_OBJECT)
    def put(self, request: Request, container: str, kind: str, identifier: str) -> Response:
        """Replace the whole resource."""
        document = actions.replace_resource(
            request.data, **self._write(request, container, kind, identifier)
        )
        return document_answer(document)

    @operation(TAG, body=JSON_PATCH)
    def patch(self, request: Request, container: str, kind: str, identifier: str) -> Response:
        """Change the stored document by JSON Patch."""
        document = actions.patch_resource(
            request.data, **self._write(request, container, kind, identifier)
        )
        return document_answer(document)

    @operation(TAG, answer=None, status=204)
    def delete(self, request: Request, container: str, kind: str, identifier: str) -> Response:
        """Delete a resource that nothing uses."""
        actions.delete_resource(**self._write(request, container, kind, identifier))
        return Response(status=204)

    def _write(
        self, request: Request, container: str, kind: str, identifier: str
    ) -> dict[str, Any]:
        caller = self.caller(request)
        return {
            "kind": _writable(container, kind),
            "identifier": identifier,
            "sandbox": caller.sandbox,
            "actor": caller.actor,
            "if_match": request.headers.get("if-match"),
        }
