"""Conditions about values: what was found, and what the rule wants."""

from profiles.segmentation.pql.closures.compiler import constant, is_constant, is_temporal
from profiles.segmentation.pql.explaining.evaluation import Evaluation
from profiles.segmentation.pql.explaining.words import NO_VALUE, plain, shown, subject
from profiles.segmentation.pql.explanation import Explanation, Value
from profiles.segmentation.pql.typed import Call, Constant, InSegment, Typed
from profiles.segmentation.pql.types import ListType, ObjectType
from profiles.segmentation.pql.windows import MIRRORED

NUMBERS = {
    "=": "{}",
    "!=": "anything but {}",
    "<": "less than {}",
    "<=": "at most {}",
    ">": "more than {}",
    ">=": "at least {}",
}
COUNTS = {**NUMBERS, "<": "fewer than {}"}
_DATES = {"<": "before {}", "<=": "{} or before", ">": "after {}", ">=": "{} or later"}
_TESTS = {
    "in": "one of {}",
    "notIn": "none of {}",
    "includes": "{} among them",
    "intersects": "one of {} among them",
    "subsetOf": "nothing but {}",
    "supersetOf": "all of {} among them",
    "startsWith": "a text that starts with {}",
    "doesNotStartWith": "a text that does not start with {}",
    "endsWith": "a text that ends with {}",
    "doesNotEndWith": "a text that does not end with {}",
    "contains": "a text that contains {}",
    "doesNotContain": "a text that does not contain {}",
    "equals": "{}",
    "notEqualTo": "anything but {}",
    "like": "a text like {}",
    "matches": "a text that matches {}",
}
_CASELESS = ", in upper or lower case"
# Where these hold, what was found is what was wanted: no need to say it twice.
_SAME = {"=", "equals", "isNull", "isNotNull", "truth"}


def operand(evaluation: Evaluation, node: Call) -> Explanation | None:
    """A condition about one value or two; None: this function makes no such condition."""
    if node.function in NUMBERS:
        return _compared(evaluation, node)
    if node.function in _TESTS:
        left, right = node.arguments[:2]
        wants = _TESTS[node.function]
        if node.function in {"in", "notIn"} and is_constant(left) and not is_constant(right):
            left, right = right, left
            wants = "{} among them" if node.function == "in" else "all but {}"
        if len(node.arguments) == 3 and not constant(node.arguments[2]):
            wants += _CASELESS
        return _found(evaluation, node, left, wants.format(_wanted(evaluation, right)), right)
    match node.function:
        case "isNull":
            return _found(evaluation, node, node.arguments[0], NO_VALUE)
        case "isNotNull":
            return _found(evaluation, node, node.arguments[0], "a value")
        case "truth":
            return _found(evaluation, node, node.arguments[0], "true")
        case _:
            return None


def _compared(evaluation: Evaluation, node: Call) -> Explanation:
    left, right = node.arguments
    operator = node.function
    if is_constant(left) and not is_constant(right):
        left, right, operator = right, left, MIRRORED[operator]
    wants = NUMBERS[operator]
    if is_temporal(right.type):
        wants = _DATES.get(operator, wants)
    return _found(evaluation, node, left, wants.format(_wanted(evaluation, right)), right)


def _wanted(evaluation: Evaluation, node: Typed) -> str:
    """The other operand in words."""
    if is_constant(node):
        return shown(constant(node), node.type)
    value = shown(evaluation.value(node), node.type)
    return f"{subject(evaluation, node)} ({value})"


def _found(
    evaluation: Evaluation, node: Call, left: Typed, wants: str, right: Typed | None = None
) -> Explanation:
    verdict = evaluation.verdict(node)
    value = evaluation.value(left)
    values = [Value(evaluation.source(left.at), plain(value, left.type))]
    if right is not None and not is_constant(right):
        other = plain(evaluation.value(right), right.type)
        values.append(Value(evaluation.source(right.at), other))
    state = f"{subject(evaluation, left)} {_state(value, left)}"
    is_same = verdict.holds and node.function in _SAME
    return Explanation(
        kind="comparison",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=f"{state}, as the rule wants." if is_same else f"{state}; the rule wants {wants}.",
        due_at=verdict.due_at,
        values=tuple(values),
    )


def _state(value: object, node: Typed) -> str:
    if value is None:
        return f"has {NO_VALUE}"
    if isinstance(node.type, ObjectType):
        return "is there"
    verb = "has" if isinstance(node.type, ListType) and value else "is"
    return f"{verb} {shown(value, node.type)}"


def audience(evaluation: Evaluation, node: InSegment) -> Explanation:
    """Membership in an audience."""
    holds = evaluation.verdict(node).holds
    state = "is a member" if holds else "is no member"
    return Explanation(
        kind="audience",
        text=evaluation.source(node.at),
        holds=holds,
        sentence=f"The profile {state} of audience {node.segment_id}.",
    )


def constant_part(evaluation: Evaluation, node: Constant) -> Explanation:
    """`true`, `false`, and comparisons with null."""
    holds = bool(node.value)
    always = "for everybody" if holds else "for nobody"
    text = evaluation.source(node.at)
    return Explanation(kind="constant", text=text, holds=holds, sentence=f"This holds {always}.")
