"""`/data/foundation/sandbox-management`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.openapi import ANY_OBJECT, operation
from core.http.params import flag, parse_property, whole
from core.http.views import ANYONE, ApiView, rights
from core.sandboxes import actions
from core.sandboxes.models import Sandbox
from core.sandboxes.queries import get_sandbox, list_sandboxes

BASE = "/data/foundation/sandbox-management"
_DEFAULT_LIMIT = 50
_MOST = 1000
_TAG = "sandboxes"
_LIST = {
    "limit": "Page size, 1 to 1000",
    "offset": "Sandboxes to skip",
    "property": "Filter such as `name==dev1`; may repeat",
    "orderBy": "Field names, `-` first for descending",
}


def sandbox_body(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    """A sandbox as this API shows it."""
    return {
        "id": str(sandbox.uuid),
        "name": sandbox.name,
        "title": sandbox.title,
        "state": sandbox.state,
        "type": sandbox.type,
        "region": "VA7",
        "isDefault": sandbox.is_default,
        "eTag": sandbox.version,
        "etag": sandbox.version,
        "createdDate": _date(sandbox.created_at),
        "lastModifiedDate": _date(sandbox.updated_at),
        "createdBy": sandbox.created_by,
        "modifiedBy": sandbox.modified_by,
        **changes,
    }


def _date(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}"


class SandboxManagementView(ApiView):
    """An endpoint of sandbox management."""

    service = "SMS"
    permission: ClassVar[Mapping[str, str]] = {
        **rights("view-sandboxes", "manage-sandboxes"),
        "PUT": "reset-sandboxes",
    }


class VisibleSandboxesView(SandboxManagementView):
    """The active sandboxes a caller can work in."""

    permission = rights(ANYONE)

    @operation(_TAG)
    def get(self, request: Request) -> Response:
        caller = self.caller(request)
        found = list_sandboxes(organization=caller.organization)
        active = [
            sandbox_body(s)
            for s in found.filter(state=Sandbox.State.ACTIVE)
            if caller.actor.sees(s.pk)
        ]
        return Response({"sandboxes": active, "_page": {"count": len(active)}, "_links": {}})


class SandboxesView(SandboxManagementView):
    """All sandboxes, page by page, and the creation of one."""

    @operation(_TAG, query=_LIST)
    def get(self, request: Request) -> Response:
        params = request.query_params
        limit = whole(params, "limit", default=_DEFAULT_LIMIT, least=1, most=_MOST)
        offset = whole(params, "offset", default=0)
        found = list_sandboxes(
            organization=self.caller(request).organization,
            filters=[parse_property(text) for text in params.getlist("property")],
            order_by=[n.strip() for n in params.get("orderBy", "").split(",") if n.strip()],
        )
        page = list(found[offset : offset + limit + 1])
        links: dict[str, Any] = {
            "page": {
                "href": f"{BASE}/sandboxes?limit={{limit}}&offset={{offset}}",
                "templated": True,
            }
        }
        if len(page) > limit:
            links["next"] = {"href": f"{BASE}/sandboxes?limit={limit}&offset={offset + limit}"}
        shown = [sandbox_body(sandbox) for sandbox in page[:limit]]
        body = {
            "sandboxes": shown,
            "_page": {"limit": limit, "count": len(shown)},
            "_links": links,
        }
        return Response(body)

    @operation(_TAG, body=ANY_OBJECT, status=202)
    def post(self, request: Request) -> Response:
        body = _object(request.data)
        caller = self.caller(request)
        sandbox = actions.create_sandbox(
            actor=caller.actor,
            organization=caller.organization,
            name=_text(body, "name"),
            title=_text(body, "title"),
            sandbox_type=_text(body, "type"),
        )
        return Response(sandbox_body(sandbox, state=Sandbox.State.CREATING), 202)


class SandboxView(SandboxManagementView):
    """One sandbox by its name."""

    @operation(_TAG)
    def get(self, request: Request, name: str) -> Response:
        caller = self.caller(request)
        return Response(sandbox_body(get_sandbox(organization=caller.organization, name=name)))

    @operation(_TAG, body=ANY_OBJECT)
    def patch(self, request: Request, name: str) -> Response:
        body = _object(request.data)
        fixed = sorted({"name", "type"} & set(body))
        if fixed:
            message = f"{' and '.join(fixed)} cannot be changed"
            raise Invalid(message, code="2003", path=fixed[0], received=body[fixed[0]])
        caller = self.caller(request)
        sandbox = actions.rename_sandbox(
            actor=caller.actor,
            organization=caller.organization,
            name=name,
            title=_text(body, "title"),
        )
        return Response(sandbox_body(sandbox))

    @operation(
        _TAG, body=ANY_OBJECT, status=202, query={"validationOnly": "Check without resetting"}
    )
    def put(self, request: Request, name: str) -> Response:
        action = _text(_object(request.data), "action")
        if action != "reset":
            raise Invalid("action must be reset", code="2003", path="action", received=action)
        caller = self.caller(request)
        check_only = flag(request.query_params, "validationOnly")
        sandbox = actions.reset_sandbox(
            actor=caller.actor,
            organization=caller.organization,
            name=name,
            validate_only=check_only,
        )
        if check_only:
            return Response(sandbox_body(sandbox))
        return Response(sandbox_body(sandbox, state=Sandbox.State.RESETTING), 202)

    @operation(_TAG, status=202, query={"validationOnly": "Check without deleting"})
    def delete(self, request: Request, name: str) -> Response:
        caller = self.caller(request)
        check_only = flag(request.query_params, "validationOnly")
        sandbox = actions.delete_sandbox(
            actor=caller.actor,
            organization=caller.organization,
            name=name,
            validate_only=check_only,
        )
        if check_only:
            return Response(sandbox_body(sandbox))
        return Response(sandbox_body(sandbox, state=Sandbox.State.DELETING), 202)


class SandboxTypesView(SandboxManagementView):
    """The kinds a sandbox can have."""

    permission = rights(ANYONE)

    @operation(_TAG)
    def get(self, _request: Request) -> Response:
        types = [{"id": str(kind.value), "title": kind.label} for kind in Sandbox.Type]
        return Response({"sandboxTypes": types, "_page": {"count": len(types)}, "_links": {}})


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a text", code="2003", path=name, received=value)
    return value


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object", code="2003")
    return body
