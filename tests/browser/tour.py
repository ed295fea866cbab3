"""The newcomer's path: from signing in to a broken record that was corrected, by clicking.

Used twice: `test_tour.py` runs it as a test, `tour_pictures.py` turns it into pictures.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

SCHEMA = "Club members"
DATASET = "Members of the club"
CONNECTION = "Club desk"
SAMPLE = """{
  "email": "nora@mail.example",
  "first_name": "Nora",
  "points": 120,
  "card": {"number": "C-1001", "active": true}
}"""
WRONG, RIGHT = '"firstName": 7', '"firstName": "Nora"'
# Generous: the pipeline has just been started, on a machine that may be busy.
SOON = 30_000


@dataclass(frozen=True, slots=True)
class Guest:
    """Who takes the tour; `token` is for the one record a program sends."""

    user: str
    password: str
    token: str


# Takes the name of the picture and what it shows.
Shot = Callable[[str, str], None]


def take_tour(page: Page, guest: Guest, *, shot: Shot) -> None:
    """The whole path in an empty sandbox."""
    sign_in(page, guest, shot=shot)
    create_schema(page, shot=shot)
    enable_schema(page, shot=shot)
    create_dataset(page, shot=shot)
    connect(page, shot=shot)
    endpoint = send_test_record(page, shot=shot)
    follow_to_profile(page, shot=shot)
    page.goto(endpoint)
    send_broken_record(page, guest)
    read_why(page, shot=shot)
    fix_and_replay(page, shot=shot)


def sign_in(page: Page, guest: Guest, *, shot: Shot) -> None:
    """Through the form to the empty home page."""
    page.goto("/sign-in/")
    page.get_by_label("User name").fill(guest.user)
    page.get_by_label("Password").fill(guest.password)
    shot("sign-in", "Sign in; `make up` prints the name and where the password is.")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/s/prod/")
    shot("home", "Home of an empty sandbox says what to do first.")


def create_schema(page: Page, *, shot: Shot) -> None:
    """A profile schema out of a pasted record; the proposed types are kept."""
    _open_workspace(page, "Schemas")
    page.get_by_role("link", name="Create schema").first.click()
    page.get_by_role("button", name="Start from a sample").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Sample", exact=True).fill(SAMPLE)
    shot("sample", "Paste one record of yours: a schema can start from that.")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("email is an identity").check()
    shot("fields", "Every field has a proposed type; tick the one that identifies a person.")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Schema display name").fill(SCHEMA)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Schema {SCHEMA} created")
    shot("schema", "The schema, with its fields and its primary identity.")


def enable_schema(page: Page, *, shot: Shot) -> None:
    """Switch Profile on; the name is typed because there is no way back."""
    page.get_by_role("main").get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Enable for Profile").click()
    page.get_by_label(f"Type {SCHEMA} to confirm").fill(SCHEMA)
    shot("enable-profile", "Before Profile is switched on, readiness is checked.")
    page.get_by_role("button", name="Enable for Profile").click()
    expect(page.get_by_text("Included in Profile", exact=True)).to_be_visible()


def create_dataset(page: Page, *, shot: Shot) -> None:
    """A dataset of the new schema whose records become profiles."""
    _open_workspace(page, "Datasets")
    page.get_by_role("link", name="Create dataset").first.click()
    page.get_by_role("link", name="Choose a schema").click()
    page.get_by_role("radio", name=SCHEMA).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Name").fill(DATASET)
    page.get_by_label("Enable for Profile").check()
    shot("dataset", "A dataset holds the records of one schema, here enabled for Profile.")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Dataset {DATASET} created")


def connect(page: Page, *, shot: Shot) -> None:
    """An HTTP API connection for that dataset."""
    _open_workspace(page, "Sources")
    page.get_by_role("link", name="Set up HTTP API").first.click()
    page.get_by_label("Name").fill(CONNECTION)
    page.get_by_role("button", name="Next").click()
    page.locator("select[name=dataset]").select_option(label=DATASET)
    shot("connection", "An HTTP API connection sends its records to that dataset.")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name="Waiting for first record")).to_be_visible()
    shot("endpoint", "The endpoint page: its address, and a request ready to copy.")


def send_test_record(page: Page, *, shot: Shot) -> str:
    """Send the sample and see it arrive by itself; answers the address of the endpoint page."""
    page.get_by_role("button", name="Send test record").click()
    expect(page.get_by_role("heading", name="Accepted")).to_be_visible()
    shot("accepted", "The test record was accepted by the collector.")
    expect(_tail(page).first).to_contain_text("Ingested", timeout=SOON)
    _centre(page, "#tail-title")
    shot("live-tail", "It arrives in the live tail by itself, a moment later.")
    return page.url


def follow_to_profile(page: Page, *, shot: Shot) -> None:
    """From the tail to the trace, from the trace to the person."""
    _tail(page).first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Record \d+-\d+$"))
    shot("trace", "The trace tells every step of the record and how long each took.")
    page.get_by_role("link", name="Open profile").click()
    expect(page.get_by_role("list", name="Identities")).to_contain_text("@")
    shot("profile", "The last step leads to the profile that the record made.")


def send_broken_record(page: Page, guest: Guest) -> None:
    """What a faulty program sends: the request of the page with a number for a name."""
    message = _message_of(page)
    message["body"]["xdmEntity"]["person"] = {"name": {"firstName": 7}}
    address = page.locator("#endpoint-url").inner_text().strip()
    headers = {"Authorization": f"Bearer {guest.token}"}
    answer = page.request.post(address, data=message, headers=headers)
    assert answer.ok, answer.text()


def read_why(page: Page, *, shot: Shot) -> None:
    """The tail marks the record; its trace names field, value and rule."""
    expect(_tail(page)).to_have_count(2, timeout=SOON)
    expect(_tail(page).first).to_contain_text("expected type: String", timeout=SOON)
    _centre(page, "#tail-title")
    shot("failed", "A program sent a number where a name belongs: the tail says so at once.")
    _tail(page).first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Fix and send again")).to_be_visible()
    expect(page.locator("#trace")).to_contain_text("/person/name/firstName")
    shot("why", "Its trace says where it stopped, what was wrong and what was expected.")


def fix_and_replay(page: Page, *, shot: Shot) -> None:
    """Correct the value in place and send the record again."""
    editor = page.get_by_label("Corrected message")
    text = editor.input_value()
    assert WRONG in text
    editor.fill(text.replace(WRONG, RIGHT))
    _centre(page, "#payload")
    shot("fix", "Correct the message in place and send it again.")
    page.get_by_role("button", name="Send corrected record").click()
    expect(page.get_by_role("status").first).to_contain_text("sent again as")
    expect(page.get_by_role("link", name="Open profile")).to_be_visible(timeout=SOON)
    page.reload()  # the word beside the title is of the moment the page was made
    expect(page.get_by_role("main")).to_contain_text("Ingested")
    shot("ingested", "Corrected, it went all the way to the profile.")


def _open_workspace(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def _tail(page: Page) -> Locator:
    return page.get_by_role("region", name="Latest records").locator("tbody tr")


def _centre(page: Page, selector: str) -> None:
    page.locator(selector).evaluate("node => node.scrollIntoView({block: 'center'})")


def _message_of(page: Page) -> dict[str, Any]:
    """The message in the curl command on the endpoint page."""
    command = page.locator("#try-code").inner_text()
    found: dict[str, Any] = json.loads(command[command.index("-d '") + 4 : command.rindex("'")])
    return found
