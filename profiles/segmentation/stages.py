"""A job's audiences, parted by merge policy: each stage is evaluated over one view of profiles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.sandboxes.models import Sandbox
from profiles.segmentation.audiences import Audience, AudienceSet
from profiles.segmentation.load import load_audiences
from profiles.segmentation.types import PROFILE_SCHEMA
from profiles.segmentation.work_types import SegmentWork
from profiles.store.queries import find_merge_policies


@dataclass(frozen=True, slots=True)
class Stage:
    """Audiences of one merge policy, `asked`, among all there are of it."""

    policy_id: str
    audiences: AudienceSet
    asked: list[Audience]


def list_stages(sandbox: Sandbox, segments: Sequence[SegmentWork]) -> list[Stage]:
    """Stages in an order in which audiences come after those of other policies they depend on.

    What `segments` need comes first among them.
    """
    policies = find_merge_policies(
        sandbox=sandbox, policy_ids=sorted({one.policy_id for one in segments})
    )
    known = {
        str(policy.pk): load_audiences(sandbox, policy=policy)
        for policy in policies
        if policy.schema_name == PROFILE_SCHEMA
    }
    asked = [
        (policy_id, audiences.by_number[one.number])
        for one in segments
        for policy_id, audiences in known.items()
        if one.number in audiences.by_number
    ]
    return [Stage(policy_id, known[policy_id], found) for policy_id, found in part_by_policy(asked)]


def part_by_policy(asked: Iterable[tuple[str, Audience]]) -> list[tuple[str, list[Audience]]]:
    """Audiences with the policy they have in common, as few parts as each policy's rank allows.

    An audience ranks above those of other policies it depends on, and not below the others. Pure.
    """
    places: dict[int, tuple[int, str]] = {}
    parts: dict[tuple[int, str], list[Audience]] = {}
    for policy_id, one in asked:
        below = [places[number] for number in one.depends_on if number in places]
        rank = max((rank + (other != policy_id) for rank, other in below), default=0)
        places[one.number] = rank, policy_id
        parts.setdefault((rank, policy_id), []).append(one)
    return [(policy_id, found) for (_, policy_id), found in sorted(parts.items(), key=_by_rank)]


def _by_rank(item: tuple[tuple[int, str], list[Audience]]) -> tuple[int, str]:
    return item[0]
