"""An HTTP API source as one thing: connection, inlet and, for a dataset, its dataflow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.actions import (
    close_inlet,
    create_connection,
    create_object,
    delete_object,
)
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.rules import flows_using
from ingestion.connections.specs import (
    AUTH_SPEC,
    DATA_LAKE,
    FLOW_WITH_TRANSFORMATION,
    FLOW_WITHOUT_TRANSFORMATION,
    HTTP_API,
)
from ingestion.connections.types import InletInput, Writer

_KIND = FlowObject.Kind


@dataclass(frozen=True, slots=True)
class Dataflow:
    """The dataflow of a new connection; `mapping_id` names the mapping set of raw records."""

    dataset: Dataset
    name: str = ""
    description: str = ""
    mapping_id: str = ""


def open_stream(
    *,
    writer: Writer,
    sandbox: Sandbox,
    given: InletInput,
    dataset: Dataset | None = None,
    dataflow: Dataflow | None = None,
) -> Inlet:
    """The inlet of a new connection; with a dataset, records need not name it."""
    if dataflow is None and dataset is not None:
        dataflow = Dataflow(dataset)
    params = {
        "sourceId": given.source_id,
        "dataType": given.data_type,
        "name": given.name,
        "authenticationRequired": given.authentication_required,
    }
    spec = {"id": HTTP_API, "version": "1.0"}
    document = {
        "name": given.name,
        "description": given.description,
        "connectionSpec": spec,
        "auth": {"specName": AUTH_SPEC, "params": params},
    }
    with transaction.atomic():
        connection = create_connection(
            writer=writer, sandbox=sandbox, given=given, document=document
        )
        if dataflow is not None:
            _open_flow(writer, sandbox, connection, dataflow)
        return Inlet.objects.get(connection=connection)


def _open_flow(
    writer: Writer, sandbox: Sandbox, connection: FlowObject, dataflow: Dataflow
) -> None:
    name, dataset = dataflow.name or connection.name, dataflow.dataset
    source = create_object(
        writer=writer,
        sandbox=sandbox,
        kind=_KIND.SOURCE,
        name=name,
        document={
            "name": name,
            "baseConnectionId": str(connection.pk),
            "connectionSpec": {"id": HTTP_API, "version": "1.0"},
        },
    )
    target = create_object(
        writer=writer,
        sandbox=sandbox,
        kind=_KIND.TARGET,
        name=name,
        document={
            "name": name,
            "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
            "data": {"schema": {"id": dataset.schema_uri, "version": dataset.schema_content_type}},
            "params": {"dataSetId": dataset.pk},
        },
    )
    document: dict[str, Any] = {
        "name": name,
        "description": dataflow.description,
        "flowSpec": {"id": FLOW_WITHOUT_TRANSFORMATION, "version": "1.0"},
        "sourceConnectionIds": [str(source.pk)],
        "targetConnectionIds": [str(target.pk)],
    }
    if dataflow.mapping_id:
        params = {"mappingId": dataflow.mapping_id, "mappingVersion": 0}
        document["flowSpec"] = {"id": FLOW_WITH_TRANSFORMATION, "version": "1.0"}
        document["transformations"] = [{"name": "Mapping", "params": params}]
    create_object(writer=writer, sandbox=sandbox, kind=_KIND.FLOW, name=name, document=document)


def close_stream(*, actor: Actor, sandbox: Sandbox, inlet: Inlet) -> None:
    """Remove the inlet, its connection and the dataflows that start there; records stay."""
    connection_id = inlet.connection_id
    if connection_id is None:
        close_inlet(actor=actor, sandbox=sandbox, inlet_id=inlet.inlet_id)
        return
    objects = FlowObject.objects.filter(sandbox=sandbox)
    with transaction.atomic():
        sources = objects.filter(kind=_KIND.SOURCE, document__baseConnectionId=str(connection_id))
        flows = [
            flow
            for source in sources
            for flow in objects.filter(
                kind=_KIND.FLOW, document__sourceConnectionIds__contains=[str(source.pk)]
            )
        ]
        targets = {pk for flow in flows for pk in flow.document.get("targetConnectionIds", ())}
        _delete(actor, sandbox, {flow.pk: flow for flow in flows}.values())
        free = [t for t in objects.filter(pk__in=targets) if not flows_using(sandbox, t)]
        _delete(actor, sandbox, [*sources, *free, objects.get(pk=connection_id)])


def _delete(actor: Actor, sandbox: Sandbox, objects: Iterable[FlowObject]) -> None:
    for each in objects:
        delete_object(actor=actor, sandbox=sandbox, kind=each.kind, object_id=str(each.pk))
