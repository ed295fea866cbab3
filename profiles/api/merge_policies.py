"""`/data/core/ups/config/mergePolicies`: how fragments become one profile."""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.views import rights
from core.sandboxes.models import Sandbox
from profiles.api.bodies import Json, flag, require_object, require_text, whole_number
from profiles.api.ups import UpsView, sandbox_body
from profiles.store import actions, queries
from profiles.store.models import MergePolicy
from profiles.store.types import MergePolicyFilter, MergePolicyInput

_MOST_IN_BULK = 1000
_SINGLE_VALUES = ("name", "default", "isActiveOnEdge")
_NESTED = ("schema", "identityGraph", "attributeMerge")


def policy_body(policy: MergePolicy, sandbox: Sandbox) -> Json:
    """A merge policy as the API shows it."""
    merge: Json = {"type": policy.attribute_merge}
    if policy.attribute_merge == MergePolicy.AttributeMerge.DATASETS:
        merge["order"] = policy.dataset_order
    return {
        "id": str(policy.id),
        "name": policy.name,
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": sandbox_body(sandbox),
        "schema": {"name": policy.schema_name},
        "version": policy.version,
        "identityGraph": {"type": policy.identity_graph},
        "attributeMerge": merge,
        "isActiveOnEdge": policy.is_active_on_edge,
        "default": policy.is_default,
        "updateEpoch": policy.updated_ms // 1000,
    }


def policy_input(body: Json, *, stored: MergePolicy | None = None) -> MergePolicyInput:
    """A policy from a body; absent name and flags keep what is stored."""
    parts = {name: require_object(body.get(name) or {}) for name in _NESTED}
    for name, part in parts.items():
        key = "name" if name == "schema" else "type"
        if not isinstance(part.get(key), str):
            msg = f"{name}.{key} is required."
            raise Invalid(msg, path=f"{name}.{key}", received=part.get(key))
    merge = parts["attributeMerge"]
    ordered = merge["type"] == MergePolicy.AttributeMerge.DATASETS
    is_default = stored.is_default if stored else False
    on_edge = stored.is_active_on_edge if stored else False
    return MergePolicyInput(
        name=_name(body, stored, parts["schema"]["name"]),
        schema_name=parts["schema"]["name"],
        identity_graph=parts["identityGraph"]["type"],
        attribute_merge=merge["type"],
        dataset_order=_order(merge.get("order")) if ordered else (),
        is_default=flag(body.get("default"), name="default", default=is_default),
        is_active_on_edge=flag(body.get("isActiveOnEdge"), name="isActiveOnEdge", default=on_edge),
    )


def _name(body: Json, stored: MergePolicy | None, schema_name: str) -> str:
    if body.get("name") is not None:
        return require_text(body, "name")
    return stored.name if stored else f"Merge policy for {schema_name}"


