"""Shapes the API description shares. Bodies are documents: their rules live in the actions."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

Schema = Mapping[str, Any]
ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}
ANY_ARRAY: Schema = {"type": "array", "items": {}}
ANY_JSON: Schema = {}
KEYED_OBJECTS: Schema = {
    "type": "object",
    "additionalProperties": ANY_OBJECT,
    "description": "Objects keyed by their id",
}
REFERENCES: Schema = {"type": "array", "items": {"type": "string"}}
TOKEN: Schema = {
    "type": "object",
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string"},
        "expires_in": {"type": "integer"},
    },
    "required": ["access_token", "token_type", "expires_in"],
}
JSON_PATCH: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "op": {"type": "string"},
            "path": {"type": "string"},
            "value": {},
        },
        "required": ["op", "path"],
    },
}
_COMMON_STEPS = frozenset({"data", "core", "foundation"})


def form(*names: str) -> dict[str, Any]:
    """Request body of a form with these text fields."""
    fields = {name: {"type": "string"} for name in names}
    schema = {"type": "object", "properties": fields}
    return {"application/x-www-form-urlencoded": schema, "multipart/form-data": schema}


def operation(
    tag: str,
    *,
    answer: Schema | None = ANY_OBJECT,
    status: int = 200,
    body: Schema | None = None,
    query: Mapping[str, str] | None = None,
) -> Callable[[Any], Any]:
    """Describe one method of a view: its tag, bodies and query parameters."""
    return extend_schema(
        tags=[tag],
        request=None if body is None else {"application/json": dict(body)},
        responses={status: OpenApiResponse() if answer is None else dict(answer)},
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.QUERY, description=text)
            for name, text in (query or {}).items()
        ],
    )


class PathNamedSchema(AutoSchema):
    """Names operations after method and path, so that a list and its items never collide."""

    def get_operation_id(self) -> str:
        steps = [step for step in self.path.strip("/").split("/") if step not in _COMMON_STEPS]
        words = ["by_" + step.strip("{}") if step.startswith("{") else step for step in steps]
        return "_".join([self.method.lower(), *words]).replace("-", "_")


class GatewayScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a program signs in: a bearer token beside its api key and organization."""

    target_class = "core.http.gateway.GatewayAuthentication"
    name = ["bearer", "apiKey", "organization"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        del auto_schema
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "x-api-key"},
            {"type": "apiKey", "in": "header", "name": "x-gw-ims-org-id"},
        ]


def plain_paths(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Paths without the optional trailing slash the routes tolerate."""
    paths = result.get("paths", {})
    result["paths"] = {path.rstrip("/") or "/": item for path, item in sorted(paths.items())}
    return result
