"""Rules of audiences that cards mention: what "Convert to rules" copies, or why it cannot."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.canvas import AudienceCard, Canvas, nodes
from profiles.segmentation.builder.operations import Refused
from profiles.segmentation.builder.read import CodeOnly, read
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import find_segments
from profiles.segmentation.types import PROFILE_SCHEMA


@dataclass(frozen=True, slots=True)
class Copy:
    """The rule of an audience as a canvas; or the reason why there is none."""

    canvas: Canvas | None
    reason: str = ""


_GONE = Copy(None, "The audience is not there any more.")


def copies_of(canvas: Canvas, sandbox: Sandbox) -> Mapping[str, Copy]:
    """The rule of each audience that the canvas mentions, by its id as the canvas has it."""
    ids = {node.audience for node in nodes(canvas) if isinstance(node, AudienceCard)}
    found = find_segments(sandbox=sandbox, segment_ids=ids) if ids else []
    known = {str(each.pk): _copy(each) for each in found}
    return {each: known.get(each.lower(), _GONE) for each in ids}


def rule_to_copy(audience: str, sandbox: Sandbox) -> Canvas:
    """The rule of one audience; raises Refused with the reason."""
    found = find_segments(sandbox=sandbox, segment_ids=[audience])
    copy = _copy(found[0]) if found else _GONE
    if copy.canvas is None:
        raise Refused(copy.reason)
    return copy.canvas


def _copy(segment: SegmentDefinition) -> Copy:
    if segment.kind != SegmentDefinition.Kind.RULE:
        return Copy(None, "Its members come from elsewhere: it has no rule.")
    if segment.schema_name != PROFILE_SCHEMA:
        return Copy(None, "Its rule is not about profiles.")
    try:
        canvas = read(parse(segment.expression), profile_type(segment.sandbox))
    except CodeOnly as error:
        return Copy(None, f"Its rule has no cards. {error.message}")
    except PqlError as error:
        return Copy(None, f"Its rule can no longer be read. {error.message}")
    return Copy(canvas)
