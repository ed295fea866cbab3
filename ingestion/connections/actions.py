"""Writes of connections, flows and inlets: one transaction each, audited and announced.

Locks: a change or deletion takes its row FOR UPDATE; a new object takes the rows it refers to
FOR NO KEY UPDATE, in key order. So nothing can be deleted while something comes to use it.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from ingestion.connections import rules
from ingestion.connections.errors import refusal, stale_version
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import get_inlet, get_object, list_objects, object_not_found
from ingestion.connections.types import InletInput, Writer

Document = dict[str, Any]
_KIND = FlowObject.Kind
_ASSETS = {
    _KIND.CONNECTION: "Connection",
    _KIND.SOURCE: "Source connection",
    _KIND.TARGET: "Target connection",
    _KIND.FLOW: "Dataflow",
}
_STATES = {"enable": "enabled", "disable": "disabled"}


def create_connection(
    *, writer: Writer, sandbox: Sandbox, given: InletInput, document: Document
) -> FlowObject:
    """A streaming base connection and its inlet; `document` is the client's, as sent."""
    require(writer.actor, "manage-sources", sandbox)
    rules.check_inlet(given)
    with transaction.atomic():
        stored = _new(writer, sandbox, _KIND.CONNECTION, document, name=given.name)
        _new_inlet(writer, sandbox, given, connection=stored)
        _written(stored, actor=writer.actor, action="Create")
    return stored


def create_object(
    *, writer: Writer, sandbox: Sandbox, kind: str, name: str, document: Document
) -> FlowObject:
    """A source or target connection, or a flow, after checking all it refers to."""
    require(writer.actor, "manage-sources", sandbox)
    with transaction.atomic():
        _lock_referred(sandbox, rules.references(kind, document))
        rules.check_document(sandbox, kind, document)
        stored = _new(writer, sandbox, kind, document, name=name)
        _written(stored, actor=writer.actor, action="Create")
    return stored


def change_object(
    *,
    writer: Writer,
    sandbox: Sandbox,
    kind: str,
    object_id: str,
    if_match: str,
    edit: Callable[[FlowObject], tuple[str, Document, InletInput | None]],
) -> FlowObject:
    """Change an object: `edit` sees the locked row and answers name, document and inlet."""
    require(writer.actor, "manage-sources", sandbox)
    with transaction.atomic():
        stored = _lock(sandbox, kind, object_id, if_match=if_match)
        name, document, inlet = edit(stored)
        if inlet is not None:
            _change_inlet(writer, stored, inlet)
        elif kind != _KIND.CONNECTION:
            _lock_referred(sandbox, rules.references(kind, document))
            rules.check_document(sandbox, kind, document)
        stored.name, stored.document = name, document
        _save(stored, writer)
        _written(stored, actor=writer.actor, action="Update")
    return stored


def switch_object(
    *, writer: Writer, sandbox: Sandbox, kind: str, object_id: str, operation: str
) -> FlowObject:
    """Enable or disable a flow or connection."""
    require(writer.actor, "manage-sources", sandbox)
    if operation not in _STATES:
        raise refusal("1435", f"Unknown action {operation}", path="op", received=operation)
    with transaction.atomic():
        stored = _lock(sandbox, kind, object_id)
        if stored.state == _STATES[operation]:
            raise refusal("1420", f"The object is {stored.state} already", id=object_id, type=kind)
        stored.state = _STATES[operation]
        _save(stored, writer)
        _written(stored, actor=writer.actor, action=operation.capitalize())
    return stored


def delete_object(
    *, actor: Actor, sandbox: Sandbox, kind: str, object_id: str, if_match: str | None = None
) -> None:
    """Remove an object nothing else uses; an inlet closes with its connection."""
    require(actor, "manage-sources", sandbox)
    with transaction.atomic():
        stored = _lock(sandbox, kind, object_id, if_match=if_match)
        users = rules.flows_using(sandbox, stored)
        if users:
            number = "1418" if kind == _KIND.CONNECTION else "1409"
            raise refusal(
                number, "The connection is used by flows", id=object_id, type=kind, flows=users
            )
        _written(stored, actor=actor, action="Delete")
        stored.delete()


def open_inlet(*, writer: Writer, sandbox: Sandbox, given: InletInput) -> Inlet:
    """An inlet of its own, as the legacy API makes them."""
    require(writer.actor, "manage-sources", sandbox)
    rules.check_inlet(given)
    with transaction.atomic():
        inlet = _new_inlet(writer, sandbox, given, connection=None)
        _inlet_written(inlet, actor=writer.actor, action="Create")
    return inlet


