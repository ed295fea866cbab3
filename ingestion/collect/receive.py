"""From a request to what is to be stored: the same for the collector and the API port."""

from collections.abc import Container, Mapping
from urllib.parse import parse_qsl

from core.access.tokens import InvalidToken, verify
from ingestion.collect.body import read_body
from ingestion.collect.envelope import BadMessage, Outside, outside_of, split_batch, stored_form
from ingestion.collect.types import Received, Refused, Request
from ingestion.connections.types import InletInfo
from ingestion.journal.types import Append

_VALIDATION_KEYS = ("syncValidation", "synchronousValidation")
_NO_REFUSALS: Mapping[int, str] = {}


def unknown_inlet(inlet_id: str) -> Refused:
    """404 for an address nothing was created for."""
    return Refused(404, "Unknown inlet", f"inletId: [{inlet_id[:100]}] does not exist.")


def not_allowed(method: str, allowed: str) -> Refused:
    """405 for any other method."""
    message = f"{method[:20]} is not allowed here: use {allowed}."
    return Refused(405, "Method not allowed", message, headers=(("allow", allowed),))


def admit_sender(request: Request, inlet: InletInfo, clients: Container[str]) -> None:
    """Refuse a closed inlet, and a sender without a valid token where the inlet asks for one."""
    if not inlet.enabled:
        raise Refused(403, "Inlet disabled", f"inletId: [{inlet.inlet_id}] is disabled.")
    if not inlet.authentication_required:
        return
    scheme, _, token = (request.headers.get("authorization") or "").strip().partition(" ")
    if not token.strip():
        raise _unauthorized(401, f"[{request.request_id}] Ims service token is empty")
    try:
        claims = verify(token.strip()) if scheme.lower() == "bearer" else None
    except InvalidToken:
        claims = None
    if claims is None or claims.client_id not in clients:
        message = f"[{request.request_id}] Ims service token is invalid or expired"
        raise _unauthorized(403, message)
    if claims.ims_org_id != inlet.ims_org_id:
        message = f"[{request.request_id}] Ims service token belongs to another organization"
        raise _unauthorized(403, message)


def receive(request: Request, inlet: InletInfo) -> Received:
    """What the request asks to store; raises Refused when that is nothing at all."""
    body = read_body(request)
    query = dict(parse_qsl(request.query)) if request.query else {}
    outside = outside_of(request, query)
    if request.is_batch:
        return _receive_batch(request, inlet, body, outside)
    try:
        payload = stored_form(body, inlet, outside)
    except BadMessage as bad:
        raise bad_format(inlet, str(bad)) from bad
    append = Append(inlet.sandbox, inlet.number, request.received_at, (payload,))
    return Received(inlet, append, 1, _NO_REFUSALS, _validation_key(query))


def bad_format(
    inlet: InletInfo, message: str, kind: type[Refused] = Refused, **cause: object
) -> Refused:
    """400 with the words its clients know."""
    return kind(400, "Invalid XDM Message Format", _prefixed(inlet, message), cause=cause or None)


def _receive_batch(request: Request, inlet: InletInfo, body: bytes, outside: Outside) -> Received:
    payloads: list[bytes] = []
    refusals: dict[int, str] = {}
    messages = split_batch(body)
    for index, message in enumerate(messages):
        try:
            payloads.append(stored_form(bytes(message), inlet, outside))
        except BadMessage as bad:
            refusals[index] = _prefixed(inlet, str(bad))
    append = None
    if payloads:
        append = Append(inlet.sandbox, inlet.number, request.received_at, payloads)
    return Received(inlet, append, len(messages), refusals)


def _prefixed(inlet: InletInfo, message: str) -> str:
    return f"inletId: [{inlet.inlet_id}] imsOrgId: [{inlet.ims_org_id}] {message}"


def _validation_key(query: Mapping[str, str]) -> str | None:
    for key in _VALIDATION_KEYS:
        if query.get(key, "").lower() == "true":
            return key
    return None


def _unauthorized(status: int, message: str) -> Refused:
    service = "data-collection-service-authorization"
    return Refused(status, "Authorization", message, service=service)
