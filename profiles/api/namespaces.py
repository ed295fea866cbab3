"""`/data/core/idnamespace`: identity namespaces."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Forbidden
from core.http.views import ApiView, rights
from ingestion.namespaces import actions, queries
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.types import NamespaceInput
from profiles.api.bodies import optional_text, require_object, require_text


def namespace_body(namespace: IdentityNamespace) -> dict[str, Any]:
    """A namespace as the API shows it."""
    return {
        "updateTime": namespace.updated_ms,
        "code": namespace.code,
        "status": namespace.status,
        "description": namespace.description,
        "id": namespace.id,
        "createTime": namespace.created_ms,
        "idType": namespace.id_type,
        "name": namespace.name,
        "custom": namespace.custom,
    }


def _input(data: Any) -> NamespaceInput:
    body = require_object(data)
    return NamespaceInput(
        name=require_text(body, "name"),
        code=require_text(body, "code"),
        id_type=require_text(body, "idType"),
        description=optional_text(body, "description"),
    )


class NamespacesView(ApiView):
    """The collection of namespaces."""

    permission = rights("view-identity-namespaces", "manage-identity-namespaces")
    service = "IDNS"

    @extend_schema(
        tags=["Identity namespaces"],
        summary="List standard and custom namespaces",
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, ims_org_id: str | None = None) -> Response:
        organization = self.caller(request).organization
        if ims_org_id not in (None, organization.ims_org_id):
            msg = "The token gives no access to that organization."
            raise Forbidden(msg, organization=ims_org_id)
        return Response(
            [namespace_body(n) for n in queries.list_namespaces(organization=organization)]
        )

    @extend_schema(
        tags=["Identity namespaces"],
        summary="Create a custom namespace",
        description="`code` and `idType` can never change; 409 when the code is in use.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        created = actions.create_namespace(
            _input(request.data), actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(namespace_body(created))


class OrganizationNamespacesView(NamespacesView):
    """The same list under the organization's address; read only."""

    http_method_names = ["get", "head", "options"]


class NamespaceView(ApiView):
    """One namespace."""

    permission = rights("view-identity-namespaces", "manage-identity-namespaces")
    service = "IDNS"

    @extend_schema(
        tags=["Identity namespaces"],
        summary="Get a namespace",
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, number: str) -> Response:
        organization = self.caller(request).organization
        return Response(
            namespace_body(queries.get_namespace(organization=organization, number=int(number)))
        )

    @extend_schema(
        tags=["Identity namespaces"],
        summary="Rename or describe a custom namespace",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def put(self, request: Request, number: str) -> Response:
        caller = self.caller(request)
        updated = actions.update_namespace(
            _input(request.data), actor=caller.actor, sandbox=caller.sandbox, number=int(number)
        )
        return Response(namespace_body(updated))
