"""Functions of lists, maps and tuples."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.calls import (
    Invocation,
    argument,
    inner,
    item_of,
    need_kinds,
    need_list,
    need_map,
    text_argument,
    whole_number,
)
from profiles.segmentation.pql.checking.compare import fitted
from profiles.segmentation.pql.checking.conditions import as_condition
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.lift import mapped
from profiles.segmentation.pql.checking.scope import Bound
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_COUNT
from profiles.segmentation.pql.typed import (
    Aggregate,
    Call,
    Constant,
    Filter,
    GroupBy,
    MapEntries,
    Ordered,
    Quantified,
    Typed,
)
from profiles.segmentation.pql.types import (
    BOOLEAN,
    DOUBLE,
    INTEGER,
    NUMERIC,
    STRING,
    TEMPORAL,
    Kind,
    ListType,
    MapType,
    ObjectType,
    Scalar,
    TupleType,
    Type,
)

_ORDERED: Final = (*NUMERIC, *TEMPORAL, Kind.STRING)
_ORDERED_WORDS: Final = "numbers, dates and texts"
_KEYS: Final = (*_ORDERED, Kind.BOOLEAN)
_ENTRY: Final = "mapEntry"


def pick(context: Context, call: Invocation) -> Typed:
    """`list[condition]`, `list.filter(condition)`."""
    item = item_of(context, call)
    node, scope = inner(call, 0, item)
    if isinstance(node, nodes.Literal) and isinstance(node.value, int) and node.value is not True:
        raise PqlError(
            "Items are picked by a condition, not by number.",
            at=node.at,
            suggestion=f"{context.quote(call.receiver.at)}.head() is the first item.",
        )
    condition = as_condition(context, context.typed(node, scope))
    return Filter(item.variable, call.receiver, condition, call.receiver.type, call.at)


def exists(context: Context, call: Invocation) -> Typed:
    """`list.exists(condition)`."""
    item = item_of(context, call)
    condition = as_condition(context, context.typed(*inner(call, 0, item)))
    return Quantified("exists", item.variable, call.receiver, condition, BOOLEAN, call.at)


def map_items(context: Context, call: Invocation) -> Typed:
    """`list.map(expression)`, `map.map((K, V) => mapEntry(K, …))`."""
    if isinstance(call.receiver.type, MapType):
        return _map_entries(context, call, call.receiver.type)
    item = item_of(context, call)
    body = context.typed(*inner(call, 0, item))
    return mapped(item.variable, call.receiver, body, at=call.at)


def _map_entries(context: Context, call: Invocation, type_: MapType) -> Typed:
    node = call.arguments[0]
    entry = node.body if isinstance(node, nodes.Lambda) else node
    fits = (
        isinstance(node, nodes.Lambda)
        and len(node.parameters) == 2
        and isinstance(entry, nodes.Invoke)
        and (entry.receiver, entry.function, len(entry.arguments)) == (None, _ENTRY, 2)
        and entry.arguments[0] == nodes.Name(node.parameters[0], node.at)
    )
    if not fits:
        raise PqlError(
            "The map of a map gives a new value to each key.",
            at=node.at,
            suggestion="Write .map((K, V) => mapEntry(K, …)).",
        )
    assert isinstance(node, nodes.Lambda) and isinstance(entry, nodes.Invoke)  # noqa: PT018
    key, value = context.bind("key", STRING), context.bind("value", type_.value)
    scope = call.scope.inside(value)
    for name, bound in zip(node.parameters, (key, value), strict=True):
        scope = scope.binding(name, bound)
    body = entry.arguments[1]
    if isinstance(body, nodes.Lambda):
        raise PqlError("mapEntry needs a value, not a lambda.", at=body.at)
    made = context.typed(body, scope)
    names = (key.variable, value.variable)
    return MapEntries(*names, call.receiver, made, MapType(made.type), call.at)


def map_entry(_context: Context, call: Invocation) -> Typed:
    """`mapEntry` where no map is being made."""
    raise PqlError(
        "mapEntry stands only in the map of a map.",
        at=call.name_at,
        suggestion="Write .map((K, V) => mapEntry(K, …)).",
    )


def _scalar_list(
    context: Context, call: Invocation, kinds: Iterable[Kind] = tuple(Kind)
) -> ListType:
    """The receiver's type, which must be a list of single values; `kinds` are those to suggest."""
    type_ = need_list(context, call)
    if isinstance(type_.item, Scalar):
        return type_
    shown = context.quote(call.receiver.at)
    raise PqlError(
        f"{call.function} works on a list of single values, but {shown} is {in_words(type_)}.",
        at=call.name_at,
        suggestion=f"Pick a field first, such as {shown}.{_a_field(type_.item, kinds)}.",
    )


def _a_field(type_: Type, kinds: Iterable[Kind]) -> str:
    if isinstance(type_, ObjectType):
        for name, inner_ in type_.fields.items():
            if isinstance(inner_, Scalar) and inner_.kind in kinds:
                return name
    return "map(…)"


