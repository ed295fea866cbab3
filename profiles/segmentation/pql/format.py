"""Nodes to canonical text: one line, double quotes, no parentheses but needed ones."""

import re
from dataclasses import dataclass, replace
from typing import Final, assert_never

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.parser import AND, COMPARISON, LEVELS, NOT, OR, SUM

_LOOSE, _UNARY, _POSTFIX = 0, 7, 8
_TAKES_ALL: Final = (nodes.Let, nodes.Quantifier, nodes.Select, nodes.Fold)
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f\x7f\u2028\u2029]')
_PLURALS: Final = {"century": "centuries", "millennium": "millennia"}


def format_query(query: nodes.Query) -> str:
    """The canonical text of a query."""
    signature = "" if query.parameters is None else f"({', '.join(query.parameters)}) => "
    return f"{signature}{format_node(query.body)}"


def format_node(node: Node) -> str:
    """The canonical text of a node that stands alone."""
    return _written(node, _ALONE)


def quoted(text: str) -> str:
    """A string literal."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: how tight it must be, and what follows it.

    `last`: nothing follows that a node taking all that follows would swallow. `in_ends`: the word
    `in` would end the value of a `let`.
    """

    level: int
    last: bool = True
    in_ends: bool = False

    def tight(self, level: int, *, last: bool = False) -> "_Place":
        return replace(self, level=level, last=self.last and last)


_ALONE: Final = _Place(_LOOSE)


def _written(node: Node, place: _Place) -> str:
    if _needs_brackets(node, place):
        return f"({_plain(node, _ALONE)})"
    return _plain(node, place)


def _needs_brackets(node: Node, place: _Place) -> bool:
    if isinstance(node, _TAKES_ALL):
        return place.level > NOT or not place.last
    if place.in_ends and isinstance(node, nodes.Binary) and node.operator == "in":
        return True
    return _level(node) < place.level


def _level(node: Node) -> int:
    match node:
        case nodes.Logical(operator) | nodes.Binary(operator):
            return LEVELS[operator]
        case nodes.Occurs():
            return COMPARISON
        case nodes.Unary(operator):
            return NOT if operator == "not" else _UNARY
        case _:
            return _POSTFIX


def _plain(node: Node, place: _Place) -> str:
    match node:
        case nodes.Logical() | nodes.Unary() | nodes.Binary() | nodes.Occurs():
            return _operation(node, place)
        case nodes.Let() | nodes.Quantifier() | nodes.Select() | nodes.Fold():
            return _taking_all(node, place)
        case nodes.Access() | nodes.Pick() | nodes.Invoke():
            return _postfix(node)
        case nodes.Conditional() | nodes.ListLiteral() | nodes.ObjectLiteral() | nodes.Chain():
            return _bracketed(node)
        case _:
            return _leaf(node)


def _operation(
    node: nodes.Logical | nodes.Unary | nodes.Binary | nodes.Occurs, place: _Place
) -> str:
    match node:
        case nodes.Logical(operator, operands):
            level = AND if operator == "or" else NOT
            *first, last = operands
            texts = [_written(operand, place.tight(level)) for operand in first]
            texts.append(_written(last, place.tight(level, last=True)))
            return f" {operator} ".join(texts)
        case nodes.Unary("not", operand):
            return f"not {_written(operand, place.tight(NOT, last=True))}"
        case nodes.Unary(_, operand):
            return f"-{_written(operand, place.tight(_POSTFIX))}"
        case nodes.Binary(operator, left, right):
            level = LEVELS[operator]
            low, high = (SUM, SUM) if level == COMPARISON else (level, level + 1)
            left_text = _written(left, place.tight(low))
            return f"{left_text} {operator} {_written(right, place.tight(high))}"
        case nodes.Occurs(moment, test):
            return f"{_written(moment, place.tight(SUM))} occurs {_time_test(test)}"
        case _ as unreachable:
            assert_never(unreachable)


def _taking_all(
    node: nodes.Let | nodes.Quantifier | nodes.Select | nodes.Fold, place: _Place
) -> str:
    rest = place.tight(_LOOSE, last=True)
    match node:
        case nodes.Let(name, value, body):
            bound = _written(value, _Place(OR, last=False, in_ends=True))
            return f"let {name} = {bound} in {_written(body, rest)}"
        case nodes.Quantifier(kind, bindings, claim):
            claimed = claim is not None
            text = f"{kind} {_bindings(bindings, rest, followed=claimed)}"
            return text if claim is None else f"{text} : {_written(claim, rest)}"
        case nodes.Select(bindings):
            return f"select {_bindings(bindings, rest, followed=False)}"
        case nodes.Fold(function, body, binding):
            folded = _written(body, place.tight(OR))
            return f"{_fold_head(function, folded)} over {_binding(binding, rest)}"
        case _ as unreachable:
            assert_never(unreachable)


