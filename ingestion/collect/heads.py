"""Status line and headers of the collector's answers."""

from http import HTTPStatus

from core.http.request_id import HEADER
from ingestion.collect.types import Answer

_STATUS_LINES = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}
_SENDERS_HEADERS = (
    "authorization",
    "content-type",
    "content-encoding",
    "x-api-key",
    "x-gw-ims-org-id",
    "x-sandbox-name",
    "x-request-id",
    "x-adobe-flow-id",
    "x-adobe-dataset-id",
)
_CONSTANT = (
    b"content-type: application/json\r\n"
    b"access-control-allow-origin: *\r\n"
    b"access-control-expose-headers: x-request-id, retry-after, x-ratelimit-limit\r\n"
)
_PREFLIGHT = (
    "access-control-allow-origin: *\r\n"
    "access-control-allow-methods: POST, OPTIONS\r\n"
    f"access-control-allow-headers: {', '.join(_SENDERS_HEADERS)}\r\n"
    "access-control-max-age: 86400\r\n"
).encode()


def head_of(answer: Answer, request_id: str) -> bytes:
    """All but what belongs to the connection."""
    given = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    own = f"{HEADER}: {request_id}\r\n{given}".encode("latin-1")
    if answer.status == HTTPStatus.NO_CONTENT:
        return _STATUS_LINES[204] + _PREFLIGHT + own
    line, length = _STATUS_LINES[answer.status], len(answer.body)
    return b"%b%bcontent-length: %d\r\n%b" % (line, _CONSTANT, length, own)
