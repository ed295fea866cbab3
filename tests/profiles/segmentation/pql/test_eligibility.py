"""Which queries can be evaluated by streaming or on the edge, and what is said where not."""

import pytest

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.eligibility import Eligibility, Referenced, eligibility
from tests.profiles.segmentation.pql.world import CONFORMANCE, PROFILE_TYPE

AUDIENCES = {
    "attributes": Referenced("Finns", "batch", profile_only=True),
    "events": Referenced("Buyers", "batch", profile_only=False),
    "stream": Referenced("Visitors", "streaming", profile_only=False),
    "edge": Referenced("Viewers", "edge", profile_only=True),
    "imported": Referenced("Uploaded", "batch", profile_only=True, imported=True),
}
ALL = "batch streaming edge"
NOT_EDGE = "batch streaming"
BATCH = "batch"
RECENT = "timestamp occurs <= 24 hours before now"


def of(text: str, *, edge_active: bool = True, lookback_hours: int = 24) -> Eligibility:
    return eligibility(
        check_segment(text, PROFILE_TYPE),
        edge_active=edge_active,
        referenced=AUDIENCES.get,
        lookback_hours=lookback_hours,
    )


def link(label: str, event_type: str, when: str = "<= 24 hours before now") -> str:
    return f'{label}: WHAT(eventType = "{event_type}") WHEN({when})'


def chain(*links: str) -> str:
    return f"CHAIN(xEvent, timestamp, [{', '.join(links)}])"


CLASSES = [
    # The conformance set.
    (CONFORMANCE[0][1], ALL),
    (next(text for number, text, _ in CONFORMANCE if number == 15), ALL),
    (chain(link("A", "view", "<= 7 days before now")), BATCH),
    (next(text for number, text, _ in CONFORMANCE if number == 18), BATCH),
    (chain(link("A", "view"), link("B", "purchase")), NOT_EDGE),
    (f'inSegment("attributes") and {chain(link("A", "view"))}', ALL),
    # Windows.
    ("xEvent", BATCH),
    (f"xEvent[{RECENT}]", ALL),
    (f"xEvent[{RECENT}].count() > 3", ALL),
    (f"not xEvent[{RECENT}]", ALL),
    (f'xEvent[{RECENT}] and homeAddress.country = "FI"', ALL),
    (f'xEvent[{RECENT} or eventType = "view"]', BATCH),
    (f'xEvent[{RECENT} or (eventType = "view" and timestamp occurs today)]', ALL),
    ("xEvent[timestamp occurs < 1 day before now]", ALL),
    ("xEvent[timestamp occurs <= 25 hours before now]", BATCH),
    ("xEvent[timestamp occurs <= 24 hours before today]", BATCH),
    ("xEvent[timestamp occurs <= 3 hours from now]", ALL),
    ("xEvent[timestamp occurs <= 3 days after now]", ALL),
    ("xEvent[timestamp occurs > 3 hours before now]", BATCH),
    ("xEvent[timestamp occurs today]", ALL),
    ("xEvent[timestamp occurs this hour]", ALL),
    ("xEvent[timestamp occurs last hour]", ALL),
    ("xEvent[timestamp occurs yesterday]", BATCH),
    ("xEvent[timestamp occurs this week]", BATCH),
    ("xEvent[timestamp occurs = 0 days before now]", ALL),
    ("xEvent[timestamp occurs 1 day before now]", BATCH),
    ("xEvent[timestamp occurs after today]", ALL),
    ("xEvent[timestamp > today]", ALL),
    ("xEvent[today <= timestamp]", ALL),
    ("xEvent[timestamp occurs after date(2026, 3, 10)]", BATCH),
    ("xEvent[timestamp occurs before now]", BATCH),
    ("xEvent[timestamp occurs between today and now]", ALL),
    (f"xEvent[{RECENT}][productListItems].count() = 1", ALL),
    (f"let recent = xEvent[{RECENT}] in recent.count() = 1", ALL),
    (f"exists E from xEvent where E.{RECENT}", ALL),
    (f"forall E from xEvent where E.{RECENT}", BATCH),
    ("select E from xEvent where E.timestamp occurs today", ALL),
    ("xEvent.commerce.order.priceTotal > 50", BATCH),
    (f"xEvent[{RECENT}].commerce.order.priceTotal > 50", ALL),
    (f"orders[^.xEvent[{RECENT}]]", ALL),
    (f'xEvent[{RECENT} and ^.xEvent[eventType = "view"]]', BATCH),
    # What comes after a recent event is recent.
    (f"{chain(link('A', 'view'), 'B: COUNT(2)')}", NOT_EDGE),
    (f"{chain('B: COUNT(2)', link('A', 'view'))}", BATCH),
    (f"CHAIN(xEvent[{RECENT}], timestamp, [A: COUNT(2)])", ALL),
    (chain(link("A", "view", "today"), "B: WHEN(<= 1 hour after A)"), NOT_EDGE),
    (f"CHAIN(orders, placed, [A: WHAT(^.xEvent[{RECENT}])])", ALL),
    (f'xEvent[{RECENT} or "view" = commerce.order.id]', BATCH),
    # Negation.
    (f'not xEvent[{RECENT}] and not xEvent[{RECENT} and eventType = "view"]', BATCH),
    (f'not xEvent[{RECENT}] and xEvent[{RECENT} and eventType = "view"]', NOT_EDGE),
    (f"not not xEvent[{RECENT}] and not xEvent[timestamp occurs today]", NOT_EDGE),
    # Audiences.
    ('inSegment("attributes")', ALL),
    ('inSegment("events")', ALL),
    ('inSegment("stream")', NOT_EDGE),
    ('inSegment("edge") and tags', ALL),
    ('inSegment("imported")', BATCH),
    ('inSegment("nobody knows")', ALL),
    (f'inSegment("events") and xEvent[{RECENT}]', BATCH),
    (f'inSegment("edge") and xEvent[{RECENT}]', ALL),
    (f'segmentMembership.get("ups").get("events").isNull() and xEvent[{RECENT}]', BATCH),
    # Dates whatever their year.
    ("person.birthDate.getMonth() = currentMonth()", BATCH),
    ("person.birthDate.getYear() = 1990", ALL),
]


