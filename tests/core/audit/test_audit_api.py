"""The audit trail as its clients read it."""

import pytest

from tests.api_client import ApiClient

pytestmark = pytest.mark.django_db

EVENTS = "/data/foundation/audit/events"
SANDBOXES = "/data/foundation/sandbox-management/sandboxes"


@pytest.fixture
def used(api: ApiClient) -> ApiClient:
    """A program that renamed its sandbox three times."""
    for title in ("One", "Two", "Three"):
        assert api.patch(f"{SANDBOXES}/prod", {"title": title}).status_code == 200
    return api


def test_events_come_newest_first_page_by_page(used: ApiClient) -> None:
    first = used.get(EVENTS, query={"limit": 2, "property": "assetType==Sandbox"}).json()
    events = first["_embedded"]["events"]
    assert [event["assetName"] for event in events] == ["Three", "Two"]
    assert {event["status"] for event in events} == {"Allow"}
    rest = used.get(first["_links"]["next"]["href"]).json()
    assert [event["assetName"] for event in rest["_embedded"]["events"]] == ["One"]
    assert "next" not in rest["_links"]


def test_an_unknown_filter_is_refused(api: ApiClient) -> None:
    assert api.get(EVENTS, query={"property": "colour==red"}).status_code == 400


def test_an_export_leads_to_a_csv_file_or_says_that_nothing_matches(used: ApiClient) -> None:
    export = "/data/foundation/audit/export"
    moved = used.get(export, query={"property": "action==Update"})
    assert moved.status_code == 307
    text = used.get(moved["Location"]).content.decode()
    assert text.startswith("time,user,")
    assert text.count("Sandbox") == 3
    assert used.get(export, query={"property": "action==Reset"}).status_code == 204
