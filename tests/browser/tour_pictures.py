"""Pictures of the newcomer's path for the documentation: `make tour`.

Starts a product of its own, walks `tour.py` through it and writes docs/tour.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from core.config import ROOT
from core.launcher.testing import Product, start_product
from tests.browser.conftest import LAUNCH
from tests.browser.tour import Guest, take_tour

FOLDER = ROOT / "docs" / "tour"
SIZE: ViewportSize = {"width": 1280, "height": 800}
MOST_BYTES = 250_000
HEADING = """# The newcomer's path

From signing in to a corrected record, in an empty sandbox.
`make tour` takes these pictures anew; a test walks the same path.
"""


class Album:
    """Numbers the pictures and keeps a sentence for each."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.entries: list[tuple[str, str]] = []

    def shot(self, name: str, sentence: str) -> None:
        """Take what the window shows now."""
        file = f"{len(self.entries) + 1:02}-{name}.png"
        self.page.wait_for_load_state("load")
        picture = self.page.screenshot(path=self.folder / file, animations="disabled")
        assert len(picture) < MOST_BYTES, f"{file} has {len(picture)} bytes"
        self.entries.append((file, sentence))

    def text(self) -> str:
        """The page that shows all pictures."""
        parts = [f"{sentence}\n\n![{sentence}]({file})\n" for file, sentence in self.entries]
        return "\n".join((HEADING, *parts))


def guest_of(product: Product) -> Guest:
    """The administrator that the first start made."""
    return Guest(
        user=product.config.admin_user,
        password=product.config.secret("admin_password"),
        token=product.client_environ()["ACCESS_TOKEN"],
    )


def photograph(product: Product, folder: Path) -> Album:
    """Walk the path in a fresh window and fill the folder."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(LAUNCH))
        context = browser.new_context(
            base_url=product.url, viewport=SIZE, color_scheme="light", reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        album = Album(page, folder)
        take_tour(page, guest_of(product), shot=album.shot)
        browser.close()
    return album


def main() -> None:
    """Replace docs/tour only when the whole path was walked."""
    with tempfile.TemporaryDirectory(prefix="onefold-tour-") as made:
        scratch = Path(made)
        pictures = scratch / "pictures"
        pictures.mkdir()
        with start_product(scratch / "var") as product:
            album = photograph(product, pictures)
        (pictures / "README.md").write_text(album.text(), "utf-8")
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(pictures, FOLDER)
    sys.stdout.write(f"{len(album.entries)} pictures in {FOLDER.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
