"""The Identities workspace as people use it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.pages import PERSON


def test_a_namespace_is_created_found_and_edited(page: Page) -> None:
    page.goto("/s/prod/identities/")
    page.get_by_role("link", name="Create identity namespace").click()
    assert_accessible(page)
    page.get_by_label("Display name").fill("Newsletter number")
    page.get_by_label("Identity symbol").fill("Email")
    page.get_by_label("Partner ID").check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("already in use")
    assert_accessible(page)
    page.get_by_label("Identity symbol").fill("NEWSLETTER")
    page.get_by_label("Cross-device ID").check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("status")).to_contain_text("Newsletter number created")
    expect(page.locator("tr.marked")).to_contain_text("NEWSLETTER")
    page.get_by_role("link", name="Newsletter number").click()
    expect(page.get_by_text("Symbol and type cannot change")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Description").fill("From the mailing tool")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tr.marked")).to_contain_text("From the mailing tool")


def test_integration_namespaces_are_shown_on_demand(page: Page) -> None:
    page.goto("/s/prod/identities/")
    expect(page.get_by_role("rowheader", name="B2B account", exact=True)).to_have_count(0)
    page.get_by_label("View integration identities").check()
    expect(page.get_by_role("rowheader", name="B2B account", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("integration=on"))


def test_an_identity_graph_is_found_without_a_namespace_and_explains_its_links(page: Page) -> None:
    page.goto("/s/prod/identities/graph/")
    assert_accessible(page)
    page.get_by_label("Identity value").fill(PERSON)
    page.get_by_role("button", name="View").click()
    expect(page.get_by_role("heading", name=f"Email {PERSON}")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Link Email")).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#link-"))
    expect(page.get_by_role("table", name="Links and where")).to_contain_text("Demo loyalty")
    assert_accessible(page)


def test_an_unknown_identity_says_what_to_look_at(page: Page) -> None:
    page.goto("/s/prod/identities/graph/?ns=Email&value=nobody@nowhere.example")
    expect(page.get_by_role("heading", name="No such identity")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("example", ["Shared device", "Invalid phone", "“Bad” identity values"])
def test_an_example_is_simulated_and_each_removed_link_explained(page: Page, example: str) -> None:
    page.goto("/s/prod/identities/simulation/")
    page.get_by_role("link", name=example, exact=True).click()
    expect(page.get_by_role("heading", name="Simulated graph")).to_be_visible()
    expect(page.locator(".graph-canvas .graph-link.removed").first).to_be_attached()
    expect(page.get_by_text("is unique. This link was weaker").first).to_be_visible()
    assert_accessible(page)


def test_rules_are_moved_and_typed_events_checked(page: Page) -> None:
    page.goto("/s/prod/identities/simulation/")
    events = page.get_by_label("Events, one a line, oldest first")
    events.fill("Email:tom@x.example, ECID:1\nNowhere:1, ECID:1")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2: There is no namespace Nowhere.")
    assert_accessible(page)
    events.fill("Email:tom@x.example, ECID:1\nEmail:sue@x.example, ECID:1")
    page.get_by_role("button", name="Move up ECID").click()
    expect(page.get_by_role("alert")).to_contain_text("may not outrank")
    page.get_by_role("button", name="Move down ECID").click()
    page.get_by_label("Unique per graph: Email").check()
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("table", name="Links of the simulation")).to_contain_text("Removed")


def test_a_real_graph_is_simulated_and_applied_to_settings_up_to_the_confirmation(
    page: Page,
) -> None:
    page.goto(f"/s/prod/identities/graph/?ns=Email&value={PERSON}")
    page.get_by_role("link", name="Simulate this graph").click()
    expect(page.get_by_label("Events, one a line, oldest first")).to_have_value(re.compile(PERSON))
    page.get_by_role("button", name="Apply to settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Identity settings")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Unique per graph: ECID").wait_for(state="detached")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Graphs looked at")).to_be_visible()
    expect(page.get_by_text("All graphs of two or more identities")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Type prod to confirm").fill("something else")
    page.get_by_role("button", name="Save linking rules").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    page.get_by_label("Type prod to confirm").fill("prod")
    page.get_by_role("button", name="Save linking rules").click()
    expect(page.get_by_role("status").first).to_contain_text("Linking rules saved")
    expect(page.get_by_text("Enabled")).to_be_visible()
    done = page.get_by_role("region", name="Existing graphs")
    expect(done).to_contain_text("Rules applied", timeout=30_000)  # by itself, it is polled
    expect(done).to_contain_text(re.compile(r"\d+ of [\d,]+ graphs split"))
    assert_accessible(page)
