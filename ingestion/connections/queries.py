"""Reads of connections, flows and inlets, within one sandbox (the directory: of all)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.types import FlowInfo, InletInfo

ENABLED = "enabled"


def inlet_url(inlet_id: str) -> str:
    """Absolute address that takes the inlet's records."""
    return f"{settings.CONFIG.collector_public_url}/collection/{inlet_id}"


def inlet_directory() -> Mapping[str, InletInfo]:
    """Every inlet of every sandbox by id, with its enabled flows."""
    flows = _flows_by_connection()
    inlets = Inlet.objects.select_related("sandbox__organization", "connection")
    return {inlet.inlet_id: _info(inlet, flows) for inlet in inlets}


def _info(inlet: Inlet, flows: Mapping[str, dict[str, FlowInfo]]) -> InletInfo:
    connection = inlet.connection
    open_now = inlet.enabled and inlet.sandbox.state == Sandbox.State.ACTIVE
    return InletInfo(
        inlet_id=inlet.inlet_id,
        number=inlet.number,
        sandbox=inlet.sandbox.number,
        ims_org_id=inlet.sandbox.organization.ims_org_id,
        sandbox_name=inlet.sandbox.name,
        name=inlet.name,
        source_id=inlet.source_id,
        data_type=inlet.data_type,
        authentication_required=inlet.authentication_required,
        enabled=open_now and (connection is None or connection.state == ENABLED),
        rate_limit=inlet.rate_limit,
        flows=flows.get(str(connection.pk), {}) if connection else {},
    )


def _flows_by_connection() -> Mapping[str, dict[str, FlowInfo]]:
    """Enabled flows by the base connection they start from."""
    kind = FlowObject.Kind
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    rows = FlowObject.objects.exclude(kind=kind.CONNECTION).filter(state=ENABLED)
    for pk, of_kind, document in rows.values_list("pk", "kind", "document").iterator():
        parts[of_kind][str(pk)] = document
    found: dict[str, dict[str, FlowInfo]] = defaultdict(dict)
    for flow_id, flow in parts[kind.FLOW].items():
        info = _flow_info(flow_id, flow, parts[kind.TARGET])
        for base in _bases(flow, parts[kind.SOURCE]):
            found[base][flow_id] = info
    return found


def _bases(flow: Mapping[str, Any], sources: Mapping[str, Any]) -> Iterator[str]:
    for source_id in flow.get("sourceConnectionIds", ()):
        base = sources.get(source_id, {}).get("baseConnectionId")
        if base:
            yield str(base)


def _flow_info(flow_id: str, flow: Mapping[str, Any], targets: Mapping[str, Any]) -> FlowInfo:
    datasets = [dataset_of(targets.get(i, {})) for i in flow.get("targetConnectionIds", ())]
    mappings = [
        transformation.get("params", {}).get("mappingId")
        for transformation in flow.get("transformations", ())
    ]
    return FlowInfo(
        id=flow_id,
        dataset_id=next((dataset for dataset in datasets if dataset), ""),
        mapping_id=next((mapping for mapping in mappings if mapping), None),
    )


def dataset_of(target: Mapping[str, Any]) -> str:
    """Dataset id a target connection writes to, or an empty text."""
    params = target.get("params") or {}
    return str(params.get("dataSetId") or params.get("datasetId") or "")


def list_objects(*, sandbox: Sandbox, kind: str) -> QuerySet[FlowObject]:
    """Objects of one kind, oldest first."""
    rows = FlowObject.objects.filter(sandbox=sandbox, kind=kind)
    return rows.select_related("inlet").order_by("created_ms", "pk")


def get_object(*, sandbox: Sandbox, kind: str, object_id: str) -> FlowObject:
    """The object of this kind and id; raises NotFound."""
    key = _uuid(object_id)
    rows = list_objects(sandbox=sandbox, kind=kind)
    found = rows.filter(pk=key).first() if key else None
    if found is None:
        raise object_not_found(kind, object_id)
    return found


def object_not_found(kind: str, object_id: str) -> NotFound:
    """The refusal of an unknown id."""
    return NotFound("Resource not found", code="1439", id=object_id, type=kind)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def list_inlets(*, sandbox: Sandbox) -> QuerySet[Inlet]:
    """Inlets of the sandbox, oldest first."""
    return Inlet.objects.filter(sandbox=sandbox).order_by("number")


def get_inlet(*, sandbox: Sandbox, inlet_id: str) -> Inlet:
    """The inlet of this id; raises NotFound."""
    found = list_inlets(sandbox=sandbox).filter(inlet_id=inlet_id).first()
    if found is None:
        raise NotFound(f"Inlet {inlet_id} does not exist", id=inlet_id)
    return found
