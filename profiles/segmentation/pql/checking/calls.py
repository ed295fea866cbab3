"""A call being checked, and what functions ask of their receivers and arguments."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.compare import fitted
from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.scope import Bound, Scope
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Constant, Span, Typed
from profiles.segmentation.pql.types import STRING, Kind, ListType, MapType, ObjectType, Scalar


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function with its receiver and the arguments after it."""

    function: str
    receiver: Typed
    arguments: tuple[nodes.Node | nodes.Lambda, ...]
    scope: Scope
    at: Span
    name_at: Span

    def on(self, receiver: Typed) -> "Invocation":
        """The same call on another receiver."""
        return replace(self, receiver=receiver)


def argument(context: Context, call: Invocation, index: int) -> Typed:
    """An argument that is a value."""
    node = call.arguments[index]
    if isinstance(node, nodes.Lambda):
        raise PqlError(f"{call.function} needs a value here, not a lambda.", at=node.at)
    return context.typed(node, call.scope)


def text_constant(context: Context, call: Invocation, index: int, what: str) -> str:
    """An argument that must be written out as text."""
    node = argument(context, call, index)
    if isinstance(node, Constant) and isinstance(node.value, str):
        return node.value
    raise _not_written_out(call, node, f"{what} in quotes")


def whole_number(context: Context, call: Invocation, index: int, what: str) -> int:
    """An argument that must be written out as a whole number."""
    node = argument(context, call, index)
    if isinstance(node, Constant) and type(node.value) is int:
        return node.value
    raise _not_written_out(call, node, what)


def flag(context: Context, call: Invocation, index: int, *, default: bool) -> bool:
    """An argument that may be left out, else `true` or `false`."""
    if len(call.arguments) <= index:
        return default
    node = argument(context, call, index)
    if isinstance(node, Constant) and isinstance(node.value, bool):
        return node.value
    raise _not_written_out(call, node, "true or false")


def _not_written_out(call: Invocation, node: Typed, expected: str) -> PqlError:
    return PqlError(
        f"{call.function} needs {expected} here.",
        at=node.at,
        expected=expected,
        found=in_words(node.type),
    )


def text_argument(context: Context, call: Invocation, index: int) -> Typed:
    """An argument that is text; other constants are made text."""
    return as_text(context, call, argument(context, call, index))


def as_text(context: Context, call: Invocation, node: Typed) -> Typed:
    """A node that must be text; other constants are made text."""
    beside = Constant("", STRING, call.name_at)
    if isinstance(node, Constant):
        node = fitted(context, node, beside)
    if isinstance(node.type, Scalar) and node.type.kind in (Kind.STRING, Kind.NULL):
        return node
    raise PqlError(
        f"{call.function} works with text, but {context.quote(node.at)} is {in_words(node.type)}.",
        at=node.at,
        expected="text",
        found=in_words(node.type),
    )


def inner(call: Invocation, index: int, item: Bound) -> tuple[nodes.Node, Scope]:
    """The expression an argument applies to each item, and the scope it is read in."""
    node = call.arguments[index]
    scope = call.scope.inside(item)
    if not isinstance(node, nodes.Lambda):
        return node, scope
    if len(node.parameters) != 1:
        raise PqlError(f"{call.function} gives its lambda one item.", at=node.at)
    return node.body, scope.binding(node.parameters[0], item)


def item_of(context: Context, call: Invocation) -> Bound:
    """A variable for the items of the receiver, which must be a list."""
    return context.bind("item", need_list(context, call).item)


def need_list(context: Context, call: Invocation) -> ListType:
    """The type of the receiver, which must be a list."""
    if isinstance(call.receiver.type, ListType):
        return call.receiver.type
    raise wrong_receiver(context, call, "a list")


def need_map(context: Context, call: Invocation) -> MapType:
    """The type of the receiver, which must be a map."""
    if isinstance(call.receiver.type, MapType):
        return call.receiver.type
    raise wrong_receiver(context, call, "a map")


def need_kinds(
    context: Context, call: Invocation, node: Typed, *, kinds: Iterable[Kind], expected: str
) -> Scalar:
    """The type of a node, which must be one of these kinds."""
    if isinstance(node.type, Scalar) and node.type.kind in {*kinds, Kind.NULL}:
        return node.type
    raise PqlError(
        f"{call.function} works with {expected}, but {context.quote(node.at)} is "
        f"{in_words(node.type)}.",
        at=node.at,
        expected=expected,
        found=in_words(node.type),
    )


def wrong_receiver(context: Context, call: Invocation, expected: str) -> PqlError:
    """The refusal of a function on what it does not work on."""
    receiver = call.receiver
    shown = context.quote(receiver.at)
    suggestion = None
    if isinstance(receiver.type, MapType):
        meant = 'get("…")' if call.function == "[…]" else "values()"
        suggestion = f"Did you mean {shown}.{meant}?"
    elif isinstance(receiver.type, ObjectType):
        suggestion = f"Use one of the fields of {shown}."
    return PqlError(
        f"{call.function} works on {expected}, but {shown} is {in_words(receiver.type)}.",
        at=call.name_at,
        expected=expected,
        found=in_words(receiver.type),
        suggestion=suggestion,
    )