def _fold_head(function: str, body: str) -> str:
    """`sum x`; a body that starts with a bracket or sign would read as something else."""
    return f"{function} {body}" if body[0] not in "([{-" else f"{function} ({body})"


def _bindings(bindings: tuple[nodes.Binding, ...], place: _Place, *, followed: bool) -> str:
    *first, last = bindings
    texts = [_binding(binding, place.tight(_LOOSE)) for binding in first]
    texts.append(_binding(last, place.tight(_LOOSE, last=not followed)))
    return ", ".join(texts)


def _binding(binding: nodes.Binding, place: _Place) -> str:
    text = f"{binding.name} from {_written(binding.source, place.tight(_POSTFIX))}"
    if binding.condition is None:
        return text
    return f"{text} where {_written(binding.condition, place)}"


def _postfix(node: nodes.Access | nodes.Pick | nodes.Invoke) -> str:
    match node:
        case nodes.Access(source, name):
            return f"{_written(source, _Place(_POSTFIX))}.{name}"
        case nodes.Pick(source, condition):
            return f"{_written(source, _Place(_POSTFIX))}[{format_node(condition)}]"
        case nodes.Invoke(receiver, function, arguments):
            texts = ", ".join(_argument(argument) for argument in arguments)
            prefix = "" if receiver is None else f"{_written(receiver, _Place(_POSTFIX))}."
            return f"{prefix}{function}({texts})"
        case _ as unreachable:
            assert_never(unreachable)


def _argument(argument: Node | nodes.Lambda) -> str:
    if isinstance(argument, nodes.Lambda):
        return f"({', '.join(argument.parameters)}) => {format_node(argument.body)}"
    return format_node(argument)


def _bracketed(
    node: nodes.Conditional | nodes.ListLiteral | nodes.ObjectLiteral | nodes.Chain,
) -> str:
    match node:
        case nodes.Conditional(condition, then, otherwise):
            parts = (condition, then, otherwise)
            return f"if({', '.join(format_node(part) for part in parts)})"
        case nodes.ListLiteral(items):
            return f"[{', '.join(format_node(item) for item in items)}]"
        case nodes.ObjectLiteral(fields):
            texts = [f"{quoted(name)}: {format_node(value)}" for name, value in fields]
            return f"{{{', '.join(texts)}}}"
        case nodes.Chain(source, timestamp, links):
            text = _written(source, _Place(_POSTFIX))
            return f"CHAIN({text}, {timestamp}, [{', '.join(map(_link, links))}])"
        case _ as unreachable:
            assert_never(unreachable)


def _link(link: nodes.Link) -> str:
    parts = []
    if link.what is not None:
        parts.append(f"WHAT({format_node(link.what)})")
    if link.when is not None:
        parts.append(f"WHEN({_time_test(link.when)})")
    if link.where is not None:
        parts.append(f"WHERE({format_node(link.where)})")
    if link.count is not None:
        operator, number = link.count
        parts.append(f"COUNT({number})" if operator is None else f"COUNT({operator} {number})")
    return f"{link.label}: {' '.join(parts)}"


def _time_test(test: nodes.TimeTest) -> str:
    match test:
        case nodes.Distance(operator, count, unit, direction, reference):
            sign = f"{operator} " if operator else ""
            return f"{sign}{count} {_unit(unit, count)} {direction} {_operand(reference)}"
        case nodes.Side(direction, reference):
            return f"{direction} {_operand(reference)}"
        case nodes.On(nodes.TimeWord() as reference):
            return _operand(reference)
        case nodes.On(reference):
            return f"on {_operand(reference)}"
        case nodes.Between(start, end):
            return f"between {_operand(start)} and {_operand(end)}"
        case _ as unreachable:
            assert_never(unreachable)


def _operand(node: Node) -> str:
    return _written(node, _Place(SUM))


def _unit(unit: str, count: int) -> str:
    return unit if count == 1 else _PLURALS.get(unit, f"{unit}s")


def _leaf(node: Node) -> str:
    match node:
        case nodes.Literal(value):
            return _literal(value)
        case nodes.TimeWord(word, shift):
            return word if shift is None else f"{shift} {word}"
        case nodes.Name(name):
            return name
        case nodes.Parameter(position):
            return f"${position}"
        case nodes.This():
            return "this"
        case nodes.Up(levels):
            return "^" * levels
        case _:
            raise AssertionError(node)


def _literal(value: str | float | bool | None) -> str:  # noqa: FBT001 - a value, not a switch
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else repr(value)
