"""Queries from text evaluated over the person of the conformance set, or another one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.check import check_expression, check_segment
from profiles.segmentation.pql.evaluate import Facts, Query, Verdict, compile_query
from tests.profiles.segmentation.pql.world import EVENTS, MEMBER_OF, NOW, PROFILE, PROFILE_TYPE


def ms(text: str) -> int:
    """Milliseconds of an instant."""
    moment = moments.from_text(text)
    assert moment is not None, text
    return moment // 1_000


def segment(text: str) -> Query:
    """A condition, compiled."""
    return compile_query(check_segment(text, PROFILE_TYPE))


def facts(
    profile: Mapping[str, Any] = PROFILE,
    *,
    events: Sequence[Any] = EVENTS,
    now: str = NOW,
    member_of: Collection[str] = MEMBER_OF,
) -> Facts:
    """What is known of a person, Ida of the conformance set unless told otherwise."""
    return Facts(profile, events=events, now=ms(now), memberships=member_of)


def verdict(text: str, about: Facts | None = None) -> Verdict:
    """What a condition says."""
    return segment(text).evaluate(about or facts())


def holds(text: str, about: Facts | None = None) -> bool:
    """Does a condition hold?"""
    held = verdict(text, about).holds
    assert isinstance(held, bool)
    return held


def value(text: str, about: Facts | None = None) -> Any:
    """The value of a query."""
    query = compile_query(check_expression(text, PROFILE_TYPE))
    return query.evaluate(about or facts()).holds


def due(text: str, about: Facts | None = None) -> str | None:
    """When time alone may change what a condition says."""
    due_at = verdict(text, about).due_at
    return None if due_at is None else moments.to_text(due_at * 1_000)


def event(event_id: str, kind: str, timestamp: str, **fields: Any) -> dict[str, Any]:
    """An event document."""
    return {"_id": event_id, "eventType": kind, "timestamp": timestamp, **fields}
