"""Try a rule out: who would match, and about how many."""

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.errors import Invalid, NotFound
from core.http.request_id import current_request_id
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from profiles.segmentation.expressions import check_rule
from profiles.segmentation.models import SegmentPreview
from profiles.segmentation.queries import parse_uuid
from profiles.segmentation.types import PreviewInput
from profiles.store.queries import find_default_policy, get_merge_policy

PREVIEW_TASK = "profiles.tasks.preview_segment"
GRAPHS = ("pdg", "none")
KEPT_MS = 24 * 3600 * 1000


@transaction.atomic
def start_preview(given: PreviewInput, *, actor: Actor, sandbox: Sandbox) -> SegmentPreview:
    """Evaluate a rule over all profiles, or a sample of them, in the background."""
    require(actor, "view-segments", sandbox)
    if given.identity_graph not in GRAPHS:
        message = f"graphType must be one of {', '.join(GRAPHS)}."
        raise Invalid(message, path="graphType", received=given.identity_graph)
    checked = check_rule(given.expression, sandbox=sandbox, schema_name=given.schema_name)
    policy = find_default_policy(sandbox=sandbox, schema_name=given.schema_name)
    if given.merge_policy_id:
        policy = get_merge_policy(sandbox=sandbox, policy_id=given.merge_policy_id)
    now = clock.now_ms()
    preview = SegmentPreview.objects.create(
        sandbox=sandbox,
        expression=checked.text,
        schema_name=given.schema_name,
        identity_graph=given.identity_graph,
        merge_policy=policy,
        request_id=current_request_id(),
        created_ms=now,
        updated_ms=now,
        created_by=actor.id,
    )
    enqueue(PREVIEW_TASK, preview=str(preview.pk))
    return preview


def get_preview(*, sandbox: Sandbox, preview_id: str) -> SegmentPreview:
    """The preview with this id; raises NotFound."""
    key = parse_uuid(preview_id)
    found = SegmentPreview.objects.filter(sandbox=sandbox, pk=key).first() if key else None
    if found is None:
        raise NotFound(f"The preview {preview_id} is not found.", previewId=preview_id)
    return found


def delete_preview(*, actor: Actor, sandbox: Sandbox, preview_id: str) -> None:
    """Forget a preview; one that runs ends when it next reports."""
    require(actor, "view-segments", sandbox)
    get_preview(sandbox=sandbox, preview_id=preview_id).delete()


def forget_old_previews() -> None:
    """Drop previews nobody will look at any more."""
    SegmentPreview.objects.filter(updated_ms__lt=clock.now_ms() - KEPT_MS).delete()
