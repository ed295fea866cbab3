"""Canvases in their shortest form: no container that changes nothing."""

from typing import Any, Literal

from hypothesis import strategies as st

from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Canvas,
    Card,
    Count,
    DateCard,
    Events,
    Group,
    Item,
    ListCard,
    Period,
    Step,
    TimeRule,
    canvas_of,
    has_events,
)
from profiles.segmentation.builder.times import OPERATORS, UNITS

_words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x00"),
    min_size=1,
    max_size=8,
)
_MATCHES: tuple[Literal["any", "all", "none"], ...] = ("any", "all", "none")
_numbers = st.one_of(
    st.integers(-(2**40), 2**40).map(str),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: repr(value + 0.0)),
).filter(lambda value: value != "-0.0")
_counts = st.integers(1, 999).map(str)
_days = st.dates().map(lambda day: day.isoformat())
_periods = st.one_of(_days.map(lambda day: day[:7]), _days.map(lambda day: day[:4]))
_units = st.sampled_from(UNITS)
_VALUES = {"number": _counts, "day": _days, "period": _periods}
_joinings: Any = st.sampled_from(["and", "or"])

_TEXTS = {"profile": ("homeAddress.country", "tags", "orders.items.sku"), "order": ("id",)}
_TEXTS |= {"item": ("sku", "tags"), "event": ("_id", "productListItems.SKU"), "product": ("SKU",)}
_NUMBERS = {"profile": ("loyalty.points", "orders.total"), "order": ("total",), "item": ("qty",)}
_NUMBERS |= {"event": ("commerce.order.priceTotal",), "product": ("quantity",)}
_FLAGS = {"profile": ("loyalty.member",), "order": ("shipped",)}
_DATES = {"profile": ("person.birthDate", "loyalty.joined"), "order": ("placed",)}
_LISTS = {"profile": (("orders", "order"),), "order": (("items", "item"),)}
_LISTS |= {"event": (("productListItems", "product"),)}


@st.composite
def time_rules(draw: st.DrawFn, *, events: bool = False) -> TimeRule:
    """Finished time rules; with `events` those an event can have."""
    names = [name for name, one in OPERATORS.items() if one.events or not events]
    name = draw(st.sampled_from(names))
    one = OPERATORS[name]
    return TimeRule(
        name,
        tuple(draw(_VALUES[what]) for what in one.values),
        draw(_units) if one.unit else "",
        # What does not exist has an operator of its own.
        name not in ("exists", "missing") and draw(st.booleans()),
    )


@st.composite
def _texts(draw: st.DrawFn, path: str) -> Card:
    several = st.lists(_words, min_size=1, max_size=3).map(tuple)
    one = _words.map(lambda word: (word,))
    name = draw(st.sampled_from(["equals", "notEquals", "contains", "doesNotEndWith", "like"]))
    if name in ("equals", "notEquals"):
        values = draw(several)
        return Card(path, "text", name, values, exact=len(values) > 1 or draw(st.booleans()))
    if name == "like":
        # A pattern may not end in the sign that takes the next one literally.
        return Card(path, "text", name, draw(one.filter(lambda values: "\\" not in values[0])))
    return Card(path, "text", name, draw(one), exact=draw(st.booleans()))


@st.composite
def _amounts(draw: st.DrawFn, path: str) -> Card:
    name = draw(st.sampled_from(["equals", "notEquals", "more", "atMost", "between"]))
    size = {"between": 2, "more": 1, "atMost": 1}.get(name) or draw(st.integers(1, 3))
    return Card(path, "number", name, tuple(draw(_numbers) for _ in range(size)))


@st.composite
def _cards(draw: st.DrawFn, element: str) -> Item:
    ways: list[st.SearchStrategy[Item]] = []
    ways += [_texts(path) for path in _TEXTS[element]]
    ways += [_amounts(path) for path in _NUMBERS[element]]
    exists = st.sampled_from(["isTrue", "isFalse", "exists", "missing"])
    ways += [
        st.builds(Card, st.just(path), st.just("flag"), exists) for path in _FLAGS.get(element, ())
    ]
    ways += [st.builds(DateCard, st.just(path), time_rules()) for path in _DATES.get(element, ())]
    if element == "profile":
        ways.append(st.builds(AudienceCard, st.sampled_from(["S1", "S2"]), st.booleans()))
    return draw(st.one_of(ways))


