"""SQL of lists and maps that a query makes. What is made of a null list is null."""

from typing import Final

from sqlglot import exp

from profiles.segmentation.pql.batch.bounds import short
from profiles.segmentation.pql.batch.events import without_nulls
from profiles.segmentation.pql.batch.scalars import literal
from profiles.segmentation.pql.batch.scope import Scope
from profiles.segmentation.pql.batch.terms import (
    Sql,
    all_of,
    any_of,
    bound,
    call,
    choose,
    compare,
    false,
    first,
    function_of,
    function_with_index,
    holds,
    is_known,
    is_null,
    is_path,
    member,
    struct,
    text,
    whole,
)
from profiles.segmentation.pql.typed import (
    Call,
    Constant,
    Filter,
    GroupBy,
    MapEntries,
    MapItems,
    Ordered,
)
from profiles.segmentation.pql.types import NUMERIC, TEMPORAL, Kind, Scalar, Type

_SET_TESTS: Final = {
    "intersects": "list_has_any",
    "supersetOf": "list_has_all",
    "subsetOf": "list_has_all",
}


def filtered(node: Filter, scope: Scope) -> Sql:
    """The items for which the body holds."""
    test = scope.lambda_of(node.variable, lambda inner: inner.value(node.body))
    return call("list_filter", scope.value(node.source), test)


def mapped(node: MapItems, scope: Scope) -> Sql:
    """The body of each item, nulls left out."""
    body = scope.lambda_of(node.variable, lambda inner: inner.value(node.body))
    made = call("list_transform", scope.value(node.source), body)
    return without_nulls(call("flatten", made) if node.flatten else made)


def ordered(node: Ordered, scope: Scope) -> Sql:
    """The first items by key, null keys last, ties in order."""
    return _foremost(node, scope) if node.limit == 1 else _foremost_of_many(node, scope)


def _foremost(node: Ordered, scope: Scope) -> Sql:
    """The one item with the greatest or smallest key; without any key, the first."""
    parameter, inner = scope.deeper()
    key = inner.lambda_of(node.variable, lambda one: one.value(node.key))

    def place_of(keys: Sql) -> Sql:
        extreme = call("list_max" if node.direction == "topN" else "list_min", keys)
        return choose(is_known(extreme), call("list_position", keys, extreme), whole(1))

    def of_items(items: Sql) -> Sql:
        # The items stay out of the lambda, which would copy them.
        place = bound(call("list_transform", items, key), f"{parameter}k", place_of)
        return call("list_slice", items, place, place)

    return bound(scope.value(node.source), f"{parameter}l", of_items)


def _foremost_of_many(node: Ordered, scope: Scope) -> Sql:
    """Sorted with the position, which keeps ties in order in either direction."""
    descending = node.direction == "topN"
    parameter, inner = scope.deeper()

    def keyed(item: Sql, index: Sql) -> Sql:
        key = inner.bind(node.variable, item).value(node.key)
        return struct(
            [
                ("n", is_known(key) if descending else is_null(key)),
                ("k", key),
                ("i", exp.Neg(this=index) if descending else index),
                ("x", item),
            ]
        )

    pairs = call(
        "list_transform",
        scope.value(node.source),
        function_with_index(parameter, f"{parameter}i", keyed),
    )
    in_order = call("list_sort", pairs, text("DESC" if descending else "ASC"), text("NULLS LAST"))
    kept = call("list_slice", in_order, whole(1), whole(node.limit))
    return call("list_transform", kept, function_of("x", lambda pair: member(pair, "x")))


def grouped(node: GroupBy, scope: Scope) -> Sql:
    """Text of the key to the items that have it."""

    def pair(inner: Scope) -> Sql:
        item = inner.values[node.variable]
        assert isinstance(item, exp.Expr)
        return struct([("k", key_text(inner.value(node.key), node.key.type)), ("x", item)])

    pairs = call("list_transform", scope.value(node.source), scope.lambda_of(node.variable, pair))
    known = call("list_filter", pairs, function_of("x", lambda one: is_known(member(one, "k"))))
    # Each key looks at all items.
    return bound(short(known, scope), scope.deeper()[0], _groups)


def _groups(pairs: Sql) -> Sql:
    def group(key: Sql) -> Sql:
        own = function_of("x", lambda pair: compare("=", member(pair, "k"), key))
        items = call("list_filter", pairs, own)
        values = call("list_transform", items, function_of("x", lambda pair: member(pair, "x")))
        return struct([("key", key), ("value", values)])

    keys = call("list_transform", pairs, function_of("x", lambda pair: member(pair, "k")))
    entries = call("list_transform", call("list_distinct", keys), function_of("key", group))
    return call("map_from_entries", entries)


