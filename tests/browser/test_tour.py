"""The newcomer's path works from an empty sandbox to a corrected record."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from core.launcher.testing import Product, start_product
from tests.browser.conftest import watch
from tests.browser.tour import take_tour
from tests.browser.tour_pictures import SIZE, guest_of


@pytest.fixture
def empty_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product as its first start leaves it, without the sample world."""
    with start_product(tmp_path_factory.mktemp("tour") / "var") as running:
        yield running


def test_a_newcomer_gets_from_signing_in_to_a_corrected_record(
    browser: Browser, empty_product: Product
) -> None:
    context = browser.new_context(base_url=empty_product.url, viewport=SIZE)
    context.set_default_timeout(20_000)
    page = context.new_page()
    troubles = watch(page)
    seen: list[str] = []
    take_tour(page, guest_of(empty_product), shot=lambda name, _: seen.append(name))
    assert seen[-1] == "ingested"
    assert troubles == []
    context.close()
