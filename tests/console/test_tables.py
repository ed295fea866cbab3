"""Lists of all kinds: columns people choose, page sizes, sorting, filters as chips."""

import re

import pytest
from django.test import Client

from core.access.models import Role, User
from core.access.permissions import ADMINISTRATOR
from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.types import DatasetInput
from tests.console.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)

DATASETS = "/s/prod/datasets/"
CHOOSE = "/preferences/columns/"
LISTS = (
    "datasets/",
    "schemas/",
    "schemas/parts/field-groups/",
    "sources/",
    "sources/dataflows/",
    "identities/",
    "profiles/merge-policies/",
    "users/",
    "roles/",
    "credentials/",
    "sandboxes/",
    "audits/",
)


def make_many(world: World, count: int) -> None:
    for number in range(count):
        create_dataset(
            actor=SYSTEM,
            sandbox=world.loyalty.sandbox,
            given=DatasetInput(
                name=f"Set {number:03d}",
                schema_uri=world.loyalty.members.schema_uri,
                tags={"team": ["crm" if number % 2 else "web"]},
            ),
        )


def heads(content: str) -> list[str]:
    table = content.partition("<thead>")[2].partition("</thead>")[0]
    cells = re.findall(r"<th[^>]*>(.*?)</th>", table, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]


def names(client: Client, query: str = "") -> list[str]:
    content = client.get(f"{DATASETS}{query}").content.decode()
    return re.findall(r'class="row-name"[^>]*>([^<]+)', content)


def test_every_list_lets_people_choose_its_columns(signed_in: Client, world: World) -> None:
    for path in LISTS:
        content = signed_in.get(f"/s/prod/{path}").content.decode()
        assert "Customize table" in content, path
        assert "Showing 1\u2013" in content or "Nothing to show" in content or "yet" in content, (
            path
        )


def test_chosen_columns_follow_the_person_and_nobody_else(
    signed_in: Client, person: User, world: World
) -> None:
    assert "Tags" not in heads(signed_in.get(DATASETS).content.decode())
    given = {
        "table": "datasets",
        "column": ["schema", "tags", "failed"],
        "shown": ["tags"],
        "next": DATASETS,
    }
    assert signed_in.post(CHOOSE, given)["Location"] == DATASETS
    elsewhere = Client()
    elsewhere.force_login(person)
    content = elsewhere.get(DATASETS).content.decode()
    shown = ["Name", "Profile", "Records", "Last record", "Tags", "Last updated"]
    assert heads(content) == ["Selected", *shown]
    assert content.count("<td") == len(shown) * 2
    other = User.objects.create_user(username="bo", password="correct horse")
    other.roles.set(Role.objects.filter(name=ADMINISTRATOR))
    elsewhere.force_login(other)
    assert "Schema" in heads(elsewhere.get(DATASETS).content.decode())


def test_columns_can_be_reset(signed_in: Client, world: World) -> None:
    given = {"table": "datasets", "column": ["schema"], "next": DATASETS}
    signed_in.post(CHOOSE, given)
    assert "Schema" not in heads(signed_in.get(DATASETS).content.decode())
    signed_in.post(CHOOSE, {**given, "reset": "on"})
    assert "Schema" in heads(signed_in.get(DATASETS).content.decode())


def test_a_choice_for_no_list_of_ours_is_refused(signed_in: Client, person: User) -> None:
    signed_in.post(CHOOSE, {"table": "x" * 41, "column": ["a"], "next": "https://evil.test/"})
    signed_in.post(CHOOSE, {"table": "t", "column": [f"c{n}" for n in range(61)]})
    person.refresh_from_db()
    assert person.preferences == {}
    assert Client().post(CHOOSE, {"table": "t"})["Location"].startswith("/sign-in/")


