"""Copy a sandbox's computed attributes into another one, as drafts."""

import uuid

from core import clock
from core.access.types import SYSTEM
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from profiles.segmentation.computed.queries import next_number
from profiles.segmentation.computed_models import ComputedAttribute


def copy_attributes(source: Sandbox, target: Sandbox) -> dict[str, int]:
    """Those whose name the target has already stay the target's. Nothing is computed."""
    rows = ComputedAttribute.objects.filter(sandbox=target)
    names = {name.lower() for name in rows.values_list("name", flat=True)}
    copied = 0
    for each in ComputedAttribute.objects.filter(sandbox=source).order_by("number"):
        if each.name.lower() not in names:
            _copy(each, target)
            copied += 1
    config_changed("computed_attribute")
    return {"computed attributes": copied}


def _copy(attribute: ComputedAttribute, target: Sandbox) -> None:
    attribute.pk, attribute.number, attribute.sandbox = uuid.uuid4(), next_number(), target
    attribute.status, attribute.error = ComputedAttribute.Status.DRAFT, ""
    attribute.evaluated_ms = attribute.profile_count = attribute.next_ms = None
    attribute.created_ms = attribute.updated_ms = clock.now_ms()
    attribute.created_by = attribute.updated_by = SYSTEM.id
    attribute.save(force_insert=True)
