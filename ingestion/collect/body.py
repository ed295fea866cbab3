"""The request's body within its limit, whatever it inflates to."""

import zlib

from ingestion.collect.types import Refused, Request

MAX_BODY_BYTES = 1_048_576
_GZIP = 16 + zlib.MAX_WBITS
_SMILE = "application/x-jackson-smile"


def read_body(request: Request) -> bytes:
    """The JSON text of the request; raises Refused."""
    if len(request.body) > MAX_BODY_BYTES:
        raise too_large()
    if (request.headers.get("content-type") or "").startswith(_SMILE):
        raise Refused(415, "Unsupported media type", "Send JSON: Smile is not supported here.")
    encoding = (request.headers.get("content-encoding") or "identity").strip().lower()
    if encoding == "identity":
        return request.body
    if encoding in ("gzip", "x-gzip"):
        return _inflate(request.body)
    raise Refused(
        415,
        "Unsupported encoding",
        f"Content-Encoding {encoding[:40]} is not supported: send gzip or plain JSON.",
        headers=(("accept-encoding", "gzip"),),
    )


def too_large() -> Refused:
    """The refusal of a body beyond the limit."""
    message = f"The payload is larger than {MAX_BODY_BYTES} bytes (after decompression). Split it."
    return Refused(413, "Payload too large", message)


def _inflate(body: bytes) -> bytes:
    """Inflate one or more gzip members, never past the limit."""
    parts: list[bytes] = []
    room = MAX_BODY_BYTES + 1
    try:
        while body:
            member = zlib.decompressobj(_GZIP)
            parts.append(member.decompress(body, room))
            room -= len(parts[-1])
            if room <= 0:
                raise too_large()
            if not member.eof:
                raise _bad_gzip("the stream ends too early")
            body = member.unused_data
    except zlib.error as error:
        raise _bad_gzip(str(error)) from error
    return b"".join(parts)


def _bad_gzip(why: str) -> Refused:
    return Refused(400, "Invalid compressed body", f"The body is not valid gzip: {why}")
