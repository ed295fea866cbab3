"""Conditions and choices. Booleans are never null here: each atom is false where PQL says so."""

from functools import reduce

from profiles.segmentation.pql.closures.compiler import Closure, Compiler
from profiles.segmentation.pql.closures.paths import raw
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import Call, If, InSegment, Let, Typed


def all_of(compiler: Compiler, node: Call) -> Closure:
    return reduce(_both, (compiler.closure(part) for part in node.arguments))


def any_of(compiler: Compiler, node: Call) -> Closure:
    return reduce(_either, (compiler.closure(part) for part in node.arguments))


def _both(first: Closure, second: Closure) -> Closure:
    return lambda facts: first(facts) and second(facts)


def _either(first: Closure, second: Closure) -> Closure:
    return lambda facts: first(facts) or second(facts)


def negation(compiler: Compiler, node: Call) -> Closure:
    part = compiler.closure(node.arguments[0])
    return lambda facts: not part(facts)


def truth(compiler: Compiler, node: Call) -> Closure:
    part = raw(compiler, node.arguments[0])
    return lambda facts: part(facts) is True


def is_null(compiler: Compiler, node: Call) -> Closure:
    return _null_test(compiler, node.arguments[0], null=True)


def is_not_null(compiler: Compiler, node: Call) -> Closure:
    return _null_test(compiler, node.arguments[0], null=False)


def _null_test(compiler: Compiler, node: Typed, *, null: bool) -> Closure:
    if compiler.clock(node) is not None:
        # The clock always shows a time.
        return lambda _facts: not null
    read = compiler.closure(node)
    if null:
        return lambda facts: read(facts) is None
    return lambda facts: read(facts) is not None


def choice(compiler: Compiler, node: If) -> Closure:
    condition = compiler.closure(node.condition)
    then, otherwise = compiler.closure(node.then), compiler.closure(node.otherwise)
    return lambda facts: then(facts) if condition(facts) else otherwise(facts)


def binding(compiler: Compiler, node: Let) -> Closure:
    clock = compiler.clock(node.value)
    if clock is not None:
        compiler.alias(node.variable, clock)
        return compiler.closure(node.body)
    slot = compiler.slot(node.variable)
    value, body = compiler.closure(node.value), compiler.closure(node.body)

    def bound(facts: Facts) -> object:
        facts.values[slot] = value(facts)
        return body(facts)

    return bound


def in_segment(_compiler: Compiler, node: InSegment) -> Closure:
    segment_id = node.segment_id
    return lambda facts: segment_id in facts.memberships
