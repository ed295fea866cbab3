"""Random people, and random queries that mean something about them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

_NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

# --- People

WORDS = ("FI", "fi", "A", "B", "red", "gold", "Ida", "", "50%", "a_b", "İd", "ß", "x\\y", "10")
EVENT_TYPES = ("view", "cart", "purchase")
AUDIENCES = ("S1", "S2", "S3")
_OFFSETS = (
    timedelta(),
    timedelta(seconds=1),
    timedelta(hours=3, minutes=59),
    timedelta(hours=24),
    timedelta(hours=24, microseconds=1),
    timedelta(days=7),
    timedelta(days=10),
    timedelta(days=28),
    timedelta(days=31),
    timedelta(days=365),
    timedelta(days=3 * 365 + 1),
)
_words = st.sampled_from(WORDS)
_numbers = st.one_of(st.integers(-3, 130), st.sampled_from([0.5, -1.25, 70.0, 1e9, 30]), st.just(0))
_whole = st.integers(-3, 130)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


_moments = st.builds(
    lambda offset, sign: _text(_NOW + sign * offset),
    st.sampled_from(_OFFSETS),
    st.sampled_from([-1, 1]),
)
_days = st.dates(min_value=_NOW.date() - timedelta(days=400), max_value=_NOW.date()).map(str)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def _document(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that may lack any field, or hold null there."""
    optional = {name: _maybe(strategy) for name, strategy in fields.items()}
    return st.fixed_dictionaries({}, optional=optional)


_items = st.lists(_document(sku=_words, qty=_whole, tags=st.lists(_words, max_size=2)), max_size=3)
_orders = st.lists(
    _document(id=_words, total=_numbers, shipped=st.booleans(), placed=_moments, items=_items),
    max_size=3,
)
_documents = _document(
    person=_document(
        name=_document(firstName=_words, lastName=_words), birthYear=_whole, birthDate=_days
    ),
    homeAddress=_document(country=_words, city=_words, zip=_words),
    loyalty=_document(points=_whole, tier=_words, member=st.booleans(), joined=_moments),
    favourite=_document(sku=_words),
    tags=st.lists(_words, max_size=3),
    scores=st.lists(_numbers, max_size=3),
    props=st.dictionaries(st.sampled_from(["k1", "k2"]), _maybe(_words)),
    orders=_orders,
)
_commerce = _document(
    order=_document(id=_words, priceTotal=_numbers), purchases=_document(value=_numbers)
)
_event_fields: dict[str, st.SearchStrategy[Any]] = {
    "eventType": st.sampled_from(EVENT_TYPES),
    "timestamp": _moments,
}
_events = st.lists(
    st.fixed_dictionaries(
        _event_fields,
        optional={
            "commerce": _commerce,
            "productListItems": st.lists(_document(SKU=_words, quantity=_whole), max_size=2),
        },
    ),
    max_size=4,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A merged profile, its events (each with an `_id`) and the audiences it is a member of."""

    document: dict[str, Any]
    events: tuple[dict[str, Any], ...]
    member_of: frozenset[str]


def combined(atoms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Up to four conditions, joined by `and`, `or` and `not`."""
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("not({})".format, inner),
        ),
        max_leaves=4,
    )


def profiles() -> st.SearchStrategy[Person]:
    """People: fields missing or null, events at times where windows begin and end."""
    return st.builds(_person, _documents, _events, st.sets(st.sampled_from(AUDIENCES)))


def _person(
    document: dict[str, Any], events: list[dict[str, Any]], audiences: Iterable[str]
) -> Person:
    member_of = frozenset(audiences)
    statuses = {name: "realized" if name in member_of else "exited" for name in AUDIENCES[:2]}
    memberships = {
        name: {"status": status, "lastQualificationTime": "2026-03-01T00:00:00Z"}
        for name, status in statuses.items()
        if status == "realized" or len(member_of) > 1
    }
    if "S3" in member_of:
        memberships["S3"] = {"status": "existing", "lastQualificationTime": _text(_NOW)}
    if memberships:
        document = {**document, "segmentMembership": {"ups": memberships}}
    numbered = tuple({"_id": f"e{number}", **event} for number, event in enumerate(events))
    return Person(document, numbered, member_of)


