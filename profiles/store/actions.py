"""Create, edit and delete merge policies."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from core import clock, notify, tasks
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from profiles.store.models import MergePolicy
from profiles.store.queries import find_cached_policy, get_merge_policy
from profiles.store.types import MOST_DATASETS, MergePolicyInput

REBUILD_TASK = "profiles.tasks.rebuild_profiles"
SETTLE_TASK = "profiles.tasks.settle_audiences"
EVALUATE_TASK = "profiles.tasks.evaluate_policy"
# What documents merged by a policy depend on.
_Recipe = tuple[str, str, str, tuple[str, ...]] | None


@transaction.atomic
def create_merge_policy(given: MergePolicyInput, *, actor: Actor, sandbox: Sandbox) -> MergePolicy:
    """A new policy; taking the default or edge flag moves it from its holder."""
    require(actor, "manage-profile-configs", sandbox)
    _lock(sandbox)
    _check(given, sandbox)
    before = _recipe(sandbox)
    policy = MergePolicy(sandbox=sandbox, version=0)
    _write(policy, given, actor=actor)
    _announce(policy, "Create", actor=actor, sandbox=sandbox)
    _rebuild_if_changed(sandbox, before)
    return policy


@transaction.atomic
def update_merge_policy(
    given: MergePolicyInput, *, actor: Actor, sandbox: Sandbox, policy_id: str
) -> MergePolicy:
    """Replace a policy's definition; its version grows by one."""
    require(actor, "manage-profile-configs", sandbox)
    _lock(sandbox)
    policy = get_merge_policy(sandbox=sandbox, policy_id=policy_id)
    _check(given, sandbox)
    _refuse_to_drop_flags(policy, given)
    before, own = _recipe(sandbox), _recipe_of(policy)
    _write(policy, given, actor=actor)
    _announce(policy, "Update", actor=actor, sandbox=sandbox)
    if not _rebuild_if_changed(sandbox, before) and _recipe_of(policy) != own:
        # Nothing is stored as this policy sees it, but for who is in its audiences.
        tasks.enqueue(EVALUATE_TASK, sandbox=sandbox.number, policy=str(policy.pk))
    return policy


@transaction.atomic
def delete_merge_policy(*, actor: Actor, sandbox: Sandbox, policy_id: str) -> None:
    """Remove a policy, never the edge-active one; a default leaves its flag to another policy."""
    require(actor, "manage-profile-configs", sandbox)
    _lock(sandbox)
    policy = get_merge_policy(sandbox=sandbox, policy_id=policy_id)
    if policy.is_active_on_edge:
        msg = "The merge policy is active on edge and cannot be deleted."
        raise Invalid(msg, mergePolicyId=policy_id)
    before = _recipe(sandbox)
    _announce(policy, "Delete", actor=actor, sandbox=sandbox)
    _delete(policy)
    if policy.is_default:
        _pass_default_on(policy, sandbox)
    _rebuild_if_changed(sandbox, before)


def _delete(policy: MergePolicy) -> None:
    try:
        policy.delete()
    except ProtectedError as error:
        names = ", ".join(sorted(str(each) for each in error.protected_objects)[:5])
        msg = f"The merge policy is used by {names} and cannot be deleted."
        raise Invalid(msg, mergePolicyId=str(policy.pk)) from error


def rebuild_profiles(*, sandbox: Sandbox) -> None:
    """Have every merged document of the sandbox computed again, after this transaction."""
    tasks.enqueue(REBUILD_TASK, sandbox=sandbox.number)


def _lock(sandbox: Sandbox) -> None:
    """One writer of policies per sandbox: moving a flag takes two updates."""
    Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.number)


def _write(policy: MergePolicy, given: MergePolicyInput, *, actor: Actor) -> None:
    others = MergePolicy.objects.filter(sandbox=policy.sandbox).exclude(pk=policy.pk)
    now = clock.now_ms()
    # The flags leave their holder first: the unique constraints are checked at once.
    if given.is_default:
        others.filter(schema_name=given.schema_name, is_default=True).update(
            is_default=False, updated_ms=now
        )
    if given.is_active_on_edge and not policy.is_active_on_edge:
        # Only audiences on this policy can be streamed.
        tasks.enqueue(SETTLE_TASK, sandbox=policy.sandbox.number)
    if given.is_active_on_edge:
        others.filter(is_active_on_edge=True).update(is_active_on_edge=False, updated_ms=now)
    policy.name = given.name
    policy.schema_name = given.schema_name
    policy.identity_graph = given.identity_graph
    policy.attribute_merge = given.attribute_merge
    policy.dataset_order = list(given.dataset_order)
    policy.is_default = given.is_default
    policy.is_active_on_edge = given.is_active_on_edge
    policy.version += 1
    policy.updated_ms = now
    policy.updated_by = actor.name
    policy.save()


