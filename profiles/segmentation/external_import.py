"""Read the members of an external audience from CSV files; the engine of `run_others.run_import`.

A run is repeatable: it names the moment it began, so a second worker that takes it up again ends
with the same list. Until a whole list is read, nobody is taken off the old one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched, chain
from pathlib import Path
from typing import Any

import orjson

from core import sql
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.uploads.files import CSV, beginning, columns_of, detect, read_csv
from profiles.identity.extract import Extractor
from profiles.identity.rules import plain_rules
from profiles.lookup.directory import directory_of
from profiles.segmentation.external_members import count_moves, delete_unseen, save_members
from profiles.segmentation.import_files import files_at, forget_upload, upload_path
from profiles.segmentation.types import InvalidAudience
from profiles.segmentation.work_types import ImportResult, ImportWork, Report

_BATCH = 5000
_MOST_TROUBLES = 20
_MS_A_DAY = 24 * 3_600_000
_SKIPPED = {
    "empty": "no value",
    "garbage": "a value that names nobody",
    "too_long": "a value that is too long",
    "bad_ecid": "no ECID: 38 digits",
    "unknown_namespace": "a namespace that does not exist",
}


@dataclass(slots=True)
class _Tally:
    read: int = 0
    failed: int = 0
    entered: int = 0
    troubles: list[Mapping[str, Any]] = field(default_factory=list)

    def refuse(self, row: int, why: str) -> None:
        self.failed += 1
        if len(self.troubles) < _MOST_TROUBLES:
            self.troubles.append({"code": "bad_row", "message": f"Row {row:,}: {why}."})


def import_members(work: ImportWork, report: Report) -> ImportResult:
    """Renew a list from its file, or add to it when the run says so."""
    sandbox = Sandbox.objects.select_related("organization").get(number=work.sandbox)
    paths = [upload_path(work.file)] if work.file else files_at(sandbox.name, work.source)
    reader = _Reader(sandbox, work.fields)
    rows = chain.from_iterable(_rows(path, reader, work.options) for path in paths)
    tally = _Tally()
    with sql.connect(autocommit=True, application="onefold-import") as connection:
        for batch in batched(rows, _BATCH, strict=False):
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                entered = save_members(
                    cursor,
                    sandbox=work.sandbox,
                    audience=work.segment_number,
                    members=_members(batch, reader, tally),
                    now=work.started_ms,
                    expires_at=_expiry(work),
                )
                _count(cursor, work, entered=entered)
            report(tally.read, 0)
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            if not work.request.get("differentialIngestion"):
                left = delete_unseen(cursor, audience=work.segment_number, since=work.started_ms)
                _count(cursor, work, left=left)
            ((members,),) = cursor.execute(
                "SELECT count(*) FROM external_member WHERE audience = %s", [work.segment_number]
            ).fetchall()
    if work.file:
        forget_upload(work.file)
    return ImportResult(tally.read, tally.failed, members, tuple(tally.troubles))


def _expiry(work: ImportWork) -> int | None:
    return None if work.ttl_days is None else work.started_ms + work.ttl_days * _MS_A_DAY


def _count(cursor: Any, work: ImportWork, *, entered: int = 0, left: int = 0) -> None:
    count_moves(
        cursor,
        sandbox=work.sandbox,
        audience=work.segment_number,
        entered=entered,
        left=left,
        now=work.started_ms,
    )


def _rows(path: Path, reader: "_Reader", given: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    if not path.is_file():
        raise InvalidAudience("The file is no longer there: upload it again.")
    options = given or detect(path.name, beginning(path))
    if options["format"] != CSV:
        raise InvalidAudience(f"{path.name} is no CSV file.")
    reader.check_columns(path.name, columns_of(path, options))
    yield from read_csv(path, options)


def _members(
    batch: Iterable[tuple[int, Any]], reader: "_Reader", tally: _Tally
) -> dict[bytes, bytes]:
    """Identities of rows, each once: of two rows about one the later counts."""
    members: dict[bytes, bytes] = {}
    for number, row in batch:
        tally.read += 1
        if isinstance(row, Invalid):
            tally.refuse(number, row.message)
            continue
        found = reader.identity_of(row)
        if isinstance(found, str):
            tally.refuse(number, found)
        else:
            members[found] = reader.payload_of(row)
    return members


class _Reader:
    """Reads rows by the columns an audience was made with."""

    def __init__(self, sandbox: Sandbox, fields: Iterable[Mapping[str, Any]]) -> None:
        table = directory_of(sandbox).namespaces
        listed = list(fields)
        self._named = [
            (str(each["name"]), str(each["identityNs"]))
            for each in listed
            if each.get("identityNs")
        ]
        self._others = [str(each["name"]) for each in listed if not each.get("identityNs")]
        if not self._named:
            raise InvalidAudience("No column of the audience names an identity.")
        for column, code in self._named:
            if table.find(code) is None:
                raise InvalidAudience(f"The namespace {code} of {column} does not exist.")
        self._extractor = Extractor(
            sandbox=sandbox.number,
            fields=(),
            namespaces=table,
            rules=plain_rules(table.types()),
            is_event=False,
        )

    def check_columns(self, file: str, header: list[str]) -> None:
        """Raise unless the header has a column with identities."""
        wanted = [column for column, _ in self._named]
        if not set(wanted) & set(header):
            has = ", ".join(header)[:200]
            message = f"{file} has no column {' or '.join(wanted)}: its header names {has}."
            raise InvalidAudience(message, path="fields")

    def identity_of(self, row: Mapping[str, Any]) -> bytes | str:
        """The id of the row's identity, from the first column that has one; or why it has none."""
        why = "no value"
        for column, code in self._named:
            value = str(row.get(column, "")).strip()
            if not value:
                continue
            found = self._extractor.extract({"identityMap": {code: [{"id": value}]}})
            if found.all:
                return found.all[0].id
            reason = str(found.skipped[0].reason)
            why = f"{column} holds {_SKIPPED.get(reason, reason)}"
        return why if why != "no value" else f"{self._named[0][0]} has no value"

    def payload_of(self, row: Mapping[str, Any]) -> bytes:
        """The other columns, as JSON."""
        kept = {name: row[name] for name in self._others if name in row}
        return orjson.dumps(kept)
