"""CSV files that wait for a dataset to be made of them. They lie beside the uploads."""

import re
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.errors import Conflict, Invalid
from core.sandboxes.models import Sandbox
from ingestion.uploads.actions import MOST_BYTES
from ingestion.uploads.files import CSV, BadFile, detect, head_of, header_of, path_of, read, store
from ingestion.uploads.models import Upload
from ingestion.xdm.infer import MAX_FIELDS, ProposedField, infer_columns

KEPT_MS = 30 * 24 * 3600 * 1000
LOOKED_AT_S = 5.0
SHOWN_ROWS = 5
COLUMN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A stored file; `options` say how to read it."""

    id: UUID
    name: str
    size: int
    options: Mapping[str, Any]

    def as_upload(self) -> Upload:
        """The same as an unsaved upload, for the functions that read files."""
        return Upload(id=self.id, name=self.name, size=self.size, options=dict(self.options))


@dataclass(frozen=True, slots=True)
class Look:
    """What the file holds. `complete`: every row was looked at, and not only the first ones."""

    columns: tuple[ProposedField, ...]
    rows: int
    bad: int
    complete: bool
    first: tuple[tuple[str, ...], ...]


def hold_file(*, actor: Actor, sandbox: Sandbox, name: str, chunks: Iterable[bytes]) -> HeldFile:
    """Keep the bytes of a CSV file; raises BadFile when it is none, or its header names nothing."""
    require(actor, "manage-datasets", sandbox)
    upload = Upload(id=uuid.uuid4(), name=name[:300])
    try:
        upload.size = store(upload, chunks, most=MOST_BYTES)
        upload.options = detect(name, head_of(upload))
        _check_csv(upload)
    except BadFile:
        path_of(upload).unlink(missing_ok=True)
        raise
    return HeldFile(upload.id, upload.name, upload.size, upload.options)


def _check_csv(upload: Upload) -> None:
    if upload.options["format"] != CSV:
        raise BadFile("The file is JSON. Make a schema from it first, or choose a CSV file.")
    names = header_of(upload)
    if len(names) > MAX_FIELDS:
        raise BadFile(f"The file has {len(names)} columns; at most {MAX_FIELDS} become fields.")
    nameless = [str(number) for number, name in enumerate(names, 1) if not name]
    if nameless:
        raise BadFile(
            f"The first line must name every column; column {', '.join(nameless[:5])} has no name."
        )
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise BadFile(f"The first line names {', '.join(twice[:5])} more than once.")


def look_at(held: HeldFile) -> Look:
    """Types of the columns, from as many rows as a few seconds allow."""
    upload = held.as_upload()
    names = header_of(upload)
    counts: Counter[str] = Counter()
    first: list[tuple[str, ...]] = []

    def rows() -> Iterator[Mapping[str, str]]:
        deadline = time.monotonic() + LOOKED_AT_S
        for _, row in read(upload):
            if time.monotonic() > deadline:
                counts["cut"] += 1
                return
            counts["rows"] += 1
            if isinstance(row, Invalid):
                counts["bad"] += 1
                continue
            if len(first) < SHOWN_ROWS:
                first.append(tuple(row.get(name, "") for name in names))
            yield row

    columns = tuple(infer_columns(rows(), names))
    return Look(columns, counts["rows"], counts["bad"], not counts["cut"], tuple(first))


def check_held(held: HeldFile) -> None:
    """Raise Conflict when the file is gone: it waited too long, or was imported."""
    if not path_of(held.as_upload()).exists():
        raise Conflict("The file is not here any more. Add it again.", path="file")


def forget_held(held: HeldFile) -> None:
    """Remove a file nobody wants any more."""
    path_of(held.as_upload()).unlink(missing_ok=True)


def forget_unclaimed() -> None:
    """Remove files that wait since a month and belong to no upload."""
    folder = Path(settings.CONFIG.var) / "uploads"
    before = (clock.now_ms() - KEPT_MS) / 1000
    old: list[Path] = []
    with suppress(FileNotFoundError):
        old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
    known = {str(pk) for pk in Upload.objects.filter(pk__in=_ids(old)).values_list("pk", flat=True)}
    for path in old:
        if path.name not in known:
            path.unlink(missing_ok=True)


def _ids(files: Iterable[Path]) -> Iterator[UUID]:
    for file in files:
        with suppress(ValueError):
            yield UUID(file.name)
