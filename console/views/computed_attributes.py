"""Computed attributes: the list, one of them, and what can be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from console.audiences import people_of
from console.builder.catalog import read_catalog
from console.computed import (
    EVALUATIONS,
    FUNCTIONS,
    attribute_crumbs,
    attribute_href,
    attributes_href,
    find_or_404,
    full_path,
    lifecycle_of,
    look_back,
    parts_of,
    refresh_word,
    shown_value,
)
from console.pages import actor_of, in_sandbox, render_page
from console.paging import page_of
from console.people import display_name
from console.tables import Column, Table, table_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation.computed import actions
from profiles.segmentation.computed.parts import Parts
from profiles.segmentation.computed.queries import find_open_run, list_attributes, list_runs
from profiles.segmentation.computed.shown import Share, distribution_of, sample_values
from profiles.segmentation.computed.usage import users_of_attribute
from profiles.segmentation.computed_models import ComputedAttribute, ComputedRun
from profiles.segmentation.models import SegmentDefinition

Status = ComputedAttribute.Status
COLUMNS = (
    Column("name", "Name"),
    Column("description", "Description", wide=True),
    Column("method", "Evaluation method", wide=True),
    Column("evaluated", "Last evaluated"),
    Column("evaluation", "Last evaluation status"),
    Column("refresh", "Refresh frequency", wide=True),
    Column("fast", "Fast refresh", wide=True),
    Column("lifecycle", "Lifecycle"),
    Column("count", "Profiles", number=True, extra=True),
    Column("updated", "Last updated", extra=True),
)


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """A line of the list; a tone and a word each for lifecycle and last evaluation."""

    attribute: ComputedAttribute
    lifecycle: tuple[str, str]
    evaluation: tuple[str, str] | None
    refresh: str


@dataclass(frozen=True, slots=True)
class AttributesPage:
    """There are a handful."""

    table: Table
    rows: tuple[AttributeRow, ...]
    any_exist: bool


@require_GET
@in_sandbox
def list_(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All of the sandbox, the newest change first."""
    found = list(list_attributes(sandbox=sandbox))
    shown, paging = page_of(found, request)
    page = AttributesPage(
        table=table_of(
            request,
            "computed-attributes",
            label="Computed attributes",
            columns=COLUMNS,
            paging=paging,
        ),
        rows=tuple(_row(each) for each in shown),
        any_exist=bool(found),
    )
    return render_page(
        request,
        "console/computed/list.html",
        page,
        sandbox=sandbox,
        section="profiles",
        title="Computed attributes",
    )


