"""Computed attributes from events to look-ups and audiences, and how values follow people."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from celery.signals import before_task_publish

from core import clock
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from core.sandboxes.wipe import count_rows, wipe
from ingestion.xdm.names import tenant_field
from profiles.identity.actions import NamespaceRule, save_linking_settings
from profiles.lookup.actions import delete_profile
from profiles.lookup.queries import get_profile, xid_of
from profiles.segmentation.actions import create_segment
from profiles.segmentation.computed.actions import (
    deactivate_attribute,
    delete_attribute,
    evaluate_now,
)
from profiles.segmentation.computed.copy import copy_attributes
from profiles.segmentation.computed.evaluate import evaluate_attributes
from profiles.segmentation.computed.runs import compute, resume_runs, start_due_runs
from profiles.segmentation.computed.types import AttributeInUse
from profiles.segmentation.computed.windows import Duration
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from profiles.segmentation.explain_membership import explain_membership
from profiles.segmentation.jobs import start_job
from profiles.segmentation.members import count_members
from profiles.segmentation.models import SegmentJob
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.types import Expression, InvalidAudience, SegmentInput
from profiles.segmentation.work_types import ComputedWork
from tests.factories.computed import (
    BOUGHT,
    DAY,
    HOUR,
    LAST_CURRENCY,
    SPENT,
    compute_all,
    make_attribute,
    make_shop,
    purchase,
    receive,
    stored_values,
)
from tests.factories.loyalty import Loyalty

pytestmark = pytest.mark.django_db(transaction=True)
IDA, BO = "7" * 38, "8" * 38


@pytest.fixture
def shop(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    return make_shop(sandbox)


@pytest.fixture
def sent() -> Iterator[list[tuple[str, Any]]]:
    """Names and arguments of the tasks that leave."""
    found: list[tuple[str, Any]] = []

    def note(sender: str, body: Any, **_: Any) -> None:
        found.append((sender, body[1]))

    before_task_publish.connect(note)
    yield found
    before_task_publish.disconnect(note)


def seen(shop: Loyalty, ecid: str, namespace: str = "ECID") -> dict[str, object]:
    """The computed attributes a look-up shows."""
    name = xid_of(sandbox=shop.sandbox, value=ecid, namespace=namespace)
    return dict(get_profile(sandbox=shop.sandbox, name=name, with_computed=True).computed)


def field(shop: Loyalty, name: str) -> str:
    return f"{tenant_field(shop.sandbox.organization.tenant_id)}.SystemComputedAttributes.{name}"


def audience(shop: Loyalty, rule: str, method: str | None = None) -> SegmentInput:
    return SegmentInput(name="Big spenders", expression=Expression(rule), method=method)


def test_values_of_a_published_attribute_are_looked_up_and_refreshed(shop: Loyalty) -> None:
    receive(
        shop,
        purchase(shop, "e1", 20.5, ago_ms=2 * DAY, ECID=IDA, currency="SEK"),
        purchase(shop, "e2", 30, ECID=IDA),
        purchase(shop, "e3", 5, ago_ms=8 * DAY, ECID=BO),
    )
    spent = make_attribute(shop.sandbox)
    bought = make_attribute(shop.sandbox, "bought", BOUGHT)
    make_attribute(shop.sandbox, "lastCurrency", LAST_CURRENCY)
    assert seen(shop, IDA) == {}
    runs = compute_all(shop.sandbox)
    assert [(run.status, run.errors) for run in runs] == [("SUCCEEDED", [])] * 3
    assert seen(shop, IDA) == {"spent": 50.5, "bought": 2, "lastCurrency": "EUR"}
    # Eight days ago is outside of seven: no value, not 0.
    assert seen(shop, BO) == {}
    spent.refresh_from_db()
    assert (spent.status, spent.profile_count, spent.error) == ("ENABLED", 1, "")
    assert spent.evaluated_ms == runs[0].started_ms
    receive(shop, purchase(shop, "e4", 1, ECID=IDA), purchase(shop, "e5", 7, ECID=BO))
    assert seen(shop, IDA)["spent"] == 50.5
    evaluate_now(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(spent.pk))
    evaluate_now(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(bought.pk))
    compute_all(shop.sandbox)
    assert (stored_values(spent), stored_values(bought)) == ([7, 51.5], [1, 3])


def test_a_batch_audience_reads_a_computed_attribute(shop: Loyalty) -> None:
    receive(shop, purchase(shop, "e1", 120, ECID=IDA), purchase(shop, "e2", 3, ECID=BO))
    # Profiles without attributes are in no audience: both have some.
    receive(shop, shop.member("C1", identityMap=_device(IDA)))
    receive(shop, shop.member("C2", identityMap=_device(BO)))
    spent = make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    rule = f"{field(shop, 'spent')} >= 100"
    with pytest.raises(InvalidAudience, match="Computed attributes are evaluated in batch"):
        create_segment(audience(shop, rule, "streaming"), actor=SYSTEM, sandbox=shop.sandbox)
    rich = create_segment(audience(shop, rule), actor=SYSTEM, sandbox=shop.sandbox)
    job = start_job(["*"], actor=SYSTEM, sandbox=shop.sandbox)
    run_job(str(job.pk))
    job.refresh_from_db()
    assert job.metrics["segments"][str(rich.pk)]["realized"] == 1
    for value, expected in ((IDA, True), (BO, False)):
        name = xid_of(sandbox=shop.sandbox, value=value, namespace="ECID")
        why = explain_membership(sandbox=shop.sandbox, name=name, segment_id=str(rich.pk))
        assert (why.holds, why.is_stored_member) == (expected, expected)
    none = audience(shop, f"{field(shop, 'spent')}.isNull()")
    nobody = create_segment(replace(none, name="Nobody"), actor=SYSTEM, sandbox=shop.sandbox)
    receive(shop, shop.member("C3"))
    job = start_job([str(nobody.pk)], actor=SYSTEM, sandbox=shop.sandbox)
    run_job(str(job.pk))
    job.refresh_from_db()
    assert job.metrics["segments"][str(nobody.pk)]["realized"] == 1
    with pytest.raises(
        AttributeInUse, match="used by the audiences Big spenders, Nobody"
    ) as refused:
        delete_attribute(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(spent.pk))
    assert refused.value.fields["dependents"] == ["Big spenders", "Nobody"]


def test_audiences_follow_new_values_by_themselves(shop: Loyalty) -> None:
    receive(shop, purchase(shop, "e1", 60, ECID=IDA), shop.member("C1", identityMap=_device(IDA)))
    spent = make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    rich = create_segment(
        audience(shop, f"{field(shop, 'spent')} >= 100"), actor=SYSTEM, sandbox=shop.sandbox
    )
    run_waiting_jobs(shop.sandbox)
    assert rich.number not in count_members([rich])
    receive(shop, purchase(shop, "e2", 60, ECID=IDA))
    evaluate_now(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(spent.pk))
    compute_all(shop.sandbox)
    run_waiting_jobs(shop.sandbox)
    assert count_members([rich])[rich.number].realized == 1


def run_waiting_jobs(sandbox: Sandbox) -> None:
    for pk in SegmentJob.objects.filter(sandbox=sandbox, status="NEW").values_list("pk", flat=True):
        run_job(str(pk))


def _device(ecid: str) -> dict[str, list[dict[str, str]]]:
    return {"ECID": [{"id": ecid}]}


def test_values_follow_people_who_join_and_audiences_on_them_too(shop: Loyalty) -> None:
    receive(
        shop,
        purchase(shop, "e1", 60, ECID=IDA),
        purchase(shop, "e2", 50, ECID=BO),
        purchase(shop, "e3", 1, ago_ms=9 * DAY, ECID=BO),
    )
    spent = make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    assert stored_values(spent) == [50, 60]
    rule = f"{field(shop, 'spent')} >= 100"
    rich = create_segment(audience(shop, rule), actor=SYSTEM, sandbox=shop.sandbox)
    later = purchase(shop, "e4", 5, ECID=IDA, b2b_person="C1")
    receive(shop, later, purchase(shop, "e5", 5, ECID=BO, b2b_person="C1"))
    # One person now, with the events of both: also those since the last run, in its window.
    evaluated = ComputedAttribute.objects.get(pk=spent.pk).evaluated_ms
    assert evaluated is not None
    assert stored_values(spent) == [pytest.approx(120)]
    name = xid_of(sandbox=shop.sandbox, value=IDA, namespace="ECID")
    why = explain_membership(sandbox=shop.sandbox, name=name, segment_id=str(rich.pk))
    assert why.is_stored_member
    evaluate_now(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(spent.pk))
    compute_all(shop.sandbox)
    assert stored_values(spent) == [120]


@pytest.mark.parametrize("crm", ["C1", "C2", "C3", "C4", "C5", "C6"])
def test_values_follow_people_who_part(shop: Loyalty, crm: str) -> None:
    """Whichever of the identities names the profile: that is a matter of their digests."""
    rules = [NamespaceRule("b2b_person", 1, True), NamespaceRule("ECID", 2, False)]
    save_linking_settings(rules, actor=SYSTEM, sandbox=shop.sandbox)
    receive(
        shop,
        purchase(shop, "e1", 60, b2b_person=crm, ECID=IDA),
        purchase(shop, "e2", 7, ECID=IDA),
    )
    spent = make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    assert stored_values(spent) == [67]
    # The device goes over to another person, with what it did.
    receive(shop, purchase(shop, "e3", 1, b2b_person=f"{crm}-other", ECID=IDA))
    found = {name: seen(shop, name, "b2b_person").get("spent") for name in (crm, f"{crm}-other")}
    assert found == {crm: 60, f"{crm}-other": 8}


@pytest.mark.parametrize("crm", ["C1", "C2", "C3", "C4", "C5", "C6"])
def test_a_profile_that_goes_by_another_id_keeps_its_values(shop: Loyalty, crm: str) -> None:
    receive(shop, purchase(shop, "e1", 60, ECID=IDA))
    spent = make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    receive(shop, shop.member(crm, identityMap=_device(IDA)))
    assert stored_values(spent) == [60]
    assert seen(shop, crm, "b2b_person") == seen(shop, IDA) == {"spent": 60}


def test_a_deleted_profile_leaves_no_value_even_if_a_run_is_under_way(shop: Loyalty) -> None:
    receive(shop, purchase(shop, "e1", 60, ECID=IDA), purchase(shop, "e2", 50, ECID=BO))
    spent = make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    name = xid_of(sandbox=shop.sandbox, value=IDA, namespace="ECID")
    receive(shop, purchase(shop, "e3", 1, ECID=IDA), purchase(shop, "e4", 1, ECID=BO))
    deleted: list[bytes] = []

    def report(done: int, total: int, *, matched: int = 0) -> None:
        """The first sign of life comes when the snapshot is taken."""
        del done, total, matched
        if not deleted:
            delete_profile(actor=SYSTEM, sandbox=shop.sandbox, name=name)
            deleted.append(name)

    work = ComputedWork("1", shop.sandbox.number, clock.now_ms(), (spent.number,))
    assert evaluate_attributes(work, report).counts == {spent.number: 2}
    assert stored_values(spent) == [51]


def test_an_attribute_that_goes_takes_its_values_along(shop: Loyalty) -> None:
    receive(shop, purchase(shop, "e1", 60, ECID=IDA))
    spent, bought = make_attribute(shop.sandbox), make_attribute(shop.sandbox, "bought", BOUGHT)
    compute_all(shop.sandbox)
    deactivate_attribute(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(spent.pk))
    assert seen(shop, IDA) == {"bought": 1}
    delete_attribute(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(bought.pk))
    assert (stored_values(spent), stored_values(bought)) == ([], [])
    # Field and rule go together.
    with pytest.raises(Exception, match=r"has no field"):
        create_segment(
            audience(shop, f"{field(shop, 'bought')} > 1"), actor=SYSTEM, sandbox=shop.sandbox
        )


def test_a_reset_removes_all_of_it(shop: Loyalty) -> None:
    receive(shop, purchase(shop, "e1", 60, ECID=IDA))
    make_attribute(shop.sandbox)
    compute_all(shop.sandbox)
    assert count_rows(shop.sandbox)["computed_value"] == 1
    wipe(shop.sandbox)
    assert not {"computed_value", "profiles_computedattribute", "profiles_computedrun"} & set(
        count_rows(shop.sandbox)
    )


def test_a_copied_configuration_has_them_as_drafts(shop: Loyalty, other_sandbox: Sandbox) -> None:
    make_attribute(shop.sandbox)
    assert [copy_attributes(shop.sandbox, other_sandbox) for _ in range(2)] == [
        {"computed attributes": 1},
        {"computed attributes": 0},
    ]
    copied = ComputedAttribute.objects.get(sandbox=other_sandbox)
    assert (copied.name, copied.status, copied.next_ms) == ("spent", "DRAFT", None)
    assert ComputedAttribute.objects.get(sandbox=shop.sandbox).status == "NEW"


def test_the_clock_starts_runs_and_a_lost_message_is_made_up_for(
    shop: Loyalty, sent: list[tuple[str, Any]]
) -> None:
    spent = make_attribute(shop.sandbox, duration=Duration(3, "HOURS"))
    compute_all(shop.sandbox)
    assert start_due_runs() == 0
    spent.refresh_from_db()
    assert spent.next_ms is not None
    assert 0 < spent.next_ms - clock.now_ms() <= HOUR
    ComputedAttribute.objects.update(next_ms=clock.now_ms() - 1)
    assert (start_due_runs(), start_due_runs()) == (1, 0)
    (run,) = ComputedRun.objects.filter(status="NEW")
    assert (run.source, run.attributes) == ("schedule", [str(spent.pk)])
    resume_runs()
    assert sent[-1] == ("profiles.tasks.compute_attributes", {"run": str(run.pk)})
    receive(shop, purchase(shop, "e1", 9, ECID=IDA))
    compute(str(run.pk))
    assert stored_values(spent) == [9]


def test_an_expression_no_schema_allows_any_more_fails_and_says_why(shop: Loyalty) -> None:
    receive(shop, purchase(shop, "e1", 60, ECID=IDA))
    spent, bought = make_attribute(shop.sandbox), make_attribute(shop.sandbox, "bought", BOUGHT)
    compute_all(shop.sandbox)
    ComputedAttribute.objects.filter(pk=spent.pk).update(expression=SPENT.replace("Total", "Gone"))
    evaluate_now(actor=SYSTEM, sandbox=shop.sandbox, attribute_id=str(spent.pk))
    (run,) = compute_all(shop.sandbox)
    spent.refresh_from_db()
    assert (run.status, spent.status) == ("FAILED", "FAILED")
    assert "Could not lookup schema of the computed attribute" in spent.error
    # What was found before stays, for audiences that rest on it.
    assert stored_values(spent) == [60]
    assert bought.status == "NEW"
