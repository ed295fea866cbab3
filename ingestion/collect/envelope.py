"""One message: is it one an inlet takes, and in which form is it stored?

`orjson` decides what JSON is, so that every stored message can be parsed by whoever reads it.
"""

from typing import Any

import msgspec
import orjson

from ingestion.collect.types import Refused, Request
from ingestion.connections.types import InletInfo

MAX_DEPTH = 64
MAX_MESSAGES = 10_000
RAW = "raw"

UNKNOWN_FORMAT = "Message has unknown xdm format"
WRONG_ORG = "Message has an absent or wrong ims org in the header"
HEADER_MANDATORY = "The 'header' field is mandatory. Provide a valid 'header' value and try again."
NO_FLOW = (
    "Message names no flow. Give header.flowId in the message, or x-adobe-flow-id as a header or"
    " query parameter."
)


class Outside(msgspec.Struct, frozen=True):
    """Flow and dataset named beside the messages, for those that name none themselves."""

    flow_id: str = ""
    dataset_id: str = ""


NOWHERE = Outside()


class BadMessage(Exception):
    """Why one message is not taken; the text goes to the sender."""


class _Batch(msgspec.Struct):
    messages: list[msgspec.Raw]


class _Parts(msgspec.Struct):
    body: msgspec.Raw


_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_parts = msgspec.json.Decoder(_Parts).decode


def split_batch(body: bytes) -> list[msgspec.Raw]:
    """The messages of a batch, not yet looked at; raises Refused."""
    title = "Invalid batch"
    try:
        messages = _decode_batch(body).messages
    except msgspec.ValidationError as error:
        message = f'A batch is {{"messages": [...]}}: {error}'
        raise Refused(400, title, message) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, title, f"The body is not valid JSON: {error}") from error
    if not messages:
        raise Refused(400, title, "The batch holds no messages.")
    if len(messages) > MAX_MESSAGES:
        message = f"The batch holds {len(messages)} messages: at most {MAX_MESSAGES} are taken."
        raise Refused(413, "Payload too large", message)
    return messages


def outside_of(request: Request, query: dict[str, str]) -> Outside:
    """What headers or query name for all messages of the request."""
    flow_id = request.headers.get("x-adobe-flow-id") or query.get("x-adobe-flow-id")
    dataset_id = request.headers.get("x-adobe-dataset-id") or query.get("x-adobe-dataset-id")
    return Outside(flow_id or "", dataset_id or "") if flow_id or dataset_id else NOWHERE


def stored_form(text: bytes, inlet: InletInfo, outside: Outside) -> bytes:
    """The message as the journal keeps it (see `ingestion.journal.types`); raises BadMessage."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadMessage(f"Message is not valid JSON: {error}") from error
    # Counting brackets is cheap, and nearly no message has more than the limit.
    brackets = text.count(b"{") + text.count(b"[")
    if brackets > MAX_DEPTH and _is_deeper(message, MAX_DEPTH):
        raise BadMessage(f"Message is nested deeper than {MAX_DEPTH} levels")
    if not isinstance(message, dict):
        raise BadMessage(UNKNOWN_FORMAT)
    header = message.get("header")
    if inlet.data_type == RAW:
        return _raw_form(text, message, inlet, outside)
    if not isinstance(header, dict):
        raise BadMessage(HEADER_MANDATORY)
    _check_org(header, inlet)
    if not _has_entity(header, message.get("body")):
        raise BadMessage(UNKNOWN_FORMAT)
    return _completed(text, header, outside)


def _raw_form(text: bytes, message: dict[str, Any], inlet: InletInfo, outside: Outside) -> bytes:
    header = message.get("header")
    if not isinstance(header, dict) or "body" not in message:
        if not outside.flow_id:
            raise BadMessage(NO_FLOW)
        return b'{"header":%b,"body":%b}' % (orjson.dumps(_additions({}, outside)), text)
    _check_org(header, inlet)
    if not (_text(header.get("flowId")) or outside.flow_id):
        raise BadMessage(NO_FLOW)
    return _completed(text, header, outside)


def _completed(text: bytes, header: dict[str, Any], outside: Outside) -> bytes:
    """The same bytes, unless something outside fills a gap of the header."""
    if outside is NOWHERE:
        return text
    additions = _additions(header, outside)
    if not additions:
        return text
    # The body is kept byte for byte: numbers and repeated keys are the pipeline's to judge.
    body = bytes(_decode_parts(text).body)
    return b'{"header":%b,"body":%b}' % (orjson.dumps({**header, **additions}), body)


def _additions(header: dict[str, Any], outside: Outside) -> dict[str, str]:
    given = {"flowId": outside.flow_id, "datasetId": outside.dataset_id}
    return {name: value for name, value in given.items() if value and not header.get(name)}


def _check_org(header: dict[str, Any], inlet: InletInfo) -> None:
    org = header.get("imsOrgId")
    if org is not None and org != inlet.ims_org_id:
        raise BadMessage(WRONG_ORG)


def _has_entity(header: dict[str, Any], body: Any) -> bool:
    if not isinstance(body, dict) or not isinstance(body.get("xdmEntity"), dict):
        return False
    schema = _schema_of(header)
    return bool(schema) and schema == _schema_of(body.get("xdmMeta"))


def _schema_of(holder: Any) -> str:
    reference = holder.get("schemaRef") if isinstance(holder, dict) else None
    return _text(reference.get("id")) if isinstance(reference, dict) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_deeper(value: Any, levels: int) -> bool:
    """Level by level rather than by recursion: the sender decides the depth."""
    level = [value]
    for _ in range(levels):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below.extend(each.values())
            elif isinstance(each, list):
                below.extend(each)
        if not below:
            return False
        level = below
    return any(isinstance(each, dict | list) for each in level)
