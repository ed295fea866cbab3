"""Failing dataflows are noticed, told once, and told again when they fail anew."""

import pytest
from django.db import connection

from core import clock
from core.access.models import Role, User
from core.access.types import SYSTEM
from core.notifications.models import Notification
from core.sandboxes.models import Sandbox
from ingestion.connections.http_api import open_stream
from ingestion.connections.models import Inlet
from ingestion.connections.types import InletInput, Writer
from ingestion.journal.queries import add_counts
from ingestion.journal.types import RECEIVED, REFUSED, Count
from profiles.metrics import INGESTED, REJECTED
from profiles.monitoring.watch import watch_traffic
from tests.factories.catalog import make_dataset
from tests.factories.registry import make_schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def inlet(sandbox: Sandbox) -> Inlet:
    dataset = make_dataset(sandbox, schema_uri=make_schema(sandbox))
    given = InletInput(name="Shop")
    return open_stream(writer=Writer(SYSTEM), sandbox=sandbox, given=given, dataset=dataset)


@pytest.fixture
def people(sandbox: Sandbox) -> dict[str, User]:
    """One person of each default role."""
    made = {}
    for role in Role.objects.all():
        made[role.name] = User.objects.create_user(username=role.name.replace(" ", "-"))
        made[role.name].roles.set([role])
    return made


def count(inlet: Inlet, **values: int) -> None:
    minute = clock.now_ms() // 60_000
    with connection.cursor() as cursor:
        add_counts(
            cursor,
            [
                Count(inlet.sandbox_id, minute, inlet.number, 0, name, value)
                for name, value in values.items()
            ],
        )


def told() -> list[tuple[str, str]]:
    rows = Notification.objects.order_by("pk").values_list("kind", "user__username")
    return [(kind, name) for kind, name in rows if name != "admin"]


def test_those_who_watch_are_told_once_while_a_dataflow_fails(
    inlet: Inlet, people: dict[str, User]
) -> None:
    count(inlet, **{RECEIVED: 12, REFUSED: 2, REJECTED: 10})
    watch_traffic()
    watch_traffic()
    assert sorted(name for _, name in told()) == ["Administrator", "Data-engineer", "Viewer"]
    assert {kind for kind, _ in told()} == {"dataflow-failing"}
    row = Notification.objects.first()
    assert row is not None
    assert (row.title, row.subject) == ("Shop is failing", inlet.inlet_id)
    assert row.text == "All 12 records of the last 15 minutes failed."


def test_an_end_is_noticed_and_the_next_failure_told_anew(
    inlet: Inlet, people: dict[str, User]
) -> None:
    count(inlet, **{REJECTED: 10})
    watch_traffic()
    count(inlet, **{INGESTED: 1})
    watch_traffic()
    assert Notification.objects.filter(incident__isnull=False).count() == 0
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE metric_minute")
    count(inlet, **{REJECTED: 10})
    watch_traffic()
    assert [name for _, name in told()].count("Viewer") == 2


def test_a_few_failures_are_somebody_trying_things_out(
    inlet: Inlet, people: dict[str, User]
) -> None:
    count(inlet, **{REJECTED: 9})
    watch_traffic()
    assert told() == []


@pytest.mark.parametrize(
    ("ingested", "rejected", "expected"),
    [(995, 5, False), (994, 6, True), (60, 39, False), (60, 40, True), (10_000, 0, False)],
)
def test_too_large_a_share_of_failures_is_told(
    inlet: Inlet, people: dict[str, User], ingested: int, rejected: int, *, expected: bool
) -> None:
    count(inlet, **{INGESTED: ingested, REJECTED: rejected})
    watch_traffic()
    assert ("failure-ratio", "Viewer") in told() if expected else told() == []


def test_other_sandboxes_are_told_nothing(
    inlet: Inlet, other_sandbox: Sandbox, people: dict[str, User]
) -> None:
    role = Role.objects.get(name="Viewer")
    role.in_all_sandboxes = False
    role.save()
    role.sandboxes.set([other_sandbox])
    count(inlet, **{REJECTED: 10})
    watch_traffic()
    assert "Viewer" not in [name for _, name in told()]
