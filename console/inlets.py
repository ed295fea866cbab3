"""What every page of a streaming connection shows: its status, addresses and tabs."""

from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse

from console.pages import Crumb, Tab
from console.records import Fate
from console.traffic import DAY
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.connections.browse import FlowTarget, flow_targets
from ingestion.connections.models import Inlet
from ingestion.connections.queries import ENABLED, get_inlet, inlet_url
from profiles.monitoring.queries import totals_by_inlet
from profiles.monitoring.types import Totals


def fate_of(inlet: Inlet, day: Totals) -> Fate:
    """The connection's status light, from its switch and a day's traffic."""
    if not is_open(inlet):
        return Fate("neutral", "Disabled")
    if not day.received and not day.ingested:
        return Fate("neutral", "Waiting for first record" if not day.failed else "Idle 24 h")
    if day.failed and not day.ingested:
        return Fate("negative", "Failing")
    if day.failed:
        return Fate("notice", "Receiving with errors")
    return Fate("positive", "Receiving")


def is_open(inlet: Inlet) -> bool:
    """Whether the connection takes records."""
    connection = inlet.connection
    return inlet.enabled and (connection is None or connection.state == ENABLED)


@dataclass(frozen=True, slots=True)
class Head:
    """What all pages of one endpoint share; `day` is the traffic of the last 24 hours."""

    inlet: Inlet
    enabled: bool
    day: Totals
    url: str
    batch_url: str
    fate: Fate
    targets: tuple[FlowTarget, ...]
    org_id: str
    tabs: tuple[Tab, ...]


def head_of(sandbox: Sandbox, inlet_id: str, *, tab: str) -> Head:
    try:
        inlet = get_inlet(sandbox=sandbox, inlet_id=inlet_id)
    except NotFound as error:
        raise Http404(str(error)) from error
    inlet.sandbox = sandbox
    links = flow_targets(
        sandbox=sandbox, connections=[inlet.connection_id] if inlet.connection_id else []
    )
    totals = totals_by_inlet(sandbox.number, DAY.window).get(inlet.number, Totals())
    url = inlet_url(inlet_id)
    address = reverse("source", args=[sandbox.name, inlet_id])
    return Head(
        inlet=inlet,
        enabled=is_open(inlet),
        day=totals,
        url=url,
        batch_url=url.replace("/collection/", "/collection/batch/"),
        fate=fate_of(inlet, totals),
        targets=tuple(links.get(inlet.connection_id, ())) if inlet.connection_id else (),
        org_id=sandbox.organization.ims_org_id,
        tabs=(
            Tab("Endpoint", address, current=tab == "endpoint"),
            Tab("Metrics", f"{address}metrics/", current=tab == "metrics"),
            Tab("Errors", f"{address}errors/", current=tab == "errors"),
        ),
    )


def crumbs_of(sandbox: Sandbox, *names: str) -> tuple[Crumb, ...]:
    return (Crumb("Sources", reverse("sources", args=[sandbox.name])), *map(Crumb, names))
