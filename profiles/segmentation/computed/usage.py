"""Which audiences read a computed attribute."""

from core.sandboxes.models import Sandbox
from profiles.segmentation.computed.types import AttributeInUse
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.references import computed_attributes
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import live


def users_of_attribute(attribute: ComputedAttribute) -> list[SegmentDefinition]:
    """Audiences whose rule names the attribute, archived ones aside."""
    rows = live(attribute.sandbox).exclude(state=SegmentDefinition.State.ARCHIVED)
    # Few rules hold the word; those are read.
    named = rows.filter(expression__contains=attribute.name).order_by("name")
    return [each for each in named if _reads(each, attribute.name, attribute.sandbox)]


def refuse_if_used(attribute: ComputedAttribute, what: str) -> None:
    """Raise AttributeInUse while an audience reads the attribute; `what` ends the sentence."""
    names = [each.name for each in users_of_attribute(attribute)]
    if names:
        shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
        many = "audiences" if len(names) > 1 else "audience"
        message = f"The computed attribute cannot be {what}. It is used by the {many} {shown}."
        raise AttributeInUse(message, dependents=names)


def _reads(segment: SegmentDefinition, name: str, sandbox: Sandbox) -> bool:
    try:
        rule = check_segment(segment.expression, profile_type(sandbox, segment.schema_name))
    except PqlError:
        # The schema changed below it: it may be put right again.
        return True
    return any(name == used for _, used in computed_attributes(rule))
