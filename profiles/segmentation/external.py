"""Audiences whose members come from elsewhere, and the operations that bring those in."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.errors import NotFound
from core.http.request_id import current_request_id
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from profiles.segmentation import rules
from profiles.segmentation.history import snapshot
from profiles.segmentation.lifecycle import ACTIONS, first_state, next_state
from profiles.segmentation.models import ExternalUpload, SegmentDefinition
from profiles.segmentation.queries import live, parse_uuid
from profiles.segmentation.types import (
    NAMESPACES,
    ORIGINS,
    PLATFORM_NAMESPACE,
    ExternalInput,
    InvalidAudience,
    NameTaken,
)

EXTERNAL = SegmentDefinition.Kind.EXTERNAL
IMPORT_TASK = "profiles.tasks.import_members"
_LONGEST_ID = 300

Edit = Callable[[SegmentDefinition], ExternalInput]


@transaction.atomic
def create_external(given: ExternalInput, *, actor: Actor, sandbox: Sandbox) -> SegmentDefinition:
    """A new external audience, published unless a draft is asked for."""
    require(actor, "manage-segments", sandbox)
    rules.lock(sandbox)
    segment = rules.new_segment(sandbox, EXTERNAL, actor)
    segment.state = first_state(given.state)
    segment.namespace = given.namespace
    segment.audience_id = given.audience_id or segment.audience_id
    _check_names(segment, given)
    _write(segment, given, "Create", actor=actor)
    return segment


@transaction.atomic
def change_external(
    edit: Edit,
    *,
    actor: Actor,
    sandbox: Sandbox,
    segment_id: str,
    expected_version: int | None = None,
) -> SegmentDefinition:
    """Describe an external audience anew; its namespace and its own id never change."""
    require(actor, "manage-segments", sandbox)
    rules.lock(sandbox)
    segment = rules.get_for_edit(sandbox, segment_id, EXTERNAL)
    given = edit(segment)
    wanted = {**snapshot(segment), "name": given.name, "description": given.description}
    rules.check_version(segment, expected_version, wanted)
    for path, before, after in (
        ("namespace", segment.namespace, given.namespace),
        ("audienceId", segment.audience_id, given.audience_id or segment.audience_id),
    ):
        if before != after:
            message = f"{path} of an external audience cannot change."
            raise InvalidAudience(message, path=path, received=after, expected=before)
    before = segment.state
    segment.state = next_state(segment, given.state)
    action = (
        "Update" if segment.state == before else ACTIONS[SegmentDefinition.State(segment.state)]
    )
    _write(segment, given, action, actor=actor)
    return segment


@transaction.atomic
def create_with_source(
    given: ExternalInput, request: Mapping[str, Any], *, actor: Actor, sandbox: Sandbox
) -> ExternalUpload:
    """An external audience together with the file its members are read from.

    The operation succeeds at once: members come with the runs. `request` is the body as sent.
    """
    segment = create_external(given, actor=actor, sandbox=sandbox)
    created = _operation(segment, ExternalUpload.Kind.CREATE, request, actor=actor)
    created.status = ExternalUpload.Status.SUCCESS
    created.finished_ms = created.updated_ms
    created.save()
    return created


@transaction.atomic
def start_run(
    request: Mapping[str, Any], *, actor: Actor, sandbox: Sandbox, segment_id: str
) -> ExternalUpload:
    """Read the audience's file and renew its members, in the background."""
    require(actor, "manage-segments", sandbox)
    segment = rules.get_for_edit(sandbox, segment_id, EXTERNAL)
    if find_source(segment) is None:
        message = f"{segment.name} was not made with a source: there is nothing to read."
        raise InvalidAudience(message, path="sourceSpec")
    run = _operation(segment, ExternalUpload.Kind.RUN, request, actor=actor)
    run.save()
    enqueue(IMPORT_TASK, run=str(run.pk))
    return run


@transaction.atomic
def change_source(changes: Mapping[str, Any], *, actor: Actor, segment: SegmentDefinition) -> None:
    """Change what was said at creation about the file: its columns, its place."""
    require(actor, "manage-segments", segment.sandbox)
    created = find_source(segment)
    if created is None:
        raise InvalidAudience(f"{segment.name} was not made with a source.", path="sourceSpec")
    created.request = {**created.request, **changes}
    created.updated_ms = clock.now_ms()
    created.save(update_fields=["request", "updated_ms"])