def close_inlet(*, actor: Actor, sandbox: Sandbox, inlet_id: str) -> None:
    """Remove an inlet, together with the connection it belongs to."""
    require(actor, "manage-sources", sandbox)
    inlet = get_inlet(sandbox=sandbox, inlet_id=inlet_id)
    if inlet.connection_id is not None:
        delete_object(
            actor=actor,
            sandbox=sandbox,
            kind=_KIND.CONNECTION,
            object_id=str(inlet.connection_id),
        )
        return
    with transaction.atomic():
        _inlet_written(inlet, actor=actor, action="Delete")
        inlet.delete()


def _new(
    writer: Writer, sandbox: Sandbox, kind: str, document: Document, *, name: str
) -> FlowObject:
    rules.check_name(name)
    now = clock.now_ms()
    return FlowObject.objects.create(
        id=uuid4(),
        sandbox=sandbox,
        kind=kind,
        name=name,
        spec_id=rules.spec_of(kind, document),
        document=document,
        etag=_new_etag(),
        created_ms=now,
        updated_ms=now,
        created_by=writer.actor.id,
        updated_by=writer.actor.id,
        created_client=writer.client_id,
        updated_client=writer.client_id,
    )


def _new_inlet(
    writer: Writer, sandbox: Sandbox, given: InletInput, *, connection: FlowObject | None
) -> Inlet:
    now = clock.now_ms()
    return Inlet.objects.create(
        inlet_id=secrets.token_hex(32),
        sandbox=sandbox,
        connection=connection,
        name=given.name,
        description=given.description,
        source_id=given.source_id or given.name,
        data_type=given.data_type,
        authentication_required=given.authentication_required,
        created_ms=now,
        updated_ms=now,
        created_by=writer.actor.id,
        updated_by=writer.actor.id,
    )


def _change_inlet(writer: Writer, connection: FlowObject, given: InletInput) -> None:
    rules.check_inlet(given)
    Inlet.objects.filter(connection=connection).update(
        name=given.name,
        description=given.description,
        source_id=given.source_id or given.name,
        data_type=given.data_type,
        authentication_required=given.authentication_required,
        updated_ms=clock.now_ms(),
        updated_by=writer.actor.id,
    )


def _lock(
    sandbox: Sandbox, kind: str, object_id: str, *, if_match: str | None = None
) -> FlowObject:
    found = get_object(sandbox=sandbox, kind=kind, object_id=object_id)
    # The inlet is joined from the outer side, where a lock is impossible: lock our own row only.
    rows = list_objects(sandbox=sandbox, kind=kind).filter(pk=found.pk)
    stored = rows.select_for_update(of=("self",)).first()
    if stored is None:
        raise object_not_found(kind, object_id)
    if if_match not in {None, "*", stored.etag}:
        raise stale_version(str(if_match), stored.etag)
    return stored


def _lock_referred(sandbox: Sandbox, references: Iterable[tuple[str, str]]) -> None:
    wanted = sorted(set(references), key=lambda reference: reference[1])
    for kind, object_id in wanted:
        found = get_object(sandbox=sandbox, kind=kind, object_id=object_id)
        rows = FlowObject.objects.filter(pk=found.pk).select_for_update(no_key=True)
        stored = rows.first()
        if stored is None:
            raise object_not_found(kind, object_id)
        # A flow also keeps the base connections its sources start from.
        _lock_referred(sandbox, rules.references(kind, stored.document))


def _save(stored: FlowObject, writer: Writer) -> None:
    stored.etag = _new_etag()
    stored.updated_ms = max(clock.now_ms(), stored.updated_ms)
    stored.updated_by = writer.actor.id
    stored.updated_client = writer.client_id
    stored.save()


def _new_etag() -> str:
    return f"{secrets.token_hex(4)}-0000-0200-0000-{clock.now_ms() // 1000:08x}0000"


def _written(stored: FlowObject, *, actor: Actor, action: str) -> None:
    asset = (_ASSETS[_KIND(stored.kind)], str(stored.pk), stored.name)
    record(actor=actor, action=action, asset=asset, sandbox=stored.sandbox)
    config_changed("inlet")


def _inlet_written(inlet: Inlet, *, actor: Actor, action: str) -> None:
    asset = ("Inlet", inlet.inlet_id, inlet.name)
    record(actor=actor, action=action, asset=asset, sandbox=inlet.sandbox)
    config_changed("inlet")
