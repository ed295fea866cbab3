"""A dataset from a CSV file, as people make it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible

CSV = b"Store no,opened,open\n007,2020-03-01,true\n12,2021-11-30,FALSE\n"


def file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def test_a_table_becomes_a_dataset(page: Page) -> None:
    page.goto("/s/prod/datasets/")
    page.get_by_role("link", name="Create dataset").click()
    page.get_by_role("link", name="Use a CSV file").click()
    page.get_by_label("Name").fill("Stores of a file")
    page.get_by_role("button", name="Next").click()
    assert_accessible(page)
    page.get_by_label("CSV file").set_input_files(file("bad.csv", b"a,,c\n1,2,3\n"))
    page.get_by_role("button", name="Add file").click()
    expect(page.get_by_role("alert")).to_contain_text("column 2 has no name")
    page.get_by_label("CSV file").set_input_files(file("stores.csv", CSV))
    page.get_by_role("button", name="Add file").click()
    expect(page.get_by_text("All 2 rows of stores.csv were looked at")).to_be_visible()
    expect(page.get_by_label("Type of opened")).to_have_value("date")
    assert_accessible(page)
    page.get_by_label("Field name of Store no").fill("_no")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Field name of Store no")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    page.get_by_label("Field name of Store no").fill("storeNo")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast-item")).to_contain_text("Dataset Stores of a file created")
    page.get_by_role("link", name="Open dataset").click(timeout=30_000)
    expect(page.get_by_role("columnheader", name="storeNo")).to_be_visible(timeout=30_000)

    page.goto("/s/prod/schemas/?q=stores of a file")
    expect(page.get_by_text("No schema matches")).to_be_visible()
    page.get_by_label("Show adhoc schemas").check()
    page.get_by_role("link", name="Stores of a file (adhoc schema)").click()
    assert_accessible(page)


def test_a_file_is_dropped_and_a_draft_discarded(page: Page, tmp_path: Path) -> None:
    page.goto("/s/prod/datasets/new/csv/")
    page.get_by_label("Name").fill("Dropped")
    page.get_by_role("button", name="Next").click()
    zone = page.locator("[data-drop]")
    zone.wait_for()
    page.wait_for_load_state()  # now its script listens
    zone.evaluate(
        """(zone) => {
          const carried = new DataTransfer();
          carried.items.add(new File(["a,b\\n1,2\\n"], "dropped.csv", { type: "text/csv" }));
          const given = { bubbles: true, cancelable: true, dataTransfer: carried };
          zone.dispatchEvent(new DragEvent("drop", given));
        }"""
    )
    page.get_by_role("button", name="Add file").click()
    expect(page.get_by_text("All 1 rows of dropped.csv")).to_be_visible()
    page.goto("/s/prod/datasets/new/")
    assert_accessible(page)
    page.get_by_role("button", name="Discard draft Dropped").click()
    expect(page.get_by_role("link", name="Dropped, from dropped.csv")).to_have_count(0)
