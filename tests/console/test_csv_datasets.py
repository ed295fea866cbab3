"""A dataset from a CSV file: configure, add data, save."""

import os
import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.drafts.models import Draft
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.journal.queries import list_rejects
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.queries import compiled_schema
from ingestion.uploads.actions import continue_import
from ingestion.uploads.held import forget_unclaimed
from ingestion.uploads.models import Upload
from tests.console.conftest import World
from tests.factories.loyalty import process

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/s/prod/datasets/new/"
CSV = (
    "Store no,opened,Area (m2),open,note\n"
    "007,2020-03-01,120.5,true,big\n"
    "12,2021-11-30,80,FALSE,\n"
    "13,,,,5\n"
)


def begin(client: Client, name: str = "Stores") -> str:
    """The address of "Add data"."""
    answer = client.post(f"{NEW}csv/", {"name": name, "description": "Where we sell"})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def give(client: Client, page: str, content: str | bytes = CSV, name: str = "stores.csv") -> str:
    data = content.encode() if isinstance(content, str) else content
    given = {"do": "file", "file": SimpleUploadedFile(name, data)}
    return client.post(page, given, follow=True).content.decode()


def files() -> set[str]:
    folder = Path(settings.CONFIG.var) / "uploads"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def kept(count: int) -> dict[str, str]:
    return {f"keep-{number}": "on" for number in range(count)}


def finish(sandbox: Sandbox) -> Upload:
    upload = Upload.objects.get()
    continue_import(str(upload.pk))
    upload.refresh_from_db()
    return upload


def test_the_first_page_offers_both_ways(signed_in: Client, world: World) -> None:
    page = signed_in.get(NEW).content.decode()
    assert "Create dataset from schema" in page
    assert "Create dataset from CSV file" in page


