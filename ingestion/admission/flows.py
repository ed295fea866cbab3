"""Dataflows that map raw records: which dataset they fill and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.connections.models import FlowObject
from ingestion.connections.queries import ENABLED, dataset_of
from ingestion.prep.documents import rows_of
from ingestion.prep.field_paths import BadPath
from ingestion.prep.mapping import CompiledMapping, compile_mapping
from ingestion.prep.models import MappingSet
from ingestion.schemas.queries import compiled_schema

_KIND = FlowObject.Kind


@dataclass(frozen=True, slots=True)
class MappedFlow:
    """A dataflow with a mapping. `trouble` says why it cannot work at the moment."""

    dataset_id: str
    mapping: CompiledMapping = field(default_factory=lambda: CompiledMapping(()))
    trouble: str = ""


def load_flows(sandbox: Sandbox) -> dict[str, MappedFlow]:
    """Dataflows of the sandbox that have a mapping, by id."""
    flows = FlowObject.objects.filter(
        sandbox=sandbox, kind=_KIND.FLOW, document__has_key="transformations"
    )
    return {
        str(flow.pk): _mapped(sandbox, flow, reference)
        for flow in flows
        if (reference := mapping_of(flow.document))
    }


def find_mapped_flow(sandbox: Sandbox, flow_id: str) -> MappedFlow | None:
    """The flow of this id as the pipeline has it; None: it maps nothing."""
    rows = FlowObject.objects.filter(sandbox=sandbox, kind=_KIND.FLOW, pk=flow_id)
    flow = rows.first()
    reference = mapping_of(flow.document) if flow is not None else None
    return _mapped(sandbox, flow, reference) if flow is not None and reference else None


def mapping_of(document: Mapping[str, Any]) -> tuple[str, int] | None:
    """Id and version of the mapping set a flow names."""
    for step in document.get("transformations") or ():
        params = step.get("params") or {}
        if params.get("mappingId"):
            return str(params["mappingId"]), int(params.get("mappingVersion") or 0)
    return None


def _mapped(sandbox: Sandbox, flow: FlowObject, reference: tuple[str, int]) -> MappedFlow:
    targets = FlowObject.objects.filter(
        sandbox=sandbox, kind=_KIND.TARGET, pk__in=flow.document.get("targetConnectionIds", ())
    )
    dataset_id = next((name for each in targets if (name := dataset_of(each.document))), "")
    if flow.state != ENABLED:
        return MappedFlow(dataset_id, trouble=f"Dataflow {flow.name} is disabled")
    set_id, version = reference
    stored = MappingSet.objects.filter(sandbox=sandbox, set_id=set_id, version=version).first()
    if stored is None:
        text = f"Dataflow {flow.name} names mapping set {set_id}, which does not exist"
        return MappedFlow(dataset_id, trouble=text)
    try:
        tree = compiled_schema(sandbox.number, stored.schema_uri).tree
        return MappedFlow(dataset_id, compile_mapping(rows_of(stored.document), tree))
    except (AppError, BadPath) as error:
        return MappedFlow(dataset_id, trouble=f"The mapping of dataflow {flow.name}: {error}")
