"""Conditions on event fields."""

import pytest

from core.errors import Invalid
from profiles.lookup.properties import matches, parse_properties

EVENT = {
    "eventType": "commerce.purchases",
    "commerce": {"order": {"priceTotal": 12.5}, "final": True},
    "productListItems": [{"SKU": "A"}, {"SKU": "B", "quantity": 2}],
    "at": "2026-05-01T10:00:00+02:00",
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("eventType=commerce.purchases", True),
        ('eventType="commerce.purchases"', True),
        ("eventType!=commerce.purchases", False),
        ("eventType>a", True),
        ("commerce.order.priceTotal>=12.5", True),
        ("commerce.order.priceTotal<9", False),
        ("commerce.order.priceTotal=cheap", False),
        ("commerce.final=true", True),
        ("commerce.final=yes", False),
        ("productListItems.SKU=B", True),
        ("productListItems.SKU!=B", False),
        ("productListItems.quantity>1", True),
        ("at=2026-05-01T08:00:00Z", True),
        ("at<2026-05-01T08:00:01Z", True),
        ("absent=1", False),
        ("absent!=1", True),
        ("nothing=1", False),
        ("commerce=1", False),
        ("eventType=commerce.purchases&commerce.final=true", True),
        ("eventType=commerce.purchases&commerce.final=false", False),
    ],
)
def test_compares_as_the_stored_kind(text: str, *, holds: bool) -> None:
    assert matches(EVENT, parse_properties([text])) is holds


@pytest.mark.parametrize("texts", [["eventType"], ["=1"], ["a=1&b=1", "c=1", "d=1"]])
def test_refuses_what_is_no_condition(texts: list[str]) -> None:
    with pytest.raises(Invalid):
        parse_properties(texts)
