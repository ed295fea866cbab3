"""Delete a profile's data."""

from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from core import clock, sql
from core.access.permissions import require
from core.access.types import Actor
from core.audit import actions as audit
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import PROFILE_READER, hold
from profiles.identity.ids import xid_text
from profiles.lookup.directory import directory_of
from profiles.lookup.queries import read_graphs, unknown_entity
from profiles.lookup.types import Member
from profiles.segmentation.forget_profile import forget_profile
from profiles.segmentation.load import load_audiences
from profiles.segmentation.plan import Wanted
from profiles.segmentation.streaming import evaluate_profiles
from profiles.store.models import MergePolicy
from profiles.store.policies import policy_of
from profiles.store.queries import find_cached_policy
from profiles.store.types import PROFILE_SCHEMA
from profiles.store.write_profiles import refresh_profiles

_PACKAGE = "profiles.lookup"


@transaction.atomic
def delete_profile(
    *,
    actor: Actor,
    sandbox: Sandbox,
    name: bytes,
    policy_id: str | None = None,
    schema_name: str = PROFILE_SCHEMA,
) -> None:
    """Remove attributes and events of an identity, under a stitching policy of its whole graph.

    The graph itself stays: it belongs to the identity service. What was accepted earlier but is
    still to be processed does not bring deleted attributes back.
    """
    require(actor, "manage-profiles", sandbox)
    policy = directory_of(sandbox).policy(policy_id, schema_name=schema_name)
    # First the pipeline: a batch under way would write what it read before the delete.
    with connection.cursor() as cursor:
        hold(cursor, PROFILE_READER, sandbox.number)
    graph = read_graphs(sandbox=sandbox, names=[name]).get(name)
    if graph is None:
        raise unknown_entity()
    alone = policy.identity_graph == MergePolicy.IdentityGraph.NONE
    members = (graph.requested,) if alone else graph.members
    removed = _delete(sandbox, members)
    if not removed:
        raise unknown_entity()
    with sql.transaction_cursor() as cursor:
        profile = min(member.id_in(sandbox.number) for member in graph.members)
        if len(members) < len(graph.members):
            _merge_rest(cursor, sandbox, profile)
        else:
            forget_profile(cursor, sandbox.number, profile)
    audit.record(
        actor=actor,
        action="Delete",
        asset=("Profile", xid_text(name), ""),
        sandbox=sandbox,
        details={"mergePolicyId": str(policy.id), "identities": len(members), **removed},
    )


def _delete(sandbox: Sandbox, members: tuple[Member, ...]) -> dict[str, int]:
    params: dict[str, Any] = {
        "ids": [member.id_in(sandbox.number) for member in members],
        "sandbox": sandbox.number,
    }
    fragments = sql.change(_PACKAGE, "empty_fragments", {**params, "now": clock.now_us()})
    ((events,),) = sql.change(_PACKAGE, "delete_events", params)
    profiles = sql.change(_PACKAGE, "delete_cached_profiles", params)
    sql.change(_PACKAGE, "delete_computed_values", params)
    counts = {"fragments": len(fragments), "events": events, "profiles": len(profiles)}
    return counts if any(counts.values()) else {}


def _merge_rest(cursor: Cursor[Any], sandbox: Sandbox, profile: bytes) -> None:
    """The merged document, and the audiences, without what was deleted."""
    policy = policy_of(find_cached_policy(sandbox=sandbox))
    refresh_profiles(cursor, sandbox.number, [profile], policy)
    audiences = load_audiences(sandbox)
    evaluate_profiles(
        cursor,
        sandbox.number,
        audiences=audiences,
        wanted=Wanted({profile: set(audiences.by_number)}),
        now=clock.now_ms(),
    )
