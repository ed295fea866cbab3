"""Every page in both colour schemes, wide and narrow: axe finds nothing, nothing overflows."""

from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState, ViewportSize, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_fits, violations
from tests.browser.conftest import NARROW, WIDE, watch
from tests.browser.pages import all_addresses


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(WIDE, "light"), (WIDE, "dark"), (NARROW, "dark")],
    ids=["wide-light", "wide-dark", "narrow-dark"],
)
def test_all_pages_are_accessible_and_fit(
    browser: Browser,
    product: Product,
    signed_in_state: StorageState,
    size: ViewportSize,
    scheme: Any,
) -> None:
    context = browser.new_context(
        base_url=product.url,
        storage_state=signed_in_state,
        viewport=size,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    troubles = watch(page)
    addresses = list(all_addresses(page))
    for address in addresses:
        page.goto(address)
        assert violations(page) == [], address
        assert_fits(page)
    assert troubles == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_is_accessible(browser: Browser, product: Product, scheme: Any) -> None:
    context = browser.new_context(base_url=product.url, color_scheme=scheme)
    page = context.new_page()
    page.goto("/sign-in/")
    assert violations(page) == []
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This field is required")).to_be_visible()
    assert violations(page) == []
    context.close()
