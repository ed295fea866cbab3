"""What every page must pass: axe finds nothing in either scheme, nothing overflows a phone."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
# Colours fade into the other scheme: judge them when they have arrived.
SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ending = document.getAnimations().filter(
    (each) => each.effect.getComputedTiming().endTime !== Infinity
  );
  await Promise.allSettled(ending.map((each) => each.finished));
}"""


def violations(page: Page) -> list[tuple[str, list[object]]]:
    """What axe finds on the page as it is: rules, with the elements that break them."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


def overflow(page: Page) -> int:
    """How many pixels of the page are beyond its window."""
    return int(page.evaluate(OVERFLOW))


def assert_fits(page: Page) -> None:
    """Nothing is wider than the window."""
    assert overflow(page) <= 0, page.url


def assert_accessible(page: Page) -> None:
    """Judge the page in both schemes and on a phone; it is left as it was, in light."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(SETTLED)
        found = violations(page)
        assert not found, f"{page.url} in {scheme}: {found}"
    page.set_viewport_size(NARROW)
    assert_fits(page)
    page.set_viewport_size(WIDE)
