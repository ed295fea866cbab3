"""Evaluate all audiences of one profile at once, batch ones included.

Those of other merge policies than the one profiles are stored by are left to jobs.
"""

from core import clock, sql
from core.access.permissions import require
from core.access.types import Actor
from core.arrays import byteas
from core.audit import actions as audit
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import ensure_position
from profiles.identity.ids import identity_id, xid_text
from profiles.segmentation.holding import held_pipeline
from profiles.segmentation.load import load_audiences
from profiles.segmentation.plan import Wanted
from profiles.segmentation.states import MembershipChange
from profiles.segmentation.streaming import evaluate_profiles


def reevaluate_profile(*, actor: Actor, sandbox: Sandbox, name: bytes) -> list[MembershipChange]:
    """Bring the memberships of the profile with XID `name` up to date; who entered or left what.

    Raises NotFound for an unknown identity. Records of the sandbox wait meanwhile: some
    milliseconds.
    """
    if not actor.may("manage-profiles", sandbox.pk):
        require(actor, "evaluate-segments", sandbox)
    audiences = load_audiences(sandbox)
    key = identity_id(sandbox.number, name)
    with sql.connect(autocommit=True, application="onefold-reevaluate") as connection:
        ensure_position(connection, "profile", sandbox.number)
        with held_pipeline(connection, sandbox.number) as cursor:
            # The profile is looked up only now: until here it may have become part of another.
            rows = cursor.execute(
                sql.load("profiles.identity", "load_profiles"), {"ids": byteas([key])}
            ).fetchall()
            if not rows:
                raise NotFound("The entity is not found. Use a valid entity and try again.")
            changes = evaluate_profiles(
                cursor,
                sandbox.number,
                audiences=audiences,
                wanted=Wanted({rows[0][1]: set(audiences.by_number)}),
                now=clock.now_ms(),
            )
    audit.record(
        actor=actor,
        action="Evaluate",
        asset=("Profile", xid_text(name), ""),
        sandbox=sandbox,
        details={"audiences": len(audiences.by_number), "changes": len(changes)},
    )
    return changes
