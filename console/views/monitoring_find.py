"""Find a record: by its id, the request that brought it, an identity, or a text in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import Crumb, actor_of, in_sandbox, render_page
from console.records import TailLine, is_record_id, tail_lines
from core import clock
from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import list_rejects
from ingestion.journal.search import (
    SEARCHED,
    list_by_number,
    list_by_request,
    list_with_text,
)
from ingestion.journal.types import JournalRecord, StoredReject, TailRecord
from profiles.identity.ids import xid
from profiles.identity.types import identify
from profiles.lookup.queries import find_identities, read_graphs
from profiles.lookup.records import list_record_numbers

MOST = 50
SHORTEST_TEXT = 3
# What the collector answers: time, stream, number, and the place in a batch.
_TRANSACTION = re.compile(r"\d{1,16}:(\d{1,5}):(\d{1,18})(?:-\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Match:
    """A record that was found, and by what."""

    line: TailLine
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindPage:
    """What was found."""

    word: str
    too_short: bool
    matches: tuple[Match, ...]
    searched: int
    as_of: int


@require_GET
@in_sandbox
def find(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """Records that fit the word, each with the way it was found; an id opens its record."""
    word = request.GET.get("word", "").replace("\0", "").strip()[:300]
    record_id = _record_named(word, sandbox)
    if record_id:
        return redirect("record", sandbox.name, record_id)
    too_short = len(word) < SHORTEST_TEXT
    found = {} if too_short else _found(sandbox, word, actor_of(request))
    page = FindPage(word, too_short, _matches(sandbox, found), SEARCHED, clock.now_us())
    return render_page(
        request,
        "console/monitoring/find.html",
        page,
        sandbox=sandbox,
        section="monitoring",
        title="Find a record",
        crumbs=(
            Crumb("Monitoring", reverse("monitoring", args=[sandbox.name])),
            Crumb("Find a record"),
        ),
    )


def _record_named(word: str, sandbox: Sandbox) -> str:
    """The record id a word is, or that the collector answered with; else empty."""
    match = _TRANSACTION.fullmatch(word)
    text = f"{match[1]}-{match[2]}" if match else word
    return text if is_record_id(text, sandbox) else ""


def _found(sandbox: Sandbox, word: str, actor: Actor) -> dict[str, list[TailRecord]]:
    """Records by the way they were found."""
    stream = sandbox.number
    found = {"Request id": list_by_request(stream, word, limit=MOST)}
    if actor.may("view-profiles", sandbox.pk):
        found["Identity"] = _by_identity(sandbox, word)
    found["Failed"] = [_as_tail(each) for each in list_rejects(stream, limit=MOST, word=word)]
    found["Text"] = list_with_text(stream, word, limit=MOST)
    return found


def _by_identity(sandbox: Sandbox, word: str) -> list[TailRecord]:
    """Records of the people who have it, whichever of their identities they came under."""
    hits = [hit.identity for hit in find_identities(sandbox=sandbox, text=word, limit=6)]
    exact = [each for each in hits if each.value.lower() == word.lower()] or hits
    graphs = read_graphs(sandbox=sandbox, names=[xid(each.namespace, each.value) for each in exact])
    members = {member for graph in graphs.values() for member in graph.members}
    identities = [identify(sandbox.number, each.namespace, each.value) for each in members]
    numbers = list_record_numbers(sandbox=sandbox, identities=identities, limit=MOST)
    return list_by_number(sandbox.number, numbers) if numbers else []


def _as_tail(reject: StoredReject) -> TailRecord:
    record = JournalRecord(
        reject.stream, reject.seq, reject.received_at, reject.inlet, 0, reject.payload
    )
    return TailRecord(record, "rejected", reject.code, reject.message)


def _matches(sandbox: Sandbox, found: dict[str, list[TailRecord]]) -> tuple[Match, ...]:
    """Each record once, the newest first."""
    records: dict[int, TailRecord] = {}
    ways: dict[int, list[str]] = {}
    for way, some in found.items():
        for each in some:
            records.setdefault(each.record.seq, each)
            ways.setdefault(each.record.seq, []).append(way)
    newest = sorted(records.values(), key=_newest_first)[:MOST]
    lines = tail_lines(sandbox, newest, ())
    return tuple(_together(newest, lines, ways))


def _newest_first(each: TailRecord) -> tuple[int, int]:
    return -each.record.received_at, -each.record.seq


def _together(
    records: Iterable[TailRecord], lines: Iterable[TailLine], ways: dict[int, list[str]]
) -> Iterable[Match]:
    for record, line in zip(records, lines, strict=True):
        yield Match(line, tuple(ways[record.record.seq]))
