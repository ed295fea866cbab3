"""Copy a sandbox's merge policies and linking rules into another one."""

import uuid

from core import clock
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from profiles.identity.actions import start_relinking
from profiles.identity.models import LinkingSettings
from profiles.store.models import MergePolicy


def copy_profile_rules(source: Sandbox, target: Sandbox) -> dict[str, int]:
    """Policies that name datasets stay out: datasets are not copied. Defaults stay the target's."""
    names = set(MergePolicy.objects.filter(sandbox=target).values_list("name", flat=True))
    policies = [
        policy
        for policy in MergePolicy.objects.filter(sandbox=source)
        if policy.name not in names and not policy.dataset_order
    ]
    for policy in policies:
        policy.pk, policy.sandbox, policy.version = uuid.uuid4(), target, 1
        policy.is_default = policy.is_active_on_edge = False
        policy.updated_ms = clock.now_ms()
    MergePolicy.objects.bulk_create(policies)
    rules = _copy_linking_rules(source, target)
    config_changed("merge_policy")
    config_changed("linking")
    return {"merge policies": len(policies), "linking rules": rules}


def _copy_linking_rules(source: Sandbox, target: Sandbox) -> int:
    found = LinkingSettings.objects.filter(sandbox=source).first()
    if found is None or LinkingSettings.objects.filter(sandbox=target).exists():
        return 0
    copied = LinkingSettings.objects.create(
        sandbox=target,
        namespaces=found.namespaces,
        updated_ms=clock.now_ms(),
        updated_by=found.updated_by,
    )
    start_relinking(copied, started_by="")
    return len(found.namespaces)
