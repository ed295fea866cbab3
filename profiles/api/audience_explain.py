"""`/data/core/ups/audiences/{id}/explain`: why a profile is in an audience. Ours, not AEP's."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.permissions import require
from profiles.api.bodies import Json
from profiles.api.entity_requests import named_in_query
from profiles.api.segments import SegmentsView
from profiles.lookup.queries import xid_of
from profiles.segmentation.explain_membership import MembershipExplanation, explain_membership
from profiles.segmentation.pql.explanation import Explanation


class AudienceExplainView(SegmentsView):
    """One profile and one audience."""

    @extend_schema(
        tags=["Audiences"],
        summary="Explain why a profile is in an audience, or is not",
        description="An extension of this product. `isMember` is what the rule says now, `stored`"
        " what look-ups show, `differences` why the two may not agree. `explanation` is the rule,"
        " part by part, each with the values or events that decided it.",
        parameters=[
            OpenApiParameter("entityId", str, required=True, description="Identity, or an XID"),
            OpenApiParameter("entityIdNS", str, description="Namespace code, in any case"),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, segment_id: str) -> Response:
        caller = self.caller(request)
        require(caller.actor, "view-profiles", caller.sandbox)
        named = named_in_query(request.query_params)
        name = xid_of(sandbox=caller.sandbox, value=named.entity_id, namespace=named.namespace)
        found = explain_membership(sandbox=caller.sandbox, name=name, segment_id=segment_id)
        return Response(_body(found))


def _body(found: MembershipExplanation) -> Json:
    stored = found.stored
    return {
        "audienceId": str(found.segment.pk),
        "name": found.segment.name,
        "entityId": found.view.requested.xid,
        "evaluatedAt": clock.iso_ms(found.now),
        "isMember": found.holds,
        "optedOut": found.opted_out,
        "changesAt": _moment(found.due_at),
        "stored": None
        if stored.status is None
        else {
            "status": stored.status,
            "lastQualificationTime": _moment(stored.qualified_at),
        },
        "differences": [
            {"code": each.cause, "message": each.message, "at": _moment(each.at)}
            for each in found.reasons
        ],
        "explanation": None if found.explanation is None else _part(found.explanation),
    }


def _part(part: Explanation) -> Json:
    body: dict[str, Any] = {
        "kind": part.kind,
        "text": part.text,
        "holds": part.holds,
        "sentence": part.sentence,
        "changesAt": _moment(part.due_at),
    }
    if part.values:
        body["values"] = [{"path": each.path, "value": each.value} for each in part.values]
    if part.periods:
        body["periods"] = [{"since": each.since, "until": each.until} for each in part.periods]
    if part.matches is not None:
        body["matches"] = {
            "found": part.matches.found,
            "of": part.matches.of,
            "wanted": part.matches.wanted,
            "items": [
                {
                    "summary": each.summary,
                    "id": each.id,
                    "timestamp": each.timestamp,
                    "eventType": each.type,
                }
                for each in part.matches.items
            ],
        }
    if part.parts:
        body["parts"] = [_part(each) for each in part.parts]
    return body


def _moment(ms: int | None) -> str | None:
    return None if ms is None else clock.iso_ms(ms)
