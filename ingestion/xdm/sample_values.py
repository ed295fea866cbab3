"""Values for single fields: typical ones for people to read, random ones for tests and load."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from ingestion.xdm import patterns
from ingestion.xdm.types import INTEGER_RANGES, Node, json_type, xdm_type

SAMPLE_TIME = "2024-10-24T10:00:00Z"
_FIRST_DAY = date(1940, 1, 1)
_FIRST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
_FIVE_YEARS_S = 5 * 365 * 86_400
_REACH = 10_000  # random numbers stay this near to zero, or to the limit nearest to it
_ATTEMPTS = 20

# Typical values by field name; the first that keeps the field's rules is taken.
_TYPICAL: dict[str, tuple[Any, ...]] = {
    "acceptLanguage": ("en-US,en;q=0.9",),
    "birthDate": ("1985-10-24",),
    "birthDayAndMonth": ("10-24",),
    "birthYear": (1985,),
    "campaignName": ("Autumn sale",),
    "city": ("Lisbon",),
    "country": ("Portugal",),
    "countryCode": ("PT", "351"),
    "currencyCode": ("EUR",),
    "eventType": ("web.webpagedetails.pageViews",),
    "firstName": ("Pat",),
    "fullName": ("Pat Doe",),
    "ianaTimezone": ("Europe/Lisbon",),
    "language": ("en-US",),
    "lastName": ("Doe",),
    "latitude": (38.72,),
    "longitude": (-9.14,),
    "nationality": ("PT",),
    "number": ("+351 555 0100",),
    "operatingSystem": ("Linux",),
    "points": (1200,),
    "postalCode": ("1100-148",),
    "preferredLanguage": ("en-US",),
    "priceTotal": (99.5,),
    "SKU": ("SKU-1001",),
    "stateProvince": ("PT-11",),
    "street1": ("1 Example Street",),
    "timeZone": ("Europe/Lisbon",),
    "type": ("personal",),
    "URL": ("https://www.example.test/",),
}
_TYPICAL_FORMATS = {
    "date": "2024-10-24",
    "date-time": SAMPLE_TIME,
    "email": "pat@example.test",
    "hostname": "www.example.test",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://www.example.test/",
    "uri-reference": "/uri-reference",
    "uri-template": "https://www.example.test/{id}",
    "url-template": "https://www.example.test/{id}",
    "json-pointer": "/field",
    "time": "10:00:00Z",
    "regex": "^[a-z]+$",
}
_SYLLABLES = ("ba", "ço", "de", "fi", "ka", "lu", "mö", "ne", "ri", "sa", "tø", "東", "ш")


def typical_value(node: Node, *, name: str, random: Random) -> Any:
    """The value a person would expect in a field of this name; never random by intent."""
    kind = json_type(node)
    for candidate in _candidates(node, name=name):
        if fits(node, candidate):
            return candidate
    if kind in ("integer", "number"):
        return _number(node, random=None)
    return _text(node, plain=str(node.get("title") or name or "text"), random=random)


def random_value(node: Node, *, random: Random) -> Any:
    """Any value the field's rules allow."""
    if node.get("enum"):
        return random.choice([v for v in node["enum"] if fits(node, v)] or node["enum"])
    match json_type(node):
        case "boolean":
            return random.random() < 0.5
        case "integer" | "number":
            return _number(node, random=random)
        case _:
            return _random_text(node, random=random)


def fits(node: Node, value: Any) -> bool:
    """Whether a single value keeps the field's rules; a format is taken on trust."""
    if node.get("enum") and value not in node["enum"]:
        return False
    match json_type(node):
        case "string" | None:
            return isinstance(value, str) and _fits_text(node, value)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return (
                isinstance(value, int) and not isinstance(value, bool) and _fits_number(node, value)
            )
        case "number":
            return isinstance(value, int | float) and _fits_number(node, value)
        case _:
            return False


def _fits_text(node: Node, text: str) -> bool:
    pattern = node.get("pattern")
    return node.get("minLength", 0) <= len(text) <= node.get("maxLength", math.inf) and (
        pattern is None or re.search(pattern, text) is not None
    )


def _fits_number(node: Node, value: float) -> bool:
    low, high = _bounds(node)
    step = node.get("multipleOf")
    return low <= value <= high and (step is None or math.isclose(value / step % 1, 0))


