"""Typed nodes: what a query means, names resolved and sugar removed. Both back ends compile these.

Every value may be null. Nodes of type boolean never are: each atom is false where PQL says so, so
that `not` is safe. Rules the back ends share:

- a field of null, a key a map lacks and an item out of reach are null;
- a comparison with a null side is false, whatever its operator;
- arithmetic is done in doubles; with a null operand, by zero or with a result that is not finite
  it gives null; `%` has the sign of the dividend;
- a value of another JSON type than the schema says is null; so is such an item of a list;
- numbers are doubles;
- dates and date-times are instants (UTC) to the microsecond, further digits cut off; a date is its
  midnight, a date-time without zone is UTC; a text that is neither, and a year before 1, is null
  (`instants.parse` holds the grammar);
- weeks begin on Monday; decades, centuries and millennia in the years they divide (2020, 2000);
  a shift by calendar units keeps the day of the month or takes the month's last; one that leaves
  the years 1 to 9999 stops at their edge;
- strings compare by code point; `lower` maps character by character, one to one (U+0130 is `i`);
- items that are null are left out by `MapItems` and by all aggregates;
- in a comparison (`in`, `includes`, `subsetOf` ...) a null list is null, so that it is false; items
  that are null equal nothing and are no part of a set;
- a list or map made of a null one is null; `exists`, `forall`, `select`, `notEmpty`, aggregates and
  `size` take a null one for an empty one;
- `xEvent` is in the order of `timestamp`, then of `_id` (code points); without timestamp: last.

`at` is the position of the source text a node came from: (start, end) offsets in characters.
Variables have names unique within a query.
"""

from dataclasses import dataclass
from typing import Any, Literal

from profiles.segmentation.pql.types import Type

type Span = tuple[int, int]

# How a query names the profile itself and the list of its events.
PROFILE = "$profile"
EVENTS = "xEvent"
# Where computed attributes are, below the field of the tenant.
COMPUTED = "SystemComputedAttributes"


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: str, bool, int, float, None; `datetime` (UTC) for dates; tuple for lists."""

    value: Any
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Now:
    """The instant of evaluation, moved to the start of a calendar unit, then by `add` of them.

    `now` is Now(None, 0), `today` Now("day", 0), `last month` Now("month", -1). Now(None, 0) stands
    only where it is compared: a side of a comparison, a part of `Within` or `InPeriod`, the
    argument of `month`, `year`, `dayOfMonth`, `isNull`, `isNotNull`, the value of a `Let`.
    """

    unit: str | None
    add: int
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Variable:
    """The value bound to a name: PROFILE, an item of a list, a `let`."""

    name: str
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object. `Field(Variable(PROFILE), EVENTS)` is the list of events."""

    object: "Typed"
    name: str
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function of evaluated arguments; `CALLS` lists the names."""

    function: str
    arguments: tuple["Typed", ...]
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class If:
    """`then` where the condition holds, else `otherwise`; only one of them is evaluated."""

    condition: "Typed"
    then: "Typed"
    otherwise: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Let:
    """`body` with `variable` bound to `value`."""

    variable: str
    value: "Typed"
    body: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Quantified:
    """`exists` / `forall` an item of `source` for which `body` holds (null: an empty list)."""

    quantifier: Literal["exists", "forall"]
    variable: str
    source: "Typed"
    body: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Filter:
    """Items for which `body` holds."""

    variable: str
    source: "Typed"
    body: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class MapItems:
    """`body` of each item, nulls left out; `flatten` joins the lists that `body` gives."""

    variable: str
    source: "Typed"
    body: "Typed"
    flatten: bool
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`count` (of items), `sum`, `average`, `min`, `max` of `body` over the items.

    Without items count and sum are 0, the others null.
    """

    function: Literal["count", "sum", "average", "min", "max"]
    variable: str
    source: "Typed"
    body: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Ordered:
    """The `limit` items with the largest (`topN`) or smallest keys; null keys last, ties stay."""

    direction: Literal["topN", "bottomN"]
    variable: str
    source: "Typed"
    key: "Typed"
    limit: int
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class GroupBy:
    """Map of the key's text to the items that have it; items with a null key are left out.

    Texts: a string itself, `true` and `false`, a whole number without fraction (`5`), another
    number as its shortest digits (repr), an instant as `2026-03-10T08:00:00Z` with 0, 3 or 6 more
    digits.
    """

    variable: str
    source: "Typed"
    key: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class MapEntries:
    """A map made of a map: `value` of each entry, under its own key."""

    key_variable: str
    value_variable: str
    source: "Typed"
    value: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Binding:
    """One `name from source where condition` of a select."""

    variable: str
    source: "Typed"
    condition: "Typed"


