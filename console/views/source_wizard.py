"""Set up an HTTP API source: a wizard over a draft, one address a step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from console.forms.sources import AccountForm, DataflowForm, SampleForm, TargetForm
from console.http_api_setup import (
    ACCOUNT,
    DATA,
    DETAIL,
    MAPPING,
    REVIEW,
    TARGET,
    Setup,
    finish,
)
from console.mapping_table import MappingTable, proposed_rows, rows_from_post, table_of
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.views.source_wizard_catalog import DRAFT_KIND
from console.wizard import WizardStep, steps_of
from core.drafts.actions import change_draft, discard_draft, start_draft
from core.drafts.models import Draft
from core.drafts.queries import get_draft
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.catalog.switches import obstacle_to_profile
from ingestion.schemas.browse import titles_of_schemas
from ingestion.schemas.queries import compiled_schema

type State = dict[str, Any]
_LEADS = {
    ACCOUNT: "You get an address that takes records over HTTP. Who may send to it, and what?",
    DATA: "Paste what senders will send. It is only used to find fields; nothing is stored.",
    TARGET: "Where do the records go?",
    MAPPING: "Which field of the source goes where?",
    DETAIL: "A dataflow takes the records of this connection to the dataset.",
    REVIEW: "Nothing is created before you finish.",
}


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """A part of the review with the way back to change it."""

    title: str
    href: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WizardPage:
    """One step: its form, or the mapping table, or the review."""

    step: str
    lead: str
    steps: tuple[WizardStep, ...]
    form: forms.Form | None
    table: MappingTable | None
    review: tuple[ReviewSection, ...]
    draft_id: str
    back_href: str
    trouble: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def start(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """The first step, before there is a draft."""
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        state = {**form.cleaned_data, "step": ACCOUNT}
        draft = start_draft(DRAFT_KIND, actor=actor_of(request), sandbox=sandbox, state=state)
        return _go(sandbox, draft, Setup(sandbox, draft.state).after(ACCOUNT))
    status = 422 if request.method == "POST" else 200
    return _show(request, Setup(sandbox, {}), None, ACCOUNT, form=form, status=status)


@require_http_methods(["GET", "POST"])
@in_sandbox
def step(request: HttpRequest, sandbox: Sandbox, draft_id: UUID, step: str) -> HttpResponse:
    """One step of a draft."""
    draft = _draft(request, sandbox, draft_id)
    setup = Setup(sandbox, draft.state)
    names = [name for name, _ in setup.steps]
    gap = setup.gap()
    # A step further on than the first gap would ask about what is not known yet.
    if step not in names or (gap and names.index(step) > names.index(gap)):
        return _go(sandbox, draft, gap or names[0])
    if step == REVIEW:
        return _review(request, setup, draft)
    if step == MAPPING:
        return _mapping(request, setup, draft)
    return _form_step(request, setup, draft, step)


def _form_step(request: HttpRequest, setup: Setup, draft: Draft, step: str) -> HttpResponse:
    make = _FORMS[step]
    if request.method == "GET":
        return _show(request, setup, draft, step, form=make(None, setup))
    form = make(request.POST, setup)
    if not form.is_valid():
        return _show(request, setup, draft, step, form=form, status=422)
    given = _plain(form.cleaned_data)
    if step == TARGET:
        given = _with_schema(given, setup)
        obstacle = _profile_obstacle(setup.sandbox, given)
        if obstacle:
            form.add_error("profile", obstacle)
            return _show(request, setup, draft, step, form=form, status=422)
    changed = _save(request, setup.sandbox, draft, {**given, "step": step})
    return _go(setup.sandbox, changed, Setup(setup.sandbox, changed.state).after(step))


def _make_account(data: Any, setup: Setup) -> forms.Form:
    return AccountForm(data, initial=setup.state)


def _make_sample(data: Any, setup: Setup) -> forms.Form:
    return SampleForm(data, initial=setup.state)


def _make_target(data: Any, setup: Setup) -> forms.Form:
    initial = {"mode": "existing", "profile": True, **setup.state}
    return TargetForm(data, sandbox=setup.sandbox, anywhere=not setup.is_raw, initial=initial)


def _make_detail(data: Any, setup: Setup) -> forms.Form:
    initial = {"flow_name": setup.state.get("name", ""), **setup.state}
    return DataflowForm(data, initial=initial)


_FORMS: dict[str, Callable[[Any, Setup], forms.Form]] = {
    ACCOUNT: _make_account,
    DATA: _make_sample,
    TARGET: _make_target,
    DETAIL: _make_detail,
}


def _plain(given: dict[str, Any]) -> State:
    """Form values as JSON holds them."""
    return {
        name: value.pk
        if isinstance(value, Dataset)
        else getattr(value, "uri", value)
        if name == "schema"
        else value
        for name, value in given.items()
    }


def _with_schema(given: State, setup: Setup) -> State:
    """The answer about the dataset; an existing one brings its schema, another schema a mapping."""
    if given["mode"] == "existing":
        given["schema"] = Dataset.objects.get(pk=given["dataset"]).schema_uri
    return given if given.get("schema") == setup.schema_uri else {**given, "rows": None}


def _profile_obstacle(sandbox: Sandbox, given: State) -> str:
    if given["mode"] != "new" or not given.get("profile"):
        return ""
    return obstacle_to_profile(sandbox=sandbox, schema_uri=given["schema"])


def _mapping(request: HttpRequest, setup: Setup, draft: Draft) -> HttpResponse:
    schema = compiled_schema(setup.sandbox.number, setup.schema_uri)
    do = request.POST.get("do", "next")
    if request.method == "GET":
        rows = proposed_rows(setup.sample, schema, before=setup.state.get("rows") or ())
        return _show(request, setup, draft, MAPPING, table=table_of(rows, setup.sample, schema))
    if do == "suggest":
        rows = proposed_rows(setup.sample, schema)
    else:
        rows = rows_from_post(request.POST.dict(), clear=do == "clear")
    changed = _save(request, setup.sandbox, draft, {"rows": rows, "step": MAPPING})
    table = table_of(rows, setup.sample, schema)
    setup = Setup(setup.sandbox, changed.state)
    if do == "next" and not table.troubles and table.mapped:
        return _go(setup.sandbox, changed, setup.after(MAPPING))
    trouble = ""
    if do == "next":
        trouble = "Map at least one field." if not table.mapped else "Correct the mapping first."
    status = 422 if trouble else 200
    return _show(request, setup, changed, MAPPING, table=table, trouble=trouble, status=status)


def _review(request: HttpRequest, setup: Setup, draft: Draft) -> HttpResponse:
    if request.method == "GET":
        return _show(request, setup, draft, REVIEW)
    try:
        inlet = finish(draft, actor=actor_of(request), sandbox=setup.sandbox)
    except AppError as error:
        return _show(request, setup, draft, REVIEW, trouble=error.message, status=422)
    messages.success(request, f"Connection {inlet.name} created. Send it a first record.")
    return redirect("source", setup.sandbox.name, inlet.inlet_id)


@require_POST
@in_sandbox
def discard(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> HttpResponse:
    """Cancel: the draft goes, nothing was created."""
    discard_draft(_draft(request, sandbox, draft_id))
    messages.success(request, "Setup discarded. Nothing was created.")
    return redirect("source-catalog", sandbox.name)


def _draft(request: HttpRequest, sandbox: Sandbox, draft_id: UUID) -> Draft:
    try:
        return get_draft(str(draft_id), kind=DRAFT_KIND, actor=actor_of(request), sandbox=sandbox)
    except NotFound as error:
        raise Http404(error.message) from error


def _save(request: HttpRequest, sandbox: Sandbox, draft: Draft, given: State) -> Draft:
    return change_draft(
        str(draft.pk),
        kind=DRAFT_KIND,
        actor=actor_of(request),
        sandbox=sandbox,
        change=lambda state: {**state, **given},
    )


def _go(sandbox: Sandbox, draft: Draft, step: str) -> HttpResponse:
    return redirect("source-wizard", sandbox.name, draft.pk, step)


def _show(  # noqa: PLR0913 - a step shows one of several things
    request: HttpRequest,
    setup: Setup,
    draft: Draft | None,
    step: str,
    *,
    form: forms.Form | None = None,
    table: MappingTable | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    sandbox = setup.sandbox
    hrefs = _hrefs(setup, draft) if draft else {}
    names = [name for name, _ in setup.steps]
    links = {name: href for name, href in hrefs.items() if names.index(name) < names.index(step)}
    page = WizardPage(
        step=step,
        lead=_LEADS[step],
        steps=steps_of(setup.steps, step, **links),
        form=form,
        table=table,
        review=tuple(_sections(setup, hrefs)) if step == REVIEW else (),
        draft_id=str(draft.pk) if draft else "",
        back_href=hrefs.get(setup.before(step), ""),
        trouble=trouble,
    )
    return render_page(
        request,
        "console/sources/wizard.html",
        page,
        sandbox=sandbox,
        section="sources",
        title="Set up HTTP API",
        crumbs=(
            Crumb("Sources", reverse("sources", args=[sandbox.name])),
            Crumb("Set up HTTP API"),
        ),
        status=status,
    )


def _hrefs(setup: Setup, draft: Draft) -> dict[str, str]:
    """Addresses of the steps."""
    return {
        name: reverse("source-wizard", args=[setup.sandbox.name, draft.pk, name])
        for name, _ in setup.steps
    }


def _sections(setup: Setup, hrefs: dict[str, str]) -> list[ReviewSection]:
    state = setup.state
    titles = titles_of_schemas(sandbox=setup.sandbox, uris=[setup.schema_uri])
    account = (
        ("Name", state["name"]),
        ("Data", "Any JSON, mapped to XDM" if setup.is_raw else "XDM records"),
        (
            "Authentication",
            "Bearer token required" if state["authentication"] else "Open to anyone",
        ),
    )
    sections = [ReviewSection("Connection", hrefs[ACCOUNT], account)]
    sections.append(ReviewSection("Dataset", hrefs[TARGET], _target_facts(setup, titles)))
    if setup.is_raw:
        facts = tuple(
            (row["target"], row["source"] or f"“{row.get('constant')}”")
            for row in state["rows"]
            if row["target"]
        )
        sections.append(ReviewSection("Mapping", hrefs[MAPPING], facts))
    if setup.has_flow:
        sections.append(ReviewSection("Dataflow", hrefs[DETAIL], (("Name", state["flow_name"]),)))
    return sections


def _target_facts(setup: Setup, titles: dict[str, str]) -> tuple[tuple[str, str], ...]:
    state = setup.state
    if state["mode"] == "none":
        return (("Dataset", "Named in each record"),)
    schema = ("Schema", titles.get(setup.schema_uri, setup.schema_uri))
    if state["mode"] == "existing":
        dataset = Dataset.objects.filter(sandbox=setup.sandbox, pk=state["dataset"]).first()
        return (("Existing dataset", dataset.name if dataset else "Deleted meanwhile"), schema)
    enabled = "Enabled" if state.get("profile") else "Disabled"
    return (("New dataset", state["dataset_name"]), schema, ("Profile", enabled))
