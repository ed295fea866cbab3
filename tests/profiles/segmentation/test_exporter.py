"""Exports: who is written, what a line holds, and where the batches are."""

from typing import Any

import orjson
import pytest

from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Batch, Dataset
from profiles.segmentation.export_files import folder_of
from profiles.segmentation.exports import start_export
from profiles.segmentation.jobs import start_job
from profiles.segmentation.models import ExportJob, SegmentDefinition
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.run_others import run_export
from profiles.segmentation.types import ExportInput
from tests.factories.loyalty import Loyalty, append, make_loyalty, process
from tests.factories.profiles import make_dataset
from tests.factories.segments import make_policy, make_segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loyalty(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    """Three members, and one who only visited."""
    made = make_loyalty(sandbox)
    append(
        made,
        made.member("c1", email="ana@example.test", custom={"points": 100}),
        made.member("c2", custom={"points": 50}),
        made.member("c3", custom={"points": 1}),
        made.event("e1", b2b_person="c4"),
    )
    process(sandbox)
    return made


@pytest.fixture
def rich(loyalty: Loyalty) -> SegmentDefinition:
    """Two of them."""
    segment = make_segment(loyalty.sandbox, "Rich", f"{loyalty.tenant}.points >= 50")
    run_job(str(start_job(["*"], actor=SYSTEM, sandbox=loyalty.sandbox).pk))
    return segment


def export(sandbox: Sandbox, **given: Any) -> tuple[ExportJob, dict[str, list[Any]]]:
    """A finished export, and the lines of each batch."""
    job = start_export(ExportInput(**given), actor=SYSTEM, sandbox=sandbox)
    run_export(job.pk)
    job.refresh_from_db()
    assert job.status == "SUCCEEDED", job.errors
    lines = {
        path.stem: [orjson.loads(line) for line in path.read_bytes().splitlines()]
        for path in folder_of(job.pk).iterdir()
    }
    assert {each["batch_id"]: each["profiles"] for each in job.batches} == {
        name: len(rows) for name, rows in lines.items()
    }
    return job, lines


def people(rows: list[Any]) -> set[str]:
    return {row["identityMap"]["b2b_person"][0]["id"] for row in rows}


def test_writes_members_with_their_fields(loyalty: Loyalty, rich: SegmentDefinition) -> None:
    wanted = {"segments": [{"segmentId": str(rich.pk)}]}
    fields = f"identities.id,{loyalty.tenant}.points"
    _, lines = export(loyalty.sandbox, fields=fields, filter=wanted)
    (rows,) = lines.values()
    assert people(rows) == {"c1", "c2"}
    ana = next(row for row in rows if "email" in row["identityMap"])
    assert {each["id"] for each in ana.pop("identities")} == {"c1", "ana@example.test"}
    membership = ana["segmentMembership"]["ups"][str(rich.pk)]
    assert membership["status"] == "realized"
    assert ana == {
        "identityMap": {"b2b_person": [{"id": "c1"}], "email": [{"id": "ana@example.test"}]},
        "segmentMembership": {"ups": {str(rich.pk): membership}},
        loyalty.tenant: {"points": 100},
    }


def test_writes_everybody_and_the_empty_ones_on_demand(loyalty: Loyalty) -> None:
    _, lines = export(loyalty.sandbox)
    assert people(next(iter(lines.values()))) == {"c1", "c2", "c3"}
    _, lines = export(loyalty.sandbox, filter={"emptyProfiles": True})
    assert people(next(iter(lines.values()))) == {"c1", "c2", "c3", "c4"}
    later = {"fromIngestTimestamp": "2199-01-01T00:00:00Z"}
    _, lines = export(loyalty.sandbox, filter=later)
    assert list(lines.values()) == [[]]


def test_each_audience_gets_a_batch_of_its_own_on_demand(
    loyalty: Loyalty, rich: SegmentDefinition
) -> None:
    all_members = make_segment(loyalty.sandbox, "Members", f"{loyalty.tenant}.points >= 0")
    run_job(str(start_job(["*"], actor=SYSTEM, sandbox=loyalty.sandbox).pk))
    dataset = make_dataset(loyalty.sandbox, name="Exports")
    Dataset.objects.filter(pk=dataset.pk).update(schema_uri="https://x.test/profile__union")
    wanted = {"segments": [{"segmentId": str(each.pk)} for each in (rich, all_members)]}
    job, lines = export(
        loyalty.sandbox, filter=wanted, dataset_id=dataset.pk, segment_per_batch=True
    )
    found = {each["segment_id"]: people(lines[each["batch_id"]]) for each in job.batches}
    assert found == {str(rich.pk): {"c1", "c2"}, str(all_members.pk): {"c1", "c2", "c3"}}
    batches = Batch.objects.filter(dataset=dataset)
    assert {each.pk: each.record_count for each in batches} == {
        name: len(rows) for name, rows in lines.items()
    }


def test_only_the_standing_and_time_asked_for(loyalty: Loyalty, rich: SegmentDefinition) -> None:
    def count(**more: Any) -> int:
        selection = {"segmentId": str(rich.pk), **more.pop("selection", {})}
        _, lines = export(loyalty.sandbox, filter={"segments": [selection], **more})
        return sum(map(len, lines.values()))

    assert count(selection={"status": ["realized"]}) == 2
    assert count(selection={"status": ["exited"]}) == 0
    assert count(segmentQualificationTime={"startTime": "2020-01-01T00:00:00Z"}) == 2
    assert count(segmentQualificationTime={"endTime": "2020-01-01T00:00:00Z"}) == 0


def test_another_policy_is_merged_while_reading(loyalty: Loyalty) -> None:
    policy = make_policy(loyalty.sandbox)
    _, lines = export(loyalty.sandbox, merge_policy_id=str(policy.pk))
    assert people(next(iter(lines.values()))) == {"c1", "c2", "c3"}


def test_a_time_that_is_none_fails_with_the_reason(loyalty: Loyalty) -> None:
    given = ExportInput(filter={"fromIngestTimestamp": "yesterday"})
    job = start_export(given, actor=SYSTEM, sandbox=loyalty.sandbox)
    run_export(job.pk)
    job.refresh_from_db()
    assert job.status == "FAILED"
    assert "yesterday" in job.errors[0]["message"]