def _row(attribute: ComputedAttribute) -> AttributeRow:
    return AttributeRow(
        attribute=attribute,
        lifecycle=lifecycle_of(attribute),
        evaluation=EVALUATIONS.get(attribute.status),
        refresh=refresh_word(attribute),
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """A profile and its value."""

    xid: str
    name: str
    value: str
    moment: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, or a range of values, and how many profiles have it."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class AttributePage:
    """Everything about one. `parts` None: its expression is code only."""

    attribute: ComputedAttribute
    lifecycle: tuple[str, str]
    evaluation: tuple[str, str] | None
    path: str
    function: str
    parts: Parts | None
    field_title: str
    event_title: str
    look_back: str
    refresh: str
    run: ComputedRun | None
    last: ComputedRun | None
    samples: tuple[Sample, ...]
    bars: tuple[Bar, ...]
    users: tuple[SegmentDefinition, ...]
    created_by: str
    updated_by: str

    @property
    def is_in_use(self) -> bool:
        """Whether profiles have it as a field."""
        return self.attribute.status not in (Status.DRAFT, Status.DISABLED)

    @property
    def keeps_event_time(self) -> bool:
        """Whether a value's moment is that of an event."""
        return self.attribute.function == "MOST_RECENT"


@require_GET
@in_sandbox
def detail(request: HttpRequest, sandbox: Sandbox, attribute_id: UUID) -> HttpResponse:
    """One attribute; htmx fetches it again while it is evaluated."""
    attribute = find_or_404(sandbox, attribute_id)
    return render_page(
        request,
        "console/computed/detail.html",
        _page(sandbox, attribute),
        sandbox=sandbox,
        section="profiles",
        title=attribute.display_name,
        crumbs=attribute_crumbs(sandbox, attribute.display_name),
        fragment="body",
    )


def _page(sandbox: Sandbox, attribute: ComputedAttribute) -> AttributePage:
    parts = parts_of(sandbox, attribute)
    names = people_of([attribute.created_by, attribute.updated_by])
    field_title, event_title = _titles(sandbox, parts)
    samples = sample_values(attribute)
    return AttributePage(
        attribute=attribute,
        lifecycle=lifecycle_of(attribute),
        evaluation=EVALUATIONS.get(attribute.status),
        path=full_path(sandbox, attribute),
        function=FUNCTIONS[attribute.function],
        parts=parts,
        field_title=field_title,
        event_title=event_title,
        look_back=look_back(attribute),
        refresh=refresh_word(attribute),
        run=find_open_run(attribute),
        last=list_runs(attribute).filter(finished_ms__isnull=False).first(),
        samples=tuple(
            Sample(
                each.xid,
                display_name(each.attributes, ()) if each.attributes else each.identity,
                shown_value(each.value),
                each.moment,
            )
            for each in samples
        ),
        bars=tuple(map(_bar, distribution_of(attribute))) if samples else (),
        users=tuple(users_of_attribute(attribute)),
        created_by=names[attribute.created_by],
        updated_by=names[attribute.updated_by],
    )


def _titles(sandbox: Sandbox, parts: Parts | None) -> tuple[str, str]:
    """What people call its field and its events."""
    if parts is None:
        return "", ""
    catalog = read_catalog(sandbox)
    events = catalog.event_title(parts.event_type) if parts.event_type else "All events"
    return (catalog.event_field_title(parts.field) if parts.field else ""), events


def _bar(share: Share) -> Bar:
    label = shown_value(share.value)
    if share.until is not None and share.until != share.value:
        label = f"{label} to {shown_value(share.until)}"
    return Bar(label, share.count)


@require_POST
@in_sandbox
def publish(request: HttpRequest, sandbox: Sandbox, attribute_id: UUID) -> HttpResponse:
    """Fix a draft, or take an inactive one into use again."""
    return _do(request, sandbox, attribute_id, actions.publish_attribute, "published")


@require_POST
@in_sandbox
def evaluate(request: HttpRequest, sandbox: Sandbox, attribute_id: UUID) -> HttpResponse:
    """Compute its values now."""
    return _do(request, sandbox, attribute_id, actions.evaluate_now, "is evaluated now")


@require_POST
@in_sandbox
def deactivate(request: HttpRequest, sandbox: Sandbox, attribute_id: UUID) -> HttpResponse:
    """Take it out of use."""
    return _do(request, sandbox, attribute_id, actions.deactivate_attribute, "deactivated")


@require_POST
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, attribute_id: UUID) -> HttpResponse:
    """Delete it once its name was typed."""
    attribute = find_or_404(sandbox, attribute_id)
    name, own = attribute.display_name, attribute_href(sandbox, attribute)
    if request.POST.get("name", "").strip() != name:
        messages.error(request, f"Not deleted: type {name} to confirm.")
        return redirect(own)
    try:
        actions.delete_attribute(
            actor=actor_of(request), sandbox=sandbox, attribute_id=str(attribute_id)
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect(own)
    messages.success(request, f"Computed attribute {name} deleted with its values.")
    return redirect(attributes_href(sandbox))


def _do(
    request: HttpRequest,
    sandbox: Sandbox,
    attribute_id: UUID,
    action: Callable[..., ComputedAttribute],
    done: str,
) -> HttpResponse:
    """Do it, say how it went, and show the attribute again."""
    attribute = find_or_404(sandbox, attribute_id)
    try:
        action(actor=actor_of(request), sandbox=sandbox, attribute_id=str(attribute_id))
        messages.success(request, f"Computed attribute {attribute.display_name} {done}.")
    except AppError as error:
        messages.error(request, error.message)
    return redirect(attribute_href(sandbox, attribute))
