"""Create a computed attribute, and change one that is a draft."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from console.builder.catalog import Catalog, read_catalog
from console.computed import (
    attribute_crumbs,
    attribute_href,
    attributes_href,
    find_or_404,
    parts_of,
)
from console.forms.computed_attributes import AttributeForm
from console.pages import actor_of, in_sandbox, render_page
from core.errors import AppError
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.fields import field_at
from profiles.segmentation.computed.actions import change_attribute, create_attribute
from profiles.segmentation.computed.parts import Written, write_parts
from profiles.segmentation.computed.types import AttributeInput
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.pql.errors import PqlError

_DEFAULT_DAYS = 7


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form; `attribute` is the draft it changes, None for a new one."""

    form: AttributeForm
    attribute: ComputedAttribute | None
    cancel_href: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def new(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Create one, as a draft or published."""
    if request.method == "GET":
        initial = {"count": _DEFAULT_DAYS, "unit": "DAYS", "function": "SUM"}
        return _show(request, sandbox, _form(sandbox, initial=initial))
    form = _form(sandbox, data=request.POST)
    made = _save(request, sandbox, form, None)
    if made is None:
        return _show(request, sandbox, form, status=422)
    return _done(request, sandbox, made)


@require_http_methods(["GET", "POST"])
@in_sandbox
def edit(request: HttpRequest, sandbox: Sandbox, attribute_id: UUID) -> HttpResponse:
    """Change a draft."""
    attribute = find_or_404(sandbox, attribute_id)
    if attribute.status != ComputedAttribute.Status.DRAFT:
        messages.error(request, f"{attribute.display_name} is published: only drafts can change.")
        return redirect(attribute_href(sandbox, attribute))
    initial, as_code = _initial(sandbox, attribute)
    if request.method == "GET":
        form = _form(sandbox, as_code=as_code, initial=initial)
        return _show(request, sandbox, form, attribute=attribute)
    form = _form(sandbox, as_code=as_code, data=request.POST)
    made = _save(request, sandbox, form, attribute)
    if made is None:
        return _show(request, sandbox, form, attribute=attribute, status=422)
    return _done(request, sandbox, made)


def _initial(sandbox: Sandbox, attribute: ComputedAttribute) -> tuple[dict[str, Any], bool]:
    """What the form shows of a draft, and whether its expression stays code."""
    initial: dict[str, Any] = {
        "display_name": attribute.display_name,
        "name": attribute.name,
        "description": attribute.description,
        "count": attribute.duration_count,
        "unit": attribute.duration_unit,
        "keep_current": attribute.keep_current,
        "expression": attribute.expression,
    }
    parts = parts_of(sandbox, attribute)
    if parts is None:
        return initial, True
    initial |= {name: getattr(parts, name) for name in parts.__slots__}
    known = {value for value, _ in _flat(_field_choices(read_catalog(sandbox)))}
    return initial, bool(parts.field) and parts.field not in known


def _form(sandbox: Sandbox, *, as_code: bool = False, **given: Any) -> AttributeForm:
    catalog = read_catalog(sandbox)
    return AttributeForm(
        event_types=_event_types(catalog, given),
        fields=_field_choices(catalog),
        as_code=as_code,
        **given,
    )


def _event_types(catalog: Catalog, given: dict[str, Any]) -> list[tuple[str, str]]:
    """Types with data first; and the one a draft has, wherever it comes from."""
    found = {
        each.value: each.title if each.title == each.value else f"{each.title} ({each.value})"
        for each in catalog.event_types(everything=True)
    }
    chosen = (given.get("data") or given.get("initial") or {}).get("event_type")
    if isinstance(chosen, str) and chosen:
        found.setdefault(chosen, chosen)
    return list(found.items())


def _field_choices(catalog: Catalog) -> list[tuple[str, Any]]:
    """Single fields of events by where they are; those with data come first."""
    single = [
        leaf
        for leaf in catalog.leaves("event", everything=True)
        if leaf.kind is not None and not _lies_in_list(catalog, leaf.path)
    ]
    with_data = [leaf for leaf in single if leaf.documents]
    rest = [leaf for leaf in single if not leaf.documents]
    groups: list[tuple[str, Any]] = []
    if with_data:
        groups.append(("Fields with data", [_choice(leaf) for leaf in with_data]))
    for where, leaves in groupby(rest, key=lambda leaf: leaf.where):
        groups.append((where or "Event", [_choice(leaf) for leaf in leaves]))
    return groups


def _lies_in_list(catalog: Catalog, path: str) -> bool:
    found = field_at(catalog.types["event"], path)
    return found is None or found.many


def _choice(leaf: Any) -> tuple[str, str]:
    return leaf.path, f"{leaf.title} · {leaf.path} ({leaf.kind_word.lower()})"


def _flat(groups: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    for _, choices in groups:
        yield from choices


def _save(
    request: HttpRequest,
    sandbox: Sandbox,
    form: AttributeForm,
    attribute: ComputedAttribute | None,
) -> ComputedAttribute | None:
    """Store what the form says; None: it says what is wrong with it."""
    if not form.is_valid():
        return None
    if form.as_code:
        written = Written(form.cleaned_data["expression"], 0)
    else:
        written = write_parts(form.parts)
    given = form.input_of(written.text, published="publish" in request.POST)
    try:
        return _store(request, sandbox, given, attribute)
    except PqlError as error:
        _place(form, written, error)
    except AppError as error:
        form.add_error(form.field_for(str(error.fields.get("path", ""))), error.message)
    return None


def _store(
    request: HttpRequest,
    sandbox: Sandbox,
    given: AttributeInput,
    attribute: ComputedAttribute | None,
) -> ComputedAttribute:
    actor = actor_of(request)
    if attribute is None:
        return create_attribute(given, actor=actor, sandbox=sandbox)
    return change_attribute(
        lambda stored: replace(given, expression=_same_or(given, stored)),
        actor=actor,
        sandbox=sandbox,
        attribute_id=str(attribute.pk),
    )


def _same_or(given: AttributeInput, stored: AttributeInput) -> Any:
    """An expression that did not change stays as its author wrote it."""
    same = given.expression.value == stored.expression.value
    return stored.expression if same else given.expression


def _place(form: AttributeForm, written: Written, error: PqlError) -> None:
    """Say what is wrong where it can be put right."""
    if form.as_code:
        form.add_error("expression", error.message)
        return
    found = written.in_condition(error, form.parts.condition)
    if found is not None:
        form.add_error("condition", found.message)
    else:
        form.add_error("function" if form.parts.function == "COUNT" else "field", error.reason)


def _done(request: HttpRequest, sandbox: Sandbox, made: ComputedAttribute) -> HttpResponse:
    is_draft = made.status == ComputedAttribute.Status.DRAFT
    what = "saved as a draft" if is_draft else "published: its values are being computed"
    messages.success(request, f"Computed attribute {made.display_name} {what}.")
    return redirect(attribute_href(sandbox, made))


def _show(
    request: HttpRequest,
    sandbox: Sandbox,
    form: AttributeForm,
    *,
    attribute: ComputedAttribute | None = None,
    status: int = 200,
) -> HttpResponse:
    title = "Create computed attribute"
    cancel = attributes_href(sandbox)
    crumbs = attribute_crumbs(sandbox, "Create")
    if attribute is not None:
        title, cancel = f"Edit {attribute.display_name}", attribute_href(sandbox, attribute)
        crumbs = attribute_crumbs(sandbox, attribute.display_name, "Edit")
    return render_page(
        request,
        "console/computed/form.html",
        FormPage(form, attribute, cancel),
        sandbox=sandbox,
        section="profiles",
        title=title,
        crumbs=crumbs,
        status=status,
    )
