"""Raw messages: their dataflow says which dataset they fill, its mapping makes the entity."""

from collections.abc import Mapping
from typing import Any

import orjson

from ingestion.admission.flows import MappedFlow
from ingestion.admission.types import Refusal
from ingestion.prep.mapping import apply
from ingestion.prep.types import MappingFailure

type Flows = Mapping[str, MappedFlow]


def find_flow(
    message: Mapping[str, Any], header: Mapping[str, Any], flows: Flows
) -> MappedFlow | None:
    """The dataflow that maps this message; None: it is XDM already. Raises Refusal."""
    flow_id = header.get("flowId")
    if flow_id is None:
        return None
    body = message.get("body")
    if isinstance(body, dict) and "xdmEntity" in body and "xdmMeta" in body:
        return None
    flow = flows.get(flow_id) if isinstance(flow_id, str) else None
    trouble = (
        flow.trouble if flow is not None else f"No dataflow {str(flow_id)[:100]} with a mapping"
    )
    if flow is None or trouble:
        raise Refusal(
            "ONEFOLD-1005-404",
            trouble,
            path="/header/flowId",
            received=str(flow_id)[:200],
            expected="the id of an enabled dataflow of this sandbox",
        )
    return flow


def map_body(message: Mapping[str, Any], flow: MappedFlow) -> dict[str, Any]:
    """The entity the mapping makes of the body; raises Refusal."""
    body = message.get("body")
    if not isinstance(body, dict):
        raise Refusal(
            "MAPPER-3700-400",
            "Only an object can be mapped",
            path="/body",
            received=type(body).__name__,
            expected="an object",
        )
    try:
        return apply(flow.mapping, body)
    except MappingFailure as failure:
        raise Refusal(
            "MAPPER-3700-400",
            failure.message,
            path=f"/body{failure.source}",
            received=orjson.dumps(failure.received, default=str).decode()[:300],
            expected=f"{failure.expected}, for {failure.target}",
        ) from failure
