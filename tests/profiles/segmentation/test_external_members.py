"""Lists from elsewhere: read from files, shown in look-ups, named by rules, over in time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from core import clock, sql
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.lookup.queries import get_profile, xid_of
from profiles.segmentation import external_members
from profiles.segmentation.actions import create_segment, delete_segment, set_state
from profiles.segmentation.external import create_with_source, start_run
from profiles.segmentation.external_members import count_list, expire_members
from profiles.segmentation.forget import forget_members
from profiles.segmentation.import_files import check_place
from profiles.segmentation.jobs import start_job
from profiles.segmentation.members import count_members, sample_members
from profiles.segmentation.models import ExternalUpload, SegmentDefinition
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.run_others import run_import
from profiles.segmentation.types import Expression, ExternalInput, InvalidAudience, SegmentInput
from tests.api_client import ApiClient
from tests.factories.loyalty import Loyalty, append, make_loyalty, process

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = [
    {"name": "mail", "type": "string", "identityNs": "email"},
    {"name": "score", "type": "number"},
]


@pytest.fixture
def loyalty(sandbox: Sandbox) -> Loyalty:
    """Ada and Bo, known by e-mail."""
    made = make_loyalty(sandbox)
    people = [made.member(f"C{n}", email=f"{n}@mail.example") for n in ("ada", "bo")]
    append(made, *people)
    process(sandbox)
    return made


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """The folder of imports of sandbox prod."""
    settings.CONFIG = _at(settings.CONFIG, tmp_path)
    found = tmp_path / "prod"
    found.mkdir()
    return found


def _at(config: Any, path: Path) -> Any:
    values = {name: getattr(config, name) for name in config.__slots__}
    return type(config)(**values | {"imports_setting": path})


def make_list(sandbox: Sandbox, *, ttl: int | None = 30, **source: Any) -> SegmentDefinition:
    given = ExternalInput(name="Readers", audience_id="readers", ttl_days=ttl)
    place = {"path": "readers.csv", "type": "file", **source}
    request = {"fields": FIELDS, "sourceSpec": place}
    return create_with_source(given, request, actor=SYSTEM, sandbox=sandbox).segment


def import_list(segment: SegmentDefinition, request: Mapping[str, Any] | None = None) -> Any:
    run = start_run(
        request or {}, actor=SYSTEM, sandbox=segment.sandbox, segment_id=str(segment.pk)
    )
    run_import(str(run.pk))
    run.refresh_from_db()
    return run


def shown(sandbox: Sandbox, mail: str) -> list[int]:
    name = xid_of(sandbox=sandbox, value=mail, namespace="Email")
    return [one.number for one in get_profile(sandbox=sandbox, name=name).listings]


def total(segment: SegmentDefinition) -> int:
    return count_members([segment])[segment.number].realized


def test_a_file_becomes_a_list_of_identities(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path
) -> None:
    (folder / "readers.csv").write_text(
        "mail,score\nada@mail.example,3\nnobody@mail.example,1\n,5\nnull,1\na,b,c\n"
    )
    segment = make_list(sandbox)
    run = import_list(segment)
    assert (run.status, run.rows_read, run.rows_failed) == ("SUCCESS", 5, 3)
    assert [each["message"] for each in run.errors] == [
        "Row 3: mail has no value.",
        "Row 4: mail holds a value that names nobody.",
        "Row 5: 3 cells, but the header names 2 columns.",
    ]
    segment.refresh_from_db()
    assert (segment.profile_count, total(segment)) == (2, 2)
    size = count_list(segment)
    assert (size.identities, size.profiles) == (2, 1)
    assert shown(sandbox, "ada@mail.example") == [segment.number]
    assert shown(sandbox, "bo@mail.example") == []
    (sample,) = sample_members(sandbox=sandbox, segment=segment)
    assert sample.attributes["personalEmail"]["address"] == "ada@mail.example"


def test_look_ups_show_it_under_its_namespace_and_own_id(
    api: ApiClient, sandbox: Sandbox, loyalty: Loyalty, folder: Path
) -> None:
    (folder / "readers.csv").write_text("mail\nada@mail.example\n")
    segment = make_list(sandbox, ttl=10)
    run = import_list(segment)
    query = {
        "schema.name": "_xdm.context.profile",
        "entityId": "ada@mail.example",
        "entityIdNS": "Email",
    }
    found = api.get("/data/core/ups/access/entities", query=query).json()
    (body,) = found.values()
    started = run.started_ms
    assert body["entity"]["segmentMembership"] == {
        "CustomerAudienceUpload": {
            "readers": {
                "lastQualificationTime": clock.iso_ms(started),
                "status": "realized",
                "validUntil": clock.iso_ms(started + 10 * 24 * 3_600_000),
            }
        }
    }


def test_whoever_becomes_known_later_is_on_the_list(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path
) -> None:
    (folder / "readers.csv").write_text("mail\neve@mail.example\n")
    segment = make_list(sandbox)
    import_list(segment)
    append(loyalty, loyalty.member("Ceve", email="eve@mail.example"))
    process(sandbox)
    assert shown(sandbox, "eve@mail.example") == [segment.number]


def test_a_whole_list_replaces_and_a_differential_one_adds(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path
) -> None:
    file = folder / "readers.csv"
    file.write_text("mail\nada@mail.example\n")
    segment = make_list(sandbox)
    import_list(segment)
    file.write_text("mail\nbo@mail.example\n")
    import_list(segment, {"differentialIngestion": True})
    assert total(segment) == 2
    import_list(segment)
    assert total(segment) == 1
    assert shown(sandbox, "ada@mail.example") == []
    with sql.connect() as connection:
        moves = connection.execute(
            'SELECT sum(entered), sum("left") FROM audience_hour WHERE audience = %s',
            [segment.number],
        ).fetchone()
    assert moves == (2, 1)


def test_a_folder_is_read_whole(sandbox: Sandbox, loyalty: Loyalty, folder: Path) -> None:
    (folder / "day").mkdir()
    (folder / "day" / "1.csv").write_text("mail\nada@mail.example\n")
    (folder / "day" / "2.csv").write_text("mail;score\nbo@mail.example;1\n")
    (folder / "day" / "notes.txt").write_text("mail\nno@mail.example\n")
    segment = make_list(sandbox, path="day", type="folder")
    assert import_list(segment).rows_read == 2


def test_batch_and_re_evaluation_see_lists(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path
) -> None:
    (folder / "readers.csv").write_text("mail\nada@mail.example\n")
    segment = make_list(sandbox)
    given = SegmentInput(name="On it", expression=Expression(f'inSegment("{segment.pk}")'))
    on_it = create_segment(given, actor=SYSTEM, sandbox=sandbox)
    import_list(segment)
    job = start_job(["*"], actor=SYSTEM, sandbox=sandbox)
    run_job(str(job.pk))
    assert total(on_it) == 1
    # Two people become one: evaluated in the pipeline, both are on the list through one of them.
    append(loyalty, loyalty.event("e1", Email="ada@mail.example", b2b_person="Cbo"))
    process(sandbox)
    assert total(on_it) == 1
    set_state("inactive", actor=SYSTEM, sandbox=sandbox, segment_id=str(on_it.pk))


def test_members_leave_when_their_time_is_over(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "readers.csv").write_text("mail\nada@mail.example\nbo@mail.example\n")
    segment = make_list(sandbox, ttl=1)
    import_list(segment)
    later = clock.now_ms() + 25 * 3_600_000
    monkeypatch.setattr(clock, "now_ms", lambda: later)
    assert shown(sandbox, "ada@mail.example") == []
    monkeypatch.setattr(external_members, "_EXPIRED_AT_ONCE", 1)
    expire_members()
    assert (total(segment), count_list(segment).identities) == (0, 0)


def test_an_inactive_list_is_not_shown_and_a_deleted_one_forgotten(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path
) -> None:
    (folder / "readers.csv").write_text("mail\nada@mail.example\n")
    segment = make_list(sandbox)
    import_list(segment)
    set_state("inactive", actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    assert shown(sandbox, "ada@mail.example") == []
    delete_segment(actor=SYSTEM, sandbox=sandbox, segment_id=str(segment.pk))
    forget_members(segment.number)
    assert count_list(segment).identities == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("other\nx\n", "has no column mail"),
        ("", "empty"),
        ('{"mail": "x"}\n', "no CSV"),
        (None, "There is no CSV file readers.csv"),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_run_and_keeps_the_list(
    sandbox: Sandbox, loyalty: Loyalty, folder: Path, content: str | None, why: str
) -> None:
    file = folder / "readers.csv"
    file.write_text("mail\nada@mail.example\n")
    segment = make_list(sandbox)
    import_list(segment)
    file.unlink() if content is None else file.write_text(content)
    run = import_list(segment)
    assert run.status == ExternalUpload.Status.FAILED
    assert why in run.errors[0]["message"]
    assert total(segment) == 1


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../other/readers.csv", "a/../../b.csv", "", "a\0b.csv", "a/.."]
)
def test_a_path_leads_nowhere_else(path: str) -> None:
    with pytest.raises(InvalidAudience, match="below the folder"):
        check_place(path)


def test_a_link_leads_nowhere_else(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("mail\nada@mail.example\n")
    (folder / "readers.csv").symlink_to(secret)
    run = import_list(make_list(sandbox))
    assert (run.status, run.rows_read) == ("FAILED", 0)
    assert "leads out" in run.errors[0]["message"]
