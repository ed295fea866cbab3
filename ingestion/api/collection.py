"""The collection endpoints on the API port: the collector's own code, one commit a request."""

import time
from threading import Lock

import psycopg
from django.conf import settings
from django.db import Error as DjangoDatabaseError
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from core import clock, sql
from core.http.request_id import current_request_id
from core.notify import last_change
from ingestion.collect import answers
from ingestion.collect.body import MAX_BODY_BYTES, too_large
from ingestion.collect.counts import Counts
from ingestion.collect.directory import Snapshot, load_snapshot
from ingestion.collect.limits import Limits, usage
from ingestion.collect.receive import admit_sender, not_allowed, receive, unknown_inlet
from ingestion.collect.types import Answer, Received, Refused, Request
from ingestion.collect.validation import SKIPPED, validate
from ingestion.connections.types import InletInfo
from ingestion.journal.append import append_in_django
from ingestion.journal.queries import add_counts
from ingestion.journal.search import record_requests
from ingestion.journal.types import SentRequest

_KNOWN_FOR_S = 1.0


class _Configuration:
    """The snapshot of this process, a second old at most: this port is not the fast one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._read_at = 0.0
        self._change = 0

    def find(self, inlet_id: str) -> tuple[InletInfo, Snapshot]:
        """The inlet, even one created a moment ago; raises Refused."""
        snapshot = self._current()
        if inlet_id not in snapshot.inlets:
            snapshot = self._load()
        inlet = snapshot.inlets.get(inlet_id)
        if inlet is None:
            raise unknown_inlet(inlet_id)
        return inlet, snapshot

    def _current(self) -> Snapshot:
        snapshot = self._snapshot
        fresh = time.monotonic() - self._read_at < _KNOWN_FOR_S and self._change == last_change()
        return snapshot if snapshot is not None and fresh else self._load()

    def _load(self) -> Snapshot:
        with self._lock:
            change, read_at = last_change(), time.monotonic()
            snapshot = load_snapshot()
            self._snapshot, self._read_at, self._change = snapshot, read_at, change
            return snapshot


_configuration = _Configuration()
_limits = Limits(settings.CONFIG.inlet_rate_limit)


@csrf_exempt
def collect(request: HttpRequest, inlet_id: str) -> HttpResponse:
    """One message."""
    return _respond(request, inlet_id, is_batch=False)


@csrf_exempt
def collect_batch(request: HttpRequest, inlet_id: str) -> HttpResponse:
    """A batch of messages."""
    return _respond(request, inlet_id, is_batch=True)


def _respond(request: HttpRequest, inlet_id: str, *, is_batch: bool) -> HttpResponse:
    request_id = current_request_id()
    try:
        if request.method != "POST":
            raise not_allowed(request.method or "", "POST")
        answer = _answer(request, inlet_id, is_batch=is_batch)
    except Refused as refusal:
        answer = answers.refused(refusal, request_id)
    except (psycopg.Error, DjangoDatabaseError):
        # A connection that died is replaced for the next request.
        connections["default"].close_if_unusable_or_obsolete()
        answer = answers.not_stored(request_id)
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type="application/json",
        headers=dict(answer.headers),
    )


def _answer(request: HttpRequest, inlet_id: str, *, is_batch: bool) -> Answer:
    received_at = clock.now_us()
    inlet, snapshot = _configuration.find(inlet_id)
    if int(request.headers.get("content-length") or 0) > MAX_BODY_BYTES:
        raise too_large()
    given = Request(
        headers=request.headers,
        query=request.META.get("QUERY_STRING", ""),
        body=request.body,
        received_at=received_at,
        request_id=current_request_id(),
        is_batch=is_batch,
    )
    admit_sender(given, inlet, snapshot.clients)
    bucket = _limits.check(inlet)
    received = receive(given, inlet)
    if bucket is not None:
        bucket.tokens -= received.size
    answer = _store(given, received, snapshot)
    return Answer(answer.status, answer.body, usage(bucket)) if bucket is not None else answer


def _store(request: Request, received: Received, snapshot: Snapshot) -> Answer:
    validation = None
    if received.validate:
        allowed = _limits.may_validate(received.inlet)
        validation = validate(received, snapshot.datasets) if allowed else SKIPPED
    counts = Counts()
    counts.add(
        received.inlet,
        received_at=request.received_at,
        messages=received.size,
        size=len(request.body),
        stored=received.size - len(received.refusals),
    )
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            add_counts(cursor, counts.take())
        with sql.transaction_cursor() as own:
            stream = received.inlet.sandbox
            sent = SentRequest(stream, request.request_id, request.received_at)
            record_requests(own, [sent])
        # Last, because the stream is locked for all senders from here to the commit.
        first_seq = append_in_django([received.append])[0] if received.append else 0
    if request.is_batch:
        return answers.stored(request, received, first_seq)
    return answers.single(request, received, first_seq, validation=validation)


urlpatterns = [
    path(f"data/foundation/import/collection/{route}{slash}", view)
    for slash in ("", "/")
    for route, view in (("batch/<str:inlet_id>", collect_batch), ("<str:inlet_id>", collect))
]
