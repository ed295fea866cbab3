"""Conditions about time. Each says at what later moment the passing of time alone will flip it."""

from collections.abc import Callable

from profiles.segmentation.pql import moments
from profiles.segmentation.pql.closures.compiler import Closure, Compiler
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.facts import Facts, Word
from profiles.segmentation.pql.typed import Call, InPeriod, Now, Typed, Within
from profiles.segmentation.pql.windows import (
    MIRRORED,
    MIRRORED_DIRECTION,
    Condition,
    Offsets,
    compared,
    predicate,
    windows_of,
    within,
)

# Does a condition about this instant hold?
type Test = Callable[[Facts, int], bool]

_PARTS: dict[str, tuple[str, Callable[[int], int]]] = {
    "month": ("month", lambda moment: moments.to_datetime(moment).month),
    "year": ("year", lambda moment: moments.to_datetime(moment).year),
    "dayOfMonth": ("day", lambda moment: moments.to_datetime(moment).day),
}


def now(_compiler: Compiler, node: Now) -> Closure:
    """A word such as `today` as a value: it is another one from the next unit on."""
    unit = node.unit
    if unit is None:
        raise PqlError("now can only be compared with another time.", at=node.at)
    show = _shown(node)

    def value(facts: Facts) -> int:
        facts.flips_at(moments.shift(moments.floor(facts.moment, unit), 1, unit))
        return show(facts)

    return value


def compare_instants(compiler: Compiler, node: Call) -> Closure:
    left, right = node.arguments
    operator = node.function
    if _moves(compiler, left, right):
        left, right, operator = right, left, MIRRORED[operator]
    return _condition(compiler, left, right, compared(operator))


def within_duration(compiler: Compiler, node: Within) -> Closure:
    moment, reference, direction = node.moment, node.reference, node.direction
    if _moves(compiler, moment, reference):
        moment, reference = reference, moment
        direction = MIRRORED_DIRECTION[direction]
    condition = within(node.operator, node.duration, direction)
    return _condition(compiler, moment, reference, condition)


def in_period(compiler: Compiler, node: InPeriod) -> Closure:
    """Two comparisons, the start first."""
    upper = "<=" if node.inclusive else "<"
    if compiler.clock(node.moment) is not None:
        starts = Call(">=", (node.moment, node.start), node.type, node.at)
        ends = Call(upper, (node.moment, node.end), node.type, node.at)
        started, unended = compare_instants(compiler, starts), compare_instants(compiler, ends)
        return lambda facts: started(facts) and unended(facts)
    read = compiler.closure(node.moment)
    after_start = _test(compiler, node.start, compared(">="))
    before_end = _test(compiler, node.end, compared(upper))

    def holds(facts: Facts) -> bool:
        moment = read(facts)
        return moment is not None and after_start(facts, moment) and before_end(facts, moment)

    return holds


def calendar_part(compiler: Compiler, node: Call) -> Closure:
    """`month`, `year`, `dayOfMonth` of an instant."""
    unit, part_of = _PARTS[node.function]
    clock = compiler.clock(node.arguments[0])
    if clock is not None and clock.unit is None:
        # Until the next month, say, it is this one: as good as the month's start.
        read = now(compiler, Now(unit, 0, clock.type, clock.at))
    else:
        read = compiler.closure(node.arguments[0])

    def part(facts: Facts) -> int | None:
        moment = read(facts)
        return None if moment is None else part_of(moment)

    return part


def _moves(compiler: Compiler, moment: Typed, reference: Typed) -> bool:
    """Is it the left side that moves, so that the sides should change places?"""
    clock, other = compiler.clock(moment), compiler.clock(reference)
    if clock is None:
        return False
    return other is None or (clock.unit is None and other.unit is not None)


def _condition(
    compiler: Compiler, moment: Typed, reference: Typed, condition: Condition
) -> Closure:
    clock, other = compiler.clock(moment), compiler.clock(reference)
    read: Closure
    if clock is not None and other is not None and clock.unit is None:
        # `now` beside `now`: time changes nothing.
        read, test = _shown(clock), _against(_shown(other), condition)
    else:
        read = compiler.closure(moment) if clock is None else now(compiler, clock)
        test = _test(compiler, reference, condition)

    def holds(facts: Facts) -> bool:
        moment = read(facts)
        return moment is not None and test(facts, moment)

    return holds


def _test(compiler: Compiler, reference: Typed, condition: Condition) -> Test:
    clock = compiler.clock(reference)
    if clock is None:
        return _against(compiler.closure(reference), condition)
    if not isinstance(condition, Offsets):
        return _against_clock(clock, condition)
    return _against_now(condition) if clock.unit is None else _against_word(clock, condition)


def _against(read: Closure, condition: Condition) -> Test:
    test = predicate(condition)

    def holds(facts: Facts, moment: int) -> bool:
        reference = read(facts)
        return reference is not None and test(moment, reference)

    return holds


def _against_now(offsets: Offsets) -> Test:
    first, beyond = offsets

    def holds(facts: Facts, moment: int) -> bool:
        passed = facts.moment - moment
        if passed < first:
            facts.flips_at(moment + first)
            return False
        if passed < beyond:
            facts.flips_at(moment + beyond)
            return True
        return False

    return holds


def _against_word(clock: Now, offsets: Offsets) -> Test:
    word = _word(clock)
    first, beyond = offsets

    def holds(facts: Facts, moment: int) -> bool:
        passed = facts.shown(word) - moment
        if passed < first:
            facts.flips_when(word, moment + first)
            return False
        if passed < beyond:
            facts.flips_when(word, moment + beyond)
            return True
        return False

    return holds


def _against_clock(clock: Now, condition: Condition) -> Test:
    show, word = _shown(clock), _word(clock)

    def holds(facts: Facts, moment: int) -> bool:
        shown = show(facts)
        for start, end in windows_of(condition, moment):
            if shown < start:
                facts.flips_when(word, start)
                return False
            if shown < end:
                facts.flips_when(word, end)
                return True
        return False

    return holds


def _word(clock: Now) -> Word:
    return Word(clock.unit, clock.add)


def _shown(clock: Now) -> Callable[[Facts], int]:
    """What the clock shows."""
    if clock.unit is None:
        return lambda facts: facts.moment
    word = _word(clock)
    return lambda facts: facts.shown(word)
