"""Administration in the browser: every page reached, and nothing for axe to find."""

from playwright.sync_api import Browser, Page, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible

PAGES = (
    "/s/prod/users/",
    "/s/prod/users/new/",
    "/s/prod/users/1/",
    "/s/prod/roles/",
    "/s/prod/roles/new/",
    "/s/prod/credentials/",
    "/s/prod/credentials/new/",
    "/s/prod/audits/",
    "/s/prod/sandboxes/",
    "/s/prod/sandboxes/new/",
    "/s/prod/sandboxes/prod/",
    "/password/",
)


def linked(page: Page) -> tuple[str, ...]:
    """Pages whose address holds an id."""
    found = []
    for listed_at in ("roles", "credentials", "audits"):
        page.goto(f"/s/prod/{listed_at}/")
        href = page.locator(".row-name").first.get_attribute("href")
        assert href is not None
        found.append(href)
    return tuple(found)


def test_administration_is_accessible_and_fits(page: Page) -> None:
    for address in (*PAGES, *linked(page)):
        page.goto(address)
        assert_accessible(page)


def test_a_viewer_is_invited_and_finds_administration_closed(
    page: Page, browser: Browser, product: Product
) -> None:
    page.goto("/s/prod/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Users and roles").click()
    page.get_by_role("link", name="Create user").click()
    page.get_by_label("User name").fill("vera")
    page.get_by_label("Viewer").check()
    page.get_by_role("button", name="Create user").click()
    link = page.locator("[data-copy*='/password/']").first.get_attribute("data-copy")
    assert link is not None
    context = browser.new_context(base_url=product.url)
    guest = context.new_page()
    guest.goto(link)
    guest.get_by_label("New password", exact=False).first.fill("a-long-new-secret")
    guest.get_by_label("confirmation").fill("a-long-new-secret")
    guest.get_by_role("button", name="Save password").click()
    guest.wait_for_url("**/s/prod/")
    expect(guest.get_by_role("link", name="Schemas", exact=True)).to_be_visible()
    expect(guest.get_by_role("link", name="Users and roles")).to_have_count(0)
    guest.goto("/s/prod/users/")
    expect(guest.get_by_role("heading", name="You may not open this")).to_be_visible()
    expect(guest.get_by_text("view-access-control")).to_be_visible()
    assert_accessible(guest)
    context.close()


def test_a_credential_shows_its_secret_once(page: Page) -> None:
    page.goto("/s/prod/credentials/new/")
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_role("button", name="Create credential").click()
    expect(page.get_by_role("heading", name="Client secret")).to_be_visible()
    page.get_by_role("button", name="Rotate secret").click()
    expect(page.get_by_text("Works until")).to_be_visible()
    page.get_by_role("button", name="Disable credential").click()
    expect(page.get_by_role("button", name="Enable credential")).to_be_visible()


def test_a_sandbox_is_made_and_deleted_with_its_name_typed(page: Page) -> None:
    page.goto("/s/prod/sandboxes/new/")
    page.get_by_label("Name").fill("lab")
    page.get_by_label("Title").fill("Laboratory")
    page.get_by_role("button", name="Create sandbox").click()
    page.get_by_label("Delete takes its name").fill("lab")
    page.get_by_role("button", name="Delete sandbox").click()
    expect(page.get_by_text("Sandbox Laboratory deleted.")).to_be_visible()
    page.goto("/s/prod/audits/?category=Sandbox&action=Delete")
    expect(page.get_by_role("link", name="Delete Sandbox")).to_be_visible()
