"""The wizard "Create schema", by hand or from a sample. A draft keeps the answers of every step."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.forms.schemas import FIELD_TYPES, NameForm, SampleForm
from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.schemas.sample import SampleField, fields_of, operations_of, read_fields
from console.schemas.words import CLASS_WORDS, EVENT_CLASS, PROFILE_CLASS
from console.wizard import WizardStep, steps_of
from core.drafts.actions import change_draft, discard_draft, start_draft
from core.drafts.models import Draft
from core.drafts.queries import get_draft, list_drafts
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from ingestion.namespaces.queries import list_namespaces
from ingestion.schemas.browse import Part, class_family, list_parts, titles_of_parts
from ingestion.schemas.edit_actions import SchemaInput, create_schema

KIND = "schema-new"
_STEPS = {
    "manual": (("class", "Class"), ("groups", "Field groups"), ("review", "Name and review")),
    "sample": (
        ("class", "Class"),
        ("sample", "Sample"),
        ("fields", "Fields"),
        ("review", "Name and review"),
    ),
}


@dataclass(frozen=True, slots=True)
class StartPage:
    """How to begin, and what was begun before."""

    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step; what a step does not need stays empty."""

    draft: Draft
    step: str
    back: str
    steps: tuple[WizardStep, ...]
    classes: tuple[Part, ...] = ()
    groups: tuple[Part, ...] = ()
    chosen: tuple[str, ...] = ()
    text: str = ""
    form: Any = None
    fields: tuple[SampleField, ...] = ()
    namespaces: tuple[str, ...] = ()
    types: tuple[tuple[str, str], ...] = FIELD_TYPES
    facts: tuple[tuple[str, str, str], ...] = ()


