"""Metrics and errors of one streaming connection."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.inlets import Head, crumbs_of, head_of
from console.pages import Tab, in_sandbox, render_page
from console.records import ErrorGroup, error_groups
from console.traffic import Traffic, read_traffic, span_named, span_tabs
from core import clock
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import list_reject_groups


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """Traffic of one endpoint."""

    head: Head
    traffic: Traffic
    spans: tuple[Tab, ...]
    as_of: int


@require_GET
@in_sandbox
def metrics(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Received, ingested, failed and latency over a span."""
    head = head_of(sandbox, inlet_id, tab="metrics")
    span = span_named(request.GET.get("span", ""))
    page = MetricsPage(
        head,
        read_traffic(sandbox.number, span, inlet=head.inlet.number),
        span_tabs(span),
        clock.now_us(),
    )
    return render_page(
        request,
        "console/sources/metrics.html",
        page,
        sandbox=sandbox,
        section="sources",
        title=head.inlet.name,
        crumbs=crumbs_of(sandbox, head.inlet.name),
    )


@dataclass(frozen=True, slots=True)
class ErrorsPage:
    """Rejected records of one endpoint by cause."""

    head: Head
    groups: tuple[ErrorGroup, ...]
    as_of: int


@require_GET
@in_sandbox
def errors(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """What went wrong, most frequent first."""
    head = head_of(sandbox, inlet_id, tab="errors")
    page = ErrorsPage(
        head,
        error_groups(sandbox, list_reject_groups(sandbox.number, inlet=head.inlet.number)),
        clock.now_us(),
    )
    return render_page(
        request,
        "console/sources/errors.html",
        page,
        sandbox=sandbox,
        section="sources",
        title=head.inlet.name,
        crumbs=crumbs_of(sandbox, head.inlet.name),
    )