def key_text(key: Sql, type_: Type) -> Sql:
    """A value as the key of a map, see `GroupBy`."""
    kind = type_.kind if isinstance(type_, Scalar) else Kind.STRING
    if kind in NUMERIC:
        return bound(key, "k", _number_text)
    if kind in TEMPORAL:
        return bound(key, "k", _instant_text)
    return exp.cast(key, "varchar", dialect="duckdb")


def _number_text(key: Sql) -> Sql:
    whole_number = exp.TryCast(this=key, to=exp.DataType.build("hugeint", dialect="duckdb"))
    return choose(
        compare("=", key, call("trunc", key)),
        exp.Coalesce(
            this=exp.cast(whole_number, "varchar", dialect="duckdb"),
            expressions=[exp.cast(key, "varchar", dialect="duckdb")],
        ),
        exp.cast(key, "varchar", dialect="duckdb"),
    )


def _instant_text(key: Sql) -> Sql:
    def shown(digits: str) -> Sql:
        return call("strftime", key, text(f"%Y-%m-%dT%H:%M:%S{digits}Z"))

    return choose(
        compare("=", key, call("date_trunc", text("second"), key)),
        shown(""),
        choose(
            compare("=", key, call("date_trunc", text("millisecond"), key)),
            shown(".%g"),
            shown(".%f"),
        ),
    )


def entries(node: MapEntries, scope: Scope) -> Sql:
    """A new value under each key."""
    parameter, inner = scope.deeper()

    def entry(one: Sql) -> Sql:
        key = member(one, "key")
        bodies = inner.bind(node.key_variable, key).bind(node.value_variable, member(one, "value"))
        return struct([("key", key), ("value", bodies.value(node.value))])

    source = call("map_entries", scope.value(node.source))
    made = call("list_transform", source, function_of(parameter, entry))
    return call("map_from_entries", made)


def list_of(node: Call, scope: Scope) -> Sql:
    """A list written out."""
    return call("list_value", *[scope.value(item) for item in node.arguments])


def set_test(node: Call, scope: Scope) -> Sql:
    """`intersects`, `subsetOf`, `supersetOf`; DuckDB leaves out nulls as well."""
    one, other = node.arguments
    left, right = scope.value(one), scope.value(other)
    if isinstance(other, Constant) and node.function != "subsetOf" and is_path(left):
        return _with_constants(node.function, left, other)
    if node.function == "subsetOf":
        left, right = right, left
    return holds(call(_SET_TESTS[node.function], left, right))


def _with_constants(function: str, items: Sql, constants: Constant) -> Sql:
    """A look for each constant: faster than to make two sets for each profile."""
    known = [one for one in constants.value or () if one is not None]
    found = [holds(call("list_contains", items, literal(one, at=constants.at))) for one in known]
    if function == "intersects":
        return any_of(found)
    return all_of([is_known(items), *found]) if constants.value is not None else false()


def distinct(node: Call, scope: Scope) -> Sql:
    """Each item where it stands first."""
    parameter, _ = scope.deeper()
    items = short(scope.value(node.arguments[0]), scope)
    return bound(items, f"{parameter}l", _once)


def _once(items: Sql) -> Sql:
    return call(
        "list_filter", items, function_with_index("x", "i", lambda x, i: _is_first(items, x, i))
    )


def _is_first(items: Sql, item: Sql, index: Sql) -> Sql:
    return compare("=", call("list_position", items, item), index)


def intersection(node: Call, scope: Scope) -> Sql:
    """Items of the first list that the second has, each once."""
    parameter, _ = scope.deeper()
    left, right = (short(scope.value(part), scope) for part in node.arguments)

    def common(items: Sql, others: Sql) -> Sql:
        def kept(item: Sql, index: Sql) -> Sql:
            return all_of(
                [_is_first(items, item, index), holds(call("list_contains", others, item))]
            )

        made = call("list_filter", items, function_with_index("x", "i", kept))
        return choose(is_known(others), made)

    return bound(
        left,
        f"{parameter}l",
        lambda items: bound(right, f"{parameter}r", lambda others: common(items, others)),
    )


def head(node: Call, scope: Scope) -> Sql:
    """The first item."""
    return first(scope.value(node.arguments[0]))


def get(node: Call, scope: Scope) -> Sql:
    """The value under a key."""
    return call("map_extract_value", *[scope.value(part) for part in node.arguments])


def keys(node: Call, scope: Scope) -> Sql:
    """Keys by code point."""
    return call("list_sort", call("map_keys", scope.value(node.arguments[0])), text("ASC"))


def values(node: Call, scope: Scope) -> Sql:
    """Values in the order of their keys."""
    parameter, _ = scope.deeper()

    def in_order(source: Sql) -> Sql:
        names = call("list_sort", call("map_keys", source), text("ASC"))
        value = function_of("key", lambda key: call("map_extract_value", source, key))
        return call("list_transform", names, value)

    return bound(scope.value(node.arguments[0]), f"{parameter}m", in_order)