def test_columns_become_an_adhoc_schema_and_rows_its_records(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    page = begin(signed_in)
    shown = give(signed_in, page)
    assert "All 3 rows of stores.csv were looked at" in shown
    fields = re.findall(r'name="name-\d"\s+value="([^"]*)"', shown)
    assert fields == ["storeNo", "opened", "areaM2", "open", "note"]
    done = signed_in.post(page, {"do": "save", **kept(5)})
    dataset = Dataset.objects.get(name="Stores")
    upload = finish(sandbox)
    assert done["Location"] == f"/s/prod/sources/upload/{upload.pk}/progress/"
    assert upload.state == "done"
    assert (upload.rows_done, upload.rows_failed) == (3, 0)
    assert process(sandbox) == 3
    assert not list_rejects(sandbox.number)
    assert dataset.document["behavior"] == "adhoc"
    assert not dataset.profile_enabled

    tree = compiled_schema(sandbox.number, dataset.schema_uri).tree
    own = tree["properties"][world.loyalty.tenant]["properties"]
    assert own["storeNo"]["type"] == "string"
    assert own["opened"]["format"] == "date"
    assert own["areaM2"]["type"] == "number"
    assert own["open"]["type"] == "boolean"
    assert own["note"]["type"] == "string"
    preview = signed_in.get(f"/s/prod/datasets/{dataset.pk}/preview/").content.decode()
    assert "007" in preview
    assert "120.5" in preview
    assert not Draft.objects.exists()


def test_adhoc_schemas_are_shown_on_demand_only(signed_in: Client, world: World) -> None:
    page = begin(signed_in)
    give(signed_in, page)
    signed_in.post(page, {"do": "save", **kept(5)})
    schema = RegistryResource.objects.get(title="Stores (adhoc schema)")
    for path in ("schemas/", "datasets/new/schema/", "schemas/?q=stores"):
        assert "adhoc schema)" not in signed_in.get(f"/s/prod/{path}").content.decode(), path
    listed = signed_in.get("/s/prod/schemas/?adhoc=on").content.decode()
    assert "Stores (adhoc schema)" in listed
    assert "Remove filter Show adhoc schemas" in listed
    assert "Stores (adhoc class)" not in listed.partition("<tbody>")[0]
    editor = f"/s/prod/schemas/{schema.token}/"
    field = f"{world.loyalty.tenant}.storeNo"
    assert (
        b"A field of the class Stores (adhoc class)"
        in signed_in.get(f"{editor}?field={field}").content
    )
    refused = signed_in.get(f"{editor}profile/").content.decode()
    assert "it stays out of Profile" in refused
    assert 'name="name"' not in refused


def test_names_and_types_are_people_to_decide(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    page = begin(signed_in)
    give(signed_in, page)
    given = {**kept(3), "name-0": "no", "type-0": "long", "name-2": "_area", "name-1": "no"}
    refused = signed_in.post(page, {**given, "do": "save"})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "is no field name" in text
    assert "Store no is called no, too." in text
    assert 'value="_area"' in text
    assert not Dataset.objects.filter(name="Stores").exists()
    signed_in.post(page, {**given, "name-1": "since", "name-2": "area", "do": "save"})
    upload = finish(sandbox)
    process(sandbox)
    schema = compiled_schema(sandbox.number, upload.dataset.schema_uri)
    own = schema.tree["properties"][world.loyalty.tenant]["properties"]
    assert set(own) == {"no", "since", "area"}
    assert (upload.rows_done, upload.rows_failed) == (3, 0)


def test_rows_that_do_not_fit_are_left_out_and_named(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    page = begin(signed_in)
    give(signed_in, page, "a,b\n1,x\ntwo,y\n3,z,surplus\n")
    assert "1 row cannot be read" in signed_in.get(page).content.decode()
    signed_in.post(page, {**kept(2), "type-0": "long", "do": "save"})
    upload = finish(sandbox)
    assert (upload.rows_done, upload.rows_failed) == (3, 2)
    failed = [(each["row"], each["column"]) for each in upload.report["failed"]]
    assert failed == [(2, "a"), (3, "")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "", "submitted file is empty"),
        ("x.csv", " \n", "The file is empty."),
        ("x.json", '{"a": 1}', "The file is JSON."),
        ("x.csv", "a,,c\n1,2,3\n", "column 2 has no name"),
        ("x.csv", "a,b,a\n1,2,3\n", "names a more than once"),
        ("x.csv", ",".join(f"c{n}" for n in range(501)), "501 columns; at most 500"),
    ],
)
def test_a_file_that_is_no_table_says_why(
    signed_in: Client, world: World, name: str, content: str, message: str
) -> None:
    before = files()
    page = begin(signed_in)
    assert message in give(signed_in, page, content, name)
    assert files() == before
    assert signed_in.get(page).status_code == 200


def test_a_draft_is_taken_up_again_and_discarded_with_its_file(
    signed_in: Client, world: World
) -> None:
    before = files()
    page = begin(signed_in)
    give(signed_in, page)
    signed_in.post(page, {**kept(5), "name-0": "number", "do": "keep"})
    listed = signed_in.get(NEW).content.decode()
    assert "Stores, from stores.csv" in listed
    assert 'value="number"' in signed_in.get(page).content.decode()
    configure = page.removesuffix("data/")
    assert signed_in.post(configure, {"name": "Shops"})["Location"] == page
    assert "Shops, from stores.csv" in signed_in.get(NEW).content.decode()
    signed_in.post(configure, {"do": "discard"})
    assert not Draft.objects.exists()
    assert files() == before


def test_another_file_takes_the_place_of_the_first(signed_in: Client, world: World) -> None:
    before = files()
    page = begin(signed_in)
    give(signed_in, page)
    assert "Add file" in signed_in.post(page, {"do": "another"}, follow=True).content.decode()
    assert files() == before
    assert "All 1 rows" in give(signed_in, page, "x\n1\n", "one.csv")


def test_saving_twice_imports_once(signed_in: Client, world: World, sandbox: Sandbox) -> None:
    page = begin(signed_in)
    give(signed_in, page)
    state = Draft.objects.get()
    first = signed_in.post(page, {"do": "save", **kept(5)})["Location"]
    state.save(force_insert=True)  # as a second tab that has not heard of it
    assert signed_in.post(page, {"do": "save", **kept(5)})["Location"] == first
    assert Dataset.objects.filter(name="Stores").count() == 1


def test_two_datasets_of_one_name_have_two_schemas(signed_in: Client, world: World) -> None:
    for _ in range(2):
        page = begin(signed_in)
        give(signed_in, page)
        signed_in.post(page, {"do": "save", **kept(5)})
    titles = RegistryResource.objects.filter(kind="schemas", title__startswith="Stores")
    assert sorted(titles.values_list("title", flat=True)) == [
        "Stores (adhoc schema)",
        "Stores (adhoc schema) 2",
    ]


def test_files_nobody_came_back_for_are_swept_away(
    signed_in: Client, world: World, sandbox: Sandbox
) -> None:
    folder = Path(settings.CONFIG.var) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    page = begin(signed_in)
    give(signed_in, page)
    signed_in.post(page, {"do": "save", **kept(5)})
    claimed = folder / str(Upload.objects.get().pk)
    old, new = folder / str(uuid.uuid4()), folder / str(uuid.uuid4())
    for path in (old, new):
        path.write_bytes(b"x")
    for path in (old, claimed):
        os.utime(path, (0, 0))
    forget_unclaimed()
    assert [path.exists() for path in (old, new, claimed)] == [False, True, True]
    new.unlink()


def test_a_file_that_is_gone_can_be_added_again(signed_in: Client, world: World) -> None:
    page = begin(signed_in)
    give(signed_in, page)
    (Path(settings.CONFIG.var) / "uploads" / Draft.objects.get().state["file"]["id"]).unlink()
    refused = signed_in.post(page, {"do": "save", **kept(5)})
    assert refused.status_code == 422
    assert b"Add it again" in refused.content
    assert not RegistryResource.objects.filter(title__startswith="Stores").exists()
