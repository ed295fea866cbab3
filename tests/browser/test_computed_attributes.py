"""A computed attribute from the form to the values of people."""

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NARROW


def test_an_attribute_is_created_published_and_its_values_are_seen(page: Page) -> None:
    page.goto("/s/prod/profiles/")
    page.get_by_role("link", name="Computed attributes").click()
    expect(page.get_by_role("heading", name="No computed attributes yet")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Create computed attribute").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("Display name")
    assert_accessible(page)
    page.get_by_label("Display name").fill("Spend, 6 months")
    page.get_by_label("Function").select_option(label="Sum")
    page.get_by_label("Field", exact=True).select_option("commerce.order.priceTotal")
    page.get_by_label("Events", exact=True).select_option("commerce.purchases")
    page.get_by_label("Only events for which").fill("commerce.order.priceTotals > 0")
    page.get_by_label("Look back").fill("6")
    page.get_by_label("Unit").select_option("MONTHS")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("commerce.order has no field priceTotals")
    page.get_by_label("Only events for which").fill("commerce.order.priceTotal > 0")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="Spend, 6 months")).to_be_visible()
    # The worker computes; the page follows by itself.
    expect(page.get_by_text("Success")).to_be_visible(timeout=60_000)
    samples = page.get_by_role("region", name="Sample profiles")
    expect(samples.get_by_role("row")).not_to_have_count(0)
    assert_accessible(page)
    page.set_viewport_size(NARROW)
    width = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(width), "no sideways scrolling"
    first = samples.get_by_role("row").nth(1)
    value = first.get_by_role("cell").first.inner_text()
    first.get_by_role("link").click()
    computed = page.get_by_role("region", name="Computed attributes")
    expect(computed).to_contain_text("Spend, 6 months")
    expect(computed).to_contain_text(value)
    assert_accessible(page)


def test_an_attribute_is_deactivated_and_deleted_by_its_name(page: Page) -> None:
    page.goto("/s/prod/profiles/computed-attributes/new/")
    page.get_by_label("Display name").fill("Visits")
    page.get_by_label("Function").select_option(label="Count")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("nothing is computed until it is published")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Evaluate now")).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    page.get_by_role("button", name="Deactivate computed attribute").click()
    expect(page.get_by_text("Inactive", exact=True)).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_label("Type Visits to confirm").fill("Visits")
    page.get_by_role("button", name="Delete computed attribute").click()
    expect(page.get_by_role("status")).to_contain_text("Visits deleted")
