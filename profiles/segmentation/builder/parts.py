"""Nodes of PQL without a place in a text, and values that people typed as nodes."""

from typing import Final

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.checking.coerce import number
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.typed import Span

AT: Final[Span] = (0, 0)


class Unfinished(ValueError):
    """A card without a value it needs, or with one that cannot be read; the message says which."""


def text(value: str) -> Node:
    """A text."""
    return nodes.Literal(value, AT)


def flag(*, value: bool) -> Node:
    """True or false."""
    return nodes.Literal(value, AT)


def numeral(value: str) -> Node:
    """A number that somebody typed; raises Unfinished."""
    found = number(value.strip())
    if found is None:
        raise Unfinished(f"“{value}” is no number." if value.strip() else "A number is missing.")
    positive = nodes.Literal(abs(found), AT)
    return nodes.Unary("-", positive, AT) if value.strip().startswith("-") else positive


def whole(value: str) -> int:
    """A whole number that somebody typed; raises Unfinished."""
    found = number(value.strip())
    if not isinstance(found, int) or found < 0:
        shown = value.strip()
        raise Unfinished(f"“{shown}” is no whole number." if shown else "A number is missing.")
    return found


def typed(node: nodes.Node) -> str | None:
    """What somebody would have typed for a constant; None: it is none."""
    match node:
        case nodes.Literal(bool() | None):
            return None
        case nodes.Literal(value):
            return value if isinstance(value, str) else repr(value)
        case nodes.Unary("-", nodes.Literal(int() | float() as value)):
            return f"-{value!r}"
        case _:
            return None


def call(receiver: Node | None, function: str, *arguments: Node) -> Node:
    """`receiver.function(arguments)`."""
    return nodes.Invoke(receiver, function, arguments, AT, AT)


def binary(left: Node, operator: str, right: Node) -> Node:
    """`left operator right`."""
    return nodes.Binary(operator, left, right, AT, AT)


def equal(left: Node, right: Node) -> Node:
    """`left = right`."""
    return binary(left, "=", right)


def logical(joining: nodes.Joining, *operands: Node) -> Node:
    """The operands joined; a single one as it is."""
    return operands[0] if len(operands) == 1 else nodes.Logical(joining, operands, AT)


def negation(node: Node) -> Node:
    """`not node`."""
    return nodes.Unary("not", node, AT)


def path_node(path: str, prefix: str = "") -> Node:
    """`a.b.c`, of the variable `prefix` if there is one."""
    first, *rest = [*([prefix] if prefix else []), *path.split(".")]
    node: Node = nodes.Name(first, AT)
    for name in rest:
        node = nodes.Access(node, name, AT, AT)
    return node


def path_of(node: Node, prefix: str = "") -> str | None:
    """The dotted path a node reads; None: it is no path."""
    names: list[str] = []
    while isinstance(node, nodes.Access):
        names.insert(0, node.name)
        node = node.object
    if not isinstance(node, nodes.Name):
        return None
    if prefix:
        return ".".join(names) if node.name == prefix and names else None
    return ".".join([node.name, *names])
