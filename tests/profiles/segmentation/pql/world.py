"""The profile of the conformance set, its type, and strategies for queries and profiles."""

from profiles.segmentation.pql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DOUBLE,
    INTEGER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    Type,
)
from tests.profiles.segmentation.pql.strategies import Person, profiles, queries

__all__ = [
    "CONFORMANCE",
    "EVENTS",
    "MEMBER_OF",
    "NOW",
    "PROFILE",
    "PROFILE_TYPE",
    "Person",
    "profiles",
    "queries",
]


def _object(label: str, **fields: Type) -> ObjectType:
    return ObjectType(label, fields)


_ITEM = _object("orders.items", sku=STRING, qty=INTEGER, tags=ListType(STRING))
_ORDER = _object(
    "orders",
    id=STRING,
    total=DOUBLE,
    shipped=BOOLEAN,
    placed=DATE_TIME,
    items=ListType(_ITEM),
)
_EVENT = _object(
    "event",
    _id=STRING,
    eventType=STRING,
    timestamp=DATE_TIME,
    commerce=_object(
        "commerce",
        order=_object("commerce.order", id=STRING, priceTotal=DOUBLE),
        purchases=_object("commerce.purchases", value=DOUBLE),
    ),
    productListItems=ListType(_object("productListItems", SKU=STRING, quantity=INTEGER)),
)
_MEMBERSHIP = _object(
    "segmentMembership", status=STRING, lastQualificationTime=DATE_TIME, validUntil=DATE_TIME
)
PROFILE_TYPE = _object(
    "profile",
    person=_object(
        "person",
        name=_object("person.name", firstName=STRING, lastName=STRING),
        birthYear=INTEGER,
        birthDate=DATE,
    ),
    homeAddress=_object("homeAddress", country=STRING, city=STRING, zip=STRING),
    loyalty=_object("loyalty", points=INTEGER, tier=STRING, member=BOOLEAN, joined=DATE_TIME),
    favourite=_object("favourite", sku=STRING),
    tags=ListType(STRING),
    scores=ListType(DOUBLE),
    props=MapType(STRING),
    orders=ListType(_ORDER),
    segmentMembership=MapType(MapType(_MEMBERSHIP)),
    xEvent=ListType(_EVENT),
)

# The moment the conformance set is evaluated at.
NOW = "2026-03-10T12:00:00Z"
PROFILE = {
    "person": {"name": {"firstName": "Ida"}, "birthYear": 1990},
    "homeAddress": {"country": "FI"},
    "loyalty": {"points": 120, "tier": None},
    "tags": ["red", "blue"],
    "props": {"k1": "v1"},
    "orders": [
        {"id": "o1", "total": 30, "items": [{"sku": "A", "qty": 1}]},
        {"id": "o2", "total": 70, "items": [{"sku": "B", "qty": 2}, {"sku": "A", "qty": 1}]},
    ],
    "segmentMembership": {
        "ups": {
            "S1": {"status": "realized", "lastQualificationTime": "2026-03-01T00:00:00Z"},
            "S2": {"status": "exited", "lastQualificationTime": "2026-03-01T00:00:00Z"},
        }
    },
}
EVENTS = [
    {"_id": "v", "timestamp": "2026-03-01T09:00:00Z", "eventType": "view"},
    {"_id": "c", "timestamp": "2026-03-10T08:00:00Z", "eventType": "cart"},
    {
        "_id": "b",
        "timestamp": "2026-03-10T09:00:00Z",
        "eventType": "purchase",
        "commerce": {"order": {"priceTotal": 70}},
    },
]
# Audiences the person is a member of.
MEMBER_OF = frozenset({"S1"})

_CHAIN = "CHAIN(xEvent, timestamp, "
CONFORMANCE = [
    (1, 'homeAddress.country = "FI"', True),
    (1, 'homeAddress.country = "fi"', False),
    (1, 'homeAddress.country.equals("fi", false)', True),
    (2, 'loyalty.tier.doesNotContain("gold")', False),
    (2, 'not(loyalty.tier.contains("gold"))', True),
    (3, 'loyalty.tier notIn ["a"]', False),
    (3, 'loyalty.tier != "a"', False),
    (3, "loyalty.tier.isNull()", True),
    (4, "loyalty.points + 5 * 2 = 130", True),
    (5, '"red" in tags', True),
    (5, 'tags.includes("green")', False),
    (5, 'tags.supersetOf(["blue"])', True),
    (6, "orders[total > 50]", True),
    (6, "orders[total > 50].count() = 1", True),
    (6, "orders.sum(total) = 100", True),
    (7, "exists O from orders where O.total > 100", False),
    (7, "forall O from orders where O.total >= 30", True),
    (8, '(select O from orders, I from O.items where I.sku = "A").count() = 2', True),
    (9, "orders[items[qty > 1 and ^.total = 70]]", True),
    (10, 'orders.topN(total, 1).head().id = "o2"', True),
    (11, 'props.get("k1") = "v1"', True),
    (11, 'props.keys().includes("k9")', False),
    (12, 'person.name.firstName like "I%a"', True),
    (12, 'person.name.firstName.matches("I[a-z]+")', True),
    (12, 'person.name.firstName.matches("I")', False),
    (13, 'if(loyalty.points > 100, "hi", "lo") = "hi"', True),
    (13, "let t = orders.sum(total) in t > 50", True),
    (14, "person.birthYear in [1990, 1991]", True),
    (14, 'homeAddress.country in (["SE"])', False),
    (15, 'xEvent[eventType = "purchase" and timestamp occurs <= 24 hours before now]', True),
    (16, "xEvent[timestamp occurs > 7 days before now].count() = 1", True),
    (16, "xEvent[timestamp occurs today].count() = 2", True),
    (17, "xEvent[timestamp occurs between date(2026,3,1) and date(2026,3,2)]", True),
    (18, f'{_CHAIN}[A: WHAT(eventType = "view"), B: WHAT(eventType = "purchase")])', True),
    (19, f'{_CHAIN}[A: WHAT(eventType = "purchase"), B: WHAT(eventType = "cart")])', False),
    (20, f'{_CHAIN}[A: WHAT(eventType = "view") WHEN(today)])', False),
    (20, f'{_CHAIN}[A: WHAT(eventType in ["cart","view"]) COUNT(2)])', True),
    (21, 'inSegment("S1")', True),
    (21, 'inSegment("S2")', False),
    (21, 'not(inSegment("S3"))', True),
    (22, "xEvent.commerce.order.priceTotal > 50", True),
    (23, '(p) => p.homeAddress.country = "FI"', True),
    (23, '$1.homeAddress.country = "FI"', True),
]
