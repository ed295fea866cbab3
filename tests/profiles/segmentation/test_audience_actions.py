"""Audiences by their actions: methods, dependencies, history, limits, permissions, copies."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction

from core.access.permissions import DEFAULT_ROLES
from core.access.types import SYSTEM, Actor, Grant
from core.audit.models import AuditEvent
from core.errors import AppError, Forbidden, Invalid
from core.sandboxes import hooks
from core.sandboxes.models import Sandbox
from profiles.segmentation import actions, engines, external, rules, usage
from profiles.segmentation.actions import settle_methods
from profiles.segmentation.forget import forget_members, resume_forgetting
from profiles.segmentation.history import Change, differences, list_versions
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import live
from profiles.segmentation.types import (
    AudienceInUse,
    EditConflict,
    Expression,
    ExternalInput,
    InvalidAudience,
    NameTaken,
    SegmentInput,
)
from profiles.store.actions import delete_merge_policy, update_merge_policy
from profiles.store.types import MergePolicyInput
from tests.factories.loyalty import Loyalty, make_loyalty
from tests.factories.segments import (
    BOUGHT_THIS_WEEK,
    BOUGHT_TODAY,
    FINNISH,
    make_policy,
    make_segment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loyalty(sandbox: Sandbox) -> Loyalty:
    """The union schema the rules are about."""
    return make_loyalty(sandbox)


def change(segment: SegmentDefinition, *, actor: Actor = SYSTEM, **more: Any) -> SegmentDefinition:
    """Change some properties of an audience."""
    version = more.pop("expected_version", None)
    return actions.change_segment(
        lambda stored: replace(actions.input_of(stored), **more),
        actor=actor,
        sandbox=segment.sandbox,
        segment_id=str(segment.pk),
        expected_version=version,
    )


def become(segment: SegmentDefinition, state: str) -> SegmentDefinition:
    return actions.set_state(
        state, actor=SYSTEM, sandbox=segment.sandbox, segment_id=str(segment.pk)
    )


# --- methods -------------------------------------------------------------------------------------


def test_streaming_needs_a_policy_on_edge(sandbox: Sandbox) -> None:
    elsewhere = str(make_policy(sandbox).pk)
    with pytest.raises(InvalidAudience, match="edge"):
        make_segment(sandbox, method="streaming", merge_policy_id=elsewhere)
    segment = make_segment(sandbox, method="streaming")
    assert change(segment, merge_policy_id=elsewhere).method == "batch"


def test_a_new_method_is_refused_where_a_kept_one_falls_back(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox, value=BOUGHT_TODAY, method="streaming")
    week = Expression(BOUGHT_THIS_WEEK)
    assert change(segment, expression=week).method == "batch"
    with pytest.raises(InvalidAudience, match="24 h"):
        change(segment, expression=week, method="edge")


def test_no_method_keeps_the_present_one_while_the_rule_allows(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox, method="streaming")
    assert change(segment, method=None, expression=Expression(BOUGHT_TODAY)).method == "streaming"
    assert change(segment, method=None, expression=Expression(BOUGHT_THIS_WEEK)).method == "batch"


def test_the_method_of_a_dependent_rests_on_what_it_names(sandbox: Sandbox) -> None:
    used = make_segment(sandbox, "Finns")
    both = f'inSegment("{used.pk}") and {BOUGHT_TODAY}'
    user = make_segment(sandbox, "Finns who bought", both, method="streaming")
    change(used, expression=Expression(BOUGHT_THIS_WEEK))
    user.refresh_from_db()
    assert (user.method, user.version) == ("batch", 2)
    assert [each.changed_by for each in list_versions(user)] == ["system", "system"]


def test_events_are_felt_over_any_number_of_steps(sandbox: Sandbox) -> None:
    base = make_segment(sandbox, "Base")
    middle = make_segment(sandbox, "Middle", f'inSegment("{base.pk}")', method="streaming")
    top = make_segment(
        sandbox, "Top", f'inSegment("{middle.pk}") and {BOUGHT_TODAY}', method="streaming"
    )
    assert (middle.uses_events, top.uses_events) == (False, True)
    change(base, expression=Expression(BOUGHT_TODAY))
    for each in (middle, top):
        each.refresh_from_db()
    assert (middle.uses_events, middle.method, middle.version) == (True, "streaming", 1)
    assert (top.method, top.version) == ("batch", 2)


def test_another_policy_on_edge_ends_streaming_on_the_one_before(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox, method="streaming")
    policy = make_policy(sandbox)
    settle_methods(sandbox=sandbox)
    segment.refresh_from_db()
    assert segment.method == "streaming"
    update_merge_policy(
        MergePolicyInput(name="Another", is_active_on_edge=True),
        actor=SYSTEM,
        sandbox=sandbox,
        policy_id=str(policy.pk),
    )
    settle_methods(sandbox=sandbox)
    segment.refresh_from_db()
    assert (segment.method, segment.version) == ("batch", 2)


# --- dependencies --------------------------------------------------------------------------------


def test_cycles_are_refused_over_any_number_of_steps(sandbox: Sandbox) -> None:
    first = make_segment(sandbox, "0")
    last = first
    for number in range(1, 6):
        last = make_segment(sandbox, str(number), f'inSegment("{last.pk}")')
    with pytest.raises(InvalidAudience, match="depend on itself"):
        change(first, expression=Expression(f'inSegment("{last.pk}")'))
    order = list(rules.reachable([last]).values())
    assert [each.name for each in order] == ["0", "1", "2", "3", "4", "5"]


def test_what_is_needed_comes_first_in_a_lattice(sandbox: Sandbox) -> None:
    base = make_segment(sandbox, "base")
    left = make_segment(sandbox, "left", f'inSegment("{base.pk}")')
    top = make_segment(sandbox, "top", f'inSegment("{left.pk}") and inSegment("{base.pk}")')
    order = [each.name for each in rules.reachable([base, top, left]).values()]
    assert order == ["base", "left", "top"]


def test_a_rule_can_name_an_inactive_audience_but_no_archived_one(sandbox: Sandbox) -> None:
    used = become(make_segment(sandbox, "Used"), "inactive")
    user = make_segment(sandbox, "User", f'not(inSegment("{used.pk}"))')
    assert list(user.depends_on.all()) == [used]
    change(user, expression=Expression(FINNISH))
    become(used, "archived")
    with pytest.raises(InvalidAudience, match="does not exist"):
        change(user, expression=Expression(f'inSegment("{used.pk}")'))


def test_what_is_used_stays_as_it_is(sandbox: Sandbox) -> None:
    used = make_segment(sandbox, "Used")
    make_segment(sandbox, "User", f'inSegment("{used.pk}")')
    for state in ("inactive", "archived"):
        with pytest.raises(AudienceInUse, match="audience User"):
            become(used, state)
    with pytest.raises(AudienceInUse):
        actions.delete_segment(actor=SYSTEM, sandbox=sandbox, segment_id=str(used.pk))
    assert live(sandbox).get(pk=used.pk).state == "published"


def test_what_another_layer_uses_cannot_go(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "_checkers", [])
    segment = make_segment(sandbox)
    usage.on_usage_asked(lambda each: ["destination Mail"] if each.pk == segment.pk else [])
    with pytest.raises(AudienceInUse, match="destination Mail") as refused:
        actions.delete_segment(actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    assert refused.value.fields["dependents"] == ["destination Mail"]


def test_a_policy_in_use_cannot_be_deleted(sandbox: Sandbox) -> None:
    policy = make_policy(sandbox)
    segment = make_segment(sandbox, merge_policy_id=str(policy.pk))
    with pytest.raises(Invalid, match="used"):
        delete_merge_policy(actor=SYSTEM, sandbox=sandbox, policy_id=str(policy.pk))
    actions.delete_segment(actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    delete_merge_policy(actor=SYSTEM, sandbox=sandbox, policy_id=str(policy.pk))


# --- lifecycle -----------------------------------------------------------------------------------

STATES = ("draft", "published", "inactive", "archived")
WAYS = {
    ("draft", "published"),
    ("draft", "archived"),
    ("published", "inactive"),
    ("published", "archived"),
    ("inactive", "published"),
    ("inactive", "archived"),
}


@pytest.mark.parametrize("target", STATES)
@pytest.mark.parametrize("source", STATES)
def test_each_state_leads_where_it_may_and_nowhere_else(
    sandbox: Sandbox, source: str, target: str
) -> None:
    segment = make_segment(sandbox)
    SegmentDefinition.objects.filter(pk=segment.pk).update(state=source)
    if (source, target) in WAYS:
        assert become(segment, target).version == 2
    elif source == target != "archived":
        assert become(segment, target).version == 1
    else:
        with pytest.raises(InvalidAudience):
            become(segment, target)


def test_a_copy_starts_as_a_draft(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox, method="streaming", labels=("core/C1",), ttl_days=7)
    copy = actions.copy_segment("Copy", actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    assert (copy.state, copy.method, copy.labels, copy.ttl_days) == (
        "draft",
        "streaming",
        ["core/C1"],
        7,
    )
    assert copy.number != segment.number
    with pytest.raises(NameTaken):
        actions.copy_segment("Copy", actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))


@pytest.mark.django_db(transaction=True)
def test_members_of_what_is_over_are_forgotten_once(sandbox: Sandbox, sent: list[Any]) -> None:
    kept, gone = make_segment(sandbox, "Kept"), make_segment(sandbox, "Gone")
    forgotten: list[int] = []
    engines.forgetter.install(forgotten.append)
    try:
        become(gone, "archived")
        assert sent[-1] == ("profiles.tasks.forget_members", {"segment": gone.number})
        forget_members(kept.number)
        forget_members(gone.number)
        forget_members(gone.number)
        resume_forgetting()
    finally:
        engines.forgetter.remove()
    assert forgotten == [gone.number]


# --- history -------------------------------------------------------------------------------------


def test_every_version_is_kept_and_can_be_compared(sandbox: Sandbox) -> None:
    ada = Actor(kind="user", id="7", name="ada", grants=(Grant(frozenset({"manage-segments"})),))
    segment = make_segment(sandbox)
    change(segment, actor=ada, expression=Expression('homeAddress.country = "SE"'), tags=("a",))
    become(segment, "inactive")
    newest, middle, oldest = list_versions(segment)
    assert [each.version for each in (newest, middle, oldest)] == [3, 2, 1]
    assert [each.action for each in (newest, middle, oldest)] == ["Deactivate", "Update", "Create"]
    assert (middle.changed_by, oldest.changed_by) == ("7", "system")
    assert differences(oldest.document, middle.document) == [
        Change("expression", FINNISH, 'homeAddress.country = "SE"'),
        Change("tags", [], ["a"]),
    ]
    assert differences(middle.document, newest.document) == [
        Change("lifecycleState", "published", "inactive")
    ]
    trail = AuditEvent.objects.filter(asset_id=str(segment.pk)).order_by("id")
    assert [each.action for each in trail] == ["Create", "Update", "Deactivate"]


def test_an_edit_conflict_shows_both_sides(sandbox: Sandbox) -> None:
    segment = make_segment(sandbox)
    change(segment, description="Ada's", expected_version=1)
    with pytest.raises(EditConflict) as refused:
        change(segment, description="Bo's", expected_version=1)
    fields = refused.value.fields
    assert (fields["received"], fields["expected"]) == (1, 2)
    assert [fields[side]["description"] for side in ("base", "stored", "given")] == [
        "",
        "Ada's",
        "Bo's",
    ]
    with pytest.raises(EditConflict):
        actions.set_state(
            "inactive",
            actor=SYSTEM,
            sandbox=sandbox,
            segment_id=str(segment.pk),
            expected_version=1,
        )


# --- limits --------------------------------------------------------------------------------------


def test_limits_of_a_sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules._MOST, rules.Method.STREAMING, 1)
    monkeypatch.setattr(rules, "MOST_AUDIENCES", 3)
    first = make_segment(sandbox, "1", method="streaming")
    second = make_segment(sandbox, "2")
    with pytest.raises(InvalidAudience, match="at most 1 streaming"):
        change(second, method="streaming")
    become(first, "inactive")
    assert change(second, method="streaming").method == "streaming"
    with pytest.raises(InvalidAudience, match="at most 1 streaming"):
        become(first, "published")
    make_segment(sandbox, "3")
    with pytest.raises(InvalidAudience, match="at most 3 audiences"):
        make_segment(sandbox, "4")
    become(first, "archived")
    make_segment(sandbox, "4")


# --- permissions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", DEFAULT_ROLES, ids=lambda each: each.name)
def test_each_role_writes_what_it_may(sandbox: Sandbox, role: Any) -> None:
    segment = make_segment(sandbox)
    actor = Actor(kind="user", id="1", name="bo", grants=(Grant(frozenset(role.permissions)),))
    key = str(segment.pk)
    given = SegmentInput(name="New", expression=Expression(FINNISH))
    writes = (
        lambda: actions.create_segment(given, actor=actor, sandbox=sandbox),
        lambda: change(segment, actor=actor, description="x"),
        lambda: actions.set_state("inactive", actor=actor, sandbox=sandbox, segment_id=key),
        lambda: actions.copy_segment("C", actor=actor, sandbox=sandbox, segment_id=key),
        lambda: actions.delete_segment(actor=actor, sandbox=sandbox, segment_id=key),
        lambda: external.create_external(ExternalInput(name="E"), actor=actor, sandbox=sandbox),
    )
    for write in writes:
        if "manage-segments" in role.permissions:
            write()
        else:
            with pytest.raises(Forbidden, match="manage-segments"):
                write()


# --- sandboxes -----------------------------------------------------------------------------------


def test_audiences_are_copied_with_what_they_name(sandbox: Sandbox, other_sandbox: Sandbox) -> None:
    hooks.copy(sandbox, other_sandbox)  # the schemas
    make_segment(other_sandbox, "Theirs", "1 = 1")
    used = make_segment(sandbox, "Used", merge_policy_id=str(make_policy(sandbox).pk))
    rule = f'inSegment("{used.pk}")'
    make_segment(sandbox, "User", rule, description="Both", method="batch")
    make_segment(sandbox, "Theirs")
    external.create_external(ExternalInput(name="E"), actor=SYSTEM, sandbox=sandbox)
    counts = hooks.copy(sandbox, other_sandbox)
    assert counts["audiences"] == 2
    copied = {each.name: each for each in live(other_sandbox)}
    assert set(copied) == {"Used", "User", "Theirs"}
    copy = copied["User"]
    assert copy.expression == f'inSegment("{copied["Used"].pk}")'
    assert copy.expression_value == copy.expression
    assert list(copy.depends_on.all()) == [copied["Used"]]
    assert (copy.description, copy.state, copy.method) == ("Both", "draft", "batch")
    policy = copied["Used"].merge_policy
    assert policy is not None
    assert (policy.name, policy.sandbox) == ("Another", other_sandbox)
    assert hooks.copy(sandbox, other_sandbox)["audiences"] == 0


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_name_take_turns(sandbox: Sandbox) -> None:
    given = SegmentInput(name="Contested", expression=Expression(FINNISH))
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def write() -> None:
        ready.wait()
        try:
            actions.create_segment(given, actor=SYSTEM, sandbox=sandbox)
            outcomes.append("made")
        except NameTaken:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["made", "refused"]


def test_a_refused_write_leaves_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(AppError), transaction.atomic():
        make_segment(sandbox, value=BOUGHT_THIS_WEEK, method="edge")
    assert not live(sandbox).exists()
