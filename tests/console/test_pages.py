"""Every page: answers, stays in its sandbox, keeps the content policy, costs few queries."""

import re

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from core.sandboxes.models import Sandbox
from profiles.lookup.queries import find_identities
from tests.console.conftest import World
from tests.factories.core import make_sandbox
from tests.factories.loyalty import append, process

pytestmark = pytest.mark.django_db(transaction=True)

MOST_QUERIES = 15


@pytest.fixture
def paths(world: World) -> list[str]:
    """An address of each page, with data behind it."""
    loyalty = world.loyalty
    numbers = append(
        loyalty,
        loyalty.member("c1", email="ana@example.test", custom={"points": 3}),
        loyalty.event(
            "e1", Email="ana@example.test", ECID="70000000000000000000000000000000000001"
        ),
        loyalty.member("c2", custom={"points": "many"}),
    )
    process(loyalty.sandbox)
    stream = loyalty.sandbox.number
    (found, *_) = find_identities(sandbox=loyalty.sandbox, text="ana@example.test")
    profile = f"profiles/{found.identity.xid}/"
    source = f"sources/{world.inlet.inlet_id}/"
    schema = loyalty.members.schema_uri.rpartition("/")[2]
    return [
        f"/s/prod/{path}"
        for path in (
            "",
            "search/?q=ana@example.test",
            "sources/",
            "sources/new/",
            source,
            f"{source}?lang=python",
            f"{source}metrics/?span=7d",
            f"{source}errors/",
            f"records/{stream}-{numbers[0]}/",
            f"records/{stream}-{numbers[2]}/",
            "profiles/",
            "profiles/?q=nobody@example.test",
            profile,
            f"{profile}events/",
            f"{profile}identities/",
            f"{profile}json/",
            "identities/?q=email",
            "profiles/merge-policies/",
            "schemas/",
            "schemas/?adhoc=on",
            "schemas/relationships/",
            "schemas/parts/classes/",
            f"schemas/{schema}/",
            "datasets/?profile=on",
            "datasets/?tag=team&created_from=2026-01-01",
            "datasets/new/",
            "datasets/new/schema/",
            "datasets/new/csv/",
            f"datasets/{loyalty.members.id}/",
            "monitoring/",
            "monitoring/?span=7d&chart=latency&percentile=p99&failures=on",
            "monitoring/find/?word=many",
            "monitoring/failures/?span=1h",
            f"datasets/{loyalty.members.id}/used-by/",
            f"datasets/{loyalty.members.id}/settings/",
            "sources/dataflows/",
            "users/",
            "roles/",
            "credentials/",
            "sandboxes/",
            "audits/",
            "audiences/",
            "audiences/evaluation/",
            "audiences/schedule/",
        )
    ]


def test_every_page_answers_under_the_content_policy(signed_in: Client, paths: list[str]) -> None:
    for path in paths:
        response = signed_in.get(path)
        html = response.content.decode()
        assert response.status_code == 200, path
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert not re.search(r"\sstyle=", html), path
        assert not re.search(r"\son[a-z]+=", html), path
        assert not re.search(r"<script(?![^>]*(src=|application/json))", html), path
        assert html.count("<h1") == 1, path
        assert 'href="#main"' in html, path


def test_every_page_costs_few_queries(signed_in: Client, paths: list[str]) -> None:
    for path in paths:
        signed_in.get(path)
    for path in paths:
        with CaptureQueriesContext(database) as queries:
            signed_in.get(path)
        assert len(queries) <= MOST_QUERIES, (path, [q["sql"][:90] for q in queries])


def test_htmx_gets_the_part_alone(signed_in: Client, world: World) -> None:
    part = signed_in.get("/s/prod/datasets/", headers={"HX-Request": "true"}).content
    assert part.lstrip().startswith(b'<div id="results">')
    tail = f"/s/prod/sources/{world.inlet.inlet_id}/tail/"
    assert b"<html" not in signed_in.get(tail, headers={"HX-Request": "true"}).content
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    response = signed_in.get("/s/prod/datasets/", headers=restored)
    assert b"<html" in response.content
    assert "HX-Request" in response["Vary"]


def test_objects_of_another_sandbox_do_not_exist_here(
    signed_in: Client, sandbox: Sandbox, paths: list[str]
) -> None:
    make_sandbox(sandbox.organization, name="dev1")
    for path in paths:
        if not re.search(
            r"/(sources/[0-9a-f]{8}|records|profiles/A|schemas/[0-9a-f]{8}|datasets/[0-9a-f]{8})",
            path,
        ):
            continue
        elsewhere = path.replace("/s/prod/", "/s/dev1/")
        assert signed_in.get(elsewhere).status_code == 404, elsewhere


def test_an_unknown_sandbox_or_object_is_a_page_of_its_own(signed_in: Client, world: World) -> None:
    for path in (
        "/s/nowhere/",
        "/s/prod/datasets/0123456789abcdef01234567/",
        "/s/prod/records/1-9/",
    ):
        response = signed_in.get(path)
        assert response.status_code == 404
        assert b"Nothing lives at this address" in response.content


def test_production_is_named_and_coloured(signed_in: Client, sandbox: Sandbox) -> None:
    make_sandbox(sandbox.organization, name="dev1")
    assert b'class="sandbox-bar" data-type="production"' in signed_in.get("/s/prod/").content
    assert b'class="sandbox-bar" data-type="development"' in signed_in.get("/s/dev1/").content


def test_the_style_page_exists_for_developers_only(signed_in: Client, settings: Settings) -> None:
    assert signed_in.get("/s/prod/_components/").status_code == 404
    settings.DEBUG = True
    assert signed_in.get("/s/prod/_components/").status_code == 200
