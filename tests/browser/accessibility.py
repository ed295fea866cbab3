"""What every page must pass: axe finds nothing in either scheme and size, and nothing overflows."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What moves once, such as an opening dialog, is judged when it has arrived.
SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ending = document.getAnimations().filter(
    (each) => each.effect.getComputedTiming().endTime !== Infinity
  );
  await Promise.allSettled(ending.map((each) => each.finished));
}"""


# Only what is wrong comes back: the whole answer quotes half the page. Null without axe, which is
# half a megabyte and stays for the second look at a page.
JUDGE = """async () => {
  if (!window.axe) return null;
  const found = await axe.run({resultTypes: ["violations"]});
  return found.violations.map((each) => [each.id, each.nodes.map((node) => node.target)]);
}"""


def violations(page: Page) -> list[tuple[str, list[object]]]:
    """What axe finds on the page as it is: rules, with the elements that break them."""
    while (found := page.evaluate(JUDGE)) is None:
        page.evaluate(AXE_SCRIPT)
    return [(rule, targets) for rule, targets in found]


def assert_accessible(page: Page) -> None:
    """Judge the page on a phone in the dark and at a desk in light, as which it is left."""
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    _judge(page, "narrow and dark")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    _judge(page, "wide and light")


def _judge(page: Page, how: str) -> None:
    page.evaluate(SETTLED)
    found = violations(page)
    assert not found, f"{page.url}, {how}: {found}"
    assert page.evaluate(OVERFLOW) <= 0, f"{page.url}, {how}, is wider than its window"
