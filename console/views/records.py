"""One record: its way through the pipeline, its content, and another try after a refusal."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.components import TraceStep
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.people import xid_of_pair
from console.records import FATES, Fate, primary_identity, read_message, trace_steps
from core.errors import Invalid, NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.browse import names_of_inlets
from ingestion.journal.actions import redrive_reject
from ingestion.journal.queries import get_trace
from ingestion.journal.types import RecordTrace


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A record and its trace."""

    record_id: str
    fate: Fate
    steps: tuple[TraceStep, ...]
    message: dict[str, Any]
    text: str
    marked: str
    waiting: bool
    can_retry: bool
    retried_as: str


def parse_record_id(sandbox: Sandbox, record_id: str) -> int:
    """The sequence number in "<stream>-<seq>"; a record of another sandbox does not exist here."""
    stream, _, seq = record_id.partition("-")
    if stream != str(sandbox.number) or not seq.isdigit():
        raise Http404(f"No record {record_id} in this sandbox")
    return int(seq)


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, record_id: str) -> HttpResponse:
    """The record trace page."""
    try:
        trace = get_trace(sandbox.number, parse_record_id(sandbox, record_id))
    except NotFound as error:
        raise Http404(error.message) from error
    kept = trace.record or trace.reject
    message = read_message(kept.payload if kept else b"")
    reject = trace.reject
    page = RecordPage(
        record_id=record_id,
        fate=Fate(*FATES[trace.outcome]),
        steps=_steps(sandbox, trace, message),
        message=message,
        text=json.dumps(message, indent=2, ensure_ascii=False),
        marked=f"/body/xdmEntity{reject.path}"
        if reject and not reject.path.startswith(("/header", "/body"))
        else reject.path
        if reject
        else "",
        waiting=trace.outcome == "waiting",
        can_retry=reject is not None and reject.state == "open",
        retried_as=f"{sandbox.number}-{reject.redriven_as}"
        if reject and reject.redriven_as
        else "",
    )
    return render_page(
        request,
        "console/records/detail.html",
        page,
        sandbox=sandbox,
        section="monitoring",
        title=f"Record {record_id}",
        crumbs=(Crumb("Monitoring", reverse("monitoring", args=[sandbox.name])), Crumb(record_id)),
        fragment="trace",
    )


def _steps(sandbox: Sandbox, trace: RecordTrace, message: dict[str, Any]) -> tuple[TraceStep, ...]:
    kept = trace.record or trace.reject
    number = kept.inlet if kept else 0
    inlet = names_of_inlets(sandbox=sandbox, numbers=[number]).get(number)
    return trace_steps(
        trace,
        inlet_name=inlet.name if inlet else "Sent again after a failure",
        dataset=_dataset_step(sandbox, message),
        profile=_profile_step(sandbox, message),
    )


def _dataset_step(sandbox: Sandbox, message: dict[str, Any]) -> TraceStep:
    header = message.get("header")
    dataset_id = header.get("datasetId") if isinstance(header, dict) else None
    dataset = Dataset.objects.filter(sandbox=sandbox, pk=str(dataset_id or "")).first()
    if dataset is None:
        return TraceStep("", "done")
    href = reverse("dataset", args=[sandbox.name, dataset.pk]) if dataset.deleted_ms is None else ""
    return TraceStep("", "done", href=href, link_label=dataset.name)


def _profile_step(sandbox: Sandbox, message: dict[str, Any]) -> TraceStep:
    namespace, value = primary_identity(sandbox.number, message)
    xid = xid_of_pair(sandbox=sandbox, namespace=namespace, value=value)
    if not xid:
        return TraceStep("", "done")
    href = reverse("profile", args=[sandbox.name, xid])
    return TraceStep("", "done", href=href, link_label="Open profile")


@require_POST
@in_sandbox
def retry(request: HttpRequest, sandbox: Sandbox, record_id: str) -> HttpResponse:
    """Append a refused record again, corrected when a text is given."""
    text = request.POST.get("payload", "").strip()
    seq = parse_record_id(sandbox, record_id)
    try:
        done = redrive_reject(
            actor=actor_of(request),
            sandbox=sandbox,
            seq=seq,
            payload=text.encode() if text else None,
        )
    except Invalid as error:
        messages.error(request, error.message)
        return redirect("record", sandbox.name, record_id)
    if done is None:
        messages.warning(request, f"Record {record_id} was sent again before.")
        return redirect("record", sandbox.name, record_id)
    messages.success(
        request, f"Record {record_id} sent again as {sandbox.number}-{done.redriven_as}."
    )
    return redirect("record", sandbox.name, f"{sandbox.number}-{done.redriven_as}")
