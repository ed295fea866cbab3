"""Audiences on a merge policy that is not active on edge: jobs merge the profiles they are about.

Ada's points are 1500 by the members' dataset and, said later, 10 by the store's.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core import sql
from core.access.types import SYSTEM
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.types import DatasetInput
from profiles.identity.ids import xid
from profiles.lookup.queries import xid_of
from profiles.rebuild import rebuild
from profiles.segmentation import batch
from profiles.segmentation.actions import change_segment, delete_segment, input_of, settle_methods
from profiles.segmentation.audiences import Audience
from profiles.segmentation.explain_membership import MembershipExplanation, explain_membership
from profiles.segmentation.forget import forget_members
from profiles.segmentation.jobs import evaluate_policy_soon, start_job
from profiles.segmentation.load import load_audiences
from profiles.segmentation.members import Totals, count_members
from profiles.segmentation.models import SegmentDefinition, SegmentJob
from profiles.segmentation.previews import start_preview
from profiles.segmentation.reevaluate import reevaluate_profile
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.run_others import run_preview
from profiles.segmentation.types import Expression, PreviewInput
from profiles.store.actions import create_merge_policy, update_merge_policy
from profiles.store.models import MergePolicy
from profiles.store.queries import find_cached_policy
from profiles.store.types import MergePolicyInput
from tests.factories.loyalty import ENABLED, Loyalty, append, make_loyalty, process
from tests.factories.segments import make_segment
from tests.profiles.segmentation.test_time_limits import ENDLESS

pytestmark = pytest.mark.django_db(transaction=True)
RICH = "_acmeco.points > 1000"
POOR = "_acmeco.points < 1000"


@pytest.fixture
def loyalty(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    return make_loyalty(sandbox)


@pytest.fixture
def store(loyalty: Loyalty) -> Dataset:
    """A second dataset of members."""
    given = DatasetInput(name="Store", schema_uri=loyalty.members.schema_uri, tags=ENABLED)
    return create_dataset(actor=SYSTEM, sandbox=loyalty.sandbox, given=given)


@pytest.fixture
def members_first(loyalty: Loyalty, store: Dataset) -> MergePolicy:
    """The members' dataset before the store's; no other dataset counts."""
    return precedence(loyalty.sandbox, loyalty.members, store)


@pytest.fixture
def ada(loyalty: Loyalty, store: Dataset) -> None:
    stream(loyalty, loyalty.member("Ada", custom={"points": 1500}))
    stream(loyalty, of_store(loyalty, store, "Ada", points=10))


def precedence(sandbox: Sandbox, *datasets: Dataset, **more: Any) -> MergePolicy:
    given = MergePolicyInput(
        name="By dataset",
        attribute_merge="dataSetPrecedence",
        dataset_order=tuple(each.id for each in datasets),
        **more,
    )
    return create_merge_policy(given, actor=SYSTEM, sandbox=sandbox)


def alter(policy: MergePolicy, **more: Any) -> None:
    values: dict[str, Any] = {
        "name": policy.name,
        "identity_graph": policy.identity_graph,
        "attribute_merge": policy.attribute_merge,
        "dataset_order": tuple(policy.dataset_order),
        "is_default": policy.is_default,
        "is_active_on_edge": policy.is_active_on_edge,
    }
    given = MergePolicyInput(**values | more)
    sandbox = policy.sandbox
    update_merge_policy(given, actor=SYSTEM, sandbox=sandbox, policy_id=str(policy.pk))


def of_store(loyalty: Loyalty, store: Dataset, name: str, **custom: Any) -> bytes:
    return loyalty.message(store, {loyalty.tenant: {"crmId": name, **custom}})


def stream(loyalty: Loyalty, *messages: bytes) -> None:
    append(loyalty, *messages)
    process(loyalty.sandbox)


def audience(
    policy: MergePolicy, name: str, rule: str = RICH, method: str = "batch"
) -> SegmentDefinition:
    return make_segment(policy.sandbox, name, rule, method=method, merge_policy_id=str(policy.pk))


def cached(sandbox: Sandbox) -> MergePolicy:
    policy = find_cached_policy(sandbox=sandbox)
    assert policy is not None
    return policy


def evaluate(sandbox: Sandbox, asked: Sequence[str] = ("*",)) -> SegmentJob:
    job = start_job(list(asked), actor=SYSTEM, sandbox=sandbox)
    run_job(str(job.pk))
    job.refresh_from_db()
    assert job.status == "SUCCEEDED", job.errors
    return job


def run_waiting(sandbox: Sandbox) -> int:
    """Run the jobs that started by themselves; answers how many."""
    found = SegmentJob.objects.filter(sandbox=sandbox, status__in=("NEW", "QUEUED"))
    waiting = list(found.order_by("number"))
    for job in waiting:
        run_job(str(job.pk))
    return len(waiting)


def counted(segment: SegmentDefinition) -> tuple[int, int]:
    found = count_members([segment]).get(segment.number, Totals())
    return found.realized, found.exited


def why(sandbox: Sandbox, name: str, segment: SegmentDefinition) -> MembershipExplanation:
    key = xid_of(sandbox=sandbox, value=name, namespace="b2b_person")
    return explain_membership(sandbox=sandbox, name=key, segment_id=str(segment.pk))


def test_a_job_evaluates_each_audience_over_profiles_merged_by_its_policy(
    sandbox: Sandbox, members_first: MergePolicy, ada: None
) -> None:
    others = [audience(members_first, "Rich"), audience(members_first, "Poor", POOR)]
    own = [audience(cached(sandbox), "Rich now"), audience(cached(sandbox), "Poor now", POOR)]
    job = evaluate(sandbox)
    assert [counted(each)[0] for each in (*others, *own)] == [1, 0, 0, 1]
    assert job.metrics["profiles_by_policy"] == {
        str(members_first.pk): 1,
        str(cached(sandbox).pk): 1,
    }
    assert job.metrics["total_profiles"] == 2
    explained = [why(sandbox, "Ada", each) for each in (*others, *own)]
    assert [each.holds for each in explained] == [True, False, False, True]
    assert [each.is_stored_member for each in explained] == [True, False, False, True]
    assert all(each.reasons == () for each in explained)


def test_only_who_the_policy_sees_is_a_profile_of_it(
    sandbox: Sandbox, loyalty: Loyalty, store: Dataset
) -> None:
    stores_only = precedence(sandbox, store)
    anybody = audience(stores_only, "Anybody", "_acmeco.tier.isNull()")
    buyers = audience(stores_only, "Buyers", "xEvent[true]")
    stream(
        loyalty,
        loyalty.member("Ada", custom={"points": 1500}),
        of_store(loyalty, store, "Bob", points=1),
        loyalty.event("e1", b2b_person="Ada"),
        loyalty.event("e2", b2b_person="Bob"),
    )
    job = evaluate(sandbox)
    assert (counted(anybody), counted(buyers)) == ((1, 0), (0, 0))
    assert job.metrics["profiles_by_policy"] == {str(stores_only.pk): 1}
    with pytest.raises(NotFound, match="sees nothing of this profile"):
        why(sandbox, "Ada", anybody)
    with_events = precedence(sandbox, store, loyalty.events)
    found = [
        audience(with_events, "All", "_acmeco.tier.isNull()"),
        audience(with_events, "All buyers", "xEvent[true]"),
    ]
    evaluate(sandbox)
    assert [counted(each) for each in found] == [(2, 0), (2, 0)]


def test_an_edit_evaluates_and_what_no_longer_holds_exits(
    sandbox: Sandbox, members_first: MergePolicy, ada: None
) -> None:
    segment = audience(members_first, "Rich")
    assert run_waiting(sandbox) == 1
    assert counted(segment) == (1, 0)
    change_segment(
        lambda stored: replace(input_of(stored), expression=Expression(POOR)),
        actor=SYSTEM,
        sandbox=sandbox,
        segment_id=str(segment.pk),
    )
    assert run_waiting(sandbox) == 1
    assert counted(segment) == (0, 1)


def test_another_order_of_datasets_evaluates(
    sandbox: Sandbox,
    loyalty: Loyalty,
    store: Dataset,
    members_first: MergePolicy,
    ada: None,
    sent: list[Any],
) -> None:
    segment = audience(members_first, "Rich")
    run_waiting(sandbox)
    sent.clear()
    alter(members_first, name="Renamed")
    assert sent == []
    alter(members_first, dataset_order=(store.id, loyalty.members.id))
    given = {"sandbox": sandbox.number, "policy": str(members_first.pk)}
    assert sent == [("profiles.tasks.evaluate_policy", given)]
    evaluate_policy_soon(sandbox=sandbox, policy_id=members_first.pk)
    assert run_waiting(sandbox) == 1
    assert counted(segment) == (0, 1)


def test_a_deleted_audience_has_no_members(
    sandbox: Sandbox, members_first: MergePolicy, ada: None
) -> None:
    segment, kept = audience(members_first, "Rich"), audience(members_first, "Also rich")
    evaluate(sandbox)
    delete_segment(actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    forget_members(segment.number)
    assert (counted(segment), counted(kept)) == ((0, 0), (1, 0))


def test_a_deleted_fragment_exits_at_the_next_job(
    sandbox: Sandbox, loyalty: Loyalty, members_first: MergePolicy, ada: None
) -> None:
    segment = audience(members_first, "Rich")
    run_waiting(sandbox)
    entity = {loyalty.tenant: {"crmId": "Ada"}}
    stream(loyalty, loyalty.message(loyalty.members, entity, operations={"data": "delete"}))
    assert counted(segment) == (1, 0)
    assert [each.cause for each in why(sandbox, "Ada", segment).reasons] == ["batch"]
    evaluate(sandbox)
    assert counted(segment) == (0, 1)


def test_a_policy_that_becomes_active_on_edge_evaluates_its_audiences(
    sandbox: Sandbox, loyalty: Loyalty, members_first: MergePolicy, ada: None
) -> None:
    before = cached(sandbox)
    streaming = audience(before, "Poor now", POOR, "streaming")
    segment = audience(members_first, "Rich")
    run_waiting(sandbox)
    assert (counted(streaming), counted(segment)) == ((1, 0), (1, 0))
    stream(loyalty, loyalty.member("Bob", custom={"points": 2000}))
    alter(members_first, is_active_on_edge=True)
    # Compiled while it streamed, and not yet a batch audience.
    assert not load_audiences(sandbox, policy=before).streaming
    settle_methods(sandbox=sandbox)
    rebuild(sandbox.number)
    assert run_waiting(sandbox) == 1
    assert (counted(streaming), counted(segment)) == ((1, 0), (2, 0))
    evaluate(sandbox)
    assert (counted(streaming), counted(segment)) == ((1, 0), (2, 0))


def test_records_leave_audiences_of_other_policies_as_they_are(
    sandbox: Sandbox, loyalty: Loyalty, members_first: MergePolicy, ada: None
) -> None:
    segment = audience(members_first, "Rich")
    streaming = audience(cached(sandbox), "Poor now", POOR, "streaming")
    evaluate(sandbox)
    stream(loyalty, loyalty.member("Ada", custom={"points": 2000}))
    name = xid_of(sandbox=sandbox, value="Ada", namespace="b2b_person")
    reevaluate_profile(actor=SYSTEM, sandbox=sandbox, name=name)
    assert (counted(segment), counted(streaming)) == ((1, 0), (0, 1))


@pytest.mark.parametrize("salt", range(4))
def test_membership_follows_those_who_join(
    sandbox: Sandbox, loyalty: Loyalty, members_first: MergePolicy, ada: None, salt: int
) -> None:
    segment = audience(members_first, "Rich")
    evaluate(sandbox)
    device = str(salt) * 38
    stream(loyalty, loyalty.event("e1", ECID=device))
    stream(loyalty, loyalty.event("e2", b2b_person="Ada", ECID=device))
    assert counted(segment) == (1, 0)
    evaluate(sandbox)
    assert counted(segment) == (1, 0)


def test_rules_may_name_audiences_of_other_policies(
    sandbox: Sandbox, loyalty: Loyalty, members_first: MergePolicy, ada: None
) -> None:
    own = cached(sandbox)
    rich = audience(members_first, "Rich")
    both = audience(own, "Rich there, poor here", f'inSegment("{rich.pk}") and {POOR}')
    again = audience(members_first, "Both", f'inSegment("{both.pk}") and {RICH}')
    streaming = audience(own, "Streams", f'inSegment("{rich.pk}") and {POOR}', "streaming")
    evaluate(sandbox)
    assert [counted(each) for each in (rich, both, again, streaming)] == [(1, 0)] * 4
    # A record is seen together with what the last job found.
    stream(loyalty, loyalty.member("Ada", custom={"points": 2000}))
    assert counted(streaming) == (0, 1)
    stream(loyalty, loyalty.member("Ada", custom={"points": 5}))
    assert counted(streaming) == (1, 0)
    evaluate(sandbox)
    assert [counted(each) for each in (rich, both, again)] == [(0, 1)] * 3
    assert counted(streaming) == (0, 1)
    assert why(sandbox, "Ada", both).reasons == ()


@pytest.mark.parametrize("slow_one", ["Rich", "Poor now"])
def test_one_endless_audience_leaves_those_of_other_policies_evaluated(
    sandbox: Sandbox,
    members_first: MergePolicy,
    ada: None,
    monkeypatch: pytest.MonkeyPatch,
    slow_one: str,
) -> None:
    found = {
        "Rich": audience(members_first, "Rich"),
        "Also rich": audience(members_first, "Also rich"),
        "Poor now": audience(cached(sandbox), "Poor now", POOR),
    }
    hold = batch._hold

    def hold_slowly(engine: Any, level: Sequence[Audience], *, now: int) -> None:
        hold(engine, list(level), now=now)
        if any(one.number == found[slow_one].number for one in level):
            engine.execute(ENDLESS)

    monkeypatch.setattr(batch, "_hold", hold_slowly)
    monkeypatch.setattr(batch, "_TOGETHER_S", 0.5)
    monkeypatch.setattr(batch, "_ALONE_S", 0.5)
    job = evaluate(sandbox)
    assert {name: counted(each)[0] for name, each in found.items()} == {
        name: int(name != slow_one) for name in found
    }
    assert len(job.errors) == 1


def test_a_policy_without_stitching_takes_each_identity_alone(
    sandbox: Sandbox, loyalty: Loyalty, store: Dataset
) -> None:
    given = MergePolicyInput(name="Alone", identity_graph="none")
    alone = create_merge_policy(given, actor=SYSTEM, sandbox=sandbox)
    bought = "xEvent[eventType.isNull()]"
    parts = audience(alone, "Rich", RICH), audience(alone, "Buyers", bought)
    both = audience(alone, "Rich buyers", f"{RICH} and {bought}")
    nested = audience(
        alone,
        "Both, by parts",
        f'inSegment("{parts[0].pk}") and inSegment("{parts[1].pk}")',
    )
    stitched = audience(cached(sandbox), "Rich buyers, stitched", f"{RICH} and {bought}")
    stream(
        loyalty,
        loyalty.member("Ada", custom={"points": 1500}),
        loyalty.event("e1", ECID="7" * 38),
        loyalty.event("e2", ECID="7" * 38, b2b_person="Ada"),
    )
    job = evaluate(sandbox)
    assert [counted(each) for each in (*parts, both, nested, stitched)] == [
        (1, 0),
        (1, 0),
        (0, 0),
        (1, 0),
        (1, 0),
    ]
    assert job.metrics["profiles_by_policy"][str(alone.pk)] == 2
    evaluate(sandbox)
    assert counted(parts[0]) == (1, 0)
    device = xid_of(sandbox=sandbox, value="7" * 38, namespace="ECID")
    other = explain_membership(sandbox=sandbox, name=device, segment_id=str(parts[0].pk))
    assert (other.holds, other.is_stored_member) == (False, True)
    assert [each.cause for each in other.reasons] == ["unstitched"]
    assert why(sandbox, "Ada", parts[0]).reasons == ()


def test_a_preview_counts_under_its_policy(
    sandbox: Sandbox, loyalty: Loyalty, members_first: MergePolicy, ada: None
) -> None:
    stream(loyalty, loyalty.event("e1", ECID="7" * 38, b2b_person="Ada"))

    def matched(policy: MergePolicy, **more: Any) -> tuple[int, int]:
        given = PreviewInput(Expression(RICH), merge_policy_id=str(policy.pk), **more)
        preview = start_preview(given, actor=SYSTEM, sandbox=sandbox)
        run_preview(str(preview.pk))
        preview.refresh_from_db()
        assert preview.state == "RESULT_READY", preview.errors
        assert len(preview.sample) == preview.estimate["matched"]
        return preview.estimate["matched"], preview.estimate["total"]

    assert matched(cached(sandbox)) == (0, 1)
    assert matched(members_first) == (1, 1)
    assert matched(members_first, identity_graph="none") == (1, 1)
    # One of her identities has the points, the other one the event.
    with_events = precedence(sandbox, loyalty.members, loyalty.events)
    assert matched(with_events, identity_graph="none") == (1, 2)


def test_jobs_of_a_sandbox_merge_its_own_profiles_alone(
    sandbox: Sandbox,
    other_sandbox: Sandbox,
    loyalty: Loyalty,
    members_first: MergePolicy,
    ada: None,
) -> None:
    elsewhere = make_loyalty(other_sandbox)
    theirs = audience(precedence(other_sandbox, elsewhere.members), "Rich")
    stream(elsewhere, *(elsewhere.member(f"E{n}", custom={"points": 9000}) for n in range(3)))
    segment = audience(members_first, "Rich")
    evaluate(sandbox)
    assert (counted(segment), counted(theirs)) == ((1, 0), (0, 0))
    evaluate(other_sandbox)
    assert (counted(segment), counted(theirs)) == ((1, 0), (3, 0))


RULES = [
    RICH,
    f"not({RICH})",
    "_acmeco.tier.isNull()",
    'xEvent[eventType = "purchase"]',
    f'{RICH} and xEvent[eventType = "purchase"].count() >= 2',
    'personalEmail.address.contains("a@")',
]


def records(source: random.Random, loyalty: Loyalty, store: Dataset, count: int) -> list[bytes]:
    """Members, by both datasets, and their events, under identities that link some of them."""
    made = []
    for _ in range(count):
        person, device = f"C{source.randrange(5)}", str(source.randrange(4)) * 38
        custom = {"points": source.choice([5, 1500])}
        match source.randrange(4):
            case 0:
                email = f"{source.choice('ab')}@example.org"
                made.append(loyalty.member(person, email=email, custom=custom))
            case 1:
                made.append(of_store(loyalty, store, person, tier="gold", **custom))
            case kind:
                maps = {"ECID": device} if kind == 2 else {"ECID": device, "b2b_person": person}
                entity = {
                    "_id": f"{source.random()}",
                    "timestamp": "2026-03-01T10:00:00Z",
                    "eventType": source.choice(["purchase", "view"]),
                    "identityMap": {
                        code: [{"id": value, "primary": code == "ECID"}]
                        for code, value in maps.items()
                    },
                }
                made.append(loyalty.message(loyalty.events, entity))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_members_are_those_of_whom_a_look_up_under_the_policy_shows_that_the_rule_holds(
    sandbox: Sandbox, loyalty: Loyalty, store: Dataset, seed: int
) -> None:
    alone: dict[str, Any] = {"identity_graph": "none"}
    policies = [
        cached(sandbox),
        precedence(sandbox, loyalty.members, store, loyalty.events),
        precedence(sandbox, store),
        precedence(sandbox, loyalty.events, loyalty.members, **alone),
        create_merge_policy(MergePolicyInput(name="Alone", **alone), actor=SYSTEM, sandbox=sandbox),
    ]
    found = [
        audience(policy, f"{place} {index}", rule)
        for place, policy in enumerate(policies)
        for index, rule in enumerate(RULES)
    ]
    source = random.Random(seed)
    for _ in range(2):
        stream(loyalty, *records(source, loyalty, store, 30))
        evaluate(sandbox)
    with sql.connect() as connection:
        rows = connection.execute(
            "SELECT i.profile, i.namespace, i.value, m.audiences FROM identity i"
            " LEFT JOIN profile_membership m ON m.profile = i.profile"
        ).fetchall()
    for segment in found:
        held = {profile for profile, *_, numbers in rows if segment.number in (numbers or ())}
        shown = {
            profile
            for profile, namespace, value, _ in rows
            if holds(sandbox, xid(namespace, value), segment)
        }
        assert held == shown, (segment.name, segment.expression)


def holds(sandbox: Sandbox, name: bytes, segment: SegmentDefinition) -> bool:
    try:
        found = explain_membership(sandbox=sandbox, name=name, segment_id=str(segment.pk))
    except NotFound:
        return False
    return found.holds is True
