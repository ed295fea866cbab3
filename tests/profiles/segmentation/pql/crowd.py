"""A crowd of random people whose fields are mostly there, so that conditions about them hold."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.profiles.segmentation.pql.strategies import AUDIENCES, EVENT_TYPES, WORDS, Person

type _Make = Callable[[], Any]

_NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
_FREQUENT = ("A", "B", "red", "Ida", "FI", "gold")
# Multiples of a quarter, whose sums are exact in any order.
_NUMBERS = (0, 1, 2, 30, 70, 0.5, -1.25, 100, 7)
_DISTANCES = (
    timedelta(),
    timedelta(microseconds=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=10),
    timedelta(days=28),
)
_ODD_MOMENTS = (
    "0001-01-01",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-01",
    "2024-02-29",
    "2025-01-31T10:00:00+02:00",
    "2026-03-10T12:00:00.1234567Z",
    "1900-03-01",
    "2026-02-30",
    "not a date",
)


def crowd(count: int, *, seed: int = 1) -> list[Person]:
    """That many people; the same ones for the same seed."""
    chance = random.Random(seed)
    return [_Maker(chance).person() for _ in range(count)]


class _Maker:
    """Draws the values of one person."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def person(self) -> Person:
        document = self._object(
            person=lambda: self._object(
                name=lambda: self._object(firstName=self._word, lastName=self._word),
                birthYear=lambda: self._one_of([1990, 30, 1, 2]),
                birthDate=lambda: self._moment()[:10],
            ),
            homeAddress=lambda: self._object(country=self._word, city=self._word, zip=self._word),
            loyalty=lambda: self._object(
                points=lambda: self._one_of([0, 1, 2, 30, 70, 120]),
                tier=self._word,
                member=self._flag,
                joined=self._moment,
            ),
            favourite=lambda: self._object(sku=self._word),
            tags=lambda: self._list(self._word, 4),
            scores=lambda: self._list(self._number, 4),
            props=lambda: {key: self._word() for key in ("k1", "k2") if self._flag()},
            orders=lambda: self._list(self._order, 4),
        )
        member_of = frozenset(name for name in AUDIENCES if self._flag())
        document["segmentMembership"] = {"ups": self._memberships(member_of)}
        events = [{"_id": f"e{number}", **self._event()} for number in range(self._length(6))]
        self._chance.shuffle(events)
        return Person(document, tuple(events), member_of)

    def _memberships(self, member_of: frozenset[str]) -> dict[str, Any]:
        return {
            name: {
                "status": "realized" if name in member_of else "exited",
                "lastQualificationTime": self._moment(),
            }
            for name in AUDIENCES
            if name in member_of or self._flag()
        }

    def _order(self) -> dict[str, Any]:
        return self._object(
            id=self._word,
            total=self._number,
            shipped=self._flag,
            placed=self._moment,
            items=lambda: self._list(self._item, 3),
        )

    def _item(self) -> dict[str, Any]:
        return self._object(
            sku=self._word,
            qty=lambda: self._one_of([0, 1, 2, 3]),
            tags=lambda: self._list(self._word, 2),
        )

    def _event(self) -> dict[str, Any]:
        return self._object(
            eventType=lambda: self._one_of(EVENT_TYPES),
            timestamp=self._moment,
            commerce=lambda: self._object(
                order=lambda: self._object(id=self._word, priceTotal=self._number),
                purchases=lambda: self._object(value=self._number),
            ),
            productListItems=lambda: self._list(self._product, 3),
        )

    def _product(self) -> dict[str, Any]:
        return self._object(SKU=self._word, quantity=lambda: self._one_of([0, 1, 2, 30]))

    def _object(self, **fields: _Make) -> dict[str, Any]:
        """An object that lacks some fields and holds null in others."""
        return {
            name: None if self._rarely() else make()
            for name, make in fields.items()
            if not self._rarely()
        }

    def _list(self, make: _Make, most: int) -> list[Any]:
        return [None if self._rarely() else make() for _ in range(self._length(most))]

    def _length(self, most: int) -> int:
        return self._chance.randint(0, most)

    def _one_of(self, options: Any) -> Any:
        return self._chance.choice(options)

    def _rarely(self) -> bool:
        return self._chance.random() < 0.08

    def _flag(self) -> bool:
        return self._chance.random() < 0.5

    def _word(self) -> str:
        return str(self._one_of(_FREQUENT if self._chance.random() < 0.8 else WORDS))

    def _number(self) -> float:
        return float(self._one_of(_NUMBERS))

    def _moment(self) -> str:
        draw = self._chance.random()
        if draw < 0.05:
            return str(self._one_of(_ODD_MOMENTS))
        if draw < 0.35:
            moment = _NOW + self._one_of([-1, 1]) * self._one_of(_DISTANCES)
        elif draw < 0.9:
            moment = _NOW - timedelta(hours=self._chance.randint(-72, 40 * 24))
        else:
            day = self._chance.randint(1, 28)
            year, month = self._chance.randint(1950, 2030), self._chance.randint(1, 12)
            moment = datetime(year, month, day, tzinfo=UTC)
        return str(moment.isoformat()).replace("+00:00", self._one_of(["Z", "+00:00"]))
