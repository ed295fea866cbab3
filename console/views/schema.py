"""The schema editor: structure, fields, identities. Edits wait in a draft until they are saved."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.forms.schemas import NEW_GROUP, AddFieldForm, FieldForm, IdentityForm, NameForm
from console.pages import Crumb, Tab, actor_of, in_sandbox, render_page
from console.schemas.editor import (
    KIND,
    Editor,
    SelectedField,
    add_operation,
    editor_href,
    find_schema,
    load_editor,
    rows_for,
    selected_field,
    tabs_of,
    view_of,
)
from console.schemas.tree import FieldRow, Path, find_node, split
from core.drafts.actions import change_draft_of, discard_draft
from core.drafts.queries import find_draft_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.browse import list_datasets_of
from ingestion.schemas.edit_actions import save_edits
from ingestion.schemas.editing import NEW
from ingestion.xdm.types import xdm_type


@dataclass(frozen=True, slots=True)
class EditorPage:
    """The editor with the form of its right rail."""

    editor: Editor
    tabs: tuple[Tab, ...]
    rows: tuple[FieldRow, ...]
    field: SelectedField | None
    form: FieldForm | NameForm
    identity: IdentityForm | None
    parent: str
    adding: bool
    deprecated: bool
    parents: tuple[str, ...]
    datasets: tuple[Dataset, ...]
    json: str


@require_GET
@in_sandbox
def structure(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """The structure of a schema, with the properties of one field or of the schema."""
    return _show(request, sandbox, load_editor(request, sandbox, token))


def _show(  # noqa: PLR0913 - a page, and the form that failed on it
    request: HttpRequest,
    sandbox: Sandbox,
    editor: Editor,
    *,
    field: Path | None = None,
    form: FieldForm | NameForm | None = None,
    parent: Path | None = None,
    status: int = 200,
) -> HttpResponse:
    view = view_of(request, editor)
    chosen = selected_field(sandbox, editor, view.selected if field is None else field)
    if form is None:
        form = _field_form(chosen) if chosen else _name_form(editor)
    identity = IdentityForm(sandbox=sandbox) if chosen and chosen.is_text else None
    page = EditorPage(
        editor=editor,
        tabs=tabs_of(sandbox, editor, "schema"),
        rows=rows_for(sandbox, editor, view),
        field=chosen if parent is None else None,
        form=form,
        identity=identity,
        parent=".".join(parent or ()),
        adding=parent is not None,
        deprecated=view.deprecated,
        parents=chosen.path[:-1] if chosen else (),
        datasets=tuple(list_datasets_of(sandbox=sandbox, schema_uri=editor.row.uri)),
        json=json.dumps(editor.tree, indent=2, ensure_ascii=False),
    )
    return render_page(
        request,
        "console/schemas/schema/editor.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title=("• " if editor.unsaved else "") + editor.title,
        crumbs=(Crumb("Schemas", reverse("schemas", args=[sandbox.name])), Crumb(editor.title)),
        fragment="editor",
        status=status,
    )


def _name_form(editor: Editor) -> NameForm:
    return NameForm(initial={"title": editor.title, "description": editor.description})


def _field_form(field: SelectedField) -> FieldForm:
    node = field.node
    text = field.is_text
    return FieldForm(
        initial={
            "title": node.get("title", ""),
            "description": node.get("description", ""),
            "required": field.required,
            "values": "\n".join(
                f"{value}={label}" if label and label != value else value
                for value, label in field.values
            ),
            "closed": bool(node.get("enum")),
            "pattern": node.get("pattern", ""),
            "format": node.get("format", ""),
            "least": node.get("minLength" if text else "minimum"),
            "most": node.get("maxLength" if text else "maximum"),
        }
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def add(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Add a field below the object `parent`, or at the root."""
    editor = load_editor(request, sandbox, token)
    source = request.GET if request.method == "GET" else request.POST
    parent = split(source.get("parent", "")) or (editor.tenant,)
    groups = [(group.uri, group.title) for group in editor.own_groups]
    if request.method == "GET":
        title = f"{editor.title} fields"
        form = AddFieldForm(groups=groups, initial={"group_title": "" if groups else title})
        return _show(request, sandbox, editor, form=form, parent=parent)
    form = AddFieldForm(request.POST, groups=groups)
    if form.is_valid():
        path = (*parent, form.cleaned_data["name"])
        group = form.cleaned_data["group"]
        if group == NEW_GROUP:
            group = NEW + form.cleaned_data["group_title"].strip()
        operation = {
            "op": "add_field",
            "path": ".".join(path),
            "node": form.node(),
            "required": form.cleaned_data["required"],
            "group": group,
        }
        if find_node(editor.tree, path) is not None:
            form.add_error("name", f"{'.'.join(path)} exists already.")
        elif _try(request, sandbox, editor, operation, form):
            return redirect(editor_href(sandbox, token, field=path))
    return _show(request, sandbox, editor, form=form, parent=parent, status=422)


