"""Where a number of Monitoring comes from: a range of time, perhaps one connection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from console.traffic import rate, span_named
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.browse import DataflowRow
from ingestion.connections.models import Inlet
from ingestion.journal.types import Lag
from profiles.monitoring.types import Totals, Window

NO_INLET = 0
_LATEST_MINUTE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Scope:
    """Records received in a window, through one inlet or any."""

    window: Window
    inlet: int | None = None

    def query(self, **more: str) -> str:
        """The scope as a link carries it: fixed minutes, so that the link keeps its numbers."""
        given = {"from": str(self.window.since), "to": str(self.window.until)}
        if self.inlet is not None:
            given["inlet"] = str(self.inlet)
        return urlencode(given | more)

    @property
    def filters(self) -> dict[str, int | None]:
        """The scope as rejects are filtered."""
        return {
            "inlet": self.inlet,
            "since": self.window.since_us,
            "until": self.window.until_us,
        }


def scope_in(given: QueryDict) -> Scope:
    """The scope a link or form names; without one, the span it names."""
    since, until = _number(given.get("from")), _number(given.get("to"))
    window = span_named(given.get("span", "")).window
    if since is not None and until is not None and since < until:
        window = Window(since, until, until - since)
    return Scope(window, _number(given.get("inlet")))


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit():
        return None
    return min(int(text[:12]), _LATEST_MINUTE)


@dataclass(frozen=True, slots=True)
class FlowTraffic:
    """A line of the table: a connection with its dataflows, and what came through it."""

    name: str
    under: str
    inlet: Inlet | None
    datasets: tuple[Dataset, ...]
    totals: Totals
    requests_a_second: float
    processed_a_second: float
    lag: Lag
    failures_href: str


def flow_rows(
    sandbox: Sandbox,
    *,
    window: Window,
    totals: Mapping[int, Totals],
    waiting: Mapping[int, Lag],
    flows: Iterable[DataflowRow],
    inlets: Iterable[Inlet],
) -> list[FlowTraffic]:
    """One line for each connection, and for whatever else had traffic; failing ones first.

    The lines add up to the sandbox's totals.
    """
    by_inlet: dict[int, list[DataflowRow]] = {}
    for flow in flows:
        if flow.inlet is not None:
            by_inlet.setdefault(flow.inlet.number, []).append(flow)
    known = {inlet.number: inlet for inlet in inlets}
    failures = reverse("monitoring-failures", args=[sandbox.name])
    rows = []
    for number in {*known, *totals, *waiting}:
        found = totals.get(number, Totals())
        own = by_inlet.get(number, [])
        datasets = {flow.dataset.pk: flow.dataset for flow in own if flow.dataset is not None}
        name, under = _names(number, known.get(number), own)
        rows.append(
            FlowTraffic(
                name=name,
                under=under,
                inlet=known.get(number),
                datasets=tuple(datasets.values()),
                totals=found,
                requests_a_second=rate(found.received, window.seconds),
                processed_a_second=rate(found.processed, window.seconds),
                lag=waiting.get(number, Lag(0, None)),
                failures_href=f"{failures}?{replace(Scope(window), inlet=number).query()}",
            )
        )
    return sorted(rows, key=lambda row: (-row.totals.failed, -row.totals.received, row.name))


def _names(number: int, inlet: Inlet | None, flows: list[DataflowRow]) -> tuple[str, str]:
    """What the line is called, and what stands under it."""
    if number == NO_INLET:
        return "File uploads", "Rows of files"
    if inlet is None:
        return f"Deleted connection {number}", "Its records are kept"
    if not flows:
        return inlet.name, "No dataflow: records name their dataset"
    names = ", ".join(flow.flow.name for flow in flows[:3])
    more = f" and {len(flows) - 3} more" if len(flows) > 3 else ""
    return f"{names}{more}", inlet.name
