"""Audiences from an uploaded file of members: a new one, or a newer list for one there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.access.types import Actor
from core.sandboxes.models import Sandbox
from profiles.segmentation import rules
from profiles.segmentation.external import EXTERNAL, create_with_source, set_source, start_run
from profiles.segmentation.models import ExternalUpload
from profiles.segmentation.types import ExternalInput, InvalidAudience

MOST_COLUMNS = 25
MOST_DAYS = 90
TYPES = ("string", "number", "integer", "long", "date", "datetime", "boolean")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file; `namespace` of the one whose values name people."""

    name: str
    type: str = "string"
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class UploadedList:
    """A stored file (see `import_files`), how to read it, and what its columns are."""

    file: str
    name: str
    options: Mapping[str, Any]
    columns: tuple[Column, ...]

    @property
    def request(self) -> dict[str, Any]:
        """As the operation on the audience keeps it."""
        fields: list[dict[str, Any]] = []
        for each in self.columns:
            named = {"identityNs": each.namespace} if each.namespace else {}
            fields.append({"name": each.name, "type": each.type, **named})
        return {
            "fields": fields,
            "sourceSpec": {"path": self.name, "type": "file", "sourceType": "Upload"},
            "audienceType": "people",
            "file": self.file,
            "fileOptions": dict(self.options),
        }


@transaction.atomic
def create_list(
    given: ExternalInput, uploaded: UploadedList, *, actor: Actor, sandbox: Sandbox
) -> ExternalUpload:
    """An external audience with the members of a file; answers the import, which has begun."""
    _check(uploaded, given.ttl_days)
    created = create_with_source(given, uploaded.request, actor=actor, sandbox=sandbox)
    return start_run({}, actor=actor, sandbox=sandbox, segment_id=str(created.segment.pk))


@transaction.atomic
def renew_list(
    uploaded: UploadedList, *, adds: bool, actor: Actor, sandbox: Sandbox, segment_id: str
) -> ExternalUpload:
    """Read another file into an external audience; `adds`: nobody is taken off the list."""
    rules.lock(sandbox)
    segment = rules.get_for_edit(sandbox, segment_id, EXTERNAL)
    _check(uploaded, segment.ttl_days)
    set_source(uploaded.request, actor=actor, segment=segment)
    request = {"differentialIngestion": adds}
    return start_run(request, actor=actor, sandbox=sandbox, segment_id=segment_id)


def check_columns(names: tuple[str, ...]) -> str:
    """What is wrong with the header of a file; empty: nothing."""
    if not names:
        return "The file has no header row."
    if len(names) > MOST_COLUMNS:
        return f"The file has {len(names)} columns; at most {MOST_COLUMNS} can be imported."
    if len(set(names)) < len(names) or not all(names):
        return "Each column needs a name of its own in the first row."
    odd = [name for name in names if " " in name or "-" in name]
    if odd:
        listed = ", ".join(f"“{name}”" for name in odd[:5])
        return f"Names of columns cannot hold blanks or dashes: rename {listed}."
    return ""


def _check(uploaded: UploadedList, ttl_days: int | None) -> None:
    trouble = check_columns(tuple(each.name for each in uploaded.columns))
    if not trouble and not any(each.namespace for each in uploaded.columns):
        trouble = "Choose the column that names people, and its namespace."
    if not trouble and any(each.type not in TYPES for each in uploaded.columns):
        trouble = f"The type of a column is one of {', '.join(TYPES)}."
    if trouble:
        raise InvalidAudience(trouble, path="fields")
    if ttl_days is not None and not 0 < ttl_days <= MOST_DAYS:
        message = f"Members of an uploaded list are kept for 1 to {MOST_DAYS} days."
        raise InvalidAudience(message, path="ttlInDays", received=ttl_days)
