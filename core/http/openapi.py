"""Shapes the API description shares. Bodies are documents: their rules live in the actions."""

from typing import Any

ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
ANY_JSON: dict[str, Any] = {}
KEYED_OBJECTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": ANY_OBJECT,
    "description": "Objects keyed by their id",
}
REFERENCES: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
FORM_REQUEST: dict[str, Any] = {
    "application/x-www-form-urlencoded": {
        "type": "object",
        "properties": {
            "grant_type": {"type": "string"},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string"},
            "scope": {"type": "string"},
            "code": {"type": "string"},
            "jwt_token": {"type": "string"},
        },
    }
}
TOKEN_RESPONSE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string"},
        "expires_in": {"type": "integer"},
    },
    "required": ["access_token", "token_type", "expires_in"],
}
