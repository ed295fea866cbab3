"""Merge policies and the union schema as people use them."""

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible


def test_a_merge_policy_is_created_with_a_preview_edited_and_deleted(page: Page) -> None:
    page.goto("/s/prod/profiles/")
    page.get_by_role("link", name="Merge policies").click()
    assert_accessible(page)
    page.get_by_role("link", name="Create merge policy").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("Name")
    page.get_by_label("Name").fill("Shop only")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Dataset precedence").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("at least one dataset")
    page.get_by_label("Dataset to add").select_option(label="Demo shop events")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Dataset to add").select_option(label="Demo loyalty members")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Move up Demo loyalty members").click()
    expect(page.locator(".rule-list li").first).to_contain_text("Demo loyalty members")
    page.get_by_role("button", name="Remove Demo loyalty members").click()
    assert_accessible(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("sampled profiles would change")).to_be_visible()
    expect(page.get_by_role("table", name="before and after")).to_contain_text("person.name")
    assert_accessible(page)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status")).to_contain_text("Shop only created")
    page.get_by_role("link", name="Shop only").click()
    page.get_by_label("Name").fill("Shop first")
    page.get_by_role("button", name="Next").click()
    page.goto("/s/prod/profiles/merge-policies/")
    expect(page.get_by_role("heading", name="Drafts")).to_be_visible()
    page.get_by_role("button", name="Discard draft Shop first").click()
    page.get_by_role("button", name="Delete Shop only").click()
    page.get_by_label("Type Shop only to confirm").fill("Shop only")
    page.get_by_role("button", name="Delete merge policy").click()
    expect(page.get_by_role("status")).to_contain_text("Shop only deleted")


def test_the_policy_on_edge_is_not_deleted(page: Page) -> None:
    page.goto("/s/prod/profiles/merge-policies/")
    page.get_by_role("button", name="Delete Default Timebased").click()
    expect(page.get_by_role("dialog")).to_contain_text("cannot be deleted")


def test_the_union_schema_names_who_contributes(page: Page) -> None:
    page.goto("/s/prod/profiles/union/")
    rail = page.locator(".with-rail")
    expect(rail).to_contain_text("Demo loyalty members")
    assert_accessible(page)
    rail.get_by_role("link", name="Demo loyalty members", exact=True).first.click()
    expect(page.get_by_text("are marked")).to_be_visible()
    expect(page.locator(".field-tree mark").first).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Class").select_option(label="Experience Event")
    page.get_by_role("button", name="View").click()
    expect(page.locator(".field-tree")).to_contain_text("timestamp")