# --- Queries

# Fields by the element they belong to and their type.
_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "profile": {
        "text": (
            "homeAddress.country",
            "homeAddress.city",
            "person.name.firstName",
            "loyalty.tier",
        ),
        "number": ("person.birthYear", "loyalty.points"),
        "moment": ("person.birthDate", "loyalty.joined"),
        "flag": ("loyalty.member",),
        "texts": ("tags", "orders.id", "orders.items.sku", "orders.items.tags", "xEvent.eventType"),
        "numbers": ("scores", "orders.total", "xEvent.commerce.order.priceTotal"),
        "moments": ("orders.placed", "xEvent.timestamp"),
        "flags": ("orders.shipped",),
        "order": ("orders",),
        "item": ("orders.items",),
        "event": ("xEvent",),
        "product": ("xEvent.productListItems",),
        "map": ("props",),
    },
    "order": {
        "text": ("id",),
        "number": ("total",),
        "moment": ("placed",),
        "flag": ("shipped",),
        "texts": ("items.sku", "items.tags"),
        "numbers": ("items.qty",),
        "item": ("items",),
    },
    "item": {"text": ("sku",), "number": ("qty",), "texts": ("tags",)},
    "event": {
        "text": ("eventType", "commerce.order.id"),
        "number": ("commerce.order.priceTotal", "commerce.purchases.value"),
        "moment": ("timestamp",),
        "texts": ("productListItems.SKU",),
        "numbers": ("productListItems.quantity",),
        "product": ("productListItems",),
    },
    "product": {"text": ("SKU",), "number": ("quantity",)},
}
_OBJECTS = ("order", "item", "event", "product")
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_TEXT_TESTS = (
    "startsWith",
    "doesNotStartWith",
    "endsWith",
    "doesNotEndWith",
    "contains",
    "doesNotContain",
    "equals",
    "notEqualTo",
)
_PATTERNS = ("I%", "%a%", "_", "", "50\\\\%", "%\\\\_%", "a_b")
_REGEXES = ("[A-Z]+", "I.*", "(?i)fi|a", "\\\\d*", "", "(r)(e)d|x.y")
_UNITS = ("second", "hour", "day", "week", "month", "quarter", "year", "decade", "century")
_TIME_WORDS = (
    "now",
    "today",
    "yesterday",
    "tomorrow",
    "this week",
    "last month",
    "next month",
    "this quarter",
    "last year",
    "this decade",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """The elements that can be seen from somewhere: how to write them, and what they are."""

    seen: tuple[tuple[str, str], ...]

    def inside(self, kind: str) -> "_Place":
        outer = tuple((_outward(prefix), seen) for prefix, seen in self.seen)
        return _Place((("", kind), *outer))

    def with_name(self, name: str, kind: str) -> "_Place":
        return _Place(((f"{name}.", kind), *self.seen))

    def paths(self, type_: str) -> list[str]:
        return [
            f"{prefix}{path}"
            for prefix, kind in self.seen
            for path in _FIELDS[kind].get(type_, ())
            # `^.xEvent` is allowed, but two profiles in one query are plenty.
            if not (prefix.startswith("^") and kind == "profile" and type_ in _OBJECTS)
        ]


def _outward(prefix: str) -> str:
    if prefix == "":
        return "^."
    return f"^{prefix}" if prefix.startswith("^") else prefix


type _Draw = Callable[[st.SearchStrategy[Any]], Any]


class _Writer:
    """Writes the text of one query, drawing every choice."""

    def __init__(self, draw: _Draw) -> None:
        self._draw = draw
        self._names = 0

    def _one_of(self, options: Iterable[Any]) -> Any:
        return self._draw(st.sampled_from(list(options)))

    def _name(self) -> str:
        self._names += 1
        return f"V{self._names}"

    def condition(self, place: _Place, depth: int) -> str:
        leaves = [self.text_test, self.number_test, self.membership, self.null_test]
        if place.paths("moment"):
            leaves.append(self.time_test)
        if place.paths("flag"):
            leaves.append(self.flag)
        if depth <= 0:
            return str(self._one_of(leaves)(place))
        compounds = [self.logical, self.negated, self.numbers_test, self.audience]
        if any(place.paths(kind) for kind in _OBJECTS):
            compounds += [self.some_item, self.quantified, self.counted, self.best]
        compounds += [self.conditional, self.let] + ([self.chain] if place.paths("event") else [])
        compounds += [self.some_text] if place.paths("texts") else []
        compounds += [self.mapped] if place.paths("map") else []
        choice = self._one_of([*leaves, *compounds, *compounds])
        return str(choice(place) if choice in leaves else choice(place, depth - 1))

    # --- Values

    def quoted(self) -> str:
        return '"' + str(self._one_of(WORDS)).replace("\\", "\\\\") + '"'

    def number(self, place: _Place) -> str:
        fields = place.paths("number")
        if not fields or self._draw(st.integers(0, 3)) == 0:
            return str(self._one_of([0, 1, 2, 30, 70, 0.5, 100]))
        text = str(self._one_of(fields))
        operator = self._one_of(["", "", "", "+", "-", "*", "/", "%"])
        return f"{text} {operator} {self._one_of([0, 1, 2, 7, 0.5])}" if operator else text

    def text(self, place: _Place) -> str:
        fields = place.paths("text")
        return str(self._one_of(fields)) if fields else self.quoted()

    def reference(self, place: _Place) -> str:
        options = [*_TIME_WORDS, "date(2026, 3, 1)", "date(2026,2,28)", *place.paths("moment")]
        return str(self._one_of(options))

    # --- Leaves

    def text_test(self, place: _Place) -> str:
        text, other = self.text(place), self.quoted()
        match self._draw(st.integers(0, 4)):
            case 0:
                return (
                    f"{text} {self._one_of(_COMPARISONS)} {self._one_of([other, self.text(place)])}"
                )
            case 1:
                case = self._one_of(["", ", true", ", false"])
                return f"{text}.{self._one_of(_TEXT_TESTS)}({other}{case})"
            case 2:
                return f'{text} like "{self._one_of(_PATTERNS)}"'
            case 3:
                return f'{text}.matches("{self._one_of(_REGEXES)}")'
            case _:
                return f'{text}.regexGroup("(.)(.*)", {self._one_of([0, 1, 2])}) = {other}'

    def number_test(self, place: _Place) -> str:
        return f"{self.number(place)} {self._one_of(_COMPARISONS)} {self.number(place)}"

    def membership(self, place: _Place) -> str:
        operator = self._one_of(["in", "notIn"])
        if self._draw(st.booleans()):
            values = ", ".join(self.quoted() for _ in range(self._draw(st.integers(0, 3))))
            return f"{self.text(place)} {operator} [{values}]"
        return f"{self.number(place)} {operator} [1, 30, 0.5, 70]"

    def null_test(self, place: _Place) -> str:
        fields = [*place.paths("text"), *place.paths("number")]
        test = self._one_of([".isNull()", ".isNotNull()", " = null", " != null"])
        return f"{self._one_of(fields)}{test}"

    def flag(self, place: _Place) -> str:
        field = self._one_of(place.paths("flag"))
        return str(field) + str(self._one_of(["", " = true", " = false", " != true"]))

    def time_test(self, place: _Place) -> str:
        moment = self._one_of(place.paths("moment"))
        match self._draw(st.integers(0, 6)):
            case 0 | 1 | 2:
                operator = self._one_of([*_COMPARISONS, "<=", "<=", ""])
                count = self._one_of([0, 1, 3, 24])
                direction = self._one_of(["before", "after", "from"])
                window = f"{operator} {count} {self._one_of(_UNITS[:8])} {direction}"
                return f"{moment} occurs {window} {self.reference(place)}"
            case 3:
                side = self._one_of(["before", "after"])
                return f"{moment} occurs {side} {self.reference(place)}"
            case 4:
                return f"{moment} occurs on {self.reference(place)}"
            case 5:
                between = f"{self.reference(place)} and {self.reference(place)}"
                return f"{moment} occurs between {between}"
            case _:
                part = self._one_of(["Month", "Year", "DayOfMonth"])
                return f"{moment}.get{part}() = current{part}()"

    # --- Compounds

    def logical(self, place: _Place, depth: int) -> str:
        operator = self._one_of(["and", "or"])
        return f"({self.condition(place, depth)}) {operator} ({self.condition(place, depth)})"

    def negated(self, place: _Place, depth: int) -> str:
        return f"not({self.condition(place, depth)})"

    def conditional(self, place: _Place, depth: int) -> str:
        values = f"{self.number(place)}, {self.number(place)}"
        return f"if({self.condition(place, depth)}, {values}) > {self.number(place)}"

    def let(self, place: _Place, depth: int) -> str:
        name = self._name()
        rest = self.condition(place, depth)
        return f"let {name} = {self.number(place)} in {name} >= 1 and ({rest})"

    def audience(self, _place: _Place, _depth: int) -> str:
        audience = self._one_of(AUDIENCES)
        path = f'$1.segmentMembership.get("ups").get("{audience}").status'
        forms = [f'inSegment("{audience}")', f'{path} in (["realized", "existing"])']
        return str(self._one_of([*forms, f'{path} = "exited"']))

    def mapped(self, place: _Place, _depth: int) -> str:
        source = self._one_of(place.paths("map"))
        tests = [
            f'{source}.get("k1") = {self.quoted()}',
            f'{source}.keys().includes("k2")',
            f"{source}.values().includes({self.quoted()})",
            f"{source}.count() = 1",
        ]
        return str(self._one_of(tests))

    def items(self, place: _Place, depth: int) -> tuple[str, str]:
        """A list of objects and their kind, some of its items picked or not."""
        kinds = [kind for kind in _OBJECTS if place.paths(kind)]
        kind = self._one_of(kinds)
        source = str(self._one_of(place.paths(kind)))
        if self._draw(st.booleans()):
            source += f"[{self.condition(place.inside(kind), depth)}]"
        return source, kind

    def some_item(self, place: _Place, depth: int) -> str:
        source, kind = self.items(place, depth - 1)
        inner = self.condition(place.inside(kind), depth)
        name = self._name()
        by_name = self.condition(place.inside(kind).with_name(name, kind), depth)
        forms = [
            f"{source}[{inner}]",
            f"{source}.exists({inner})",
            f"{source}.filter(({name}) => {by_name})",
        ]
        return str(self._one_of(forms))

    def quantified(self, place: _Place, depth: int) -> str:
        source, kind = self.items(place, depth - 1)
        name = self._name()
        inner = place.with_name(name, kind)
        claim = self.condition(inner, depth)
        quantifier = self._one_of(["exists", "forall"])
        binding = f"{name} from {source} where {claim}"
        inner_kinds = [each for each in _OBJECTS if _FIELDS[kind].get(each)]
        if inner_kinds and self._draw(st.booleans()):
            second, below = self._name(), inner_kinds[0]
            claim = self.condition(inner.with_name(second, below), depth)
            path = _FIELDS[kind][below][0]
            binding += f", {second} from {name}.{path} where {claim}"
            return f"((select {binding}).count() >= 1) or ({quantifier} {binding})"
        return f"({quantifier} {binding})"

    def counted(self, place: _Place, depth: int) -> str:
        source, kind = self.items(place, depth)
        operator = self._one_of(_COMPARISONS)
        numbers = _FIELDS[kind].get("number", ())
        name, field = self._name(), self._one_of(numbers)
        function = self._one_of(["sum", "average", "min", "max"])
        forms = [
            f"{source}.count() {operator} {self._one_of([0, 1, 2])}",
            f"{source}.{function}({field}) {operator} {self.number(place)}",
            f"({function} {name}.{field} over {name} from {source}) {operator} 1",
            f"{source}.groupBy({field}).keys().count() {operator} 1",
            f"{source}.map({field}).distinct().count() {operator} 1",
        ]
        return str(self._one_of(forms))

    def best(self, place: _Place, depth: int) -> str:
        source, kind = self.items(place, depth)
        number = self._one_of(_FIELDS[kind]["number"])
        text = self._one_of(_FIELDS[kind]["text"])
        top = self._one_of(["topN", "bottomN"])
        limit = self._one_of([1, 2])
        return f"{source}.{top}({number}, {limit}).head().{text} != {self.quoted()}"

    def some_text(self, place: _Place, _depth: int) -> str:
        texts = self._one_of(place.paths("texts"))
        values = f"[{self.quoted()}, {self.quoted()}]"
        forms = [
            f"{texts} {self._one_of(_COMPARISONS)} {self.quoted()}",
            f"{self.text(place)} in {texts}",
            f"{texts}.includes({self.text(place)})",
            f"{texts}.{self._one_of(['intersects', 'subsetOf', 'supersetOf'])}({values})",
            f"{texts}.intersection({values}).count() = 1",
            f"{texts}.distinct().count() > 1",
            f"{texts}.contains({self.quoted()}, false)",
            f"{texts}[this != {self.quoted()}]",
            f"{texts}.head() = {self.quoted()}",
        ]
        return str(self._one_of(forms))

    def numbers_test(self, place: _Place, _depth: int) -> str:
        numbers = place.paths("numbers")
        if not numbers:
            return self.number_test(place)
        source = self._one_of(numbers)
        operator = self._one_of(_COMPARISONS)
        function = self._one_of(["sum", "average", "min", "max", "count"])
        forms = [
            f"{source} {operator} 30",
            f"{source}.{function}() {operator} {self.number(place)}",
        ]
        return str(self._one_of(forms))

    def chain(self, place: _Place, depth: int) -> str:
        source = self._one_of(place.paths("event"))
        labels = [self._name() for _ in range(self._draw(st.integers(1, 3)))]
        links = [
            self._link(place, labels[: index + 1], depth, last=index == len(labels) - 1)
            for index in range(len(labels))
        ]
        return f"CHAIN({source}, timestamp, [{', '.join(links)}])"

    def _link(self, place: _Place, labels: list[str], depth: int, *, last: bool) -> str:
        inside = place.inside("event")
        parts = [f'WHAT(eventType = "{self._one_of(EVENT_TYPES)}")']
        if self._draw(st.booleans()):
            parts = [f"WHAT({self.condition(inside, min(depth, 1))})"]
        whens = ["today", "<= 24 hours before now", "last month", "between last week and now"]
        if len(labels) > 1:
            whens.append(f"{self._one_of(['<=', '>', '='])} 3 days after {labels[0]}")
            if self._draw(st.booleans()):
                parts.append(f"WHERE(eventType != {labels[-2]}.eventType)")
        if self._draw(st.booleans()):
            parts.append(f"WHEN({self._one_of(whens)})")
        if self._draw(st.booleans()):
            operator = self._one_of(["", ">= ", "> "] + (["= ", "< ", "<= ", "!= "] * last))
            parts.append(f"COUNT({operator}{self._one_of([1, 2])})")
        return f"{labels[-1]}: {' '.join(parts)}"


@st.composite
def queries(draw: _Draw) -> str:
    """The text of a condition on the profile that checks against its type."""
    profile = _Place((("", "profile"), ("$1.", "profile")))
    return _Writer(draw).condition(profile, draw(st.integers(0, 3)))