def test_pages_have_the_size_people_ask_for(signed_in: Client, world: World) -> None:
    assert "Rows per page" not in signed_in.get(DATASETS).content.decode()
    make_many(world, 58)
    first = signed_in.get(f"{DATASETS}?sort=name").content.decode()
    assert "Showing 1\u201325 of 60" in first
    assert "Rows per page" in first
    fifty = signed_in.get(f"{DATASETS}?sort=name&size=50").content.decode()
    assert "Showing 1\u201350 of 60" in fifty
    follow = re.search(r'href="(\?[^"]*after=[^"]*)"', fifty)
    assert follow is not None
    last = signed_in.get(DATASETS + follow[1].replace("&amp;", "&")).content.decode()
    assert "Showing 51\u201360 of 60" in last
    assert "size=50" in follow[1]
    assert "Showing 1\u201325 of 60" in signed_in.get(f"{DATASETS}?size=7").content.decode()


def test_paging_in_any_order_shows_each_row_once(signed_in: Client, world: World) -> None:
    make_many(world, 53)
    for order in ("name", "-name", "created", "-updated"):
        seen: list[str] = []
        query = f"?sort={order}"
        while query:
            content = signed_in.get(f"{DATASETS}{query}").content.decode()
            seen += re.findall(r'class="row-name"[^>]*>([^<]+)', content)
            follow = re.search(r'href="(\?[^"]*)"[^>]*rel="next"', content)
            query = follow[1].replace("&amp;", "&") if follow else ""
        assert len(seen) == len(set(seen)) == Dataset.objects.count()
        if order.endswith("name"):
            assert seen == sorted(seen, reverse=order.startswith("-"))


@pytest.mark.parametrize("token", ["x", "a~b", "1~2~x", "~~5", "9~~9", "a~b~99999999999"])
def test_a_damaged_page_token_starts_over(signed_in: Client, world: World, token: str) -> None:
    for path in ("datasets/", "sources/", "sources/dataflows/", "users/", "schemas/", "audits/"):
        assert signed_in.get(f"/s/prod/{path}", {"after": token}).status_code == 200, path


def test_a_query_with_a_nul_character_is_refused(signed_in: Client, world: World) -> None:
    for query in ("after=%00~1~5", "q=a%00"):
        assert signed_in.get(f"{DATASETS}?{query}").status_code == 400, query


def test_a_sorted_column_says_so_and_turns_round(signed_in: Client, world: World) -> None:
    content = signed_in.get(f"{DATASETS}?sort=name&profile=on").content.decode()
    assert re.search(r'aria-sort="ascending"[^>]*><a href="\?sort=-name&amp;profile=on"', content)
    assert names(signed_in, "?sort=name") == ["Members", "Visits"]
    assert names(signed_in, "?sort=-name") == ["Visits", "Members"]


def test_datasets_are_filtered_by_tag_creator_and_days(
    signed_in: Client, person: User, world: World
) -> None:
    make_many(world, 4)
    assert names(signed_in, "?tag=team&sort=name") == [f"Set {n:03d}" for n in range(4)]
    assert names(signed_in, "?tag=team: crm&sort=name") == ["Set 001", "Set 003"]
    assert names(signed_in, "?tag=team: none") == []
    assert names(signed_in, f"?creator={person.pk}") == []
    assert len(names(signed_in, "?creator=system")) == 6
    Dataset.objects.filter(name="Set 000").update(created_ms=1_772_582_400_000)  # 2026-03-04
    assert names(signed_in, "?created_from=2026-03-04&created_to=2026-03-04") == ["Set 000"]
    assert names(signed_in, "?created_to=2026-03-03") == []
    assert len(names(signed_in, "?created_from=never")) == 6
    content = signed_in.get(f"{DATASETS}?tag=team: crm&size=50").content.decode()
    assert '<option value="team: web">' in content
    assert "Remove filter Tag: team: crm" in content
    assert 'href="?size=50"' in content


def test_users_are_found_by_any_of_their_names(signed_in: Client, sandbox: Sandbox) -> None:
    User.objects.create_user(username="bo", title="Bo Diddley", email="bo@guitar.test")
    for text in ("diddley", "GUITAR", "bo"):
        content = signed_in.get(f"/s/prod/users/?q={text}").content.decode()
        assert "Showing 1\u20131 of 1" in content, text
    assert "No user matches" in signed_in.get("/s/prod/users/?q=zzz").content.decode()
