"""Read merge policies."""

import uuid
from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from profiles.store.models import MergePolicy
from profiles.store.types import ADVISED_POLICIES, PROFILE_SCHEMA, MergePolicyFilter

_ORDERS = {
    "name": "name",
    "id": "id",
    "version": "version",
    "updateEpoch": "updated_ms",
    "default": "is_default",
    "schema.name": "schema_name",
}


def list_merge_policies(
    *,
    sandbox: Sandbox,
    wanted: MergePolicyFilter | None = None,
    order: Sequence[str] = (),
    start: int = 0,
    limit: int | None = None,
) -> list[MergePolicy]:
    """One page; `order` holds API names, `-` first for descending. Unknown names are ignored."""
    found = _filtered(sandbox, wanted).order_by(*_order_by(order), "id")
    return list(found[start : None if limit is None else start + limit])


def count_merge_policies(*, sandbox: Sandbox, wanted: MergePolicyFilter | None = None) -> int:
    """How many policies the list without paging has."""
    return _filtered(sandbox, wanted).count()


def get_merge_policy(*, sandbox: Sandbox, policy_id: str | uuid.UUID) -> MergePolicy:
    """The policy of this sandbox with this id; raises NotFound."""
    found = find_merge_policies(sandbox=sandbox, policy_ids=[str(policy_id)])
    if not found:
        msg = f"The merge policy {policy_id} is not found. Use a valid merge policy and try again."
        raise NotFound(msg, mergePolicyId=str(policy_id))
    return found[0]


def find_merge_policies(*, sandbox: Sandbox, policy_ids: Sequence[str]) -> list[MergePolicy]:
    """Those of the given ids that exist in this sandbox; malformed ids exist nowhere."""
    known = [parsed for parsed in map(_uuid, policy_ids) if parsed is not None]
    return list(MergePolicy.objects.filter(sandbox=sandbox, id__in=known))


def policies_listing(*, sandbox: Sandbox, datasets: Collection[str]) -> list[MergePolicy]:
    """Policies whose precedence names any of these datasets, by name."""
    ordered = MergePolicy.objects.filter(
        sandbox=sandbox, attribute_merge=MergePolicy.AttributeMerge.DATASETS
    )
    wanted = set(datasets)
    return [row for row in ordered.order_by("name", "id") if wanted & set(row.dataset_order)]


def find_default_policy(
    *, sandbox: Sandbox, schema_name: str = PROFILE_SCHEMA
) -> MergePolicy | None:
    """The policy reads use when they name none."""
    return MergePolicy.objects.filter(
        sandbox=sandbox, schema_name=schema_name, is_default=True
    ).first()


def find_cached_policy(*, sandbox: Sandbox) -> MergePolicy | None:
    """The policy `profile.document` is merged by: the edge-active one, else the default."""
    candidates = MergePolicy.objects.filter(sandbox=sandbox, schema_name=PROFILE_SCHEMA)
    return pick_cached_policy(list(candidates))


def pick_cached_policy(policies: Sequence[MergePolicy]) -> MergePolicy | None:
    """`find_cached_policy` among policies already at hand."""
    profile = [policy for policy in policies if policy.schema_name == PROFILE_SCHEMA]
    on_edge = next((policy for policy in profile if policy.is_active_on_edge), None)
    return on_edge or next((policy for policy in profile if policy.is_default), None)


def policy_warning(*, sandbox: Sandbox) -> str | None:
    """A sentence for people when the sandbox has more policies than advised."""
    count = MergePolicy.objects.filter(sandbox=sandbox).count()
    if count <= ADVISED_POLICIES:
        return None
    return f"This sandbox has {count} merge policies; more than {ADVISED_POLICIES} slow evaluation."


def _filtered(sandbox: Sandbox, wanted: MergePolicyFilter | None) -> QuerySet[MergePolicy]:
    conditions = {"sandbox": sandbox}
    if wanted is not None:
        values = {name: getattr(wanted, name) for name in MergePolicyFilter.__slots__}
        conditions |= {name: value for name, value in values.items() if value is not None}
    return MergePolicy.objects.filter(**conditions)


def _order_by(order: Sequence[str]) -> list[str]:
    fields = []
    for name in order:
        column = _ORDERS.get(name.strip().lstrip("+-"))
        if column is not None:
            fields.append(f"-{column}" if name.strip().startswith("-") else column)
    return fields


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