@require_http_methods(["GET", "POST"])
@in_sandbox
def start(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Choose manual or from a sample, or take up a draft."""
    actor = actor_of(request)
    if request.method == "POST":
        source = "sample" if request.POST.get("source") == "sample" else "manual"
        state = {"source": source, "class": PROFILE_CLASS, "step": "class"}
        draft = start_draft(KIND, actor=actor, sandbox=sandbox, state=state)
        return redirect("schema-step", sandbox.name, str(draft.pk), "class")
    page = StartPage(tuple(list_drafts(KIND, actor=actor, sandbox=sandbox)))
    return _render(request, sandbox, "console/schemas/new/start.html", page)


def _render(
    request: HttpRequest, sandbox: Sandbox, template: str, page: Any, *, status: int = 200
) -> HttpResponse:
    listed = Crumb("Schemas", reverse("schemas", args=[sandbox.name]))
    return render_page(
        request,
        template,
        page,
        sandbox=sandbox,
        section="schemas",
        title="Create schema",
        crumbs=(listed, Crumb("Create schema")),
        status=status,
    )


@require_http_methods(["GET", "POST"])
@in_sandbox
def step(request: HttpRequest, sandbox: Sandbox, draft_id: str, name: str) -> HttpResponse:
    """One step of the wizard; "discard" gives the draft up."""
    try:
        draft = get_draft(draft_id, kind=KIND, actor=actor_of(request), sandbox=sandbox)
    except NotFound as error:
        raise Http404(error.message) from error
    if name == "discard" and request.method == "POST":
        discard_draft(draft)
        return redirect("schemas", sandbox.name)
    if name not in dict(_STEPS[draft.state["source"]]):
        raise Http404(f"No step {name}")
    if request.method == "GET":
        return _show(request, sandbox, draft, name)
    return _ANSWERS[name](request, sandbox, draft)


def _keep(request: HttpRequest, sandbox: Sandbox, draft: Draft, **answers: Any) -> None:
    change_draft(
        str(draft.pk),
        kind=KIND,
        actor=actor_of(request),
        sandbox=sandbox,
        change=lambda state: {**state, **answers},
    )


def _go(sandbox: Sandbox, draft: Draft, name: str) -> HttpResponse:
    return redirect("schema-step", sandbox.name, str(draft.pk), name)


def _show(
    request: HttpRequest,
    sandbox: Sandbox,
    draft: Draft,
    name: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    steps = _STEPS[draft.state["source"]]
    names = [each for each, _ in steps]
    hrefs = {
        each: reverse("schema-step", args=[sandbox.name, str(draft.pk), each])
        for each in names[: names.index(name)]
    }
    known = _CONTEXTS[name](request, sandbox, draft)
    page = StepPage(
        draft=draft,
        step=name,
        back=list(hrefs.values())[-1] if hrefs else "",
        steps=steps_of(steps, name, **hrefs),
        **{**known, **more},
    )
    return _render(request, sandbox, f"console/schemas/new/{name}.html", page, status=status)


# --- what each step shows ------------------------------------------------------------------------


def _class_context(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> dict[str, Any]:
    text = request.GET.get("q", "")
    found = list_parts(sandbox=sandbox, kind="classes", text=text)
    others = tuple(part for part in found if part.uri not in CLASS_WORDS)
    return {"classes": others, "chosen": (draft.state["class"],), "text": text}


def _groups_context(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> dict[str, Any]:
    text = request.GET.get("q", "")
    family = class_family(sandbox=sandbox, class_uri=draft.state["class"])
    found = list_parts(sandbox=sandbox, kind="mixins", text=text, family=family)
    chosen = tuple(draft.state.get("groups", ()))
    shown = {part.uri for part in found}
    kept = titles_of_parts(sandbox=sandbox, uris=set(chosen) - shown)
    hidden = tuple((uri, title, "") for uri, title in kept.items())
    return {"groups": tuple(found), "chosen": chosen, "text": text, "facts": hidden}


def _sample_context(_request: HttpRequest, _sandbox: Sandbox, draft: Draft) -> dict[str, Any]:
    return {"form": SampleForm(initial={"text": draft.state.get("sample", "")})}


def _fields_context(_request: HttpRequest, sandbox: Sandbox, draft: Draft) -> dict[str, Any]:
    spaces = list_namespaces(organization=sandbox.organization)
    return {
        "fields": fields_of(draft.state),
        "namespaces": tuple(space.code for space in spaces),
    }


def _review_context(_request: HttpRequest, sandbox: Sandbox, draft: Draft) -> dict[str, Any]:
    state = draft.state
    groups = _groups_of(state)
    titles = titles_of_parts(sandbox=sandbox, uris=[state["class"], *groups])
    facts = [("Class", CLASS_WORDS.get(state["class"], titles.get(state["class"], "")), "class")]
    names = ", ".join(titles.get(uri, uri) for uri in groups) or "None"
    if state["source"] == "manual":
        facts.append(("Field groups", names, "groups"))
    else:
        kept = [field for field in fields_of(state) if field.keep]
        own = ", ".join(".".join(field.target) for field in kept)
        facts += [("Fields", own or "None", "fields"), ("Standard groups", names, "fields")]
    form = NameForm(
        initial={"title": state.get("title", ""), "description": state.get("description", "")}
    )
    return {"form": form, "facts": tuple(facts)}


def _groups_of(state: dict[str, Any]) -> list[str]:
    if state["source"] == "manual":
        return list(state.get("groups", ()))
    used = {field.group for field in fields_of(state) if field.keep and field.group}
    return sorted(used)


_CONTEXTS = {
    "class": _class_context,
    "groups": _groups_context,
    "sample": _sample_context,
    "fields": _fields_context,
    "review": _review_context,
}

# --- what each step keeps ------------------------------------------------------------------------


def _answer_class(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    wanted = request.POST.get("class", PROFILE_CLASS)
    if wanted != draft.state["class"]:
        # Other classes take other groups.
        _keep(request, sandbox, draft, groups=[], **{"class": wanted})
    return _go(sandbox, draft, _STEPS[draft.state["source"]][1][0])


def _answer_groups(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    _keep(request, sandbox, draft, groups=request.POST.getlist("group"))
    return _go(sandbox, draft, "review")


def _answer_sample(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    form = SampleForm(request.POST, request.FILES)
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            fields = read_fields(text, events=draft.state["class"] == EVENT_CLASS)
        except AppError as error:
            form.add_error("text", error.message)
        else:
            _keep(request, sandbox, draft, sample=text, fields=fields)
            return _go(sandbox, draft, "fields")
    return _show(request, sandbox, draft, "sample", form=form, status=422)


def _answer_fields(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    fields = [
        {
            **field,
            "keep": request.POST.get(f"keep-{number}") == "on",
            "name": request.POST.get(f"name-{number}", field["name"]).strip(),
            "type": request.POST.get(f"type-{number}", field["type"]),
            "standard": request.POST.get(f"use-{number}", "") == "standard",
            "identity": request.POST.get(f"namespace-{number}", "")
            if request.POST.get(f"identity-{number}") == "on"
            else "",
        }
        for number, field in enumerate(draft.state.get("fields", ()))
    ]
    _keep(request, sandbox, draft, fields=fields)
    return _go(sandbox, draft, "review")


def _answer_review(request: HttpRequest, sandbox: Sandbox, draft: Draft) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        _keep(request, sandbox, draft, **form.cleaned_data)
        try:
            given = SchemaInput(
                title=form.cleaned_data["title"],
                description=form.cleaned_data["description"],
                class_uri=draft.state["class"],
                groups=tuple(_groups_of(draft.state)),
            )
            document = create_schema(
                given,
                operations=operations_of(sandbox, draft.state, title=given.title),
                sandbox=sandbox,
                actor=actor_of(request),
            )
        except AppError as error:
            form.add_error("title" if error.fields.get("path") == "title" else None, error.message)
        else:
            discard_draft(draft)
            messages.success(
                request, f"Schema {document['title']} created. Add a field, or create a dataset."
            )
            return redirect("schema", sandbox.name, str(document["$id"]).rpartition("/")[2])
    return _show(request, sandbox, draft, "review", form=form, status=422)


_ANSWERS = {
    "class": _answer_class,
    "groups": _answer_groups,
    "sample": _answer_sample,
    "fields": _answer_fields,
    "review": _answer_review,
}
