"""People who forbade all use of their data are in no audience, unless it says otherwise."""

from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Call, Typed
from profiles.segmentation.pql.types import BOOLEAN, ObjectType

# Each holds for somebody who opted out; fields that a union schema lacks nobody has.
_RULES = (
    'privacyOptOuts[optOutType = "general_opt_out" and optOutValue = "out"]',
    'consents.collect.val = "n"',
    'consents.share.val = "n"',
)


def opt_out_rule(profile_type: ObjectType) -> Typed | None:
    """The condition under which somebody opted out; None where no field can say so."""
    rules: list[Typed] = []
    for text in _RULES:
        try:
            rules.append(check_segment(text, profile_type))
        except PqlError:
            continue
    if len(rules) < 2:
        return rules[0] if rules else None
    return Call("or", tuple(rules), BOOLEAN, (0, 0))


def guard(rule: Typed, opt_out: Typed | None) -> Typed:
    """The rule, for people who did not opt out."""
    if opt_out is None:
        return rule
    allowed = Call("not", (opt_out,), BOOLEAN, (0, 0))
    return Call("and", (rule, allowed), BOOLEAN, rule.at)
