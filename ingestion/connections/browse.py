"""Streaming connections as people look for them, with the dataset their flow writes to."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from core.keyset import Slice, take_by
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import dataset_of

_KIND = FlowObject.Kind
ORDERS = {"name": "name", "created": "created_ms", "changed": "updated_ms"}


@dataclass(frozen=True, slots=True)
class FlowTarget:
    """Where a connection's records go: a flow and the dataset it names."""

    flow_id: str
    flow_name: str
    dataset: Dataset | None


def browse_inlets(
    *, sandbox: Sandbox, text: str = "", order: str = "-changed", after: str = "", size: int = 25
) -> tuple[Slice[Inlet], int]:
    """One page of streaming connections, and how many there are in all.

    `order` is a name of ORDERS, or one with `-` before it for descending.
    """
    rows = Inlet.objects.filter(sandbox=sandbox).select_related("connection")
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(inlet_id=text))
    return take_by(rows, order=_column(order), after=after, size=size), rows.count()


def _column(order: str) -> str:
    sign = "-" if order.startswith("-") else ""
    column = ORDERS.get(order.removeprefix("-"))
    return f"{sign}{column}" if column else "-updated_ms"


def list_inlets(*, sandbox: Sandbox, limit: int = 500) -> list[Inlet]:
    """The latest streaming connections."""
    return list(Inlet.objects.filter(sandbox=sandbox).order_by("-number")[:limit])


def names_of_inlets(*, sandbox: Sandbox, numbers: Iterable[int]) -> dict[int, Inlet]:
    """Inlets by their data-plane number."""
    found = Inlet.objects.filter(sandbox=sandbox, number__in=set(numbers))
    return {inlet.number: inlet for inlet in found}


def flow_targets(*, sandbox: Sandbox, connections: Iterable[UUID]) -> dict[UUID, list[FlowTarget]]:
    """Flows that start at each base connection, by its id."""
    wanted = {str(each) for each in connections}
    if not wanted:
        return {}
    objects = FlowObject.objects.filter(sandbox=sandbox)
    sources = {
        str(row.pk): str(row.document.get("baseConnectionId"))
        for row in objects.filter(kind=_KIND.SOURCE, document__baseConnectionId__in=list(wanted))
    }
    if not sources:
        return {}
    flows = [
        row
        for row in objects.filter(kind=_KIND.FLOW).order_by("created_ms")
        if sources.keys() & set(_ids(row, "sourceConnectionIds"))
    ]
    datasets = _datasets_of(sandbox, flows)
    found: dict[UUID, list[FlowTarget]] = {}
    for flow in flows:
        base = next(sources[each] for each in _ids(flow, "sourceConnectionIds") if each in sources)
        targets = (datasets.get(each) for each in _ids(flow, "targetConnectionIds"))
        dataset = next((each for each in targets if each is not None), None)
        found.setdefault(UUID(base), []).append(FlowTarget(str(flow.pk), flow.name, dataset))
    return found


def _ids(flow: FlowObject, key: str) -> list[str]:
    return [str(each) for each in flow.document.get(key) or ()]


def _datasets_of(sandbox: Sandbox, flows: Iterable[FlowObject]) -> dict[str, Dataset]:
    """Live dataset by target connection id."""
    ids = {each for flow in flows for each in _ids(flow, "targetConnectionIds")}
    rows = FlowObject.objects.filter(sandbox=sandbox, kind=_KIND.TARGET, pk__in=ids)
    named = {str(row.pk): dataset_of(row.document) for row in rows}
    live = Dataset.objects.filter(sandbox=sandbox, pk__in=set(named.values()), deleted_ms=None)
    by_id = {dataset.pk: dataset for dataset in live}
    return {target: by_id[pk] for target, pk in named.items() if pk in by_id}


@dataclass(frozen=True, slots=True)
class DataflowRow:
    """A dataflow with what it connects; `inlet` is None when its connection is gone."""

    flow: FlowObject
    inlet: Inlet | None
    dataset: Dataset | None
    mapped: bool


def browse_dataflows(
    *, sandbox: Sandbox, text: str = "", order: str = "-created", after: str = "", size: int = 25
) -> tuple[Slice[FlowObject], int]:
    """One page of dataflows, and how many there are in all; `order` as for connections."""
    flows = FlowObject.objects.filter(sandbox=sandbox, kind=_KIND.FLOW)
    if text:
        named = Q(name__icontains=text)
        flows = flows.filter(named | Q(pk=text) if _is_uuid(text) else named)
    return take_by(flows, order=_column(order), after=after, size=size), flows.count()


def list_dataflows(*, sandbox: Sandbox, limit: int = 500) -> list[DataflowRow]:
    """The latest dataflows, newest first."""
    flows = FlowObject.objects.filter(sandbox=sandbox, kind=_KIND.FLOW)
    return describe_dataflows(list(flows.order_by("-created_ms", "-pk")[:limit]), sandbox=sandbox)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def dataflows_of(*, sandbox: Sandbox, datasets: Collection[str]) -> list[DataflowRow]:
    """Dataflows that write to any of these datasets, by name."""
    objects = FlowObject.objects.filter(sandbox=sandbox)
    targets = {
        str(row.pk)
        for row in objects.filter(kind=_KIND.TARGET)
        if dataset_of(row.document) in datasets
    }
    flows = objects.filter(kind=_KIND.FLOW).order_by("name", "pk")
    return describe_dataflows(
        [flow for flow in flows if targets & set(_ids(flow, "targetConnectionIds"))],
        sandbox=sandbox,
    )


def describe_dataflows(flows: Sequence[FlowObject], *, sandbox: Sandbox) -> list[DataflowRow]:
    """What each dataflow connects."""
    objects = FlowObject.objects.filter(sandbox=sandbox)
    datasets = _datasets_of(sandbox, flows)
    source_ids = {each for flow in flows for each in _ids(flow, "sourceConnectionIds")}
    bases = {
        str(row.pk): str(row.document.get("baseConnectionId"))
        for row in objects.filter(kind=_KIND.SOURCE, pk__in=source_ids)
    }
    inlets = {
        str(inlet.connection_id): inlet
        for inlet in Inlet.objects.filter(sandbox=sandbox, connection__in=set(bases.values()))
    }
    return [
        DataflowRow(
            flow=flow,
            inlet=_first(inlets.get(bases.get(s, "")) for s in _ids(flow, "sourceConnectionIds")),
            dataset=_first(datasets.get(each) for each in _ids(flow, "targetConnectionIds")),
            mapped=bool(flow.document.get("transformations")),
        )
        for flow in flows
    ]


def _first[Found](found: Iterable[Found | None]) -> Found | None:
    return next((each for each in found if each is not None), None)
