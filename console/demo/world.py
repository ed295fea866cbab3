"""The people and events of the sample world: made up, and the same at every run (pure)."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

SEED = 20_260_301
MEMBERS = 1_000
EVENTS = 5_000
SHARED_DEVICES = 25
CHANGED_EMAILS = 30
# One member of so many bought twice this week.
REGULARS = 6

_FIRST = (
    "Ada",
    "Bruno",
    "Chiara",
    "Dario",
    "Elin",
    "Femi",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaia",
    "Leon",
    "Mina",
    "Noor",
    "Otto",
    "Priya",
    "Quinn",
    "Rosa",
    "Sami",
    "Tove",
    "Uma",
    "Viktor",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zoe",
    "Amara",
    "Bela",
    "Cleo",
    "Dmitri",
)
_LAST = (
    "Almeida",
    "Berg",
    "Castel",
    "Dupont",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Laurent",
    "Moreau",
    "Novak",
    "Okafor",
    "Petit",
    "Quist",
    "Rossi",
    "Santos",
    "Tanaka",
    "Umar",
    "Virtanen",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zeller",
)
_PLACES = (
    ("FR", "Paris"),
    ("FR", "Lyon"),
    ("DE", "Berlin"),
    ("DE", "Hamburg"),
    ("FI", "Helsinki"),
    ("IT", "Milan"),
    ("ES", "Madrid"),
    ("PT", "Porto"),
)
_TIERS = (("bronze", 0), ("silver", 1_000), ("gold", 5_000), ("platinum", 12_000))
_PRODUCTS = (
    ("SKU-100", "Canvas backpack", 79.0),
    ("SKU-101", "Rain jacket", 129.0),
    ("SKU-102", "Trail shoes", 149.5),
    ("SKU-103", "Wool hat", 24.9),
    ("SKU-104", "Thermos bottle", 32.0),
    ("SKU-105", "Head lamp", 45.0),
)
_PAGES = ("home", "sale", "jackets", "shoes", "account", "cart")


@dataclass(frozen=True, slots=True)
class Member:
    """One loyalty member; `device` is the ECID of the browser they mostly use."""

    number: int
    first_name: str
    last_name: str
    email: str
    gender: str
    birth_date: str
    country: str
    city: str
    points: int
    device: str
    joined: str

    @property
    def member_id(self) -> str:
        """The primary identity, namespace Loyalty."""
        return f"L-{self.number:06d}"

    @property
    def tier(self) -> str:
        """Highest tier the points reach."""
        return [name for name, least in _TIERS if self.points >= least][-1]


def make_members() -> list[Member]:
    """All members; some pairs share one device."""
    source = random.Random(SEED)  # noqa: S311 - repeatable, nothing secret
    members = [_make_member(source, number) for number in range(1, MEMBERS + 1)]
    for index in range(SHARED_DEVICES):
        members[2 * index + 1] = replace(members[2 * index + 1], device=members[2 * index].device)
    return members


def change_emails(members: list[Member]) -> list[Member]:
    """Members who later move to another address."""
    return [
        replace(member, email=f"{member.first_name.lower()}.{member.number}@post.example")
        for member in members[100 : 100 + CHANGED_EMAILS]
    ]


def member_record(member: Member, *, tenant: str) -> dict[str, Any]:
    """XDM of the member's profile record."""
    return {
        f"_{tenant}": {
            "memberId": member.member_id,
            "tier": member.tier,
            "points": member.points,
            "joinedOn": member.joined,
        },
        "person": {
            "name": {"firstName": member.first_name, "lastName": member.last_name},
            "birthDate": member.birth_date,
            "gender": member.gender,
        },
        "personalEmail": {"address": member.email, "primary": True, "type": "personal"},
        "homeAddress": {"city": member.city, "countryCode": member.country},
    }


def make_events(members: list[Member], *, until: datetime) -> Iterator[dict[str, Any]]:
    """XDM events of the thirty days before `until`, oldest first."""
    source = random.Random(SEED + 1)  # noqa: S311 - repeatable, nothing secret
    moments = sorted(source.uniform(0, 30 * 86_400) for _ in range(EVENTS))
    start = until.astimezone(UTC) - timedelta(days=30)
    for number, seconds in enumerate(moments, start=1):
        member = members[min(int(source.expovariate(3.0) * MEMBERS), MEMBERS - 1)]
        moment = start + timedelta(seconds=seconds)
        yield _make_event(source, number, member, moment)


def make_regular_purchases(members: list[Member], *, until: datetime) -> Iterator[dict[str, Any]]:
    """Two purchases of each regular customer, two to six days before `until`."""
    source = random.Random(SEED + 2)  # noqa: S311 - repeatable, nothing secret
    start = until.astimezone(UTC)
    for member in members[1::REGULARS]:
        for day in (2, 4):
            moment = start - timedelta(days=day + 2 * source.random())
            identity = {"id": member.member_id, "authenticatedState": "authenticated"}
            yield {
                "_id": f"demo-{member.number:06d}-{day}",
                "timestamp": _timestamp(moment),
                "identityMap": {
                    "ECID": [{"id": member.device, "primary": False}],
                    "Loyalty": [{**identity, "primary": True}],
                },
            } | _make_purchase(source, f"P-{member.number:06d}-{day}")


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _make_member(source: random.Random, number: int) -> Member:
    first, last = source.choice(_FIRST), source.choice(_LAST)
    country, city = source.choice(_PLACES)
    birth = datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=source.randrange(20_000))
    joined = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(days=source.randrange(2_400))
    return Member(
        number=number,
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{number}@mail.example".lower(),
        gender=source.choice(("female", "male", "not_specified")),
        birth_date=f"{birth:%Y-%m-%d}",
        country=country,
        city=city,
        points=int(source.paretovariate(1.1) * 300) % 20_000,
        device="".join(source.choices("0123456789", k=38)),
        joined=f"{joined:%Y-%m-%d}",
    )


def _make_event(
    source: random.Random, number: int, member: Member, moment: datetime
) -> dict[str, Any]:
    signed_in = source.random() < 0.45
    identity_map: dict[str, Any] = {"ECID": [{"id": member.device, "primary": not signed_in}]}
    if signed_in:
        identity_map["Loyalty"] = [
            {"id": member.member_id, "primary": True, "authenticatedState": "authenticated"}
        ]
    event = {
        "_id": f"demo-{number:06d}",
        "timestamp": _timestamp(moment),
        "identityMap": identity_map,
    }
    return event | _make_activity(source, number, signed_in=signed_in)


def _make_activity(source: random.Random, number: int, *, signed_in: bool) -> dict[str, Any]:
    if not signed_in or source.random() < 0.6:
        page = source.choice(_PAGES)
        details = {"name": page, "URL": f"https://shop.example/{page}", "pageViews": {"value": 1}}
        return {
            "eventType": "web.webpagedetails.pageViews",
            "web": {"webPageDetails": details},
        }
    return _make_purchase(source, f"P-{number:06d}")


def _make_purchase(source: random.Random, order: str) -> dict[str, Any]:
    sku, name, price = source.choice(_PRODUCTS)
    quantity = source.choice((1, 1, 1, 2, 3))
    total = round(price * quantity, 2)
    return {
        "eventType": "commerce.purchases",
        "commerce": {
            "purchases": {"value": 1},
            "order": {
                "purchaseID": order,
                "priceTotal": total,
                "currencyCode": "EUR",
            },
        },
        "productListItems": [{"SKU": sku, "name": name, "quantity": quantity, "priceTotal": total}],
    }
