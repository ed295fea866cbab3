"""New linking rules reach the graphs there are: in the background, once, whatever dies."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from celery.signals import before_task_publish
from django.conf import settings

from core import sql
from core.access.models import User
from core.access.types import SYSTEM, Actor
from core.config import ROOT
from core.notifications.models import Notification
from core.sandboxes.actions import copy_configuration
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import PROFILE_READER, ensure_position
from profiles.context import load_context
from profiles.identity.actions import NamespaceRule, save_linking_settings
from profiles.identity.models import Relinking
from profiles.identity.preview import preview_rules
from profiles.identity.queries import namespace_table
from profiles.identity.rules import rules_from_settings
from profiles.pipeline import StaleContext, process_batch
from profiles.relink import STALE_MS, continue_relinking, resume_relinkings
from tests.factories.loyalty import Loyalty, append, make_loyalty, process
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

RULES = [
    NamespaceRule("b2b_person", 1, True),
    NamespaceRule("Email", 2, True),
    NamespaceRule("ECID", 3, False),
]
PLAIN = [NamespaceRule("b2b_person", 1, False), NamespaceRule("ECID", 2, False)]
COUPLES = 40
WORKER = """
import sys
import django
django.setup()
from profiles.relink import continue_relinking
while continue_relinking(int(sys.argv[1]), page=int(sys.argv[2]), pages=1):
    print("page", flush=True)
