"""Conditions about the items of lists: how many matched, which, and what each part let through."""

from dataclasses import replace

from profiles.segmentation.pql.closures.compiler import constant, is_constant
from profiles.segmentation.pql.explaining.evaluation import Evaluation
from profiles.segmentation.pql.explaining.operands import COUNTS
from profiles.segmentation.pql.explaining.times import (
    as_time_test,
    in_words,
    periods,
    wanted_windows,
)
from profiles.segmentation.pql.explaining.words import SHOWN, Noun, shortened, shown
from profiles.segmentation.pql.explanation import Explanation, Matches
from profiles.segmentation.pql.typed import (
    Aggregate,
    Call,
    Filter,
    Quantified,
    Select,
    Typed,
)
from profiles.segmentation.pql.types import BOOLEAN
from profiles.segmentation.pql.windows import MIRRORED


def items_part(evaluation: Evaluation, node: Typed) -> Explanation | None:
    """A condition about items; None: the node is none."""
    match node:
        case Quantified():
            return _quantified(evaluation, node)
        case Call("notEmpty", (Filter() as kept,)):
            some = Quantified("exists", kept.variable, kept.source, kept.body, BOOLEAN, kept.at)
            return replace(_quantified(evaluation, some), text=evaluation.source(node.at))
        case Call("notEmpty", (source,)):
            return _not_empty(evaluation, node, source)
        case Call(function, (left, right)) if function in COUNTS:
            return _counted(evaluation, node, left, right)
        case _:
            return None


def _quantified(evaluation: Evaluation, node: Quantified) -> Explanation:
    kept = Filter(node.variable, node.source, node.body, node.source.type, node.at)
    is_some = node.quantifier == "exists"
    matches = matching(evaluation, kept, wanted="at least 1" if is_some else "all")
    clause = Noun(evaluation, node.source).matching(matches.found, matches.of)
    if not is_some:
        broken = replace(kept, body=Call("not", (node.body,), BOOLEAN, node.body.at))
        matches = replace(matches, items=matching(evaluation, broken, wanted="").items)
    if is_some:
        sentence = f"{clause}; the rule wants at least one."
    elif matches.of:
        sentence = f"{clause}; the rule wants all of them to."
    else:
        sentence = f"{clause}, so none breaks the rule."
    verdict = evaluation.verdict(node)
    return Explanation(
        kind="items",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=sentence,
        due_at=verdict.due_at,
        parts=conditions(evaluation, kept),
        matches=matches,
    )


def matching(evaluation: Evaluation, kept: Filter, *, wanted: str) -> Matches:
    """The items for which a filter's condition holds."""
    noun = Noun(evaluation, kept.source)
    found = evaluation.value(kept) or []
    everything = evaluation.value(kept.source) or []
    # The newest events say most.
    first = reversed(found[-SHOWN:]) if noun.is_event else found[:SHOWN]
    items = tuple(noun.item(item) for item in first)
    return Matches(len(found), len(everything), wanted, items)


def conditions(evaluation: Evaluation, kept: Filter) -> tuple[Explanation, ...]:
    """The parts of a condition about items, each with the items that pass it alone."""
    match kept.body:
        case Call("and" | "or", parts):
            return tuple(condition(evaluation, replace(kept, body=part)) for part in parts)
        case body if as_time_test(body) is not None:
            # One part, but its sentence says between which instants.
            return (condition(evaluation, kept),)
        case _:
            return ()


def condition(evaluation: Evaluation, kept: Filter) -> Explanation:
    """One condition about items."""
    verdict = evaluation.verdict(kept)
    matches = matching(evaluation, kept, wanted="")
    noun = Noun(evaluation, kept.source)
    text = evaluation.source(kept.body.at)
    test = as_time_test(kept.body)
    windows = None
    if test is not None:
        windows = wanted_windows(evaluation, test, variable=kept.variable)
    asked = text if windows is None else f"{text}, that is {in_words(windows)}"
    return Explanation(
        kind="counted",
        text=text,
        holds=matches.found > 0,
        sentence=f"{noun.counted(matches.found, matches.of)}: {asked}.",
        due_at=verdict.due_at,
        parts=conditions(evaluation, kept) if test is None else (),
        matches=matches,
        periods=periods(windows),
    )


def _not_empty(evaluation: Evaluation, node: Call, source: Typed) -> Explanation:
    verdict = evaluation.verdict(node)
    count = len(evaluation.value(source) or ())
    if isinstance(source, Select):
        clause = f"{count or 'No'} combinations match"
    else:
        are = f"is {count} item" if count == 1 else f"are {count or 'no'} items"
        clause = f"There {are} in {shortened(evaluation.source(source.at))}"
    return Explanation(
        kind="items",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=f"{clause}; the rule wants at least one.",
        due_at=verdict.due_at,
        matches=Matches(count, count, "at least 1", ()),
    )


def _counted(evaluation: Evaluation, node: Call, left: Typed, right: Typed) -> Explanation | None:
    """`list[condition].count() >= 2`, `(select …).count() >= 2`."""
    operator = node.function
    if is_constant(left):
        left, right, operator = right, left, MIRRORED[operator]
    if not is_constant(right):
        return None
    wanted = COUNTS[operator].format(shown(constant(right), right.type))
    verdict = evaluation.verdict(node)
    parts: tuple[Explanation, ...] = ()
    match left:
        case Aggregate("count", _, Filter() as kept):
            matches = matching(evaluation, kept, wanted=wanted)
            clause = Noun(evaluation, kept.source).matching(matches.found, matches.of)
            parts = conditions(evaluation, kept)
        case Call("size", (Select(),)):
            count = evaluation.value(left)
            matches = Matches(count, count, wanted, ())
            clause = f"{count} combinations match"
        case _:
            return None
    return Explanation(
        kind="items",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=f"{clause}; the rule wants {wanted}.",
        due_at=verdict.due_at,
        parts=parts,
        matches=matches,
    )
