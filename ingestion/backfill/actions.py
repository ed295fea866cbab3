"""Append a dataset's older records again, so that they reach the profiles it feeds since.

The journal holds every record a dataset ever took; profiles saw only those that came after it was
enabled. A backfill walks over the journal in windows. Each window is one transaction: append the
dataset's records with the time they first arrived, and move the backfill's row past the window.
So it can stop anywhere and go on, and no record is appended twice.
"""

from django.db import transaction

from core import clock, sql
from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Conflict, Invalid
from core.notifications.actions import tell_person
from core.notifications.types import Kind, Notice
from core.sandboxes.models import Sandbox
from core.tasks import enqueue
from ingestion.backfill.models import Backfill
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import get_dataset
from ingestion.connections.belonging import Belonging, belonging_of
from ingestion.journal.append import append_in_django
from ingestion.journal.types import BACKFILLED, REDRIVEN, Append, JournalRecord

WINDOW = 5000
MOST_WINDOWS = 40
_SLICE = "ingestion.backfill"


def start_backfill(*, actor: Actor, sandbox: Sandbox, dataset_id: str, total: int) -> Backfill:
    """Begin one; `total` is how many records are expected, to show how far it is."""
    require(actor, "manage-datasets", sandbox)
    with transaction.atomic():
        dataset = get_dataset(sandbox=sandbox, dataset_id=dataset_id)
        Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
        if not dataset.profile_enabled and not dataset.identity_enabled:
            raise Invalid("Enable the dataset for Profile or Identity first.")
        if Backfill.objects.filter(dataset=dataset, state=Backfill.State.RUNNING).exists():
            raise Conflict(f"A backfill of {dataset.name} is running already.")
        last, first = (sql.fetch(_SLICE, "read_head", {"stream": sandbox.number}) or [(0, 1)])[0]
        now = clock.now_ms()
        started = Backfill.objects.create(
            sandbox=sandbox,
            dataset=dataset,
            after_seq=first - 1,
            until_seq=last,
            total=total,
            created_ms=now,
            updated_ms=now,
            created_by=actor.id,
        )
        asset = ("Dataset", dataset.id, dataset.name)
        record(
            actor=actor,
            action="Backfill",
            asset=asset,
            sandbox=sandbox,
            details={"until": last, "expected": total},
        )
        enqueue("ingestion.tasks.backfill", backfill=started.pk)
    return started


def continue_backfill(backfill_id: int) -> bool:
    """Some windows more; True while there is something left."""
    return all(_take_window(backfill_id) for _ in range(MOST_WINDOWS))


def resume_backfills() -> None:
    """Nudge those that run: a message may have been lost."""
    running = Backfill.objects.filter(state=Backfill.State.RUNNING)
    for pk in running.values_list("pk", flat=True):
        enqueue("ingestion.tasks.backfill", backfill=pk)


def _take_window(backfill_id: int) -> bool:
    with transaction.atomic():
        # FOR UPDATE: two workers with the same message take turns, and the later one goes on.
        rows = Backfill.objects.select_for_update(of=("self",)).select_related("sandbox", "dataset")
        row = rows.filter(pk=backfill_id, state=Backfill.State.RUNNING).first()
        if row is None:
            return False
        until = min(row.after_seq + WINDOW, row.until_seq)
        records = _records(row, until)
        row.after_seq, row.updated_ms = until, clock.now_ms()
        row.appended += len(records)
        if until >= row.until_seq:
            row.state = Backfill.State.DONE
            tell_person(row.created_by, _notice(row), sandbox=row.sandbox)
        row.save()
        # Last, because the stream is locked for all senders from here to the commit.
        append_in_django(
            [
                Append(
                    r.stream, r.inlet, r.received_at, [r.payload], r.flags | REDRIVEN | BACKFILLED
                )
                for r in records
            ]
        )
        return row.state == Backfill.State.RUNNING


def _notice(row: Backfill) -> Notice:
    return Notice(
        Kind.BACKFILL_FINISHED,
        f"Backfill of {row.dataset.name} finished",
        f"{row.appended:,} older records were sent to profiles.",
        subject=row.dataset_id,
        permission="view-datasets",
    )


def _records(row: Backfill, until: int) -> list[JournalRecord]:
    belonging: Belonging = belonging_of(row.sandbox, row.dataset)
    params = {
        "stream": row.sandbox.number,
        "after": row.after_seq,
        "until": until,
        "words": belonging.words,
    }
    found = (JournalRecord(*each) for each in sql.fetch(_SLICE, "read_window", params))
    return [each for each in found if belonging.claims(each.payload)]
