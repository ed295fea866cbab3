"""Deleting beside the pipeline, and reading across a restart of the server."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from core import sql
from core.access.types import Actor
from core.sandboxes.models import Sandbox
from profiles.identity.types import Identity
from profiles.lookup import actions, queries
from tests.factories.core import seed_installation
from tests.factories.profiles import add_fragment, add_graph, add_profile, make_dataset

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prod() -> Sandbox:
    return seed_installation()


@pytest.fixture
def ida(prod: Sandbox) -> Identity:
    """A stored profile, and a pipeline that has been here."""
    (ida,) = add_graph(prod, (6, "ida@x.org"))
    dataset = make_dataset(prod)
    add_fragment(ida, {"vip": True}, dataset=dataset)
    add_profile([ida], {"vip": True}, datasets=[dataset])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_position (reader, stream, seq, attempts, updated_at)"
            " VALUES ('profile', %s, 0, 0, 0)",
            [prod.number],
        )
    return ida


@pytest.fixture
def pipeline() -> Iterator[psycopg.Connection]:
    """Another connection, as a worker has one."""
    with sql.connect() as other:
        yield other


def test_a_delete_waits_for_the_batch_under_way(
    prod: Sandbox, ida: Identity, pipeline: psycopg.Connection, actor: Actor
) -> None:
    pipeline.execute("SELECT seq FROM journal_position FOR UPDATE")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises((OperationalError, psycopg.errors.LockNotAvailable)):
            actions.delete_profile(actor=actor, sandbox=prod, name=ida.xid)
    assert queries.get_profile(sandbox=prod, name=ida.xid).document == b'{"vip":true}'
    pipeline.rollback()
    actions.delete_profile(actor=actor, sandbox=prod, name=ida.xid)
    assert queries.find_profiles(sandbox=prod, names=[ida.xid]) == {}


def test_a_read_survives_a_lost_connection(
    prod: Sandbox, ida: Identity, pipeline: psycopg.Connection
) -> None:
    queries.get_profile(sandbox=prod, name=ida.xid)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    pipeline.execute("SELECT pg_terminate_backend(%s)", [pid])
    pipeline.commit()
    assert queries.get_profile(sandbox=prod, name=ida.xid).document == b'{"vip":true}'
