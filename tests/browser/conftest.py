"""The whole product with the sample world, and a signed-in Chromium that tolerates no error.

Run with `make test`, or alone: `.venv/bin/python -m pytest tests/browser`.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    ViewportSize,
    expect,
)

from core.config import ROOT
from core.launcher.testing import Product, start_product

# Of two such lists Chromium takes the last: what Playwright switches off, and the popups of an
# address bar that nobody sees, which cost each window a process.
OFF = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
)
LAUNCH = (
    f"--disable-features={','.join(OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Machines that run tests are busy: a page that is late is no page that is wrong.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium; Playwright's own browsers are not installed."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    return {**browser_type_launch_args, "executable_path": path, "args": list(LAUNCH)}


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """All processes, with the sample world loaded through the public APIs."""
    var = ROOT / "var" / "test" / "browser"
    shutil.rmtree(var, ignore_errors=True)
    with start_product(var) as running:
        subprocess.run(
            [sys.executable, "-m", "console.demo"],
            cwd=ROOT,
            env={**running.environ, **running.client_environ()},
            check=True,
            capture_output=True,
        )
        yield running


@pytest.fixture(scope="session")
def base_url(product: Product) -> str:
    """Addresses in tests are relative to the console."""
    return product.url


@pytest.fixture(scope="session")
def signed_in_state(product: Product, browser: Browser) -> StorageState:
    """Cookies of one sign-in, shared by all tests."""
    return sign_in_once(browser, product)


@pytest.fixture(scope="session")
def plain_state(product: Product, browser: Browser) -> StorageState:
    """Cookies of a sign-in without scripts."""
    return sign_in_once(browser, product, java_script_enabled=False)


def sign_in_once(
    browser: Browser, product: Product, *, java_script_enabled: bool = True
) -> StorageState:
    """A password takes a second to check: tests share what they got for it."""
    context = browser.new_context(base_url=product.url, java_script_enabled=java_script_enabled)
    sign_in(context.new_page(), product)
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, product: Product) -> None:
    """Through the form, as people do."""
    page.goto("/sign-in/")
    page.get_by_label("User name").fill(product.config.admin_user)
    page.get_by_label("Password").fill(product.config.secret("admin_password"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/s/prod/")


@pytest.fixture
def context(
    browser: Browser, product: Product, signed_in_state: StorageState
) -> Iterator[BrowserContext]:
    """A signed-in wide window that may use the clipboard."""
    made = browser.new_context(
        base_url=product.url, storage_state=signed_in_state, viewport=WIDE, color_scheme="light"
    )
    made.set_default_timeout(PATIENCE_MS)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose script errors and refused styles fail the test."""
    made = context.new_page()
    troubles = watch(made)
    yield made
    assert troubles == []


@pytest.fixture
def plain(browser: Browser, product: Product, plain_state: StorageState) -> Iterator[Page]:
    """A signed-in page of a browser without scripts."""
    made = browser.new_context(
        base_url=product.url, storage_state=plain_state, java_script_enabled=False
    )
    made.set_default_timeout(PATIENCE_MS)
    yield made.new_page()
    made.close()


# A refused form, and a request that a newer one of the same panel has replaced.
HARMLESS = ("status of 422", "htmx:afterRequest", "htmx:sendAbort")


def watch(page: Page) -> list[str]:
    """Collects what the browser complains about, but for what is no trouble."""
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in HARMLESS):
            troubles.append(message.text)

    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", hear)
    return troubles