@transaction.atomic
def set_source(request: Mapping[str, Any], *, actor: Actor, segment: SegmentDefinition) -> None:
    """Say where members come from from now on, also of an audience that had no source."""
    require(actor, "manage-segments", segment.sandbox)
    created = find_source(segment)
    if created is None:
        created = _operation(segment, ExternalUpload.Kind.CREATE, request, actor=actor)
        created.status = ExternalUpload.Status.SUCCESS
        created.finished_ms = created.updated_ms
    created.request = dict(request)
    created.updated_ms = clock.now_ms()
    created.save()


def list_runs(segment: SegmentDefinition) -> QuerySet[ExternalUpload]:
    """Imports of the audience, newest first."""
    runs = segment.uploads.filter(kind=ExternalUpload.Kind.RUN)
    return runs.order_by("-created_ms", "-pk")


def input_of(segment: SegmentDefinition) -> ExternalInput:
    """What would make the audience what it is."""
    policy = segment.merge_policy_id
    return ExternalInput(
        name=segment.name,
        audience_id=segment.audience_id,
        namespace=segment.namespace,
        origin=segment.origin,
        description=segment.description,
        state=segment.state,
        ttl_days=segment.ttl_days,
        source_id=segment.source_id,
        dataset_id=segment.dataset_id,
        merge_policy_id=str(policy) if policy else None,
        labels=tuple(segment.labels),
        tags=tuple(segment.tags),
        audience_meta=segment.audience_meta,
        linked_audience_ref=segment.linked_audience_ref,
    )


def find_source(segment: SegmentDefinition) -> ExternalUpload | None:
    """The operation that made the audience: its request says where members come from."""
    return segment.uploads.filter(kind=ExternalUpload.Kind.CREATE).order_by("created_ms").first()


def get_operation(*, sandbox: Sandbox, operation_id: str) -> ExternalUpload:
    """The operation with this id; raises NotFound."""
    key = parse_uuid(operation_id)
    rows = ExternalUpload.objects.filter(sandbox=sandbox).select_related("segment")
    found = rows.filter(pk=key).first() if key else None
    if found is None:
        raise NotFound(f"The operation {operation_id} is not found.", operationId=operation_id)
    return found


def _operation(
    segment: SegmentDefinition,
    kind: ExternalUpload.Kind,
    request: Mapping[str, Any],
    *,
    actor: Actor,
) -> ExternalUpload:
    now = clock.now_ms()
    return ExternalUpload(
        sandbox=segment.sandbox,
        segment=segment,
        kind=kind,
        request=dict(request),
        request_id=current_request_id(),
        created_ms=now,
        updated_ms=now,
        created_by=actor.id,
    )


def _check_names(segment: SegmentDefinition, given: ExternalInput) -> None:
    if given.namespace not in NAMESPACES or given.namespace == PLATFORM_NAMESPACE:
        expected = ", ".join(each for each in NAMESPACES if each != PLATFORM_NAMESPACE)
        message = f"namespace of an external audience must be one of {expected}."
        raise InvalidAudience(message, path="namespace", received=given.namespace)
    if len(segment.audience_id) > _LONGEST_ID:
        message = f"audienceId must have at most {_LONGEST_ID} characters."
        raise InvalidAudience(message, path="audienceId")
    same = live(segment.sandbox).filter(
        namespace=segment.namespace, audience_id=segment.audience_id
    )
    if same.exists():
        message = f"An audience {segment.audience_id} already exists in {segment.namespace}."
        raise NameTaken(message, path="audienceId", received=segment.audience_id)


def _write(segment: SegmentDefinition, given: ExternalInput, action: str, *, actor: Actor) -> None:
    if given.origin not in ORIGINS:
        message = f"originName must be one of {', '.join(ORIGINS)}."
        raise InvalidAudience(message, path="originName", received=given.origin)
    segment.name = rules.check_name(given.name, segment)
    segment.description, segment.origin = given.description, given.origin
    segment.source_id, segment.dataset_id = given.source_id, given.dataset_id
    if given.merge_policy_id:
        segment.merge_policy = rules.choose_policy(
            segment, segment.schema_name, given.merge_policy_id
        )
    segment.ttl_days = rules.check_ttl(given.ttl_days)
    segment.labels = rules.check_words(given.labels, "labels")
    segment.tags = rules.check_words(given.tags, "tags")
    segment.audience_meta = dict(given.audience_meta)
    segment.linked_audience_ref = dict(given.linked_audience_ref)
    rules.check_limits(segment)
    rules.save(segment, action, actor=actor)
