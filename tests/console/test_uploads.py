"""Local file upload over HTTP: from a file to profiles."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.sandboxes.models import Sandbox
from ingestion.journal.queries import list_rejects
from ingestion.uploads.actions import continue_import
from ingestion.uploads.models import Upload
from profiles.store.contents import count_contents
from tests.console.conftest import World
from tests.factories.loyalty import process

pytestmark = pytest.mark.django_db(transaction=True)
CSV = "Member id;E-mail;Points\nc1;ana@example.test;7\nc2;eve@example.test;many\nc3;;\n"


def _upload(client: Client, world: World, name: str, content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    given = {"dataset": world.loyalty.members.pk, "file": SimpleUploadedFile(name, data)}
    response = client.post("/s/prod/sources/upload/", given)
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def _mapped(tenant: str) -> dict[str, str]:
    return {
        "source-0": "Member id",
        "target-0": f"{tenant}.crmId",
        "source-1": "E-mail",
        "target-1": "personalEmail.address",
        "source-2": "Points",
        "target-2": f"{tenant}.points",
        "do": "next",
    }


def test_a_csv_file_is_mapped_checked_and_imported(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    at = _upload(signed_in, world, "members.csv", CSV)
    page = signed_in.get(at).content.decode()
    assert 'value=";" selected' in page
    assert "personalEmail.address" in page
    assert signed_in.post(at, _mapped(world.loyalty.tenant))["Location"] == f"{at}validate/"
    report = signed_in.post(f"{at}validate/").content.decode()
    assert "Points" in report
    assert "Import anyway" in report
    assert signed_in.post(f"{at}import/")["Location"] == f"{at}progress/"
    upload = Upload.objects.get()
    continue_import(str(upload.pk))
    continue_import(str(upload.pk))
    assert process(sandbox) == 2
    assert count_contents(world.loyalty.members.number).records == 2
    assert "Completed with errors" in signed_in.get(f"{at}progress/").content.decode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.json", '[{"%s": {"crmId": "c1"}}, {"%s": {"crmId": 1}}]'),
        ("m.ndjson", '{"%s": {"crmId": "c1"}}\n\n{"%s": {"crmId": 1}}\n'),
    ],
)
def test_json_records_need_no_mapping(
    signed_in: Client, world: World, sandbox: Sandbox, name: str, text: str
) -> None:
    tenant = world.loyalty.tenant
    at = _upload(signed_in, world, name, text % (tenant, tenant))
    assert at.endswith("/validate/")
    assert "crmId" in signed_in.get(at).content.decode()
    assert "would fail" in signed_in.post(at).content.decode()
    signed_in.post(at.replace("/validate/", "/import/"))
    continue_import(str(Upload.objects.get().pk))
    process(sandbox)
    assert len(list_rejects(sandbox.number)) == 1
    assert count_contents(world.loyalty.members.number).records == 1


def test_an_import_that_stopped_goes_on_where_it_was(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    tenant = world.loyalty.tenant
    lines = "\n".join(f'{{"{tenant}": {{"crmId": "c{n}"}}}}' for n in range(5))
    at = _upload(signed_in, world, "m.ndjson", lines)
    signed_in.post(at.replace("/validate/", "/import/"))
    Upload.objects.update(rows_done=3)
    continue_import(str(Upload.objects.get().pk))
    assert process(sandbox) == 2


@pytest.mark.parametrize("content", [b"", b"  \n", b'[{"a": 1}'])
def test_a_file_that_is_none_is_refused(signed_in: Client, world: World, content: bytes) -> None:
    given = {
        "dataset": world.loyalty.members.pk,
        "file": SimpleUploadedFile("broken.json", content),
    }
    response = signed_in.post("/s/prod/sources/upload/", given)
    assert response.status_code == 422
    assert not Upload.objects.exists()