def _try(
    request: HttpRequest,
    sandbox: Sandbox,
    editor: Editor,
    operation: dict[str, Any],
    form: FieldForm | NameForm,
) -> bool:
    """Keep the edit; when it cannot be applied the form says why."""
    try:
        add_operation(request, sandbox, editor.row, operation)
    except AppError as error:
        form.add_error(None, error.message)
        return False
    return True


@require_POST
@in_sandbox
def change(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Apply the properties of a field."""
    editor = load_editor(request, sandbox, token)
    path = split(request.POST.get("field", ""))
    field = selected_field(sandbox, editor, path)
    form = FieldForm(request.POST)
    if field is None:
        return redirect(editor_href(sandbox, token))
    if form.is_valid():
        operation = {
            "op": "set_field",
            "path": field.dotted,
            "node": {**form.described(), **form.limits(xdm_type(field.node))},
            "required": form.cleaned_data["required"],
        }
        if _try(request, sandbox, editor, operation, form):
            return redirect(editor_href(sandbox, token, field=path))
    return _show(request, sandbox, editor, field=path, form=form, status=422)


@require_POST
@in_sandbox
def act(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """One edit that needs no form of its own: remove, deprecate, identity, groups."""
    row = find_schema(sandbox, token)
    operation = _OPERATIONS[request.POST.get("do", "")](request.POST)
    path = split(request.POST.get("field", ""))
    try:
        add_operation(request, sandbox, row, operation)
    except AppError as error:
        messages.error(request, error.message)
    gone = operation["op"] == "remove_field"
    return redirect(editor_href(sandbox, token, field=path[:-1] if gone else path))


def _status(value: str | None) -> Any:
    return lambda given: {
        "op": "set_field",
        "path": given["field"],
        "node": {"meta:status": value},
    }


_OPERATIONS: dict[str, Any] = {
    "remove": lambda given: {"op": "remove_field", "path": given["field"]},
    "deprecate": _status("deprecated"),
    "restore": _status(None),
    "identity": lambda given: {
        "op": "identity",
        "path": given["field"],
        "namespace": given["namespace"],
        "primary": given.get("primary") == "on",
        "require": given.get("require") == "on",
    },
    "drop-identity": lambda given: {"op": "drop_identity", "path": given["field"]},
    "drop-relation": lambda given: {"op": "drop_relation", "path": given["field"]},
    "add-group": lambda given: {"op": "add_group", "group": given["group"]},
    "remove-group": lambda given: {"op": "remove_group", "group": given["group"]},
}


@require_POST
@in_sandbox
def rename(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Apply name and description of the schema."""
    editor = load_editor(request, sandbox, token)
    form = NameForm(request.POST)
    if form.is_valid():
        operation = {"op": "describe", **form.cleaned_data}
        if _try(request, sandbox, editor, operation, form):
            return redirect(editor_href(sandbox, token))
    return _show(request, sandbox, editor, form=form, status=422)


@require_POST
@in_sandbox
def save(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Store all edits, or none and say why."""
    row = find_schema(sandbox, token)
    draft = find_draft_of(row.uri, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    if draft is None:
        return redirect(editor_href(sandbox, token))
    try:
        document = save_edits(
            draft.state.get("operations", ()),
            schema_uri=row.uri,
            etags=draft.state.get("etags", {}),
            sandbox=sandbox,
            actor=actor_of(request),
        )
    except AppError as error:
        editor = load_editor(request, sandbox, token)
        path = split(str(error.fields.get("path", "")).replace("[*]", ""))
        known = find_node(editor.tree, path) is not None
        field = selected_field(sandbox, editor, path) if known else None
        form = _field_form(field) if field else _name_form(editor)
        form.is_bound = True
        form.data = form.initial
        form.full_clean()
        form.add_error(None, error.message)
        return _show(request, sandbox, editor, field=path, form=form, status=422)
    discard_draft(draft)
    title = document["title"]
    messages.success(request, f"{title} saved (version {document['version']}).")
    return redirect(editor_href(sandbox, token))


@require_POST
@in_sandbox
def undo(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Take back the last edit, or all of them."""
    row = find_schema(sandbox, token)
    draft = find_draft_of(row.uri, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    if draft is not None and (
        request.POST.get("all") == "on" or len(draft.state.get("operations", ())) < 2
    ):
        discard_draft(draft)
    elif draft is not None:
        change_draft_of(
            row.uri,
            kind=KIND,
            actor=actor_of(request),
            sandbox=sandbox,
            change=lambda state: {**state, "operations": state.get("operations", [])[:-1]},
        )
    return redirect(editor_href(sandbox, token))
