"""Sources: streaming connections and the page of one endpoint."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.components import Paging, Problem
from console.pages import Crumb, Tab, in_sandbox, render_page, wants_fragment
from console.paging import paging_of, size_of
from console.records import Fate, TailLine, tail_lines
from console.traffic import SPANS, Span, Totals, Traffic, read_traffic, span_named, totals_by_inlet
from console.tryout import LANGUAGES, Answer, make_tryout, send, snippet, validate
from core import clock
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import browse_datasets
from ingestion.catalog.models import Dataset
from ingestion.connections.browse import FlowTarget, browse_inlets, flow_targets
from ingestion.connections.models import Inlet
from ingestion.connections.queries import ENABLED, get_inlet, inlet_url
from ingestion.journal.queries import list_reject_groups, list_batches, list_tail
from ingestion.journal.types import RejectGroup
from ingestion.schemas.browse import titles_of_schemas

DAY_MIN = 1440
TAIL_LENGTH = 50


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A line of the list."""

    inlet: Inlet
    fate: Fate
    targets: tuple[FlowTarget, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class SourceListPage:
    """Streaming connections that match the search."""

    rows: tuple[SourceRow, ...]
    paging: Paging
    text: str
    any_exist: bool
    as_of: int


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All streaming connections with a day's traffic."""
    text = request.GET.get("q", "").strip()
    found, total = browse_inlets(
        sandbox=sandbox, text=text, after=request.GET.get("after", ""), size=size_of(request)
    )
    targets = flow_targets(
        sandbox=sandbox,
        connections=[row.connection_id for row in found.rows if row.connection_id],
    )
    totals = totals_by_inlet(sandbox.number, minutes=DAY_MIN)
    rows = tuple(
        SourceRow(
            inlet=row,
            fate=fate_of(row, totals.get(row.number, Totals())),
            targets=tuple(targets.get(row.connection_id, ()) if row.connection_id else ()),
            totals=totals.get(row.number, Totals()),
        )
        for row in found.rows
    )
    return render_page(
        request,
        "console/sources/list.html",
        SourceListPage(
            rows, paging_of(found, total=total), text, bool(total or text), clock.now_us()
        ),
        sandbox=sandbox,
        section="sources",
        title="Sources",
        fragment="results",
    )


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


def _head(sandbox: Sandbox, inlet_id: str, *, tab: str) -> Head:
    try:
        inlet = get_inlet(sandbox=sandbox, inlet_id=inlet_id)
    except NotFound as error:
        raise Http404(str(error)) from error
    inlet.sandbox = sandbox
    links = flow_targets(
        sandbox=sandbox, connections=[inlet.connection_id] if inlet.connection_id else []
    )
    totals = totals_by_inlet(sandbox.number, minutes=DAY_MIN).get(inlet.number, Totals())
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


@dataclass(frozen=True, slots=True)
class Try:
    """The "Try it" card: what to send where, in which language, and what came of it."""

    dataset: Dataset | None
    schema_title: str
    choices: tuple[Dataset, ...]
    language: str
    tabs: tuple[Tab, ...]
    code: str
    body: str
    trouble: str
    answer: Answer | None = None
    problems: tuple[Problem, ...] | None = None


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """The endpoint, how to use it, and what arrives."""

    head: Head
    tryout: Try
    tail: tuple[TailLine, ...]
    as_of: int


def _try(
    request: HttpRequest, head: Head, *, answer: Answer | None = None, body: str = ""
) -> Try:
    sandbox = head.inlet.sandbox
    choices, dataset = _datasets(request, head)
    language = request.GET.get("lang", "curl")
    code = trouble = title = ""
    problems: tuple[Problem, ...] | None = None
    if dataset is not None:
        title = titles_of_schemas(sandbox=sandbox, uris=[dataset.schema_uri]).get(
            dataset.schema_uri, dataset.schema_uri
        )
        try:
            code = snippet(make_tryout(head.inlet, dataset, flow_id=_flow_of(head, dataset)), language)
            problems = validate(head.inlet, dataset, body) if body else None
        except AppError as error:
            trouble = error.message
    chosen = f"&dataset={dataset.pk}" if dataset and len(choices) > 1 else ""
    here = reverse("source", args=[sandbox.name, head.inlet.inlet_id])
    tabs = tuple(
        Tab(label, f"{here}?lang={name}{chosen}#try", current=name == language)
        for name, label in LANGUAGES
    )
    return Try(dataset, title, choices, language, tabs, code, body, trouble, answer, problems)


def _datasets(request: HttpRequest, head: Head) -> tuple[tuple[Dataset, ...], Dataset | None]:
    """Datasets a message may name, and the chosen one: a flow decides, otherwise the person."""
    choices = tuple(target.dataset for target in head.targets if target.dataset is not None)
    if not choices:
        found, _ = browse_datasets(sandbox=head.inlet.sandbox, size=50)
        choices = tuple(found.rows)
    wanted = request.POST.get("dataset") or request.GET.get("dataset", "")
    chosen = next((each for each in choices if each.pk == wanted), None)
    return choices, chosen or next(iter(choices), None)


def _flow_of(head: Head, dataset: Dataset) -> str:
    return next((t.flow_id for t in head.targets if t.dataset and t.dataset.pk == dataset.pk), "")


def _render_endpoint(
    request: HttpRequest, sandbox: Sandbox, head: Head, tryout: Try, *, fragment: str = ""
) -> HttpResponse:
    wanted = fragment if wants_fragment(request) else ""
    lines = () if wanted in {"tryit", "verdict"} else _tail(sandbox, head.inlet)
    return render_page(
        request,
        "console/sources/endpoint.html",
        EndpointPage(head, tryout, lines, clock.now_us()),
        sandbox=sandbox,
        section="sources",
        title=head.inlet.name,
        crumbs=_crumbs(sandbox, head.inlet.name),
        fragment=fragment,
    )


def _crumbs(sandbox: Sandbox, *names: str) -> tuple[Crumb, ...]:
    return (Crumb("Sources", reverse("sources", args=[sandbox.name])), *map(Crumb, names))


def _tail(sandbox: Sandbox, inlet: Inlet) -> tuple[TailLine, ...]:
    records = list_tail(sandbox.number, limit=TAIL_LENGTH, inlet=inlet.number)
    return tail_lines(sandbox, records, list_batches(sandbox.number, limit=TAIL_LENGTH))


@require_GET
@in_sandbox
def endpoint(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """The endpoint page; htmx asks for the "Try it" card alone when the language changes."""
    head = _head(sandbox, inlet_id, tab="endpoint")
    return _render_endpoint(request, sandbox, head, _try(request, head), fragment="tryit")


@require_GET
@in_sandbox
def tail(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """The live tail alone, polled."""
    if not wants_fragment(request):
        return redirect("source", sandbox.name, inlet_id)
    head = _head(sandbox, inlet_id, tab="endpoint")
    nothing = Try(None, "", (), "", (), "", "", "")
    return _render_endpoint(request, sandbox, head, nothing, fragment="tail")


@require_POST
@in_sandbox
def send_test(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Send the sample record through the collector and show the answer."""
    head = _head(sandbox, inlet_id, tab="endpoint")
    _, dataset = _datasets(request, head)
    if dataset is None:
        raise Http404("No dataset to send to")
    try:
        message = make_tryout(head.inlet, dataset, flow_id=_flow_of(head, dataset))
        answer = send(head.inlet, message)
    except AppError as error:
        answer = Answer(0, ok=False, body=error.message, record_id="")
    return _render_endpoint(
        request, sandbox, head, _try(request, head, answer=answer), fragment="tryit"
    )


@require_POST
@in_sandbox
def check(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Validate pasted JSON; nothing is stored."""
    head = _head(sandbox, inlet_id, tab="endpoint")
    body = request.POST.get("body", "")[:1_000_000]
    return _render_endpoint(
        request, sandbox, head, _try(request, head, body=body), fragment="verdict"
    )


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
    head = _head(sandbox, inlet_id, tab="metrics")
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
        crumbs=_crumbs(sandbox, head.inlet.name),
    )


def span_tabs(current: Span) -> tuple[Tab, ...]:
    """Links to other spans."""
    return tuple(Tab(span.label, f"?span={span.name}", current=span is current) for span in SPANS)


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Rejects with one cause, with links to the latest of them."""

    group: RejectGroup
    samples: tuple[tuple[str, str], ...]


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
    head = _head(sandbox, inlet_id, tab="errors")
    page = ErrorsPage(
        head, error_groups(sandbox, list_reject_groups(sandbox.number, inlet=head.inlet.number)), clock.now_us()
    )
    return render_page(
        request,
        "console/sources/errors.html",
        page,
        sandbox=sandbox,
        section="sources",
        title=head.inlet.name,
        crumbs=_crumbs(sandbox, head.inlet.name),
    )


def error_groups(sandbox: Sandbox, groups: list[RejectGroup]) -> tuple[ErrorGroup, ...]:
    """Groups with the addresses of their samples."""
    return tuple(
        ErrorGroup(
            group,
            tuple(
                (f"{sandbox.number}-{seq}", reverse("record", args=[sandbox.name, f"{sandbox.number}-{seq}"]))
                for seq in group.samples
            ),
        )
        for group in groups
    )
