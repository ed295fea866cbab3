"""The wizard that imports an audience, and what becomes of its file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.access.types import SYSTEM
from core.drafts.models import Draft
from core.sandboxes.models import Sandbox
from profiles.lookup import directory
from profiles.segmentation.external import change_external
from profiles.segmentation.members import count_members
from profiles.segmentation.models import ExternalUpload, SegmentDefinition
from profiles.segmentation.run_others import run_import
from profiles.segmentation.types import ExternalInput
from profiles.store.queries import find_default_policy
from tests.console.conftest import World
from tests.factories.loyalty import append, process
from tests.factories.segments import make_policy

pytestmark = pytest.mark.django_db(transaction=True)
IMPORT = "/s/prod/audiences/import/"
PEOPLE = "member;mail;score\n1;ada@mail.example;5\n2;bo@mail.example;\n3;;7\n"


@pytest.fixture(autouse=True)
def _no_tasks(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[None]:
    monkeypatch.setattr("core.tasks._send", lambda name, kwargs: None)
    directory.forget()
    for path in files():
        path.unlink()
    yield
    directory.forget()


def files() -> list[Path]:
    return list((settings.CONFIG.var / "audience-files").glob("*"))


def upload(client: Client, text: str = PEOPLE, query: str = "") -> str:
    """Step 1; answers the address of step 2."""
    file = SimpleUploadedFile("readers.csv", text.encode())
    response = client.post(IMPORT + query, {"file": file})
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def finish(client: Client, address: str, **details: str) -> SegmentDefinition:
    """Steps 2 to 4, and the import itself."""
    client.post(address, {"do": "next", "delimiter": ";"})
    response = client.post(f"{address}details/", details)
    assert response.status_code == 302, response.content.decode()
    response = client.post(f"{address}review/")
    assert response.status_code == 302, response.content.decode()
    run = ExternalUpload.objects.filter(kind="RUN").order_by("-created_ms")[0]
    run_import(str(run.pk))
    run.refresh_from_db()
    assert (run.status, run.rows_read) == ("SUCCESS", len(PEOPLE.splitlines()) - 1)
    return run.segment


READERS = {
    "name": "Readers",
    "identity": "mail",
    "namespace": "Email",
    "ttl_days": "30",
    "type_2": "number",
}


def test_a_file_becomes_an_audience(signed_in: Client, world: World, sandbox: Sandbox) -> None:
    append(world.loyalty, world.loyalty.member("c1", email="ada@mail.example"))
    process(sandbox)
    address = upload(signed_in)
    shown = signed_in.get(address).content.decode()
    assert "<td>ada@mail.example</td>" in shown
    details = signed_in.get(f"{address}details/").content.decode()
    assert '<option value="mail" selected>mail</option>' in details
    assert 'value="readers"' in details
    segment = finish(signed_in, address, **READERS)
    assert (segment.name, segment.origin, segment.ttl_days) == ("Readers", "CUSTOM_UPLOAD", 30)
    assert count_members([segment])[segment.number].realized == 2
    assert files() == []
    assert not Draft.objects.exists()
    page = signed_in.get(f"/s/prod/audiences/{segment.pk}/").content.decode()
    assert "Identities on the list" in page
    assert "ada@mail.example" in page
    imports = signed_in.get(f"/s/prod/audiences/{segment.pk}/imports/").content.decode()
    assert "Completed with errors" in imports
    assert "Row 3: mail has no value." in imports


def test_the_portal_leads_to_the_wizard_before_and_after(signed_in: Client) -> None:
    portal = IMPORT.removesuffix("import/")
    assert f'href="{IMPORT}"' in signed_in.get(portal).content.decode()
    finish(signed_in, upload(signed_in), **READERS)
    assert f'href="{IMPORT}"' in signed_in.get(portal).content.decode()


def test_a_second_file_replaces_or_adds(signed_in: Client, sandbox: Sandbox) -> None:
    segment = finish(signed_in, upload(signed_in), **READERS)
    other = PEOPLE.replace("ada@", "eve@")
    columns = {"identity": "mail", "namespace": "Email"}
    again = upload(signed_in, other, f"?into={segment.pk}")
    assert finish(signed_in, again, mode="add", **columns) == segment
    assert count_members([segment])[segment.number].realized == 3
    again = upload(signed_in, other, f"?into={segment.pk}")
    finish(signed_in, again, mode="replace", **columns)
    assert count_members([segment])[segment.number].realized == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ('{"mail": "x"}', "no CSV file"),
    ],
)
def test_what_is_no_csv_is_refused_and_not_kept(signed_in: Client, text: str, why: str) -> None:
    file = SimpleUploadedFile("readers.csv", text.encode())
    response = signed_in.post(IMPORT, {"file": file})
    assert response.status_code == 422
    assert why in response.content.decode()
    assert files() == []


def test_a_bad_header_is_told_in_the_preview(signed_in: Client) -> None:
    address = upload(signed_in, "e-mail,full name\nx@y.example,Ada\n")
    response = signed_in.post(address, {"do": "next", "delimiter": ","})
    assert response.status_code == 422
    assert "rename “e-mail”, “full name”" in response.content.decode()
    assert signed_in.get(f"{address}details/").status_code == 302


def test_another_delimiter_reads_the_file_anew(signed_in: Client) -> None:
    address = upload(signed_in, "a,b|c\n1,2|3\n")
    assert "2 columns" in signed_in.get(address).content.decode()
    assert "<td>1,2</td>" in signed_in.post(address, {"delimiter": "|"}).content.decode()


def test_the_merge_policy_is_chosen_and_kept(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    other = make_policy(sandbox)
    default = find_default_policy(sandbox=sandbox)
    assert default is not None
    address = upload(signed_in)
    details = signed_in.get(f"{address}details/").content.decode()
    assert f'<option value="{default.pk}" selected>{default.name} (default)</option>' in details
    signed_in.post(f"{address}details/", READERS | {"policy": str(other.pk)})
    assert "<dd>Another</dd>" in signed_in.get(f"{address}review/").content.decode()
    segment = finish(signed_in, address, **READERS, policy=str(other.pk))
    assert segment.merge_policy == other
    page = signed_in.get(f"/s/prod/audiences/{segment.pk}/").content.decode()
    assert f"/merge-policies/{other.pk}/" in page
    # Another description of the audience, by whatever way, leaves it as it is.
    changed = change_external(
        lambda stored: ExternalInput(name="Renamed", audience_id=stored.audience_id),
        actor=SYSTEM,
        sandbox=sandbox,
        segment_id=str(segment.pk),
    )
    assert changed.merge_policy == other


def test_a_merge_policy_that_is_none_is_refused(signed_in: Client) -> None:
    address = upload(signed_in)
    wrong = READERS | {"policy": "00000000-0000-4000-8000-000000000000"}
    assert signed_in.post(f"{address}details/", wrong).status_code == 422


def test_mistakes_in_details_are_shown(signed_in: Client) -> None:
    address = upload(signed_in)
    wrong = READERS | {"ttl_days": "91", "name": ""}
    response = signed_in.post(f"{address}details/", wrong)
    assert response.status_code == 422
    assert "less than or equal to 90" in response.content.decode()


def test_a_taken_name_is_told_in_the_review_and_nothing_lost(signed_in: Client) -> None:
    finish(signed_in, upload(signed_in), **READERS)
    address = upload(signed_in)
    signed_in.post(f"{address}details/", READERS)
    response = signed_in.post(f"{address}review/")
    assert response.status_code == 422
    assert "already exists" in response.content.decode()
    assert len(files()) == 1
    signed_in.post(f"{address}details/", READERS | {"name": "Readers 2"})
    assert signed_in.post(f"{address}review/").status_code == 302


def test_a_draft_waits_for_its_owner_and_is_discarded_with_its_file(signed_in: Client) -> None:
    address = upload(signed_in)
    assert "readers.csv" in signed_in.get(IMPORT).content.decode()
    signed_in.post(f"{address}discard/")
    assert files() == []
    assert signed_in.get(address).status_code == 404
