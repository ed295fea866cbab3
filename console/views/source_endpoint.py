"""The endpoint page: addresses, try it, validate only, live tail."""

from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.components import Problem
from console.inlets import Head, crumbs_of, head_of
from console.pages import Tab, in_sandbox, render_page, wants_fragment
from console.records import TailLine, tail_lines
from console.trial import trial_of
from console.tryout import LANGUAGES, Answer, send, snippet
from core import clock
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.browse import DatasetFilter, browse_datasets
from ingestion.catalog.models import Dataset
from ingestion.collect.envelope import RAW
from ingestion.connections.models import Inlet
from ingestion.journal.queries import list_batches, list_tail
from ingestion.schemas.browse import titles_of_schemas

TAIL_LENGTH = 50
LONGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class Try:
    """The "Try it" card: what to send where, in which language, and what came of it.

    `answer` is that to the sample record, `sent` that to the pasted text.
    """

    dataset: Dataset | None = None
    schema_title: str = ""
    choices: tuple[Dataset, ...] = ()
    language: str = "curl"
    tabs: tuple[Tab, ...] = ()
    code: str = ""
    body: str = ""
    trouble: str = ""
    raw: bool = False
    answer: Answer | None = None
    sent: Answer | None = None
    problems: tuple[Problem, ...] | None = None


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """The endpoint, how to use it, and what arrives."""

    head: Head
    tryout: Try
    tail: tuple[TailLine, ...]
    as_of: int


def _try(request: HttpRequest, head: Head, *, body: str = "") -> Try:
    """The card as it stands before anything is sent; a body is validated."""
    choices, dataset = _datasets(request, head)
    language = request.GET.get("lang", "curl")
    shown = Try(
        dataset=dataset,
        choices=choices,
        language=language,
        tabs=_languages(head, dataset if len(choices) > 1 else None, language),
        body=body,
        raw=head.inlet.data_type == RAW,
    )
    if dataset is None:
        return shown
    titles = titles_of_schemas(sandbox=head.inlet.sandbox, uris=[dataset.schema_uri])
    shown = replace(shown, schema_title=titles.get(dataset.schema_uri, dataset.schema_uri))
    try:
        trial = trial_of(head.inlet, dataset, flow_id=_flow_of(head, dataset))
        problems = trial.validate(body) if body else None
        return replace(shown, code=snippet(trial.tryout, language), problems=problems)
    except AppError as error:
        return replace(shown, trouble=error.message)


def _languages(head: Head, dataset: Dataset | None, language: str) -> tuple[Tab, ...]:
    here = reverse("source", args=[head.inlet.sandbox.name, head.inlet.inlet_id])
    chosen = f"&dataset={dataset.pk}" if dataset is not None else ""
    return tuple(
        Tab(label, f"{here}?lang={name}{chosen}#try", current=name == language)
        for name, label in LANGUAGES
    )


def _datasets(request: HttpRequest, head: Head) -> tuple[tuple[Dataset, ...], Dataset | None]:
    """Datasets a message may name, and the chosen one: a flow decides, otherwise the person."""
    choices = tuple(target.dataset for target in head.targets if target.dataset is not None)
    if not choices:
        found, _ = browse_datasets(
            sandbox=head.inlet.sandbox, wanted=DatasetFilter(xdm_only=True), size=50
        )
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
        crumbs=crumbs_of(sandbox, head.inlet.name),
        fragment=fragment,
    )


def _tail(sandbox: Sandbox, inlet: Inlet) -> tuple[TailLine, ...]:
    records = list_tail(sandbox.number, limit=TAIL_LENGTH, inlet=inlet.number)
    return tail_lines(sandbox, records, list_batches(sandbox.number, limit=TAIL_LENGTH))


@require_GET
@in_sandbox
def endpoint(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """The endpoint page; htmx asks for the "Try it" card alone when the language changes."""
    head = head_of(sandbox, inlet_id, tab="endpoint")
    return _render_endpoint(request, sandbox, head, _try(request, head), fragment="tryit")


@require_GET
@in_sandbox
def tail(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """The live tail alone, polled."""
    if not wants_fragment(request):
        return redirect("source", sandbox.name, inlet_id)
    head = head_of(sandbox, inlet_id, tab="endpoint")
    return _render_endpoint(request, sandbox, head, Try(), fragment="tail")


@require_POST
@in_sandbox
def send_test(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Send the sample record through the collector and show the answer."""
    head = head_of(sandbox, inlet_id, tab="endpoint")
    answer = _send(request, head, body=None)
    tryout = replace(_try(request, head), answer=answer)
    return _render_endpoint(request, sandbox, head, tryout, fragment="tryit")


@require_POST
@in_sandbox
def check(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Validate pasted JSON; nothing is stored."""
    head = head_of(sandbox, inlet_id, tab="endpoint")
    tryout = _try(request, head, body=_body(request))
    return _render_endpoint(request, sandbox, head, tryout, fragment="verdict")


@require_POST
@in_sandbox
def send_as_is(request: HttpRequest, sandbox: Sandbox, inlet_id: str) -> HttpResponse:
    """Send the pasted text through the collector, byte for byte, and show the answer."""
    head = head_of(sandbox, inlet_id, tab="endpoint")
    body = _body(request)
    answer = _send(request, head, body=body.encode())
    tryout = replace(_try(request, head), body=body, sent=answer)
    return _render_endpoint(request, sandbox, head, tryout, fragment="verdict")


def _body(request: HttpRequest) -> str:
    return request.POST.get("body", "")[:LONGEST_BODY]


def _send(request: HttpRequest, head: Head, *, body: bytes | None) -> Answer:
    _, dataset = _datasets(request, head)
    if dataset is None:
        raise Http404("No dataset to send to")
    try:
        trial = trial_of(head.inlet, dataset, flow_id=_flow_of(head, dataset))
        return send(head.inlet, trial.tryout, body=body)
    except AppError as error:
        return Answer(0, ok=False, body=error.message, record_id="")
