"""All functions of the language: how many arguments they take and how they are checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking import list_functions as lists
from profiles.segmentation.pql.checking import value_functions as values
from profiles.segmentation.pql.checking.calls import Invocation
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.lift import each, some
from profiles.segmentation.pql.checking.scope import Scope
from profiles.segmentation.pql.checking.wording import nearest
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import PROFILE, Constant, Typed, Variable
from profiles.segmentation.pql.types import NULL, ListType

type Check = Callable[[Context, Invocation], Typed]


@dataclass(frozen=True, slots=True)
class Function:
    """How to check a call with `least` to `most` arguments after the receiver.

    `of_items`: on a list it works on each item; a test holds if some item passes.
    """

    check: Check
    least: int
    most: int
    of_items: Literal["test", "value"] | None = None


_NEGATIONS: Final = ("doesNotStartWith", "doesNotEndWith", "doesNotContain")
_TEXT_TESTS: Final = ("startsWith", "endsWith", "contains", *_NEGATIONS)
METHODS: Final[Mapping[str, Function]] = {
    **dict.fromkeys(_TEXT_TESTS, Function(values.text_test, 1, 2, of_items="test")),
    **dict.fromkeys(("equals", "notEqualTo"), Function(values.equality, 1, 2, of_items="test")),
    "matches": Function(values.matches, 1, 1, of_items="test"),
    "regexGroup": Function(values.regex_group, 2, 2, of_items="value"),
    **dict.fromkeys(("isNull", "isNotNull"), Function(values.null_test, 0, 0)),
    **dict.fromkeys(
        ("getMonth", "getYear", "getDayOfMonth"), Function(values.date_part, 0, 0, of_items="value")
    ),
    "filter": Function(lists.pick, 1, 1),
    "exists": Function(lists.exists, 1, 1),
    "map": Function(lists.map_items, 1, 1),
    "includes": Function(lists.includes, 1, 1),
    **dict.fromkeys(
        ("intersects", "intersection", "subsetOf", "supersetOf"),
        Function(lists.set_operation, 1, 1),
    ),
    "distinct": Function(lists.distinct, 0, 0),
    "groupBy": Function(lists.group_by, 1, 1),
    **dict.fromkeys(("topN", "bottomN"), Function(lists.ordered, 2, 2)),
    "head": Function(lists.head, 0, 0),
    "count": Function(lists.count, 0, 0),
    **dict.fromkeys(("sum", "average", "min", "max"), Function(lists.aggregate, 0, 1)),
    "get": Function(lists.get, 1, 1),
    "keys": Function(lists.keys, 0, 0),
    "values": Function(lists.values, 0, 0),
}
# Functions whose first argument is read anew for each item of their receiver.
ELEMENTWISE: Final = frozenset(
    {
        *("filter", "exists", "map", "groupBy", "topN", "bottomN"),
        *("sum", "average", "min", "max"),
    }
)
# Functions that are never called on a value.
PLAIN: Final[Mapping[str, Function]] = {
    "date": Function(values.date_constant, 3, 3),
    "inSegment": Function(values.in_segment, 1, 1),
    **dict.fromkeys(
        ("currentMonth", "currentYear", "currentDayOfMonth"), Function(values.current_part, 0, 0)
    ),
    "mapEntry": Function(lists.map_entry, 2, 2),
}
# What functions are called in other languages.
_ELSEWHERE: Final = {
    **dict.fromkeys(("first", "top"), "head"),
    **dict.fromkeys(("size", "length", "len"), "count"),
    **dict.fromkeys(("avg", "mean"), "average"),
    **dict.fromkeys(("any", "some"), "exists"),
    **dict.fromkeys(("unique", "uniq"), "distinct"),
    **dict.fromkeys(("where", "select"), "filter"),
    **dict.fromkeys(("has", "containsValue"), "includes"),
    **dict.fromkeys(("isEmpty", "isBlank", "isMissing"), "isNull"),
    **dict.fromkeys(("isSet", "isPresent"), "isNotNull"),
    **dict.fromkeys(("segment", "inAudience"), "inSegment"),
}


def invoke(context: Context, node: nodes.Invoke, scope: Scope) -> Typed:
    """The typed node of a call."""
    if node.receiver is None and node.function in PLAIN:
        nothing = Variable(PROFILE, scope.profile.type, node.at)
        return _checked(context, PLAIN[node.function], _call(node, nothing, node.arguments, scope))
    function = METHODS.get(node.function)
    if function is None:
        raise _unknown(node)
    if node.receiver is not None:
        receiver, arguments = context.typed(node.receiver, scope), node.arguments
    else:
        # `count(orders)` is `orders.count()`.
        receiver, arguments = _first(context, node, scope), node.arguments[1:]
    return method(context, function, _call(node, receiver, arguments, scope))


def _first(context: Context, node: nodes.Invoke, scope: Scope) -> Typed:
    if not node.arguments or isinstance(node.arguments[0], nodes.Lambda):
        raise PqlError(
            f"{node.function} needs a value to work on.",
            at=node.name_at,
            suggestion=f"Write value.{node.function}(…).",
        )
    return context.typed(node.arguments[0], scope)


def _call(
    node: nodes.Invoke,
    receiver: Typed,
    arguments: tuple[nodes.Node | nodes.Lambda, ...],
    scope: Scope,
) -> Invocation:
    return Invocation(node.function, receiver, arguments, scope, node.at, node.name_at)


def method(context: Context, function: Function, call: Invocation) -> Typed:
    """A call on its receiver, or on the items of that list."""
    receiver = call.receiver
    if receiver.type == NULL and function.check is not values.null_test:
        _check_count(function, call)
        return Constant(None, NULL, call.at)
    if function.of_items is None or not isinstance(receiver.type, ListType):
        return _checked(context, function, call)

    def build(item: Typed) -> Typed:
        return method(context, function, call.on(item))

    lift = some if function.of_items == "test" else each
    return lift(context, receiver, build, at=call.at)


def _checked(context: Context, function: Function, call: Invocation) -> Typed:
    _check_count(function, call)
    return function.check(context, call)


def _check_count(function: Function, call: Invocation) -> None:
    given = len(call.arguments)
    if function.least <= given <= function.most:
        return
    needed = _needed(function)
    suggestion = None
    if call.function == "count":
        suggestion = "Pick the items first: list[condition].count()."
    raise PqlError(
        f"{call.function} takes {needed}, not {given}.",
        at=call.at,
        expected=needed,
        found=str(given),
        suggestion=suggestion,
    )


def _needed(function: Function) -> str:
    if function.most == 0:
        return "no argument"
    if function.least == function.most:
        return f"{function.most} argument{'' if function.most == 1 else 's'}"
    return f"{function.least} or {function.most} arguments"


def _unknown(node: nodes.Invoke) -> PqlError:
    meant = nearest(node.function, [*METHODS, *PLAIN, *_ELSEWHERE, "if"])
    meant = _ELSEWHERE.get(meant or "", meant)
    return PqlError(
        f"There is no function {node.function}.",
        at=node.name_at,
        found=node.function,
        suggestion=f"Did you mean {meant}?" if meant else None,
    )
