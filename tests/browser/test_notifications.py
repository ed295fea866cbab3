"""The bell: it counts by itself, opens what it tells of, and needs no script."""

import re

from playwright.sync_api import Browser, Page, StorageState, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import WIDE


def reset_a_sandbox(page: Page, name: str) -> None:
    """Something that all who reach the sandbox are told of."""
    page.goto("/s/prod/sandboxes/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Title").fill(f"Room {name}")
    page.get_by_role("button", name="Create sandbox").click()
    page.get_by_label("Reset keeps").fill(name)
    page.get_by_role("button", name="Reset sandbox").click()


def test_the_bell_counts_by_itself_and_opens_what_it_tells_of(
    page: Page, browser: Browser, product: Product, signed_in_state: StorageState
) -> None:
    page.goto("/s/prod/notifications/")
    mark = page.get_by_role("main").get_by_role("button", name="Mark all as read")
    if mark.count():
        mark.click()
        expect(mark).to_have_count(0)
    page.goto("/s/prod/schemas/")
    bell = page.get_by_label(re.compile("^Notifications"))
    expect(bell).to_have_attribute("aria-label", "Notifications")
    other = browser.new_context(base_url=product.url, storage_state=signed_in_state, viewport=WIDE)
    reset_a_sandbox(other.new_page(), "bell1")
    # Asked for now, rather than in half a minute.
    page.evaluate(
        "htmx.ajax('GET', document.getElementById('bell').getAttribute('hx-get'),"
        " { target: '#bell', swap: 'outerHTML' })"
    )
    expect(page.locator("#bell summary")).to_have_attribute("aria-label", "Notifications, 1 unread")
    page.locator("#bell summary").click()
    expect(page.locator("#bell")).to_contain_text("Sandbox Room bell1 was reset")
    assert_accessible(page)
    page.locator("#bell").get_by_role("link", name=re.compile("was reset")).click()
    page.wait_for_url("**/s/bell1/")
    expect(page.locator("#bell summary")).to_have_attribute("aria-label", "Notifications")
    other.close()


def test_all_notifications_are_listed_and_marked_one_by_one(page: Page) -> None:
    reset_a_sandbox(page, "bell2")
    page.locator("#bell summary").click()
    page.get_by_role("link", name="View all").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    row = page.get_by_role("listitem").filter(has_text="Sandbox Room bell2 was reset").last
    expect(row.get_by_text("Unread")).to_be_visible()
    assert_accessible(page)
    row.get_by_role("button", name=re.compile("Mark as read")).click()
    expect(row.get_by_text("Unread")).to_have_count(0)
    page.get_by_role("navigation", name="Notifications").get_by_role("link", name="Unread").click()
    expect(page.get_by_role("main").get_by_text("Room bell2")).to_have_count(0)