def includes(context: Context, call: Invocation) -> Typed:
    """`list.includes(value)`."""
    _scalar_list(context, call)
    value = argument(context, call, 0)
    if isinstance(value.type, ListType):
        source, shown = context.quote(call.receiver.at), context.quote(value.at)
        raise PqlError(
            f"includes looks for one value, but {shown} is {in_words(value.type)}.",
            at=value.at,
            suggestion=f"Did you mean {source}.intersects({shown})?",
        )
    made = fitted(context, value, call.receiver)
    return Call("includes", (call.receiver, made), BOOLEAN, call.at)


def set_operation(context: Context, call: Invocation) -> Typed:
    """`intersects`, `intersection`, `subsetOf`, `supersetOf`."""
    _scalar_list(context, call)
    other = argument(context, call, 0)
    if not isinstance(other.type, ListType):
        raise PqlError(f"{call.function} needs a list.", at=other.at, suggestion="Such as [1, 2].")
    receiver = call.receiver
    if isinstance(receiver, Constant):
        receiver = fitted(context, receiver, other)
    made = fitted(context, other, receiver)
    type_ = receiver.type if call.function == "intersection" else BOOLEAN
    return Call(call.function, (receiver, made), type_, call.at)


def distinct(context: Context, call: Invocation) -> Typed:
    """`list.distinct()`."""
    return Call("distinct", (call.receiver,), _scalar_list(context, call), call.at)


def head(context: Context, call: Invocation) -> Typed:
    """`list.head()`."""
    return Call("head", (call.receiver,), need_list(context, call).item, call.at)


def group_by(context: Context, call: Invocation) -> Typed:
    """`list.groupBy(key)`."""
    item = item_of(context, call)
    key = context.typed(*inner(call, 0, item))
    need_kinds(context, call, key, kinds=_KEYS, expected="single values")
    type_ = MapType(call.receiver.type)
    return GroupBy(item.variable, call.receiver, key, type_, call.at)


def ordered(context: Context, call: Invocation) -> Typed:
    """`list.topN(key, n)`, `list.bottomN(key, n)`."""
    item = item_of(context, call)
    key = context.typed(*inner(call, 0, item))
    need_kinds(context, call, key, kinds=_ORDERED, expected=_ORDERED_WORDS)
    limit = whole_number(context, call, 1, "a whole number of items")
    if not 1 <= limit <= MAX_COUNT:
        at = call.arguments[1].at
        raise PqlError(f"The number of items is from 1 to {MAX_COUNT}.", at=at)
    direction: Literal["topN", "bottomN"] = "topN" if call.function == "topN" else "bottomN"
    type_ = call.receiver.type
    return Ordered(direction, item.variable, call.receiver, key, limit, type_, call.at)


def count(context: Context, call: Invocation) -> Typed:
    """`.count()` of a list, a map or what a select gives."""
    if isinstance(call.receiver.type, MapType | TupleType):
        return Call("size", (call.receiver,), INTEGER, call.at)
    item = item_of(context, call)
    body = item.at(call.receiver.at)
    return Aggregate("count", item.variable, call.receiver, body, INTEGER, call.at)


def aggregate(context: Context, call: Invocation) -> Typed:
    """`sum`, `average`, `min`, `max` of the items, or of an expression of each."""
    item = item_of(context, call)
    if not call.arguments:
        _scalar_list(context, call, NUMERIC)
        return fold(context, call, item, item.at(call.receiver.at))
    body = context.typed(*inner(call, 0, item))
    if not isinstance(body.type, ListType):
        return fold(context, call, item, body)
    # An expression that gives lists: all their items together.
    source = mapped(item.variable, call.receiver, body, at=call.at)
    single = context.bind("item", body.type.item)
    return fold(context, call.on(source), single, single.at(body.at))


def fold(context: Context, call: Invocation, item: Bound, body: Typed) -> Typed:
    """The aggregate of `body` over the receiver's items."""
    name = next(name for name in get_args(nodes.FoldName.__value__) if name == call.function)
    total = name in ("sum", "average")
    kinds, expected = (NUMERIC, "numbers") if total else (_ORDERED, _ORDERED_WORDS)
    type_ = need_kinds(context, call, body, kinds=kinds, expected=expected)
    if total:
        type_ = DOUBLE
    return Aggregate(name, item.variable, call.receiver, body, type_, call.at)


def get(context: Context, call: Invocation) -> Typed:
    """`map.get(key)`."""
    type_ = need_map(context, call)
    return Call("get", (call.receiver, text_argument(context, call, 0)), type_.value, call.at)


def keys(context: Context, call: Invocation) -> Typed:
    """`map.keys()`."""
    need_map(context, call)
    return Call("keys", (call.receiver,), ListType(STRING), call.at)


def values(context: Context, call: Invocation) -> Typed:
    """`map.values()`."""
    return Call("values", (call.receiver,), ListType(need_map(context, call).value), call.at)
