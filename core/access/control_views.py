"""`/data/foundation/access-control`: permissions, what the caller may, and roles."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.access import role_actions
from core.access.inputs import RoleInput
from core.access.models import Role
from core.access.permissions import BY_NAME, PERMISSIONS, RESOURCE_TYPES
from core.access.queries import get_role, list_roles
from core.errors import Invalid
from core.http.openapi import ANY_ARRAY, ANY_JSON, ANY_OBJECT, operation
from core.http.views import ANYONE, ApiView, rights
from core.json_patch import apply_patch

BASE = "/data/foundation/access-control"
_TAG = "access control"
_PERMISSION, _RESOURCE = "/permissions/", "/resource-types/"


def role_body(role: Role, *, ims_org_id: str) -> dict[str, Any]:
    """A role as this API shows it."""
    return {
        "id": str(role.uuid),
        "recordType": "role",
        "imsOrgID": ims_org_id,
        "name": role.name,
        "description": role.description,
        "roleType": "system-defined" if role.is_system else "user-defined",
        "permissionSets": role.permissions,
        "sandboxes": [sandbox.name for sandbox in role.sandboxes.all()],
        "subjectAttributes": {"labels": role.labels},
        "createdBy": role.created_by,
        "createdAt": int(role.created_at.timestamp() * 1000),
        "modifiedBy": role.modified_by,
        "modifiedAt": int(role.updated_at.timestamp() * 1000),
        "etag": str(role.version),
    }


def parse_role(body: Any) -> RoleInput:
    """The role in a body; raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object")
    labels = (body.get("subjectAttributes") or {}).get("labels") or []
    return RoleInput(
        name=_text(body, "name"),
        description=_text(body, "description"),
        permissions=_texts(body.get("permissionSets") or [], "permissionSets"),
        sandboxes=_texts(body.get("sandboxes") or [], "sandboxes"),
        labels=_texts(labels, "subjectAttributes.labels"),
    )


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a text", path=name, received=value)
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Invalid(f"{name} must be a list of texts", path=name, received=value)
    return tuple(value)


def _operations(body: Any) -> list[dict[str, Any]]:
    """The operations of a patch: a bare list, or one inside an object."""
    found = body.get("operations") if isinstance(body, dict) else body
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Invalid("The body must hold a list of operations", path="operations")
    return found


class AccessControlView(ApiView):
    """An endpoint of access control."""

    service = "ACS"
    permission = rights("view-access-control", "manage-access-control")

    def shown(self, request: Request, role: Role) -> Response:
        """Answer with one role."""
        return Response(role_body(role, ims_org_id=self.caller(request).organization.ims_org_id))


class ReferenceView(AccessControlView):
    """All permissions with what they give access to."""

    permission = rights(ANYONE)

    @operation(_TAG)
    def get(self, _request: Request) -> Response:
        permissions = {
            each.name: {name: list(verbs) for name, verbs in each.resources.items()}
            for each in PERMISSIONS
        }
        types = {name: list(verbs) for name, verbs in RESOURCE_TYPES.items()}
        return Response({"permissions": permissions, "resource-types": types})


class EffectivePoliciesView(AccessControlView):
    """What the caller may do in the addressed sandbox."""

    permission = rights(ANYONE)

    @operation(_TAG, body=ANY_ARRAY)
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        granted = [n for n in BY_NAME if caller.actor.may(n, caller.sandbox.pk)]
        policies: dict[str, list[str]] = {}
        for asked in _texts(request.data, "body"):
            verbs = _verbs(asked, granted)
            if verbs:
                policies[asked] = verbs
        return Response({"policies": policies})


def _verbs(asked: str, granted: list[str]) -> list[str]:
    if asked.startswith(_PERMISSION):
        return ["*"] if asked.removeprefix(_PERMISSION) in granted else []
    resource = asked.removeprefix(_RESOURCE)
    if not asked.startswith(_RESOURCE) or resource not in RESOURCE_TYPES:
        raise Invalid("Ask for /permissions/… or /resource-types/…", received=asked)
    verbs = {verb for name in granted for verb in BY_NAME[name].resources.get(resource, ())}
    return [verb for verb in ("read", "write", "delete") if verb in verbs]


class RolesView(AccessControlView):
    """All roles, and the creation of one."""

    @operation(_TAG)
    def get(self, request: Request) -> Response:
        organization = self.caller(request).organization
        found = list_roles(organization=organization).prefetch_related("sandboxes")
        bodies = [role_body(role, ims_org_id=organization.ims_org_id) for role in found]
        page = {"limit": len(bodies), "count": len(bodies)}
        # Documents and descriptions of this API disagree on the name: both are given.
        return Response({"items": bodies, "roles": bodies, "_page": page, "_links": {}})

    @operation(_TAG, body=ANY_OBJECT)
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        role = role_actions.create_role(
            parse_role(request.data), actor=caller.actor, organization=caller.organization
        )
        return self.shown(request, role)


class RoleView(AccessControlView):
    """One role by its id."""

    @operation(_TAG)
    def get(self, request: Request, role_id: str) -> Response:
        organization = self.caller(request).organization
        return self.shown(request, get_role(organization=organization, role_id=role_id))

    @operation(_TAG, body=ANY_OBJECT)
    def put(self, request: Request, role_id: str) -> Response:
        return self._change(request, role_id, parse_role(request.data))

    @operation(_TAG, body=ANY_JSON)
    def patch(self, request: Request, role_id: str) -> Response:
        caller = self.caller(request)
        role = get_role(organization=caller.organization, role_id=role_id)
        body = role_body(role, ims_org_id=caller.organization.ims_org_id)
        patched = apply_patch(body, _operations(request.data))
        return self._change(request, role_id, parse_role(patched))

    @operation(_TAG, answer=None, status=204)
    def delete(self, request: Request, role_id: str) -> Response:
        caller = self.caller(request)
        role_actions.delete_role(
            actor=caller.actor, organization=caller.organization, role_id=role_id
        )
        return Response(status=204)

    def _change(self, request: Request, role_id: str, given: RoleInput) -> Response:
        caller = self.caller(request)
        role = role_actions.change_role(
            given, actor=caller.actor, organization=caller.organization, role_id=role_id
        )
        return self.shown(request, role)


class SubjectsView(AccessControlView):
    """Who has a role."""

    @operation(_TAG)
    def get(self, request: Request, role_id: str) -> Response:
        role = get_role(organization=self.caller(request).organization, role_id=role_id)
        return self._subjects(role)

    @operation(_TAG, body=ANY_JSON)
    def patch(self, request: Request, role_id: str) -> Response:
        caller = self.caller(request)
        changes = _operations(request.data)
        wanted = {
            op: [str(each.get("value", "")) for each in changes if each.get("op") == op]
            for op in ("add", "remove")
        }
        role = role_actions.change_members(
            actor=caller.actor,
            organization=caller.organization,
            role_id=role_id,
            add=wanted["add"],
            remove=wanted["remove"],
        )
        return self._subjects(role)

    @staticmethod
    def _subjects(role: Role) -> Response:
        people = [("user", str(pk)) for pk in role.users.values_list("pk", flat=True)]
        programs = [
            ("api-integration", client_id)
            for client_id in role.credentials.values_list("client_id", flat=True)
        ]
        items = [
            {"roleId": str(role.uuid), "subjectType": kind, "subjectId": subject}
            for kind, subject in sorted(people) + sorted(programs)
        ]
        page = {"limit": len(items), "count": len(items)}
        return Response({"items": items, "_page": page, "_links": {}})
