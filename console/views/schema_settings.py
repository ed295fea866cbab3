"""What happens to a schema as a whole: field groups, Profile, deletion."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.schemas.editor import Editor, add_operation, editor_href, load_editor
from console.schemas.fill import FillRates, fill_rates
from core.drafts.actions import discard_draft
from core.drafts.queries import find_draft_of
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.schemas.actions import delete_resource, tag_for_profile
from ingestion.schemas.browse import Part, class_family, list_datasets_of, list_parts
from ingestion.schemas.models import Descriptor
from ingestion.schemas.relationships import count_relationships_to
from ingestion.xdm import names

READINESS_RECORDS = 100


@dataclass(frozen=True, slots=True)
class GroupsPage:
    """Field groups that fit and are not in the schema yet."""

    editor: Editor
    groups: tuple[Part, ...]
    chosen: tuple[str, ...]
    text: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def groups(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Add field groups; they wait with the other edits until Save."""
    editor = load_editor(request, sandbox, token)
    if request.method == "POST":
        try:
            for uri in request.POST.getlist("group"):
                operation = {"op": "add_group", "group": uri}
                add_operation(request, sandbox, editor.row, operation)
        except AppError as error:
            messages.error(request, error.message)
        return redirect(editor_href(sandbox, token))
    text = request.GET.get("q", "").strip()
    family = class_family(sandbox=sandbox, class_uri=editor.row.class_uri)
    present = {group.uri for group in editor.groups}
    found = list_parts(sandbox=sandbox, kind="mixins", text=text, family=family)
    page = GroupsPage(editor, tuple(p for p in found if p.uri not in present), (), text)
    return _render(request, sandbox, "groups", page, "Add field groups")


def _render(
    request: HttpRequest,
    sandbox: Sandbox,
    template: str,
    page: "GroupsPage | ProfilePage | DeletePage",
    title: str,
    *,
    status: int = 200,
) -> HttpResponse:
    editor = page.editor
    return render_page(
        request,
        f"console/schemas/schema/{template}.html",
        page,
        sandbox=sandbox,
        section="schemas",
        title=title,
        crumbs=(
            Crumb("Schemas", reverse("schemas", args=[sandbox.name])),
            Crumb(editor.title, editor_href(sandbox, editor.token)),
            Crumb(title),
        ),
        fragment="results" if template == "groups" else "",
        status=status,
    )


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the readiness panel."""

    tone: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Whether the schema is ready for Profile."""

    editor: Editor
    checks: tuple[Check, ...]
    ready: bool
    datasets: tuple[Dataset, ...]
    error: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def profile(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Include the schema in Profile once its name was typed: there is no way back."""
    editor = load_editor(request, sandbox, token)
    error = ""
    if request.method == "POST":
        if request.POST.get("name", "").strip() != editor.row.title:
            error = f"Not enabled: type {editor.row.title} to confirm."
        else:
            try:
                tag_for_profile(schema_uri=editor.row.uri, sandbox=sandbox, actor=actor_of(request))
            except AppError as refused:
                error = refused.message
            else:
                messages.success(request, f"{editor.row.title} is included in Profile.")
                return redirect(editor_href(sandbox, token))
    datasets = list_datasets_of(sandbox=sandbox, schema_uri=editor.row.uri)
    checks = _checks(sandbox, editor, datasets)
    ready = not any(check.tone == "negative" for check in checks)
    page = ProfilePage(editor, checks, ready, tuple(datasets), error)
    status = 422 if error else 200
    return _render(request, sandbox, "profile", page, "Enable for Profile", status=status)


def _checks(sandbox: Sandbox, editor: Editor, datasets: list[Dataset]) -> tuple[Check, ...]:
    if names.ADHOC in editor.row.document.get("meta:extends", ()):
        text = "A schema made for one file describes a table, no people: it stays out of Profile."
        return (Check("negative", "Adhoc schema", text),)
    checks = [_identity_check(editor)]
    if editor.unsaved:
        checks.append(
            Check("negative", "Unsaved edits", "Save or discard your edits first: others stay out.")
        )
    if editor.primary is not None:
        rates = fill_rates(sandbox, datasets, editor.tree, limit=READINESS_RECORDS)
        checks.append(_filled_check(rates, editor.primary.path))
    many = len(datasets)
    words = f"{many} dataset{'' if many == 1 else 's'} use the schema"
    checks.append(
        Check("informative", words, "They stay as they are; each is enabled on its own page.")
    )
    return tuple(checks)


def _identity_check(editor: Editor) -> Check:
    if editor.primary is not None:
        path = ".".join(editor.primary.path)
        return Check("positive", "Primary identity", f"{path} in {editor.primary.namespace}.")
    if "identityMap" in editor.tree.get("properties", {}):
        return Check("positive", "Identity map", "Records name their identities themselves.")
    return Check(
        "negative",
        "No primary identity",
        "Mark a text field as the primary identity, or add the field group Identity Map.",
    )


def _filled_check(rates: FillRates, path: tuple[str, ...]) -> Check:
    if not rates.records:
        return Check("informative", "No records yet", "Nothing shows whether it is filled.")
    filled = rates.counts.get(path, 0)
    text = f"{filled} of the last {rates.records} records have {'.'.join(path)}."
    tone, word = ("positive", "Filled") if filled == rates.records else ("notice", "Partly filled")
    return Check(tone, word, text)


@dataclass(frozen=True, slots=True)
class DeletePage:
    """What deleting the schema means."""

    editor: Editor
    datasets: tuple[Dataset, ...]
    descriptors: int
    referring: int
    allowed: bool
    error: str


@require_http_methods(["GET", "POST"])
@in_sandbox
def delete(request: HttpRequest, sandbox: Sandbox, token: str) -> HttpResponse:
    """Delete a schema nobody uses, once its name was typed."""
    editor = load_editor(request, sandbox, token)
    error = ""
    if request.method == "POST":
        if request.POST.get("name", "").strip() != editor.row.title:
            error = f"Not deleted: type {editor.row.title} to confirm."
        else:
            error = _delete(request, sandbox, editor)
            if not error:
                messages.success(request, f"Schema {editor.row.title} deleted.")
                return redirect("schemas", sandbox.name)
    datasets = tuple(list_datasets_of(sandbox=sandbox, schema_uri=editor.row.uri))
    described = Descriptor.objects.filter(sandbox=sandbox, schema_uri=editor.row.uri).count()
    page = DeletePage(
        editor=editor,
        datasets=datasets,
        descriptors=described,
        referring=count_relationships_to(sandbox=sandbox, uris=[editor.row.uri]),
        allowed=not datasets and not editor.row.union,
        error=error,
    )
    status = 422 if error else 200
    return _render(request, sandbox, "delete", page, "Delete schema", status=status)


def _delete(request: HttpRequest, sandbox: Sandbox, editor: Editor) -> str:
    """Why it was not deleted; empty when it was."""
    if editor.row.union:
        return "A schema that is included in Profile cannot be deleted."
    actor = actor_of(request)
    try:
        delete_resource(kind="schemas", identifier=editor.row.uri, sandbox=sandbox, actor=actor)
    except AppError as error:
        return error.message
    draft = find_draft_of(editor.row.uri, kind="schema-edit", actor=actor, sandbox=sandbox)
    if draft is not None:
        discard_draft(draft)
    return ""