print("done", flush=True)
"""
STATE = (
    "SELECT id, profile FROM identity ORDER BY 1",
    "SELECT a, b FROM identity_edge ORDER BY 1, 2",
    "SELECT a, b, reason FROM identity_edge_ended ORDER BY 1, 2",
    "SELECT id, convert_from(document, 'UTF8')::jsonb, sources FROM profile ORDER BY 1",
)


@pytest.fixture
def loyalty(transactional_db: None, sandbox: Sandbox) -> Loyalty:
    return make_loyalty(sandbox)


@pytest.fixture
def couples(loyalty: Loyalty) -> Loyalty:
    """Pairs of people who were linked by a device they share, while everything links."""
    for number in range(COUPLES):
        append(loyalty, *couple(loyalty, number))
    process(loyalty.sandbox)
    return loyalty


def couple(loyalty: Loyalty, number: int) -> list[bytes]:
    records = []
    for second, name in enumerate(("a", "b")):
        person, email = f"{name}{number}", f"{name}{number}@example.test"
        records += [
            loyalty.member(person, email=email, custom={"points": second}),
            loyalty.event(
                f"{name}{number}",
                timestamp=f"2026-03-01T10:00:0{second}Z",
                Email=email,
                ECID=f"7{number:037d}",
            ),
        ]
    return records


def save(sandbox: Sandbox, rules: list[NamespaceRule] = RULES, actor: Actor = SYSTEM) -> Relinking:
    save_linking_settings(rules, actor=actor, sandbox=sandbox)
    return Relinking.objects.get(sandbox=sandbox, state=Relinking.State.RUNNING)


def rows(statement: str) -> list[tuple[Any, ...]]:
    with sql.connect() as connection:
        return connection.execute(statement).fetchall()


def state() -> list[list[tuple[Any, ...]]]:
    return [rows(statement) for statement in STATE]


def people() -> list[Any]:
    """The loyalty fields of all profiles."""
    found = (orjson.loads(document) for (document,) in rows("SELECT document FROM profile"))
    return sorted((each["_acmeco"]["crmId"], each["_acmeco"]["points"]) for each in found if each)


def test_graphs_that_the_rules_do_not_allow_split_and_profiles_are_merged_anew(
    couples: Loyalty,
) -> None:
    sandbox = couples.sandbox
    assert len(people()) == COUPLES
    table = namespace_table(sandbox=sandbox)
    rules = rules_from_settings(
        [{"code": r.code, "priority": r.priority, "unique": r.unique} for r in RULES], table
    )
    foretold = preview_rules(sandbox=sandbox, rules=rules)
    started = save(sandbox)
    assert not continue_relinking(started.pk, page=7)
    started.refresh_from_db()
    assert (started.state, started.percent) == (Relinking.State.DONE, 100)
    assert started.splits == started.graphs == foretold.splits == foretold.graphs == COUPLES
    assert started.links == foretold.links
    expected = [(f"{name}{n}", points) for n in range(COUPLES) for points, name in enumerate("ab")]
    assert people() == sorted(expected)
    # The device stays with the person seen last.
    assert rows("SELECT count(*) FROM identity WHERE namespace = 4 AND profile <> id") != [(0,)]


def test_graphs_end_up_as_if_the_rules_had_held_from_the_beginning(
    couples: Loyalty, other_sandbox: Sandbox
) -> None:
    other = make_loyalty(other_sandbox)
    save(other_sandbox)
    for number in range(COUPLES):
        append(other, *couple(other, number))
    process(other_sandbox)
    continue_relinking(save(couples.sandbox).pk)
    groups = (
        "SELECT array_agg(value ORDER BY value) FROM identity WHERE sandbox = {} GROUP BY profile"
    )
    here, there = (
        sorted(rows(groups.format(sandbox.number))) for sandbox in (couples.sandbox, other_sandbox)
    )
    assert here == there


def test_rules_that_split_nothing_change_nothing(couples: Loyalty) -> None:
    before = state()
    started = save(couples.sandbox, PLAIN)
    assert not continue_relinking(started.pk)
    started.refresh_from_db()
    assert (started.graphs, started.splits, started.links) == (COUPLES, 0, 0)
    assert state() == before


def test_progress_is_the_share_of_graphs_looked_at(couples: Loyalty) -> None:
    started = save(couples.sandbox)
    seen = [started.percent]
    while continue_relinking(started.pk, page=5, pages=1):
        started.refresh_from_db()
        seen.append(started.percent)
    assert seen == sorted(seen)
    assert seen[0] == 0
    # Graphs are named by digests: they lie about evenly, not exactly so.
    assert any(0 < one < 100 for one in seen)


def test_saving_again_ends_the_round_before(couples: Loyalty) -> None:
    first = save(couples.sandbox)
    assert continue_relinking(first.pk, page=5, pages=2)
    second = save(couples.sandbox, PLAIN)
    assert not continue_relinking(first.pk)
    first.refresh_from_db()
    assert first.state == Relinking.State.SUPERSEDED
    assert 5 <= first.splits <= 10
    assert not continue_relinking(second.pk)
    second.refresh_from_db()
    assert second.splits == 0


def test_who_saved_the_rules_is_told_what_became_of_it(couples: Loyalty) -> None:
    user = User.objects.create_user(username="ana")
    actor = Actor(kind="user", id=str(user.pk), name="ana", grants=SYSTEM.grants)
    started = save(couples.sandbox)
    Relinking.objects.filter(pk=started.pk).update(created_by=actor.id)
    continue_relinking(started.pk)
    told = Notification.objects.get(user=user)
    assert told.text.startswith(f"{COUPLES} graphs looked at, {COUPLES} split,")


def test_copied_rules_are_applied_in_the_other_sandbox(
    couples: Loyalty, other_sandbox: Sandbox
) -> None:
    other = make_loyalty(other_sandbox)
    append(other, *couple(other, 1))
    process(other_sandbox)
    save(couples.sandbox)
    organization = couples.sandbox.organization
    copy_configuration(actor=SYSTEM, organization=organization, source="prod", target="dev1")
    started = Relinking.objects.get(sandbox=other_sandbox)
    continue_relinking(started.pk)
    started.refresh_from_db()
    assert started.splits == 1


def test_a_batch_under_older_rules_is_not_taken(couples: Loyalty) -> None:
    stream = couples.sandbox.number
    old = load_context(stream)
    save(couples.sandbox)
    append(couples, couples.member("new"))
    with sql.connect(autocommit=True) as connection:
        ensure_position(connection, PROFILE_READER, stream)
        with pytest.raises(StaleContext):
            process_batch(connection, old, limit=10)
        assert process_batch(connection, load_context(stream), limit=10) == 1


def test_records_that_come_meanwhile_are_linked_by_the_new_rules(couples: Loyalty) -> None:
    started = save(couples.sandbox)
    for number in range(COUPLES):
        continue_relinking(started.pk, page=1, pages=1)
        append(couples, *couple(couples, number)[3:])
        process(couples.sandbox)
    continue_relinking(started.pk)
    assert len(people()) == 2 * COUPLES
    assert rows("SELECT count(*) FROM identity_edge_ended") != [(0,)]


def start_worker(relinking: Relinking, *, page: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(relinking.pk), str(page)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": _database_url(),
            "BROKER_URL": settings.CELERY_BROKER_URL,
            "DJANGO_SETTINGS_MODULE": "console.settings",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def _read_pages(worker: subprocess.Popen[str], pages: int) -> None:
    assert worker.stdout is not None
    for _ in range(pages):
        assert worker.stdout.readline() == "page\n"


def _database_url() -> str:
    info = psycopg.conninfo.conninfo_to_dict(sql.dsn())
    host = str(info["host"]).replace("/", "%2F")
    return (
        f"postgresql://{info['user']}:{info['password']}@/{info['dbname']}"
        f"?host={host}&port={info['port']}"
    )


@pytest.fixture
def expected(couples: Loyalty) -> list[list[tuple[Any, ...]]]:
    """What an undisturbed round leaves, on a copy of the tables."""
    names = ("identity", "identity_edge", "identity_edge_ended", "profile")
    with sql.connect(autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE TABLE kept_{name} AS TABLE {name}")
        try:
            continue_relinking(save(couples.sandbox).pk)
            found = state()
            for name in names:
                connection.execute(f"TRUNCATE {name}")
                connection.execute(f"INSERT INTO {name} TABLE kept_{name}")
        finally:
            for name in names:
                connection.execute(f"DROP TABLE kept_{name}")
    return found


def test_a_killed_worker_leaves_no_graph_half_done_and_the_next_one_goes_on(
    couples: Loyalty, expected: list[list[tuple[Any, ...]]]
) -> None:
    before = state()
    started = save(couples.sandbox)
    last = rows("SELECT max(profile) FROM identity WHERE profile <> id")[0][0]
    with psycopg.connect(sql.dsn()) as blocker:
        # The profile of a later page: the worker waits for it in the middle of that page's writes.
        blocker.execute("SELECT 1 FROM profile WHERE id = %s FOR UPDATE", [last])
        with start_worker(started, page=COUPLES - 3) as worker:
            _read_pages(worker, 1)
            wait_until(_somebody_waits_for_a_profile)
            worker.send_signal(signal.SIGKILL)
    started.refresh_from_db()
    assert (started.state, started.splits) == (Relinking.State.RUNNING, COUPLES - 3)
    wait_until(lambda: not _somebody_waits_for_a_profile())
    # Three couples are still as they were: identities, links and merged profiles.
    assert len(people()) == 2 * COUPLES - 3
    untouched = [row for row in state()[3] if row in before[3]]
    assert len(untouched) >= 3
    assert not continue_relinking(started.pk)
    started.refresh_from_db()
    assert (started.state, started.splits) == (Relinking.State.DONE, COUPLES)
    assert state() == expected


def test_a_worker_killed_at_any_moment_is_gone_on_after(
    couples: Loyalty, expected: list[list[tuple[Any, ...]]]
) -> None:
    started = save(couples.sandbox)
    for pages in (3, 1, 5):
        with start_worker(started, page=1) as worker:
            _read_pages(worker, pages)
            worker.send_signal(signal.SIGKILL)
    while continue_relinking(started.pk, page=3):
        pass
    started.refresh_from_db()
    assert started.splits == COUPLES
    assert state() == expected


def _somebody_waits_for_a_profile() -> bool:
    return bool(
        rows(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE '%INTO profile AS stored%'"
        )
    )


@pytest.fixture
def sent() -> Iterator[list[tuple[str, Any]]]:
    """Names and arguments of the tasks that leave."""
    found: list[tuple[str, Any]] = []

    def note(sender: str, body: Any, **_: Any) -> None:
        found.append((sender, body[1]))

    before_task_publish.connect(note)
    yield found
    before_task_publish.disconnect(note)


def test_a_sweep_finds_rounds_that_stand_still(
    couples: Loyalty, sent: list[tuple[str, Any]]
) -> None:
    started = save(couples.sandbox)
    nudge = ("profiles.tasks.relink", {"relinking": started.pk})
    assert sent == [nudge]
    resume_relinkings()
    assert sent == [nudge]
    Relinking.objects.update(updated_ms=started.updated_ms - STALE_MS - 1)
    resume_relinkings()
    assert sent == [nudge, nudge]
    continue_relinking(started.pk)
    Relinking.objects.update(updated_ms=started.updated_ms - STALE_MS - 1)
    resume_relinkings()
    assert sent == [nudge, nudge]
