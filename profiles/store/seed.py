"""The default merge policy of a sandbox."""

from core import clock
from core.sandboxes.models import Sandbox
from profiles.store.models import MergePolicy


def seed_merge_policy(*, sandbox: Sandbox) -> None:
    """Timestamp ordered over the private graph, default and active on edge."""
    MergePolicy.objects.get_or_create(
        sandbox=sandbox,
        is_default=True,
        schema_name="_xdm.context.profile",
        defaults={
            "name": "Default Timebased",
            "is_active_on_edge": not MergePolicy.objects.filter(
                sandbox=sandbox, is_active_on_edge=True
            ).exists(),
            "updated_ms": clock.now_ms(),
            "updated_by": "system",
        },
    )