@pytest.mark.parametrize(("text", "methods"), CLASSES)
def test_queries_qualify_for_methods(text: str, methods: str) -> None:
    assert " ".join(of(text).methods) == methods


REASONS = [
    (
        'xEvent[eventType = "purchase" and timestamp occurs <= 7 days before now]',
        "The condition on purchase looks back 7 days; streaming looks back at most 24 hours.",
    ),
    (
        "xEvent[timestamp occurs <= 90 minutes before yesterday]",
        (
            "The condition on events of any type looks back 2970 minutes; streaming looks back at "
            "most 24 hours."
        ),
    ),
    (
        (
            'xEvent[eventType = "a"][eventType = "b" and timestamp occurs <= 86400001 '
            "milliseconds before now]"
        ),
        (
            "The condition on events of no type looks back 86400001 milliseconds; streaming looks "
            "back at most 24 hours."
        ),
    ),
    (
        'xEvent[eventType in ["view", "cart"]].count() > 3',
        "The condition on cart or view has no time window; streaming looks back at most 24 hours.",
    ),
    (
        f"not xEvent[{RECENT}] and not xEvent[timestamp occurs today]",
        "All conditions on events are negated; streaming needs one event that happens.",
    ),
    (
        f'xEvent[{RECENT}] and inSegment("events")',
        (
            "The audience Buyers itself depends on events; together with a condition on events, "
            "streaming accepts only audiences on profile attributes."
        ),
    ),
    (
        'inSegment("imported")',
        (
            "The audience Uploaded is imported; streaming follows only audiences that are "
            "evaluated here."
        ),
    ),
    (
        "person.birthDate.getMonth() = 3",
        (
            "Comparing the month or day of a date whatever its year needs batch; streaming "
            "compares whole dates."
        ),
    ),
]


@pytest.mark.parametrize(("text", "sentence"), REASONS)
def test_the_reason_names_the_condition(text: str, sentence: str) -> None:
    assert [reason.sentence for reason in of(text).streaming] == [sentence]


def test_the_reason_points_at_the_condition() -> None:
    text = 'tags and not xEvent[eventType = "purchase"]'
    (reason,) = of(text).streaming
    assert reason.at is not None
    assert text[slice(*reason.at)] == 'xEvent[eventType = "purchase"]'


def test_edge_takes_one_condition_on_events() -> None:
    (reason,) = of(chain(link("A", "view"), link("B", "cart"))).edge
    assert reason.sentence == ("There are 2 conditions on events (view and cart); edge takes one.")


def test_only_the_policy_active_on_edge_takes_part() -> None:
    found = of("tags", edge_active=False)
    assert found.methods == ("batch",)
    assert [reason.sentence for reason in found.edge] == [
        "Edge needs the merge policy that is active on edge."
    ]


def test_the_window_is_a_setting() -> None:
    text = "xEvent[timestamp occurs <= 7 days before now]"
    assert of(text, lookback_hours=7 * 24).methods == ("batch", "streaming", "edge")