def _order(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        msg = "attributeMerge.order must be a list of dataset ids."
        raise Invalid(msg, path="attributeMerge.order", received=value)
    return tuple(value)


def patched(body: Json, patch: Any) -> Json:
    """`body` after the operations of a PATCH: a list of them, one of them, or bare members."""
    if isinstance(patch, dict) and "path" not in patch:
        operations = [{"op": "add", "path": f"/{k}", "value": v} for k, v in patch.items()]
    else:
        operations = patch if isinstance(patch, list) else [patch]
    for operation in operations:
        _apply(body, require_object(operation))
    return body


def _apply(body: Json, operation: Json) -> None:
    if operation.get("op", "add") not in ("add", "replace"):
        raise Invalid("op must be add or replace.", path="op", received=operation.get("op"))
    path = require_text(operation, "path")
    head, _, tail = path.strip("/").replace("/", ".").partition(".")
    value = operation.get("value")
    if head == "version":
        return  # The server counts versions; clients may send the one they read.
    if head in _SINGLE_VALUES and not tail:
        body[head] = value
    elif head in _NESTED and not tail:
        body[head] = {**body[head], **require_object(value)}
    elif head in _NESTED and tail in ("type", "name", "order"):
        body[head][tail] = value
    else:
        raise Invalid(f"{path} cannot be patched.", path=path)


class MergePoliciesView(UpsView):
    """The merge policies of a sandbox."""

    @extend_schema(
        tags=["Merge policies"],
        summary="List merge policies",
        parameters=[
            OpenApiParameter(name, str)
            for name in (
                "start",
                "limit",
                "orderBy",
                "default",
                "schema.name",
                "identityGraph.type",
                "attributeMerge.type",
                "isActiveOnEdge",
                "version",
            )
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        start = whole_number(params.get("start"), name="start", default=0)
        limit = whole_number(params.get("limit"), name="limit", default=20, least=1, most=1000)
        wanted = _wanted(params)
        total = queries.count_merge_policies(sandbox=sandbox, wanted=wanted)
        order = params.get("orderBy", params.get("orderby", "")).split(",")
        page = queries.list_merge_policies(
            sandbox=sandbox, wanted=wanted, order=order, start=start, limit=limit
        )
        following = start + limit if start + limit < total else None
        return Response(
            {
                "_page": {
                    "totalCount": total,
                    "pageSize": len(page),
                    "count": len(page),
                    "next": "" if following is None else str(following),
                },
                "children": [policy_body(policy, sandbox) for policy in page],
                "_links": {"next": {"href": _next_href(params, following)}},
            }
        )

    @extend_schema(
        tags=["Merge policies"],
        summary="Create a merge policy",
        description="`default` and `isActiveOnEdge` move from the policy that had them.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        created = actions.create_merge_policy(
            policy_input(require_object(request.data)), actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(policy_body(created, caller.sandbox))


class MergePolicyView(UpsView):
    """One merge policy."""

    @extend_schema(
        tags=["Merge policies"], summary="Get a merge policy", responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request, policy_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        policy = queries.get_merge_policy(sandbox=sandbox, policy_id=policy_id)
        return Response(policy_body(policy, sandbox))

    @extend_schema(
        tags=["Merge policies"],
        summary="Replace a merge policy",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def put(self, request: Request, policy_id: str) -> Response:
        return self._update(request, policy_id, require_object(request.data))

    @extend_schema(
        tags=["Merge policies"],
        summary="Change parts of a merge policy",
        description='A list of `{"op": "add", "path": "/name", "value": ...}`, or one of them.',
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def patch(self, request: Request, policy_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        stored = queries.get_merge_policy(sandbox=sandbox, policy_id=policy_id)
        return self._update(request, policy_id, patched(policy_body(stored, sandbox), request.data))

    @extend_schema(
        tags=["Merge policies"],
        summary="Delete a merge policy",
        description="The policy that is active on edge cannot be deleted.",
        responses={200: None},
    )
    def delete(self, request: Request, policy_id: str) -> Response:
        caller = self.caller(request)
        actions.delete_merge_policy(actor=caller.actor, sandbox=caller.sandbox, policy_id=policy_id)
        return Response(None)

    def _update(self, request: Request, policy_id: str, body: Json) -> Response:
        caller = self.caller(request)
        stored = queries.get_merge_policy(sandbox=caller.sandbox, policy_id=policy_id)
        updated = actions.update_merge_policy(
            policy_input(body, stored=stored),
            actor=caller.actor,
            sandbox=caller.sandbox,
            policy_id=policy_id,
        )
        return Response(policy_body(updated, caller.sandbox))


class MergePoliciesBulkView(UpsView):
    """Several merge policies by id."""

    permission = rights("view-profile-configs")

    @extend_schema(
        tags=["Merge policies"],
        summary="Get several merge policies",
        description="Ids that do not exist are missing from `results`.",
        request=OpenApiTypes.OBJECT,
        responses={207: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        ids = require_object(request.data).get("ids")
        if not isinstance(ids, list) or not 0 < len(ids) <= _MOST_IN_BULK:
            raise Invalid(f"ids must list 1 to {_MOST_IN_BULK} objects with an id.", path="ids")
        wanted = [require_text(require_object(item), "id") for item in ids]
        found = queries.find_merge_policies(sandbox=sandbox, policy_ids=wanted)
        return Response(
            {"results": {str(policy.id): policy_body(policy, sandbox) for policy in found}},
            status=207,
        )


def _wanted(params: QueryDict) -> MergePolicyFilter:
    def boolean(name: str) -> bool | None:
        return flag(params[name], name=name) if params.get(name) else None

    version = params.get("version")
    return MergePolicyFilter(
        is_default=boolean("default"),
        is_active_on_edge=boolean("isActiveOnEdge"),
        schema_name=params.get("schema.name"),
        identity_graph=params.get("identityGraph.type"),
        attribute_merge=params.get("attributeMerge.type"),
        version=whole_number(version, name="version", default=0) if version else None,
    )


def _next_href(params: QueryDict, following: int | None) -> str:
    if following is None:
        return ""
    kept = [(name, params[name]) for name in params if name != "start"]
    return f"@/mergePolicies?{urlencode([('start', following), *kept])}"