@dataclass(frozen=True, slots=True)
class Select:
    """Tuples of the bindings that satisfy every condition; later ones may use earlier variables."""

    bindings: tuple[Binding, ...]
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Duration:
    """`count` units; month and longer by the calendar."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Within:
    """How long ago, or ahead: `(reference - T) operator duration`, as `occurs` says it.

    before  T <= reference and (reference - T) operator duration
    after   T >= reference and (T - reference) operator duration
    from    |T - reference| operator duration
    The operator `=` compares calendar buckets: T lies in the unit that holds reference -/+ duration
    (`from`: in one of the two); `!=`: T lies on that side, but not in that unit.

    Months and longer vary, so it matters where they are counted from: from T towards the reference
    (`before`: reference operator-compared with T + duration; `after`: with T - duration), so that T
    enters and leaves once. Where T moves and the reference does not (T is a `Now`, the reference is
    none; or only T has no unit), from the reference.
    """

    moment: "Typed"
    operator: Literal["=", "!=", "<", "<=", ">", ">="]
    duration: Duration
    direction: Literal["before", "after", "from"]
    reference: "Typed"
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class InPeriod:
    """start <= moment < end (`inclusive`: <= end)."""

    moment: "Typed"
    start: "Typed"
    end: "Typed"
    inclusive: bool
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class InSegment:
    """Is the profile a member (realized or existing) of the audience with this id?"""

    segment_id: str
    type: Type
    at: Span


@dataclass(frozen=True, slots=True)
class Gap:
    """How long after link number `label` this one is: `Within` of the instants of the two."""

    label: int
    operator: Literal["=", "!=", "<", "<=", ">", ">="]
    duration: Duration
    direction: Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Link:
    """One element of a chain: the event is bound to `variable` in `what`, `when` and `where`.

    `where` may name the variables of earlier links. A match is an event for which `what`, `when`,
    `where` and the gap hold, later than the event of the link before. The link is reached at each
    match that is at least the `count`-th of them. Operators other than `>=` stand only in the last
    link, which then holds when the number of all its matches compares so.
    """

    label: str
    variable: str
    what: "Typed"
    when: "Typed"
    where: "Typed | None"
    gap: Gap | None
    count_operator: Literal["=", "!=", "<", "<=", ">", ">="]
    count: int
    at: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Chain:
    """Are there items of `source` at strictly rising `timestamp`s that match the links in turn?"""

    source: "Typed"
    timestamp: str
    links: tuple[Link, ...]
    type: Type
    at: Span


Typed = (
    Constant
    | Now
    | Variable
    | Field
    | Call
    | If
    | Let
    | Quantified
    | Filter
    | MapItems
    | Aggregate
    | Ordered
    | GroupBy
    | MapEntries
    | Select
    | Within
    | InPeriod
    | InSegment
    | Chain
)

# Functions of `Call`, with the types of their arguments. T is any one type.
CALLS = {
    # boolean
    "and": "boolean*: all hold, evaluated from the left until one does not",
    "or": "boolean*: one holds, evaluated from the left until one does",
    "not": "boolean",
    "isNull": "T",
    "isNotNull": "T",
    "notEmpty": "list, map or tuples: has items; null: false",
    "truth": "boolean that may be null -> boolean; null: false",
    # comparison: numbers with numbers, instants with instants, strings with strings, booleans
    "=": "T, T",
    "!=": "T, T",
    "<": "T, T",
    "<=": "T, T",
    ">": "T, T",
    ">=": "T, T",
    "in": "T, list of T",
    "notIn": "T, list of T",
    # arithmetic -> double
    "+": "number, number",
    "-": "number, number",
    "*": "number, number",
    "/": "number, number",
    "%": "number, number",
    "negate": "number",
    # strings; the last argument says whether case counts
    "startsWith": "string, string, boolean literal",
    "doesNotStartWith": "string, string, boolean literal",
    "endsWith": "string, string, boolean literal",
    "doesNotEndWith": "string, string, boolean literal",
    "contains": "string, string, boolean literal",
    "doesNotContain": "string, string, boolean literal",
    "equals": "string, string, boolean literal",
    "notEqualTo": "string, string, boolean literal",
    "like": "string, string literal: % any run, _ one character, \\ escapes",
    "matches": "string, string literal: RE2 that matches the whole string",
    # null: no match, or the group matched no text
    "regexGroup": "string, string literal, integer literal -> string: of the first match anywhere",
    # lists
    "list": "T* -> list of T",
    "includes": "list of T, T",
    "intersects": "list of T, list of T",
    "intersection": "list of T, list of T -> list: distinct items of the first in the second",
    "subsetOf": "list of T, list of T",
    "supersetOf": "list of T, list of T",
    "distinct": "list of T -> list of T, first occurrences in order",
    "head": "list of T -> T",
    "size": "list, map or tuples -> integer; null: 0",
    # maps
    "get": "map, string -> value",
    "keys": "map -> list of string, sorted",
    "values": "map -> list of values, in the order of the keys",
    # instants
    "month": "instant -> integer, 1 to 12",
    "year": "instant -> integer",
    "dayOfMonth": "instant -> integer",
    # objects: `{...}` literals; only tested for null
    "object": "T* -> object",
}
