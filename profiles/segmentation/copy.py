"""Copy a sandbox's audiences into another one, as drafts."""

import uuid
from collections.abc import Mapping

from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.segmentation import rules
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import live
from profiles.store.models import MergePolicy
from profiles.store.queries import find_default_policy

_COPIED = (
    "description",
    "schema_name",
    "expression_format",
    "ttl_days",
    "payload_schema",
    "exclude_opt_out",
    "labels",
    "tags",
)


def copy_segments(source: Sandbox, target: Sandbox) -> dict[str, int]:
    """Audiences with a rule; those whose name the target has already stay the target's.

    Rules that name other audiences name their copies. All are evaluated in batches at first.
    """
    rows = live(source).filter(kind=SegmentDefinition.Kind.RULE).exclude(state="archived")
    names = dict(live(target).exclude(state="archived").values_list("name", "id"))
    ids: dict[uuid.UUID, uuid.UUID] = {}
    copied = 0
    # Those that others need come first, so that their copies have ids.
    for each in rules.reachable(rows.select_related("merge_policy").order_by("number")).values():
        if each.name in names:
            ids[each.pk] = names[each.name]
        elif each.kind == SegmentDefinition.Kind.RULE and _can_follow(each, ids):
            ids[each.pk] = _copy(each, target, ids).pk
            copied += 1
    return {"audiences": copied}


def _can_follow(segment: SegmentDefinition, ids: Mapping[uuid.UUID, uuid.UUID]) -> bool:
    needed = segment.depends_on.values_list("pk", flat=True)
    return all(each in ids for each in needed)


def _copy(
    segment: SegmentDefinition, target: Sandbox, ids: Mapping[uuid.UUID, uuid.UUID]
) -> SegmentDefinition:
    copy = rules.new_segment(target, SegmentDefinition.Kind.RULE, SYSTEM)
    copy.name, copy.state = segment.name, SegmentDefinition.State.DRAFT
    for name in _COPIED:
        setattr(copy, name, getattr(segment, name))
    copy.expression = _renamed(segment.expression, ids)
    copy.expression_value = _renamed(segment.expression_value, ids)
    copy.merge_policy = _policy(segment, target)
    rules.save(copy, "Create", actor=SYSTEM)
    needed = [ids[each.pk] for each in segment.depends_on.all()]
    copy.depends_on.set(SegmentDefinition.objects.filter(pk__in=needed))
    return copy


def _renamed(text: str, ids: Mapping[uuid.UUID, uuid.UUID]) -> str:
    for before, after in ids.items():
        text = text.replace(str(before), str(after))
    return text


def _policy(segment: SegmentDefinition, target: Sandbox) -> MergePolicy | None:
    same = MergePolicy.objects.filter(sandbox=target, schema_name=segment.schema_name)
    named = segment.merge_policy.name if segment.merge_policy else ""
    return same.filter(name=named).first() or find_default_policy(
        sandbox=target, schema_name=segment.schema_name
    )
