"""Writers that meet: etags guard changes, and a flow keeps what it comes to use."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from core.access.types import SYSTEM
from core.errors import AppError, PreconditionFailed
from core.sandboxes.models import Sandbox
from ingestion.connections import actions
from ingestion.connections.models import FlowObject
from ingestion.connections.specs import DATA_LAKE, FLOW_WITHOUT_TRANSFORMATION, HTTP_API
from ingestion.connections.types import InletInput, Writer
from tests.factories.core import seed_installation

pytestmark = pytest.mark.django_db(transaction=True)

WRITER = Writer(actor=SYSTEM)
HTTP = {"connectionSpec": {"id": HTTP_API, "version": "1.0"}}
LAKE = {"connectionSpec": {"id": DATA_LAKE, "version": "1.0"}}
FLOW = {"flowSpec": {"id": FLOW_WITHOUT_TRANSFORMATION, "version": "1.0"}}


@pytest.fixture
def prod(transactional_db: None) -> Sandbox:
    return seed_installation()


def at_once(works: list[Any]) -> list[Any]:
    """Run all works at the same moment, each on a connection of its own."""
    barrier = Barrier(len(works))

    def run(work: Any) -> Any:
        barrier.wait(10)
        try:
            return work()
        except AppError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def connect(sandbox: Sandbox) -> FlowObject:
    given = InletInput(name="c")
    return actions.create_connection(writer=WRITER, sandbox=sandbox, given=given, document=HTTP)


def make(sandbox: Sandbox, kind: str, document: dict[str, Any]) -> FlowObject:
    return actions.create_object(
        writer=WRITER, sandbox=sandbox, kind=kind, name="x", document=document
    )


def test_of_two_changes_of_one_etag_exactly_one_wins(prod: Sandbox) -> None:
    stored = connect(prod)

    def change(name: str) -> FlowObject:
        return actions.change_object(
            writer=WRITER,
            sandbox=prod,
            kind=FlowObject.Kind.CONNECTION,
            object_id=str(stored.pk),
            if_match=stored.etag,
            edit=lambda row: (name, row.document, InletInput(name=name)),
        )

    outcomes = at_once([lambda: change("a"), lambda: change("b")])
    assert sum(isinstance(one, PreconditionFailed) for one in outcomes) == 1
    (kept,) = [one for one in outcomes if isinstance(one, FlowObject)]
    stored.refresh_from_db()
    assert (stored.name, stored.etag) == (kept.name, kept.etag)
    assert stored.inlet.name == kept.name


def test_a_connection_is_never_deleted_from_under_a_new_flow(prod: Sandbox) -> None:
    kind = FlowObject.Kind
    for _ in range(5):
        base = connect(prod)
        source = make(prod, kind.SOURCE, {**HTTP, "baseConnectionId": str(base.pk)})
        target = make(prod, kind.TARGET, LAKE)
        document = {
            **FLOW,
            "sourceConnectionIds": [str(source.pk)],
            "targetConnectionIds": [str(target.pk)],
        }
        made, deleted = at_once(
            [
                lambda document=document: make(prod, kind.FLOW, document),
                lambda base=base: actions.delete_object(
                    actor=SYSTEM, sandbox=prod, kind=kind.CONNECTION, object_id=str(base.pk)
                ),
            ]
        )
        assert isinstance(made, FlowObject) == isinstance(deleted, AppError)
        assert FlowObject.objects.filter(pk=base.pk).exists() == isinstance(made, FlowObject)
