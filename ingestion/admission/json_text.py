"""What a JSON parser forgives and a profile store must not: NUL characters and repeated keys."""

import json
from typing import Any

import orjson

from ingestion.admission.types import Refusal

_ESCAPED_NUL = b"\\u0000"


def parse(payload: bytes) -> dict[str, Any]:
    """The message as a dict; raises Refusal when it is not a JSON object or repeats a key."""
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Refusal("INGEST-1401-400", f"The message is not valid JSON: {error}") from error
    if not isinstance(message, dict):
        raise Refusal(
            "INGEST-1401-400",
            "The message is not a JSON object",
            received=type(message).__name__,
            expected="object",
        )
    return message


def check_text(payload: bytes, message: dict[str, Any]) -> None:
    """Raise Refusal for NUL characters in strings and for keys given twice in one object.

    Both are looked for only when a cheap sign of them is there: an escaped NUL in the bytes, or
    more quotes in the bytes than in the parsed message written again.
    """
    if _ESCAPED_NUL in payload:
        path = _find_nul(message, "")
        if path is not None:
            raise Refusal(
                "DCVS-1105-400",
                f"The string at {path} holds a NUL character, which cannot be stored",
                path=path,
                received="\\u0000",
                expected="a string without NUL characters",
            )
    if payload.count(b'"') > orjson.dumps(message).count(b'"'):
        json.loads(payload, object_pairs_hook=_refuse_repeated_keys)


def _find_nul(value: Any, path: str) -> str | None:
    if isinstance(value, str):
        return (path or "/") if "\0" in value else None
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            return path or "/"
        children = list(value.items())
    elif isinstance(value, list):
        children = [(str(index), item) for index, item in enumerate(value)]
    else:
        return None
    found = (_find_nul(item, f"{path}/{key}") for key, item in children)
    return next((one for one in found if one), None)


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise Refusal(
                "ONEFOLD-1004-400",
                f"The key {key!r} is given twice in one object; only one value could be kept",
                path=f"//{key}",
                received=json.dumps([seen[key], value])[:200],
                expected="each key once",
            )
        seen[key] = value
    return seen
