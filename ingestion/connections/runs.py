"""Runs of streaming flows: one for each hour in which records came in, from the counters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import dataset_of
from ingestion.journal.queries import list_counts

WINDOW_MINUTES = 60
DAYS_KEPT = 30
_ACCEPTED, _REJECTED = "ingested", "rejected"


@dataclass(frozen=True, slots=True)
class FlowRun:
    """What a flow did in one hour; times in epoch milliseconds."""

    id: UUID
    flow: FlowObject
    started_ms: int
    ended_ms: int
    accepted: int
    rejected: int

    @property
    def status(self) -> str:
        """`inProgress` while the hour lasts; `failed` only when nothing was accepted."""
        if self.ended_ms > clock.now_ms():
            return "inProgress"
        return "failed" if self.rejected and not self.accepted else "success"


def list_runs(*, sandbox: Sandbox, flow_id: UUID | None = None) -> list[FlowRun]:
    """Runs of all flows (or of one) of the last month, oldest first."""
    flows = FlowObject.objects.filter(sandbox=sandbox, kind=FlowObject.Kind.FLOW)
    if flow_id is not None:
        flows = flows.filter(pk=flow_id)
    ends = _ends(sandbox, list(flows.order_by("created_ms", "pk")))
    if not ends:
        return []
    # Whole hours, so that sums by the hour answer.
    hour = clock.now_ms() // 3_600_000 * WINDOW_MINUTES
    points = list_counts(
        sandbox.number,
        [_ACCEPTED, _REJECTED],
        since=hour - DAYS_KEPT * 24 * 60,
        until=hour + WINDOW_MINUTES,
        step=WINDOW_MINUTES,
        by_inlet=True,
        by_dataset=True,
    )
    counted: dict[tuple[int, int, int], dict[str, int]] = {}
    for point in points:
        key = (point.minute, point.inlet, point.dataset)
        counted.setdefault(key, {})[point.name] = point.value
    minutes = sorted({minute for minute, _, _ in counted})
    found = (_run(end, minute, counted) for minute in minutes for end in ends)
    return [run for run in found if run is not None]


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a flow's records come from and go to, by data-plane numbers."""

    flow: FlowObject
    inlets: frozenset[int]
    datasets: frozenset[int]


def _run(
    ends: _Ends, minute: int, counted: Mapping[tuple[int, int, int], Mapping[str, int]]
) -> FlowRun | None:
    # A record refused before its dataset was known counts under dataset 0.
    parts = [
        counted[minute, inlet, dataset]
        for inlet in ends.inlets
        for dataset in (*ends.datasets, 0)
        if (minute, inlet, dataset) in counted
    ]
    started = minute * 60_000
    if not parts or started + WINDOW_MINUTES * 60_000 <= ends.flow.created_ms:
        return None
    return FlowRun(
        id=uuid5(ends.flow.pk, str(minute)),
        flow=ends.flow,
        started_ms=started,
        ended_ms=started + WINDOW_MINUTES * 60_000,
        accepted=sum(part.get(_ACCEPTED, 0) for part in parts),
        rejected=sum(part.get(_REJECTED, 0) for part in parts),
    )


def _ends(sandbox: Sandbox, flows: Iterable[FlowObject]) -> list[_Ends]:
    flows = list(flows)
    if not flows:
        return []
    objects = {str(o.pk): o for o in FlowObject.objects.filter(sandbox=sandbox)}
    inlets = Inlet.objects.filter(sandbox=sandbox, connection__isnull=False)
    inlet_of = {str(pk): n for pk, n in inlets.values_list("connection_id", "number")}
    datasets = Dataset.objects.filter(sandbox=sandbox)
    number_of: dict[str, int] = dict(datasets.values_list("pk", "number"))
    found = []
    for flow in flows:
        sources = _named(flow, "sourceConnectionIds", objects)
        bases = [str(source.document.get("baseConnectionId")) for source in sources]
        targets = _named(flow, "targetConnectionIds", objects)
        found.append(
            _Ends(
                flow,
                frozenset(inlet_of[base] for base in bases if base in inlet_of),
                frozenset(
                    number_of[dataset]
                    for dataset in (dataset_of(target.document) for target in targets)
                    if dataset in number_of
                ),
            )
        )
    return found


def _named(flow: FlowObject, field: str, objects: Mapping[str, FlowObject]) -> list[FlowObject]:
    return [objects[i] for i in flow.document.get(field, ()) if i in objects]
