"""`/data/core/ca/attributes`: computed attributes."""

from dataclasses import replace
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
from ingestion.schemas.lookup import tenant_of
from ingestion.xdm.names import UNION_SUFFIX, tenant_field, uri_of
from profiles.api.bodies import (
    Json,
    flag,
    optional_text,
    require_object,
    require_text,
    whole_number,
)
from profiles.api.segment_inputs import expression_of
from profiles.api.ups import UpsView
from profiles.segmentation.computed import actions, queries
from profiles.segmentation.computed.types import AttributeInput, InvalidAttribute
from profiles.segmentation.computed.windows import Duration
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.pql.typed import COMPUTED
from profiles.segmentation.types import PROFILE_SCHEMA

_TAG = "Computed attributes"
_LIMIT, _MOST = 20, 40
_WRITABLE = ("DRAFT", "NEW")
_XDM_TYPES = {"integer": "long"}
_PROPERTY = "name=="


class ComputedAttributesView(UpsView):
    """The computed attributes of a sandbox."""

    permission = rights("view-segments", "manage-segments")

    @extend_schema(
        tags=[_TAG],
        summary="List computed attributes",
        description="The list comes under `children` and, with the same items, under"
        " `computedAttributes`: clients of either kind find theirs.",
        parameters=[
            OpenApiParameter("limit", int, description="1 to 40, default 20"),
            OpenApiParameter("offset", int),
            OpenApiParameter(
                "sortBy",
                str,
                description="name, status, updateEpoch or createEpoch, with a leading - descending",
            ),
            OpenApiParameter("property", str, description="Such as name==purchaseTotal4w"),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params = request.query_params
        offset = whole_number(params.get("offset"), name="offset", default=0)
        limit = whole_number(params.get("limit"), name="limit", default=_LIMIT, least=1)
        if limit > _MOST:
            message = f"limit must be from 1 to {_MOST}."
            raise Invalid(message, path="limit", received=limit)
        rows = queries.list_attributes(
            sandbox=sandbox, order=_order(params.get("sortBy")), name=_name(params)
        )
        total = rows.count()
        children = [attribute_body(each, sandbox) for each in rows[offset : offset + limit]]
        return Response(
            {
                "_page": {
                    "offset": offset,
                    "limit": limit,
                    "count": len(children),
                    "totalCount": total,
                    "pageSize": len(children),
                },
                "children": children,
                "computedAttributes": children,
                "_links": _links(params, offset=offset, limit=limit, total=total),
            }
        )

    @extend_schema(
        tags=[_TAG],
        summary="Create a computed attribute",
        description="`status` is `DRAFT`, or `NEW` to publish at once: its values are then computed"
        " in the background.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        created = actions.create_attribute(
            _input(require_object(request.data)), actor=caller.actor, sandbox=caller.sandbox
        )
        return Response(attribute_body(created, caller.sandbox))


class ComputedAttributeView(UpsView):
    """One computed attribute."""

    permission = rights("view-segments", "manage-segments")

    @extend_schema(tags=[_TAG], summary="Get a computed attribute", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, attribute_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        found = queries.get_attribute(sandbox=sandbox, attribute_id=attribute_id)
        return Response(attribute_body(found, sandbox))

    @extend_schema(
        tags=[_TAG],
        summary="Change a draft, publish it, or deactivate a published attribute",
        description='What the body leaves out stays. `{"status": "NEW"}` publishes a draft or an'
        ' inactive attribute, `{"status": "DISABLED"}` deactivates a published one.',
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
    )
    def patch(self, request: Request, attribute_id: str) -> Response:
        caller = self.caller(request)
        changed = _change(
            require_object(request.data),
            actor=caller.actor,
            sandbox=caller.sandbox,
            attribute_id=attribute_id,
        )
        return Response(attribute_body(changed, caller.sandbox))

    @extend_schema(
        tags=[_TAG],
        summary="Delete a computed attribute with its values",
        description="422 while an audience uses it.",
        responses={202: OpenApiTypes.OBJECT},
    )
    def delete(self, request: Request, attribute_id: str) -> Response:
        caller = self.caller(request)
        removed = actions.delete_attribute(
            actor=caller.actor, sandbox=caller.sandbox, attribute_id=attribute_id
        )
        return Response(attribute_body(removed, caller.sandbox), status=202)


def attribute_body(attribute: ComputedAttribute, sandbox: Sandbox) -> Json:
    """A computed attribute as this service shows it."""
    owner = tenant_field(tenant_of(sandbox))
    body: Json = {
        "id": str(attribute.pk),
        "type": "ComputedAttribute",
        "name": attribute.name,
        "displayName": attribute.display_name,
        "description": attribute.description,
        "imsOrgId": sandbox.organization.ims_org_id,
        "sandbox": {
            "sandboxId": str(sandbox.uuid),
            "sandboxName": sandbox.name,
            "type": sandbox.type,
            "isDefault": sandbox.is_default,
        },
        "path": f"{owner}/{COMPUTED}",
        "positionPath": [owner, COMPUTED],
        "keepCurrent": attribute.keep_current,
        "expression": {
            "type": "PQL",
            "format": attribute.expression_format,
            "value": attribute.expression_value,
        },
        "duration": {"count": attribute.duration_count, "unit": attribute.duration_unit},
        "mergeFunction": {"value": attribute.function},
        "status": attribute.status,
        "schema": {"name": PROFILE_SCHEMA},
        "lastEvaluationTs": attribute.evaluated_ms,
        "returnSchema": _return_schema(attribute.return_type),
        "definedOn": [
            {
                "meta:resourceType": "unions",
                "meta:containerId": "tenant",
                "$ref": uri_of(PROFILE_SCHEMA) + UNION_SUFFIX,
            }
        ],
        "createEpoch": attribute.created_ms // 1000,
        "updateEpoch": attribute.updated_ms // 1000,
        "createdBy": attribute.created_by,
    }
    if attribute.error:
        body["statusReason"] = attribute.error
    return body


def _return_schema(name: str) -> Json:
    if name.endswith("[]"):
        return {"meta:xdmType": "array", "items": _return_schema(name.removesuffix("[]"))}
    return {"meta:xdmType": _XDM_TYPES.get(name, name)}


def _change(body: Json, *, actor: Any, sandbox: Sandbox, attribute_id: str) -> ComputedAttribute:
    """A change of status alone is one of published attributes, too."""
    found = queries.get_attribute(sandbox=sandbox, attribute_id=attribute_id)
    if body == {"status": "DISABLED"}:
        return actions.deactivate_attribute(actor=actor, sandbox=sandbox, attribute_id=attribute_id)
    if body == {"status": "NEW"} and found.status == ComputedAttribute.Status.DISABLED:
        return actions.publish_attribute(actor=actor, sandbox=sandbox, attribute_id=attribute_id)
    return actions.change_attribute(
        lambda stored: _changed(body, stored),
        actor=actor,
        sandbox=sandbox,
        attribute_id=attribute_id,
    )


def _input(body: Json) -> AttributeInput:
    for name in ("expression", "duration", "status"):
        if name not in body:
            raise Invalid(f"{name} is required.", path=name)
    if not isinstance(body.get("description"), str):
        raise Invalid("description is required and must be a text.", path="description")
    return AttributeInput(
        name=require_text(body, "name"),
        display_name=require_text(body, "displayName"),
        expression=expression_of(body["expression"]),
        duration=_duration(body["duration"]),
        description=body["description"],
        keep_current=flag(body.get("keepCurrent"), name="keepCurrent"),
        published=_published(body["status"]),
    )


def _changed(body: Json, stored: AttributeInput) -> AttributeInput:
    made = replace(
        stored,
        name=optional_text(body, "name", stored.name),
        display_name=optional_text(body, "displayName", stored.display_name),
        description=optional_text(body, "description", stored.description),
        keep_current=flag(body.get("keepCurrent"), name="keepCurrent", default=stored.keep_current),
    )
    if body.get("expression") is not None:
        made = replace(made, expression=expression_of(body["expression"]))
    if body.get("duration") is not None:
        made = replace(made, duration=_duration(body["duration"]))
    if body.get("status") is not None:
        made = replace(made, published=_published(body["status"]))
    return made


def _duration(given: Any) -> Duration:
    body = require_object(given)
    count = body.get("count")
    if not isinstance(count, int) or isinstance(count, bool):
        message = "duration.count must be a whole number."
        raise Invalid(message, path="duration.count", received=count)
    return Duration(count, require_text(body, "unit").upper())


def _published(status: Any) -> bool:
    if status not in _WRITABLE:
        message = f"status must be one of {', '.join(_WRITABLE)}."
        raise InvalidAttribute(message, path="status", received=status)
    return bool(status == "NEW")


def _order(given: str | None) -> str:
    name = given or "-updateEpoch"
    column = queries.ORDERS.get(name.removeprefix("-"))
    if column is None:
        message = f"sortBy must be one of {', '.join(queries.ORDERS)}, with a - for descending."
        raise Invalid(message, path="sortBy", received=given)
    return f"-{column}" if name.startswith("-") else column


def _name(params: QueryDict) -> str | None:
    given = params.get("property")
    if not given:
        return None
    if not given.startswith(_PROPERTY):
        raise Invalid("property must be name==…", path="property", received=given)
    return given.removeprefix(_PROPERTY)


def _links(params: QueryDict, *, offset: int, limit: int, total: int) -> Json:
    """Every link with an address; an empty one leads nowhere."""
    kept = [(key, params[key]) for key in params if key not in {"offset", "limit"}]

    def href(start: int | None) -> Json:
        if start is None:
            return {"href": ""}
        query = urlencode([("offset", start), ("limit", limit), *kept])
        return {"href": f"@/attributes?{query}"}

    return {
        "self": href(offset),
        "next": href(offset + limit if offset + limit < total else None),
        "prev": href(max(offset - limit, 0) if offset else None),
        "last": href(max(total - 1, 0) // limit * limit),
    }