@st.composite
def _list_cards(draw: st.DrawFn, element: str, depth: int) -> Item:
    path, inner = draw(st.sampled_from(_LISTS[element]))
    match = draw(st.sampled_from(_MATCHES))
    return ListCard(path, draw(_contents(inner, depth)), match)


@st.composite
def _contents(draw: st.DrawFn, element: str, depth: int, *, least: int = 1) -> Group:
    """What a card holds: never one container alone that excludes nothing."""
    items = tuple(draw(st.lists(_items(element, depth - 1), min_size=least, max_size=3)))
    if len(items) == 1 and isinstance(items[0], Group) and not items[0].exclude:
        return items[0]
    return Group(items, draw(_joinings) if len(items) > 1 else "and")


@st.composite
def _steps(draw: st.DrawFn, index: int, *, plain: bool) -> Step:
    periods = st.one_of(st.none(), st.builds(Period, _counts, _units))
    return Step(
        type=draw(st.sampled_from(["", "view", "purchase"])),
        rules=draw(_contents("event", 2, least=0)),
        count=Count(values=(draw(_counts),)) if plain else draw(_totals()),
        when=draw(st.one_of(st.none(), time_rules(events=True))),
        after=draw(periods) if index else None,
        within=draw(periods) if index else None,
    )


@st.composite
def _totals(draw: st.DrawFn) -> Count:
    if draw(st.booleans()):
        name = draw(st.sampled_from(["atMost", "equals", "between"]))
        size = 2 if name == "between" else 1
        return Count("count", "", name, tuple(draw(_counts) for _ in range(size)))
    measure = draw(st.sampled_from(["sum", "average", "min", "max"]))
    name = draw(st.sampled_from(["more", "atLeast", "less", "equals", "between"]))
    size = 2 if name == "between" else 1
    path = "commerce.order.priceTotal"
    return Count(measure, path, name, tuple(draw(_numbers) for _ in range(size)))


@st.composite
def _events(draw: st.DrawFn) -> Item:
    size = draw(st.sampled_from([1, 1, 2, 3]))
    plain = size > 1 or draw(st.booleans())
    steps = tuple(draw(_steps(index, plain=plain)) for index in range(size))
    return Events(steps, draw(st.booleans()))


@st.composite
def _groups(draw: st.DrawFn, element: str, depth: int, *, events: bool) -> Item:
    items = draw(st.lists(_items(element, depth - 1, events=events), min_size=1, max_size=3))
    if len(items) > 1:
        return Group(tuple(items), draw(_joinings), draw(st.booleans()))
    (only,) = items
    match only:
        case Group(exclude=False) | Events(exclude=False) | AudienceCard(member=True):
            return only
        case ListCard(match="any") | DateCard(rule=TimeRule(negated=False)):
            return only
        case _:
            return Group((only,), exclude=True)


def _items(element: str, depth: int, *, events: bool = False) -> st.SearchStrategy[Item]:
    ways: list[st.SearchStrategy[Item]] = [_cards(element)]
    if events:
        ways.append(_events())
    if depth > 0:
        ways.append(_groups(element, depth, events=events))
        if element in _LISTS:
            ways.append(_list_cards(element, depth))
    return st.one_of(ways)


@st.composite
def _areas(draw: st.DrawFn, *, events: bool) -> Group:
    found = st.lists(_items("profile", 2, events=events), max_size=3)
    items = tuple(each for each in draw(found) if has_events(each) == events)
    group = items[0] if len(items) == 1 else None
    if isinstance(group, Group) and not group.exclude:
        mixed = len({has_events(each) for each in group.items}) > 1
        return Group(()) if mixed else group
    return Group(items, draw(_joinings) if len(items) > 1 else "and")


@st.composite
def canvases(draw: st.DrawFn) -> Canvas:
    """Canvases without anything superfluous."""
    attributes, events = draw(_areas(events=False)), draw(_areas(events=True))
    both = bool(attributes.items and events.items)
    return canvas_of(attributes, events, draw(_joinings) if both else "and")