def _candidates(node: Node, *, name: str) -> Iterator[Any]:
    yield from node.get("examples") or ()
    if "format" in node:
        if node["format"].startswith("date"):
            yield from _TYPICAL.get(name, ())
        yield _TYPICAL_FORMATS.get(node["format"])
    yield from node.get("enum") or ()
    yield from _TYPICAL.get(name, ())
    yield from node.get("meta:enum") or ()
    if json_type(node) == "boolean":
        yield True


def _bounds(node: Node) -> tuple[float, float]:
    """Least and greatest value; exclusive limits move by the smallest sensible step."""
    whole = json_type(node) == "integer"
    low, high = INTEGER_RANGES[xdm_type(node)] if whole else (-math.inf, math.inf)
    step = 1 if whole else 1e-6
    lows = [node.get("minimum", low), node.get("exclusiveMinimum", low - step) + step]
    highs = [node.get("maximum", high), node.get("exclusiveMaximum", high + step) - step]
    return max(low, *lows), min(high, *highs)


def _number(node: Node, *, random: Random | None) -> float:
    """One when no random is given, or what is nearest to it."""
    low, high = _bounds(node)
    step = node.get("multipleOf") or (1 if json_type(node) == "integer" else 0.01)
    centre = min(max(0.0, low), high)
    low, high = max(low, centre - _REACH), min(high, centre + _REACH)
    least, most = math.ceil(low / step), math.floor(high / step)
    if least > most:  # limits closer than the step
        return low
    count = random.randint(least, most) if random else min(max(round(1 / step), least), most)
    if json_type(node) == "integer":
        return int(count * step)
    return min(max(round(count * step, 9), low), high)


def _text(node: Node, *, plain: str, random: Random) -> str:
    """`plain` made to fit: as long as asked, or from the pattern."""
    if node.get("pattern"):
        return _patterned(node, random=random) or plain
    least, most = node.get("minLength", 0), node.get("maxLength")
    while len(plain) < least:
        plain += plain or "x"
    return plain[:most]


def _patterned(node: Node, *, random: Random) -> str | None:
    """A text of the pattern that is not empty and keeps the limits of length, if one turns up."""
    for _ in range(_ATTEMPTS):
        try:
            text = patterns.text_for(node["pattern"], random=random)
        except patterns.PatternError:
            return None
        if text and fits(node, text):
            return text
    return None


def _random_text(node: Node, *, random: Random) -> str:
    suggested = [value for value in node.get("meta:enum") or () if fits(node, value)]
    if suggested and random.random() < 0.8:
        return str(random.choice(suggested))
    if node.get("format") in _RANDOM_FORMATS:
        return _RANDOM_FORMATS[node["format"]](random)
    if node.get("format") in _TYPICAL_FORMATS:
        return _TYPICAL_FORMATS[node["format"]]
    return _text(node, plain=_words(random), random=random)


def _words(random: Random) -> str:
    counts = [random.randint(1, 4) for _ in range(random.randint(1, 3))]
    return " ".join("".join(random.choices(_SYLLABLES, k=count)) for count in counts)


def _moment(random: Random) -> str:
    moment = _FIRST_MOMENT + timedelta(seconds=random.randrange(_FIVE_YEARS_S))
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = random.choice(("", f".{random.randrange(1000):03}"))
    return text + fraction + random.choice(("Z", "Z", "+02:00", "-07:30"))


def _day(random: Random) -> str:
    return (_FIRST_DAY + timedelta(days=random.randrange(30_000))).isoformat()


_RANDOM_FORMATS: dict[str, Callable[[Random], str]] = {
    "date": _day,
    "date-time": _moment,
    "email": lambda random: f"person{random.randrange(10**6)}@example.test",
    "hostname": lambda random: f"host{random.randrange(10**4)}.example.test",
    "ipv4": lambda random: f"192.0.2.{random.randrange(256)}",
    "ipv6": lambda random: f"2001:db8::{random.randrange(1, 2**16):x}",
    "uri": lambda random: f"https://www.example.test/{random.randrange(10**6)}",
    "uri-reference": lambda random: f"/items/{random.getrandbits(64):016x}",
}
