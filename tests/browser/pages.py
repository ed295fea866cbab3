"""Addresses of all pages of the running sample world."""

from collections.abc import Iterator

from playwright.sync_api import Page

PERSON = "dario.castel.70@mail.example"

FIXED = (
    "/s/prod/",
    "/s/prod/sources/",
    "/s/prod/sources/new/",
    "/s/prod/profiles/",
    "/s/prod/profiles/?q=nobody@nowhere.example",
    "/s/prod/identities/",
    "/s/prod/identities/new/",
    "/s/prod/identities/6/",
    "/s/prod/identities/graph/",
    f"/s/prod/identities/graph/?ns=&value={PERSON}",
    "/s/prod/identities/simulation/?example=bad-values",
    "/s/prod/identities/settings/",
    "/s/prod/profiles/merge-policies/",
    "/s/prod/profiles/merge-policies/new/",
    "/s/prod/profiles/union/",
    "/s/prod/profiles/computed-attributes/",
    "/s/prod/profiles/computed-attributes/new/",
    "/s/prod/schemas/",
    "/s/prod/schemas/?adhoc=on&profile=on",
    "/s/prod/schemas/relationships/",
    "/s/prod/datasets/",
    "/s/prod/datasets/?tag=team&created_from=2026-01-01",
    "/s/prod/datasets/new/",
    "/s/prod/datasets/new/schema/",
    "/s/prod/datasets/new/csv/",
    "/s/prod/users/",
    "/s/prod/monitoring/",
    "/s/prod/monitoring/?chart=latency&span=7d",
    "/s/prod/monitoring/failures/",
    "/s/prod/monitoring/find/?word=demo",
    "/s/prod/monitoring/segment-jobs/",
    "/s/prod/monitoring/segment-jobs/schedule/",
    "/s/prod/audiences/?method=batch",
    "/s/prod/audiences/schedule/",
    "/s/prod/audiences/evaluation/",
    "/s/prod/audiences/import/",
    "/s/prod/search/?q=demo",
    "/s/prod/notifications/",
    "/s/prod/records/1-1/",
)


def all_addresses(page: Page) -> Iterator[str]:
    """Fixed pages, then those whose address holds an id."""
    yield from FIXED
    source = first_link(page, "/s/prod/sources/", "Demo shop stream")
    yield from (source, f"{source}metrics/", f"{source}errors/")
    yield first_link(page, "/s/prod/schemas/", "Demo loyalty members")
    members = first_link(page, "/s/prod/datasets/?q=demo", "Demo loyalty members")
    yield from (members, f"{members}used-by/", f"{members}settings/", f"{members}delete/")
    profile = profile_address(page)
    yield from (profile, f"{profile}events/", f"{profile}identities/", f"{profile}json/")
    yield f"{profile}audiences/"


def first_link(page: Page, listed_at: str, name: str) -> str:
    """Where the row with this name leads."""
    page.goto(listed_at)
    href = page.get_by_role("main").get_by_role("link", name=name).first.get_attribute("href")
    assert href is not None
    return href


def profile_address(page: Page) -> str:
    """The profile of a person known by e-mail address."""
    page.goto(f"/s/prod/profiles/?q={PERSON}")
    page.wait_for_url("**/profiles/*/")
    return "/s/prod/" + page.url.partition("/s/prod/")[2]
