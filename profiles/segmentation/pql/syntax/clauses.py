"""The parts of the grammar about time: what follows `occurs`, and the links of a CHAIN."""

from collections.abc import Callable
from typing import get_args

from profiles.segmentation.pql import nodes
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_COUNT, MAX_LINKS
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.syntax.lexer import TokenKind
from profiles.segmentation.pql.syntax.stream import COMPARISONS, DAYS, UNITS, Stream

type Parse = Callable[[], Node]

_OPERATORS = get_args(nodes.Operator.__value__)
_WHOLE = "Write a whole number of a smaller unit, such as 90 minutes."
_LAST = "Write <= 7 days before now for the last 7 days."


def time_word(stream: Stream) -> nodes.TimeWord:
    """`now`, `today`, `yesterday`, `tomorrow`, or `this|last|next` and a unit."""
    first = stream.next()
    if first.text in DAYS:
        return nodes.TimeWord(first.text, None, first.at)
    unit = UNITS[stream.next().text]
    shift = next(word for word in get_args(nodes.Shift.__value__) if word == first.text)
    return nodes.TimeWord(unit, shift, stream.from_(first.at[0]))


def time_test(stream: Stream, addition: Parse) -> nodes.TimeTest:
    """What follows `occurs`."""
    start = stream.peek().at[0]
    if stream.at_symbol(*COMPARISONS) or _at_duration(stream):
        return _distance(stream, addition)
    if stream.take("between"):
        low = addition()
        stream.expect("and")
        return nodes.Between(low, addition(), stream.from_(start))
    if stream.take("before"):
        return nodes.Side("before", addition(), stream.from_(start))
    if stream.take("after"):
        return nodes.Side("after", addition(), stream.from_(start))
    stream.take("on")
    if stream.at_word("last", "next") and stream.peek(1).kind is TokenKind.NUMBER:
        stream.next()
        stream.fail("a unit such as month", suggestion=_LAST)
    return nodes.On(addition(), stream.from_(start))


def _at_duration(stream: Stream) -> bool:
    return stream.peek().kind is TokenKind.NUMBER and stream.at_word(*UNITS, ahead=1)


def _operator(stream: Stream) -> nodes.Operator | None:
    found = stream.take(*COMPARISONS)
    if found is None:
        return None
    operator: nodes.Operator = next(each for each in _OPERATORS if each == found.text)
    return operator


def _distance(stream: Stream, addition: Parse) -> nodes.Distance:
    start = stream.peek().at[0]
    operator = _operator(stream)
    fraction = isinstance(stream.peek().value, float)
    if fraction:
        stream.fail("a whole number", suggestion=_WHOLE)
    count = stream.expect_integer("a whole number and a unit, such as 3 days")
    if not stream.at_word(*UNITS):
        stream.fail("a unit such as hours or days")
    unit = UNITS[stream.next().text]
    direction = _direction(stream)
    return nodes.Distance(operator, count, unit, direction, addition(), stream.from_(start))


def _direction(stream: Stream) -> nodes.Direction:
    word = stream.take("before", "after", "from")
    if word is None:
        stream.fail('"before", "after" or "from"', suggestion="Such as <= 3 days before now.")
    found: nodes.Direction = next(
        each for each in get_args(nodes.Direction.__value__) if each == word.text
    )
    return found


def links(stream: Stream, *, addition: Parse, expression: Parse) -> tuple[nodes.Link, ...]:
    """The links of a CHAIN, in their square brackets."""
    stream.expect("[")
    found: list[nodes.Link] = []
    while True:
        found.append(_link(stream, addition=addition, expression=expression))
        if len(found) > MAX_LINKS:
            raise PqlError(f"A CHAIN has at most {MAX_LINKS} elements.", at=found[-1].at)
        if not stream.take(","):
            break
    stream.expect("]")
    return tuple(found)


def _link(stream: Stream, *, addition: Parse, expression: Parse) -> nodes.Link:
    start = stream.peek().at[0]
    label = stream.expect_name("a label for the event, such as A").text
    stream.expect(":")
    what: Node | None = None
    when: nodes.TimeTest | None = None
    where: Node | None = None
    count: tuple[nodes.Operator | None, int] | None = None
    seen: set[str] = set()
    while (word := _link_word(stream)) is not None:
        _refuse_again(stream, word, seen)
        stream.next()
        stream.expect("(")
        match word:
            case "WHAT":
                what = expression()
            case "WHEN":
                when = time_test(stream, addition)
            case "WHERE":
                where = expression()
            case _:
                count = _count(stream)
        stream.expect(")")
    if not seen:
        stream.fail("WHAT(…), WHEN(…), WHERE(…) or COUNT(…)")
    return nodes.Link(label, what, when, where, count, stream.from_(start))


def _link_word(stream: Stream) -> str | None:
    token = stream.peek()
    word = token.text.upper()
    is_part = token.kind is TokenKind.NAME and word in ("WHAT", "WHEN", "WHERE", "COUNT")
    return word if is_part else None


def _refuse_again(stream: Stream, word: str, seen: set[str]) -> None:
    if word in seen:
        raise PqlError(
            f"{word} stands twice in one element of the CHAIN.",
            at=stream.peek().at,
            found=word,
            suggestion="Join the conditions with and." if word in ("WHAT", "WHERE") else None,
        )
    seen.add(word)


def _count(stream: Stream) -> tuple[nodes.Operator | None, int]:
    operator = _operator(stream)
    at = stream.peek().at
    number = stream.expect_integer("a whole number")
    if number > MAX_COUNT:
        raise PqlError(f"COUNT is at most {MAX_COUNT}.", at=at, found=str(number))
    return operator, number
