"""A job's audiences, parted by merge policy: each stage is evaluated over one view of profiles."""

from collections.abc import Iterable, Mapping, Sequence
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
    """Audiences with the policy they have in common, each after those it depends on. Pure.

    Few parts, since each may merge all profiles: a policy waits until all of its audiences can be
    evaluated, unless policies wait for each other.
    """
    left: dict[str, list[Audience]] = {}
    for policy_id, one in asked:
        left.setdefault(policy_id, []).append(one)
    parts: list[tuple[str, list[Audience]]] = []
    while left:
        policy_id, part = _next_part(left)
        parts.append((policy_id, part))
        done = {one.number for one in part}
        left[policy_id] = [one for one in left[policy_id] if one.number not in done]
        left = {key: found for key, found in left.items() if found}
    return parts


def _next_part(left: Mapping[str, list[Audience]]) -> tuple[str, list[Audience]]:
    waiting = {one.number for found in left.values() for one in found}
    ready = {policy_id: _ready(found, waiting) for policy_id, found in left.items()}
    whole = [policy_id for policy_id in left if len(ready[policy_id]) == len(left[policy_id])]
    policy_id = whole[0] if whole else max(ready, key=lambda key: len(ready[key]))
    # None is ready where rules name each other in a circle, which no save allows.
    return policy_id, ready[policy_id] or left[policy_id]


def _ready(found: Sequence[Audience], waiting: set[int]) -> list[Audience]:
    """Audiences of one policy that depend on none that wait under other policies."""
    blocked = waiting - {one.number for one in found}
    ready = []
    for one in found:
        if one.depends_on & blocked:
            blocked |= {one.number}
        else:
            ready.append(one)
    return ready
