"""The draft of an audience: its canvas or code, what is beside it, and the way back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404

from core.access.types import Actor
from core.drafts.actions import State, change_draft, start_draft
from core.drafts.models import Draft
from core.drafts.queries import find_draft_of, get_draft
from core.errors import NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.canvas import Canvas
from profiles.segmentation.builder.documents import from_document, to_document
from profiles.segmentation.builder.read import CodeOnly, read
from profiles.segmentation.builder.write import Written, write
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.profile_types import profile_type

KIND = "audience"
_MOST_UNDO = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule being edited: a canvas, or code that no canvas shows, with the reason."""

    canvas: Canvas
    code: str = ""
    reason: str = ""

    @property
    def code_only(self) -> bool:
        """Whether it is code that no canvas shows."""
        return bool(self.code)

    def written(self) -> Written:
        """Its PQL."""
        return Written(self.code, (), {}) if self.code else write(self.canvas)


@dataclass(frozen=True, slots=True)
class Properties:
    """What is beside the rule. `method` and `policy` as the actions take them."""

    name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    method: str = SegmentDefinition.Method.BATCH.value
    policy: str = ""


@dataclass(frozen=True, slots=True)
class AudienceDraft:
    """One person's unfinished audience. `base` is the version it began with, if there is one.

    `revision` counts the changes of the rule, steps back and forward among them.
    """

    id: str
    segment_id: str
    base: int | None
    rule: Rule
    properties: Properties
    undo: int
    redo: int
    preview: str
    revision: int
    updated_ms: int


def draft_of(row: Draft) -> AudienceDraft:
    """The draft a row keeps."""
    state = row.state
    return AudienceDraft(
        id=str(row.pk),
        segment_id=row.subject,
        base=state.get("base"),
        rule=_rule(state["rule"]),
        properties=_properties(state),
        undo=len(state.get("undo", ())),
        redo=len(state.get("redo", ())),
        preview=state.get("preview", ""),
        revision=state.get("revision", 0),
        updated_ms=row.updated_ms,
    )


def load_draft(draft_id: str, *, actor: Actor, sandbox: Sandbox) -> AudienceDraft:
    """The actor's draft, or a 404."""
    try:
        return draft_of(get_draft(draft_id, kind=KIND, actor=actor, sandbox=sandbox))
    except NotFound as error:
        raise Http404(error.message) from error


def begin(rule: Rule, properties: Properties, *, actor: Actor, sandbox: Sandbox) -> Draft:
    """A draft of a new audience."""
    return start_draft(KIND, actor=actor, sandbox=sandbox, state=_state(rule, properties))


def begin_edit(segment: SegmentDefinition, *, actor: Actor, sandbox: Sandbox) -> Draft:
    """The actor's draft about a stored audience; a new one if there is none."""
    subject = str(segment.pk)
    known = find_draft_of(subject, kind=KIND, actor=actor, sandbox=sandbox)
    if known is not None:
        return known
    state = {
        **_state(rule_of(segment.expression, sandbox), properties_of(segment)),
        "base": segment.version,
    }
    return start_draft(KIND, actor=actor, sandbox=sandbox, state=state, subject=subject)


def rule_of(text: str, sandbox: Sandbox) -> Rule:
    """The rule a valid PQL text says, on the canvas if it fits."""
    try:
        return Rule(read(parse(text), profile_type(sandbox)))
    except CodeOnly as error:
        return Rule(Canvas(), text, error.message)


def properties_of(segment: SegmentDefinition) -> Properties:
    """What stands beside the rule of a stored audience."""
    policy = segment.merge_policy_id
    return Properties(
        name=segment.name,
        description=segment.description,
        tags=tuple(segment.tags),
        method=segment.method,
        policy=str(policy) if policy else "",
    )


@dataclass(frozen=True, slots=True)
class Drafts:
    """Changes of one draft. Each change of the rule can be taken back."""

    draft_id: str
    actor: Actor
    sandbox: Sandbox

    def change_rule(self, made: Callable[[Rule], Rule]) -> AudienceDraft:
        """Another rule; what `made` raises leaves everything as it was."""

        def change(state: State) -> State:
            before = state["rule"]
            after = _rule_document(made(_rule(before)))
            if after == before:
                return state
            undo = [*state.get("undo", ()), before][-_MOST_UNDO:]
            return {**_revised(state), "rule": after, "undo": undo, "redo": []}

        return self._change(change)

    def step_back(self) -> AudienceDraft:
        """Undo."""
        return self._change(lambda state: _stepped(state, "undo", "redo"))

    def step_forward(self) -> AudienceDraft:
        """Redo."""
        return self._change(lambda state: _stepped(state, "redo", "undo"))

    def describe(self, properties: Properties) -> AudienceDraft:
        """Keep what stands beside the rule."""
        return self._change(lambda state: {**state, **_described(properties)})

    def counted_by(self, preview: str) -> AudienceDraft:
        """Keep which preview counts the rule."""
        return self._change(lambda state: {**state, "preview": preview})

    def rebase(self, version: int) -> AudienceDraft:
        """The draft's author saw this version of the audience."""
        return self._change(lambda state: {**state, "base": version})

    def _change(self, change: Callable[[State], State]) -> AudienceDraft:
        try:
            row = change_draft(
                self.draft_id, kind=KIND, actor=self.actor, sandbox=self.sandbox, change=change
            )
        except NotFound as error:
            raise Http404(error.message) from error
        return draft_of(row)


def _stepped(state: State, source: str, target: str) -> State:
    kept = list(state.get(source, ()))
    if not kept:
        return state
    rule = kept.pop()
    return {
        **_revised(state),
        "rule": rule,
        source: kept,
        target: [*state.get(target, ()), state["rule"]],
    }


def _revised(state: State) -> State:
    return {**state, "revision": state.get("revision", 0) + 1}


def _state(rule: Rule, properties: Properties) -> State:
    return {"rule": _rule_document(rule), **_described(properties)}


def _rule_document(rule: Rule) -> dict[str, Any]:
    return {"canvas": to_document(rule.canvas), "code": rule.code, "reason": rule.reason}


def _rule(document: Mapping[str, Any]) -> Rule:
    return Rule(from_document(document["canvas"]), document["code"], document["reason"])


def _described(properties: Properties) -> State:
    return {
        "name": properties.name,
        "description": properties.description,
        "tags": list(properties.tags),
        "method": properties.method,
        "policy": properties.policy,
    }


def _properties(state: State) -> Properties:
    return Properties(
        name=state.get("name", ""),
        description=state.get("description", ""),
        tags=tuple(state.get("tags", ())),
        method=state.get("method", SegmentDefinition.Method.BATCH.value),
        policy=state.get("policy", ""),
    )


def renamed(properties: Properties, name: str) -> Properties:
    """The same under another name."""
    return replace(properties, name=name)
