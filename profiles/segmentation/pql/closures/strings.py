"""Tests of strings; with a null operand they are false, the negative ones too."""

from collections.abc import Callable
from typing import Any

import re2

from profiles.segmentation.pql.closures.compiler import (
    Closure,
    Compiler,
    constant,
    is_constant,
)
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import Call

type Test = Callable[[str, str], bool]

_TESTS: dict[str, Test] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
    "equals": str.__eq__,
}
_NEGATIVE = {
    "doesNotStartWith": "startsWith",
    "doesNotEndWith": "endsWith",
    "doesNotContain": "contains",
    "notEqualTo": "equals",
}
# Characters that take as long as a step.
_PIECE = 64
NAMES = (*_TESTS, *_NEGATIVE)


def lower(text: str) -> str:
    """Lower case, character by character: each stays one character, wherever it stands."""
    if text.isascii():
        return text.lower()
    # Of all characters only U+0130 becomes two.
    return "".join([character.lower()[0] for character in text])


def string_test(compiler: Compiler, node: Call) -> Closure:
    text_of, part_of = (compiler.closure(part) for part in node.arguments[:2])
    wanted = node.function in _TESTS
    test = _TESTS[node.function if wanted else _NEGATIVE[node.function]]
    if not constant(node.arguments[2]):
        text_of, part_of = _lowered(text_of), _lowered(part_of)
    if is_constant(node.arguments[1]):
        part = part_of(_NO_FACTS)
        return _never if part is None else _with_constant(test, text_of, part, wanted=wanted)

    def holds(facts: Facts) -> bool:
        text, part = text_of(facts), part_of(facts)
        return text is not None and part is not None and test(text, part) is wanted

    return holds


def _with_constant(test: Test, text_of: Closure, part: str, *, wanted: bool) -> Closure:
    def holds(facts: Facts) -> bool:
        text = text_of(facts)
        return text is not None and test(text, part) is wanted

    return holds


def _lowered(read: Closure) -> Closure:
    def text(facts: Facts) -> Any:
        value = read(facts)
        if value is None:
            return None
        _read(facts, value)
        return lower(value)

    return text


def like(compiler: Compiler, node: Call) -> Closure:
    """`%` any run, `_` one character, a backslash takes the next as it is."""
    text, pattern = node.arguments
    return _matches(compiler.closure(text), _compiled(like_pattern(constant(pattern))))


def matches(compiler: Compiler, node: Call) -> Closure:
    """Does the regular expression match the whole string?"""
    text, pattern = node.arguments
    return _matches(compiler.closure(text), _compiled(constant(pattern)))


def regex_group(compiler: Compiler, node: Call) -> Closure:
    """The text of a group in the first match anywhere; null without one."""
    text, pattern, number = node.arguments
    regex, group, read = _compiled(constant(pattern)), constant(number), compiler.closure(text)

    def found(facts: Facts) -> str | None:
        value = read(facts)
        if value is None:
            return None
        _read(facts, value)
        match = regex.search(_encoded(value))
        part = None if match is None else match.group(group)
        return part.decode() if part else None

    return found


def like_pattern(pattern: str) -> str:
    """The regular expression of a `like` pattern."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        else:
            literal = next(characters, character) if character == "\\" else character
            parts.append(re2.escape(literal))
    return f"(?s){''.join(parts)}"


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _matches(read: Closure, regex: Any) -> Closure:
    fullmatch = regex.fullmatch

    def holds(facts: Facts) -> bool:
        value = read(facts)
        if value is None:
            return False
        _read(facts, value)
        return fullmatch(_encoded(value)) is not None

    return holds


def _read(facts: Facts, text: str) -> None:
    """Count a long text like a loop over its pieces."""
    if len(text) > _PIECE:
        facts.visit(len(text) // _PIECE)


def _encoded(text: str) -> bytes:
    # Given bytes, RE2 need not count characters; half a surrogate pair is no character to it.
    return text.encode(errors="replace")


def _never(_facts: Facts) -> bool:
    return False


# Constants are evaluated when they are compiled.
_NO_FACTS = Facts({}, now=0)
