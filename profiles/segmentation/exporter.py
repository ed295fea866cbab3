"""Write profiles out as lines of JSON: the engine of `run_others.run_export`.

A line is `{"identityMap": …, "segmentMembership": …, <fields>}`. Profiles are read page by page:
each is as it was at one moment, the export as a whole is not.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import orjson
from django.db import transaction

from core import clock, sql
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Batch, Dataset
from profiles.identity.ids import xid
from profiles.lookup.directory import Directory, directory_of
from profiles.lookup.fields import FieldTree, parse_fields, select
from profiles.lookup.queries import find_profiles
from profiles.lookup.types import ProfileView
from profiles.segmentation.export_files import folder_of, remove_files
from profiles.segmentation.jobs import new_batch_id
from profiles.segmentation.states import State, States, decode
from profiles.segmentation.work_types import (
    ExportResult,
    ExportWork,
    Report,
    Selection,
    Stopped,
    WrittenBatch,
)

_PACKAGE = "profiles.segmentation"
_PAGE = 500
_MEMBERS = frozenset({"realized", "existing"})
_OWN = "ups"


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What a profile must fulfil besides; times in epoch ms, None: none."""

    qualified_from: int | None
    qualified_until: int | None
    changed_from: int | None
    with_empty: bool

    def accept(self, state: State | None, statuses: frozenset[str]) -> bool:
        """Whether a standing in an audience is one of those wanted."""
        if state is None or state.status not in (statuses or _MEMBERS):
            return False
        at = state.qualified_at or 0
        return (self.qualified_from is None or at >= self.qualified_from) and (
            self.qualified_until is None or at <= self.qualified_until
        )


@dataclass(slots=True)
class _Output:
    """One batch on its way: the audience it is of (None: of all), its file, its lines so far."""

    batch_id: str
    selection: Selection | None
    file: IO[bytes]
    lines: int = 0


def export_profiles(work: ExportWork, report: Report) -> ExportResult:
    """One file a batch, in the folder of the job; batches of a dataset are put into the catalog."""
    sandbox = Sandbox.objects.select_related("organization").get(number=work.sandbox)
    conditions = _conditions(work)
    # What an attempt before this one left.
    remove_files(work.id)
    try:
        with ExitStack() as files:
            outputs = _open(work, files)
            _write(work, sandbox, conditions, outputs, report)
    except Stopped:
        remove_files(work.id)
        raise
    _catalog(work, outputs)
    return ExportResult(
        tuple(
            WrittenBatch(
                each.batch_id, each.lines, each.selection.segment_id if each.selection else None
            )
            for each in outputs
        )
    )


def _open(work: ExportWork, files: ExitStack) -> list[_Output]:
    folder = folder_of(work.id)
    folder.mkdir(mode=0o700, parents=True)
    apart: tuple[Selection | None, ...] = work.selections if work.segment_per_batch else (None,)
    outputs = []
    for each in apart:
        batch_id = new_batch_id(clock.now_ms())
        file = files.enter_context((folder / f"{batch_id}.json").open("wb"))
        outputs.append(_Output(batch_id, each, file))
    return outputs


def _write(
    work: ExportWork,
    sandbox: Sandbox,
    conditions: _Conditions,
    outputs: list[_Output],
    report: Report,
) -> None:
    directory = directory_of(sandbox)
    fields = parse_fields(work.fields) if work.fields else None
    ((total,),) = sql.fetch("profiles.lookup", "count_profiles", {"sandbox": sandbox.number})
    done = 0
    for page in _pages(work):
        report(min(done, total), total)
        views = find_profiles(
            sandbox=sandbox,
            names=list(page),
            policy_id=work.policy_id,
            schema_name=work.schema_name,
        )
        for name, states in page.items():
            view = views.get(name)
            if isinstance(view, ProfileView) and _is_wanted(view, conditions):
                row = _row(view, states, directory, fields)
                held = _held(states, work.selections, conditions)
                _put(row, held, outputs, only_members=bool(work.selections))
        done += len(page)
    report(total, total)


def _pages(work: ExportWork) -> Iterator[dict[bytes, States]]:
    """Memberships of profiles by XID, page by page."""
    after = b""
    params = {"sandbox": work.sandbox, "members": bool(work.selections), "limit": _PAGE}
    while rows := sql.fetch(_PACKAGE, "list_heads", {**params, "after": after}):
        yield {
            xid(namespace, value): {} if states is None else decode(states)
            for _, namespace, value, states in rows
        }
        after = rows[-1][0]


def _is_wanted(view: ProfileView, conditions: _Conditions) -> bool:
    if view.document == b"{}" and not conditions.with_empty:
        return False
    return conditions.changed_from is None or view.updated_at >= conditions.changed_from


def _held(states: States, selections: tuple[Selection, ...], conditions: _Conditions) -> set[str]:
    """Ids of the audiences for whose sake a profile is exported."""
    return {
        each.segment_id
        for each in selections
        if conditions.accept(states.get(each.segment_number), each.statuses)
    }


def _put(row: bytes, held: set[str], outputs: list[_Output], *, only_members: bool) -> None:
    for output in outputs:
        if output.selection is None:
            wanted = bool(held) or not only_members
        else:
            wanted = output.selection.segment_id in held
        if wanted:
            output.file.write(row + b"\n")
            output.lines += 1


def _row(
    view: ProfileView, states: States, directory: Directory, fields: FieldTree | None
) -> bytes:
    identity_map: dict[str, list[dict[str, str]]] = {}
    identities = []
    for member in view.members:
        code = directory.code_of(member.namespace)
        identity_map.setdefault(code.lower(), []).append({"id": member.value})
        identities.append({"id": member.value, "namespace": {"code": code}})
    document = {**orjson.loads(view.document), "identities": identities}
    chosen = document if fields is None else select(document, fields)
    return orjson.dumps(
        {
            **chosen,
            "identityMap": identity_map,
            "segmentMembership": {_OWN: _memberships(states, directory.audiences)},
        }
    )


def _memberships(states: States, ids: Mapping[int, str]) -> dict[str, Any]:
    return {
        ids[number]: {
            "lastQualificationTime": clock.iso_ms(state.qualified_at or 0),
            "status": state.status,
        }
        for number, state in states.items()
        if state.status is not None and number in ids
    }


def _conditions(work: ExportWork) -> _Conditions:
    qualified = work.filter.get("segmentQualificationTime") or {}
    return _Conditions(
        qualified_from=_moment(qualified.get("startTime")),
        qualified_until=_moment(qualified.get("endTime")),
        changed_from=_moment(work.filter.get("fromIngestTimestamp")),
        with_empty=bool(work.filter.get("emptyProfiles")),
    )


def _moment(text: Any) -> int | None:
    if text is None:
        return None
    try:
        return clock.to_ms(datetime.fromisoformat(str(text)))
    except ValueError as error:
        message = f"{text} is no time such as 2026-03-01T08:00:00Z."
        raise Invalid(message, path="filter", received=text) from error


@transaction.atomic
def _catalog(work: ExportWork, outputs: list[_Output]) -> None:
    """Batches of the target dataset, as its readers look for them."""
    dataset = Dataset.objects.filter(pk=work.dataset_id, sandbox=work.sandbox).first()
    if dataset is None:
        return
    now = clock.now_ms()
    for each in outputs:
        Batch.objects.create(
            id=each.batch_id,
            sandbox_id=work.sandbox,
            dataset=dataset,
            status="success",
            record_count=each.lines,
            created_ms=now,
            updated_ms=now,
            created_by="system",
        )
