"""One audience and the audiences of a person, as people use them, with real evaluation."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible
from tests.browser.pages import PERSON, profile_address
from tests.browser.shop import STREAM, client_of, purchase_message

BUYERS = 'xEvent[eventType = "commerce.purchases" and timestamp occurs <= 24 hours before now]'
EVALUATED_MS = 30_000

type Create = Callable[..., str]


@pytest.fixture
def create(product: Product) -> Create:
    """Makes an audience by API; answers its address."""

    def make(name: str, rule: str, method: str = "batch", **more: Any) -> str:
        names = ("batch", "continuous", "synchronous")
        body = {
            "name": name,
            "schema": {"name": "_xdm.context.profile"},
            "expression": {"type": "PQL", "format": "pql/text", "value": rule},
            "evaluationInfo": {each: {"enabled": each == method} for each in names},
            **more,
        }
        key = client_of(product).post("/data/core/ups/audiences", body)["id"]
        return f"/s/prod/audiences/{key}/"

    return make


def tenant(product: Product) -> str:
    return f"_{product.client_environ()['TENANT_ID']}"


def test_a_new_audience_shows_its_members_without_a_reload(
    page: Page, product: Product, create: Create
) -> None:
    rule = f'{tenant(product)}.tier = "platinum" or {tenant(product)}.points > 8000'
    page.goto(create("Best members", rule, description="Many points"))
    total = page.get_by_label("Members now").locator(".stat").first
    expect(total).to_contain_text(re.compile(r"[1-9]\d* ?\d* % of 1,"), timeout=EVALUATED_MS)
    expect(page.get_by_role("table", name="Some members")).to_be_visible()
    expect(page.get_by_text("took").first).to_be_visible()
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("table", name="Members, 24 hours")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="7 days").click()
    page.get_by_role("link", name="Entered and left").click()
    expect(page).to_have_url(re.compile("range=7d&chart=moves"))
    page.get_by_role("table", name="Some members").get_by_role("link").first.click()
    expect(page.get_by_role("link", name="Best members").first).to_be_visible()


def test_an_evaluation_is_started_and_its_job_found(
    page: Page, product: Product, create: Create
) -> None:
    page.goto(create("Nobody at all", f"{tenant(product)}.points < 0"))
    page.get_by_role("button", name="Evaluate now").click()
    expect(page.get_by_role("status").filter(has_text="started")).to_be_visible()
    expect(page.get_by_role("heading", name="Nobody is a member")).to_be_visible(
        timeout=EVALUATED_MS
    )
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="On demand")).to_contain_text("Success")
    assert_accessible(page)
    page.get_by_role("row").filter(has_text="On demand").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Audiences")).to_be_visible()
    expect(page.get_by_role("link", name="Nobody at all")).to_be_visible()
    assert_accessible(page)


def test_a_streamed_event_brings_its_person_in_before_the_readers_eyes(
    page: Page, product: Product, create: Create
) -> None:
    name = "Bought a head lamp"
    rule = BUYERS.replace("eventType", 'productListItems.SKU = "SKU-LIVE" and eventType')
    address = create(name, rule, "continuous")
    page.goto(address)
    expect(page.get_by_role("heading", name="Nobody is a member")).to_be_visible(
        timeout=EVALUATED_MS
    )
    tab = f"{profile_address(page)}audiences/"
    key = address.rstrip("/").rpartition("/")[2]
    page.goto(f"{tab}?why={key}")
    expect(page.get_by_role("heading", name=f"Why not in {name}?")).to_be_visible()
    assert_accessible(page)
    purchase(product)
    expect(page.get_by_role("heading", name=f"Why in {name}?")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Realized")
    expect(row).to_contain_text("Streaming")
    expect(page.get_by_text("1 of", exact=False).first).to_be_visible()
    assert_accessible(page)


def purchase(product: Product) -> None:
    """Stream one purchase of the person, through the sample world's connection."""
    client = client_of(product)
    listed = client.get("/data/foundation/flowservice/connections", property=f"name=={STREAM}")
    inlet = str(listed["items"][0]["auth"]["params"]["inletId"])
    message = purchase_message(product, PERSON, key="live-purchase", sku="SKU-LIVE")
    (line,) = client.stream(inlet, [message])["responses"]
    assert not line.get("status")


def test_any_audience_is_found_and_explained(page: Page, product: Product, create: Create) -> None:
    create("Poor members", f"{tenant(product)}.points < 10")
    page.goto(f"{profile_address(page)}audiences/")
    page.locator("summary").filter(has_text="Why not?").click()
    search = page.get_by_label("Find an audience")
    if search.is_visible():
        search.fill("poor")
    page.get_by_role("link", name="Poor members").click()
    expect(page.get_by_text("the rule wants less than 10.")).to_be_visible()
    page.get_by_role("button", name="Re-evaluate audiences").click()
    expect(page.get_by_role("status").filter(has_text="Audiences evaluated")).to_be_visible()


def test_properties_lifecycle_history_and_the_end(
    page: Page, product: Product, create: Create
) -> None:
    page.goto(create("Short-lived", f"{tenant(product)}.points > 1"))
    page.locator("summary").filter(has_text="More").click()
    page.get_by_role("link", name="Edit properties").click()
    assert_accessible(page)
    page.get_by_label("Name").fill("Short-lived, renamed")
    page.get_by_label("Tags").fill("one, two")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Short-lived, renamed")
    page.locator("summary").filter(has_text="More").click()
    page.get_by_role("button", name="Deactivate").click()
    assert_accessible(page)
    page.get_by_role("button", name="Deactivate audience").click()
    expect(page.get_by_text("Inactive", exact=True)).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Deactivated")).to_be_visible()
    expect(page.get_by_text("Short-lived, renamed").last).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Overview").click()
    page.locator("summary").filter(has_text="More").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_label("to confirm").fill("Short-lived, renamed")
    page.get_by_role("button", name="Delete audience").click()
    page.wait_for_url("**/audiences/")


def test_a_schedule_is_set_in_plain_words(page: Page) -> None:
    page.goto("/s/prod/monitoring/segment-jobs/")
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("(Create|Edit) schedule")).click()
    page.get_by_label("On some days of the week").check()
    expect(page.get_by_label("Day of the month")).to_be_hidden()
    page.get_by_label("Thursday").check()
    page.get_by_label("Time, UTC").fill("03:15")
    assert_accessible(page)
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("Every Monday and Thursday at 03:15 UTC").first).to_be_visible()
    assert_accessible(page)


def test_a_file_is_imported_and_found_in_its_peoples_profiles(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "subscribers.csv"
    file.write_text(f"mail,score\n{PERSON},3\nstranger@mail.example,1\n,2\n")
    page.goto("/s/prod/audiences/import/")
    assert_accessible(page)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("cell", name=PERSON)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Name", exact=False).first.fill("Subscribers")
    page.locator("summary").filter(has_text="Types of columns").click()
    assert_accessible(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("mail, namespace Email")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Subscribers")
    expect(page.get_by_role("table", name="Some members")).to_contain_text(
        PERSON, timeout=EVALUATED_MS
    )
    assert_accessible(page)
    page.get_by_role("link", name="Imports", exact=True).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Completed with errors")
    assert_accessible(page)
    page.goto(f"{profile_address(page)}audiences/")
    expect(page.get_by_role("row").filter(has_text="Subscribers")).to_contain_text("Imported list")
