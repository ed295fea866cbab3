"""Why a rule holds for a profile or not: each of its parts, and the facts that decided."""

from profiles.segmentation.pql.explaining.chains import chain_part
from profiles.segmentation.pql.explaining.evaluation import Evaluation
from profiles.segmentation.pql.explaining.lists import items_part
from profiles.segmentation.pql.explaining.operands import audience, constant_part, operand
from profiles.segmentation.pql.explaining.times import as_time_test, time_part
from profiles.segmentation.pql.explanation import Explanation
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.typed import (
    Call,
    Chain,
    Constant,
    If,
    InSegment,
    Let,
    Typed,
)


def explain(node: Typed, text: str, facts: Facts) -> Explanation:
    """Explain a condition made from `text`; raises BudgetExceeded."""
    return _part(Evaluation(text, facts), node)


def _part(evaluation: Evaluation, node: Typed) -> Explanation:
    match node:
        case Let():
            evaluation.bind(node)
            return _part(evaluation, node.body)
        case Call("truth", (Let() | If() as inner,)):
            return _part(evaluation, inner)
        case If():
            return _choice(evaluation, node)
        case Call("and" | "or"):
            return _group(evaluation, node)
        case Call("not", (inner,)):
            return _not(evaluation, node, inner)
        case _:
            return _leaf(evaluation, node)


def _leaf(evaluation: Evaluation, node: Typed) -> Explanation:
    match node:
        case Chain():
            return chain_part(evaluation, node)
        case InSegment():
            return audience(evaluation, node)
        case Constant():
            return constant_part(evaluation, node)
        case _:
            return _condition(evaluation, node)


def _condition(evaluation: Evaluation, node: Typed) -> Explanation:
    test = as_time_test(node)
    explained = None if test is None else time_part(evaluation, test)
    if explained is None:
        explained = items_part(evaluation, node)
    if explained is None and isinstance(node, Call):
        explained = operand(evaluation, node)
    return explained or _bare(evaluation, node)


def _group(evaluation: Evaluation, node: Call) -> Explanation:
    verdict = evaluation.verdict(node)
    parts = tuple(_part(evaluation, part) for part in node.arguments)
    held, of = sum(part.holds for part in parts), len(parts)
    is_all = node.function == "and"
    verb = "holds" if held == 1 else "hold"
    some = f"{held} of {of} parts {verb}" if held else f"None of the {of} parts holds"
    return Explanation(
        kind="all" if is_all else "any",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=f"{some}; {'all have to' if is_all else 'one is enough'}.",
        due_at=verdict.due_at,
        parts=parts,
    )


def _not(evaluation: Evaluation, node: Call, inner: Typed) -> Explanation:
    part = _part(evaluation, inner)
    return Explanation(
        kind="not",
        text=evaluation.source(node.at),
        holds=not part.holds,
        sentence=f"The part that must not hold {'does' if part.holds else 'does not'}.",
        due_at=part.due_at,
        parts=(part,),
    )


def _choice(evaluation: Evaluation, node: If) -> Explanation:
    verdict = evaluation.verdict(node)
    condition = _part(evaluation, node.condition)
    taken = _part(evaluation, node.then if condition.holds else node.otherwise)
    which = "holds, so that the first" if condition.holds else "does not hold, so that the second"
    return Explanation(
        kind="choice",
        text=evaluation.source(node.at),
        holds=verdict.holds is True,
        sentence=f"The condition {which} answer counts.",
        due_at=verdict.due_at,
        parts=(condition, taken),
    )


def _bare(evaluation: Evaluation, node: Typed) -> Explanation:
    """A value in the place of a condition."""
    verdict = evaluation.verdict(node)
    holds = verdict.holds is True
    return Explanation(
        kind="comparison",
        text=evaluation.source(node.at),
        holds=holds,
        sentence=f"{evaluation.source(node.at)} is {'true' if holds else 'not true'}.",
        due_at=verdict.due_at,
    )
