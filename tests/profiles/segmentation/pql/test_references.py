"""What a query depends on."""

import pytest

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.references import References, references
from tests.profiles.segmentation.pql.world import PROFILE_TYPE


def of(text: str) -> References:
    return references(check_segment(text, PROFILE_TYPE))


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ('homeAddress.country = "FI"', {"homeAddress.country"}),
        ("orders[total > 50]", {"orders", "orders.total"}),
        ("orders.items.qty > 1", {"orders", "orders.items", "orders.items.qty"}),
        (
            "orders.topN(total, 1).head().items.count() > 1",
            {"orders", "orders.total", "orders.items"},
        ),
        ("let o = orders.head() in o.total > 1", {"orders", "orders.total"}),
        ('props.get("k1") = "x"', {"props"}),
        ("orders.groupBy(id).values().count() = 1", {"orders", "orders.id"}),
        (
            "exists O from orders, I from O.items where I.qty = 1",
            {"orders", "orders.items", "orders.items.qty"},
        ),
        ("(select O from orders where O.shipped).count() = 1", {"orders", "orders.shipped"}),
        ('inSegment("x")', set()),
        ("let o = if(tags, orders, orders) in o.total > 1", {"tags", "orders", "orders.total"}),
        (
            "orders.groupBy(id).map((K, G) => mapEntry(K, G.sum(total))).values().sum() > 1",
            {"orders", "orders.id", "orders.total"},
        ),
        ("(let o = orders in o).head().total > 1", {"orders", "orders.total"}),
        ("(1 in [loyalty.points]) = loyalty.member", {"loyalty.points", "loyalty.member"}),
        ("orders[$1.tags.count() > 1]", {"orders", "tags"}),
    ],
)
def test_attributes_are_named_by_their_paths(text: str, attributes: set[str]) -> None:
    assert of(text).attributes == attributes


@pytest.mark.parametrize(
    ("text", "event_types"),
    [
        ('homeAddress.country = "FI"', set()),
        ('xEvent[eventType = "view"]', {"view"}),
        ('xEvent["view" = eventType]', {"view"}),
        ('xEvent[eventType.equals("view")]', {"view"}),
        ('xEvent[eventType.equals("view", false)]', None),
        ('xEvent[eventType in ["view", "cart"] and timestamp occurs today]', {"view", "cart"}),
        ('xEvent[eventType = "view" or eventType = "cart"]', {"view", "cart"}),
        ('xEvent[eventType = "view" or timestamp occurs today]', None),
        ("xEvent", None),
        ("xEvent.count() > 3", None),
        ('xEvent[eventType = "view"].count() > 3', {"view"}),
        ('xEvent[eventType = "view"][timestamp occurs today].count() > 3', {"view"}),
        ('let e = xEvent[eventType = "view"] in e.count() > 3', {"view"}),
        ('xEvent[eventType = "view"].commerce.order.priceTotal > 3', {"view"}),
        ("xEvent.commerce.order.priceTotal > 3", None),
        ('exists E from xEvent where E.eventType = "view"', {"view"}),
        ('forall E from xEvent where E.eventType = "view"', None),
        ('select E from xEvent where E.eventType = "view"', {"view"}),
        ('not xEvent[eventType = "a"] and xEvent[eventType = "b"]', {"a", "b"}),
        (
            'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "a"), B: WHAT(eventType = "b")])',
            {"a", "b"},
        ),
        ('CHAIN(xEvent, timestamp, [A: WHAT(eventType = "a"), B: COUNT(2)])', None),
    ],
)
def test_types_of_events_that_can_change_the_result(
    text: str, event_types: set[str] | None
) -> None:
    assert of(text).event_types == event_types


def test_fields_of_events_and_audiences_and_time() -> None:
    found = of(
        'inSegment("a") and xEvent[productListItems.SKU = ^.favourite.sku '
        'and timestamp occurs <= 3 days before now] and not inSegment("b")'
    )
    assert {"productListItems.SKU", "timestamp"} <= found.event_fields
    assert "favourite.sku" in found.attributes
    assert found.audiences == {"a", "b"}
    assert found.over_time
    assert not of("tags").over_time


def test_the_long_form_of_a_membership_is_a_reference_to_the_audience() -> None:
    text = 'segmentMembership.get("ups").get("a").status in ["existing", "realized"]'
    assert of(text) == of('inSegment("a")')


@pytest.mark.parametrize(
    ("text", "audiences", "any_audience"),
    [
        ('segmentMembership.get("ups").get("a").status = "exited"', {"a"}, False),
        ('segmentMembership.get("UPS").get("a").isNull()', {"a"}, False),
        ('segmentMembership.get("ups").keys().includes("a")', set(), True),
        ('segmentMembership.get("aam").get("a").isNull()', set(), True),
        ('segmentMembership.get("ups").get(tags.head()).isNull()', set(), True),
        ('inSegment("a") and segmentMembership', {"a"}, True),
        ("tags", set(), False),
    ],
)
def test_memberships_are_named_or_read_as_a_whole(
    text: str, audiences: set[str], *, any_audience: bool
) -> None:
    found = of(text)
    assert found.audiences == audiences
    assert found.any_audience is any_audience