def _pass_default_on(deleted: MergePolicy, sandbox: Sandbox) -> None:
    """Every class that has policies has a default: the edge-active, else the newest one."""
    heir = (
        MergePolicy.objects.filter(sandbox=sandbox, schema_name=deleted.schema_name)
        .order_by("-is_active_on_edge", "-updated_ms", "id")
        .first()
    )
    if heir is not None:
        heir.is_default = True
        heir.updated_ms = clock.now_ms()
        heir.save(update_fields=["is_default", "updated_ms"])


def _refuse_to_drop_flags(policy: MergePolicy, given: MergePolicyInput) -> None:
    if policy.is_default and not (given.is_default and given.schema_name == policy.schema_name):
        msg = "A schema class needs a default: make another merge policy the default instead."
        raise Invalid(msg, path="default", received=given.is_default)
    if policy.is_active_on_edge and not given.is_active_on_edge:
        msg = "A sandbox needs a policy on edge: make another merge policy active on edge instead."
        raise Invalid(msg, path="isActiveOnEdge", received=False)


def _check(given: MergePolicyInput, sandbox: Sandbox) -> None:
    if not given.name.strip() or len(given.name) > 300:
        raise Invalid("name must have 1 to 300 characters.", path="name", received=given.name)
    _require_choice(given.identity_graph, MergePolicy.IdentityGraph.values, "identityGraph.type")
    _require_choice(given.attribute_merge, MergePolicy.AttributeMerge.values, "attributeMerge.type")
    ordered = given.attribute_merge == MergePolicy.AttributeMerge.DATASETS
    if ordered and not given.dataset_order:
        msg = "attributeMerge.order is required for dataSetPrecedence."
        raise Invalid(msg, path="attributeMerge.order")
    if not ordered and given.dataset_order:
        msg = "attributeMerge.order goes with dataSetPrecedence only."
        raise Invalid(msg, path="attributeMerge.order")
    _check_datasets(given.dataset_order, sandbox)


def _require_choice(value: str, choices: list[str], path: str) -> None:
    if value not in choices:
        msg = f"{path} must be one of {', '.join(choices)}."
        raise Invalid(msg, path=path, received=value)


def _check_datasets(order: tuple[str, ...], sandbox: Sandbox) -> None:
    path = "attributeMerge.order"
    # Profile and event datasets share the list, with a bound for each kind.
    if len(order) > 2 * MOST_DATASETS:
        msg = f"At most {MOST_DATASETS} profile and {MOST_DATASETS} event datasets are allowed."
        raise Invalid(msg, path=path, received=len(order))
    if len(set(order)) != len(order):
        raise Invalid("A dataset appears twice in the order.", path=path)
    known = Dataset.objects.filter(sandbox=sandbox, id__in=order, deleted_ms__isnull=True)
    unknown = sorted(set(order) - set(known.values_list("id", flat=True)))
    if unknown:
        raise Invalid(f"Dataset {unknown[0]} is not found.", path=path, received=unknown)


def _recipe(sandbox: Sandbox) -> _Recipe:
    return _recipe_of(find_cached_policy(sandbox=sandbox))


def _recipe_of(policy: MergePolicy | None) -> _Recipe:
    if policy is None:
        return None
    order = tuple(policy.dataset_order)
    return policy.schema_name, policy.identity_graph, policy.attribute_merge, order


def _rebuild_if_changed(sandbox: Sandbox, before: _Recipe) -> bool:
    changed = _recipe(sandbox) != before
    if changed:
        rebuild_profiles(sandbox=sandbox)
    return changed


def _announce(policy: MergePolicy, action: str, *, actor: Actor, sandbox: Sandbox) -> None:
    details: dict[str, Any] = {
        "version": policy.version,
        "identityGraph": policy.identity_graph,
        "attributeMerge": policy.attribute_merge,
        "default": policy.is_default,
        "isActiveOnEdge": policy.is_active_on_edge,
    }
    audit.record(
        actor=actor,
        action=action,
        asset=("MergePolicy", str(policy.id), policy.name),
        sandbox=sandbox,
        details=details,
    )
    notify.config_changed("merge_policy")
