"""Bodies of the collection endpoints, in the shapes their clients parse."""

from typing import Any

import orjson

from ingestion.collect.types import Answer, Received, Refused, Request

_PROBLEMS = "ns.adobe.com/adobecloud/problem"


def stored(request: Request, received: Received, first_seq: int) -> Answer:
    """The answer to messages whose commit reached the disk."""
    if request.is_batch:
        return _batch(request, received, first_seq)
    return single(request, received, first_seq, validation=None)


def single(
    request: Request, received: Received, seq: int, *, validation: dict[str, Any] | None
) -> Answer:
    """200 for one message; `validation` is what the sender who asked for it learns."""
    at = request.received_at // 1000
    body: dict[str, Any] = {
        "inletId": received.inlet.inlet_id,
        "xactionId": f"{at}:{received.inlet.sandbox}:{seq}",
        "receivedTimeMs": at,
    }
    if received.validate and validation:
        body[received.validate] = validation
    return Answer(200, orjson.dumps(body))


def _batch(request: Request, received: Received, first_seq: int) -> Answer:
    """207: one response a message, in order. Clients read the index after the last dash."""
    at = request.received_at // 1000
    prefix = f"{at}:{received.inlet.sandbox}:"
    batch_id = f"{prefix}{first_seq}"
    responses: list[dict[str, Any]] = []
    seq = first_seq
    for index in range(received.size):
        refusal = received.refusals.get(index)
        if refusal is None:
            responses.append({"xactionId": f"{prefix}{seq}-{index}"})
            seq += 1
        else:
            responses.append(
                {
                    "status": 400,
                    "statusCode": 400,
                    "xactionId": f"{batch_id}-{index}",
                    "message": refusal,
                }
            )
    body = {
        "inletId": received.inlet.inlet_id,
        "batchId": batch_id,
        "receivedTimeMs": at,
        "responses": responses,
    }
    return Answer(207, orjson.dumps(body))


def refused(refusal: Refused, request_id: str) -> Answer:
    """The problem body of a refusal; names the request."""
    authorization = refusal.service.endswith("authorization")
    report: dict[str, Any] = {"message": refusal.message, "request-id": request_id}
    if refusal.cause:
        report["cause"] = refusal.cause
    body = {
        "type": f"{'https' if authorization else 'http'}://{_PROBLEMS}/{refusal.service}",
        # The authorization service is known to write its status as text.
        "status": str(refusal.status) if authorization else refusal.status,
        "title": refusal.title,
        "report": report,
    }
    return Answer(refusal.status, orjson.dumps(body), refusal.headers)


def not_stored(request_id: str) -> Answer:
    """500: the store refused or is away. Never 503, which some senders answer by dropping."""
    message = "The messages could not be stored; nothing was acknowledged. Send them again."
    problem = Refused(500, "Internal server error", message, service="data-collection-service")
    return refused(problem, request_id)


def plain(code: int, /, **fields: Any) -> Answer:
    """A small JSON object."""
    return Answer(code, orjson.dumps(fields))
