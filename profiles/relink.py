"""Hold the graphs there are against newly saved linking rules, beside the running pipeline.

Page by page, each one transaction: links are cut, profiles merged anew and the round's row moved
past the page. So it can be killed anywhere and goes on, and no graph is seen half done. Each page
holds the reader's position, so that the pipeline waits milliseconds; a batch that was about to use
older rules finds that out by their version (see `profiles.pipeline`).
"""

from collections.abc import Sequence

from django.db import connection, transaction

from core import clock, sql
from core.notifications.actions import tell_person
from core.notifications.types import Kind, Notice
from core.tasks import enqueue
from ingestion.journal.queries import PROFILE_READER, ensure_position, hold
from profiles.context import load_context
from profiles.identity.actions import RELINK_TASK
from profiles.identity.models import Relinking
from profiles.identity.preview import list_graph_ids, load_graphs, splits_of
from profiles.identity.reconsider import reconsider
from profiles.identity.resolve import resolution_of, write_outcome
from profiles.segmentation.plan import Touched
from profiles.segmentation.streaming import evaluate
from profiles.store.write_profiles import refresh_profiles

PAGE = 200
MOST_PAGES = 100
STALE_MS = 30_000


def continue_relinking(relinking_id: int, *, page: int = PAGE, pages: int = MOST_PAGES) -> bool:
    """Some pages more; True while there is something left."""
    row = Relinking.objects.filter(pk=relinking_id, state=Relinking.State.RUNNING).first()
    if row is None:
        return False
    with transaction.atomic(), sql.transaction_cursor() as cursor:
        ensure_position(cursor, PROFILE_READER, row.sandbox_id)
    return all(_take_page(row.pk, row.sandbox_id, page) for _ in range(pages))


def resume_relinkings() -> None:
    """Nudge those that stand still: a message or a worker may have been lost."""
    stale = Relinking.objects.filter(
        state=Relinking.State.RUNNING, updated_ms__lt=clock.now_ms() - STALE_MS
    )
    for pk in stale.values_list("pk", flat=True):
        enqueue(RELINK_TASK, relinking=pk)


@transaction.atomic
def _take_page(relinking_id: int, stream: int, size: int) -> bool:
    with connection.cursor() as cursor:
        hold(cursor, PROFILE_READER, stream)
    # FOR UPDATE: two workers with the same message take turns, and the later one goes on.
    rows = Relinking.objects.select_for_update(of=("self",)).select_related("sandbox")
    row = rows.filter(pk=relinking_id, state=Relinking.State.RUNNING).first()
    if row is None:
        return False
    ids = list_graph_ids(sandbox=row.sandbox, after=bytes(row.after), limit=size)
    is_last = len(ids) < size
    if ids:
        parts = _relink(row, ids)
        row.graphs += len(ids)
        if not is_last:
            # New graphs with a higher id come again, and are none of those there were.
            row.graphs -= sum(part > ids[-1] for part in parts)
        row.after = ids[-1]
    if is_last:
        row.state = Relinking.State.DONE
        tell_person(row.created_by, _notice(row), sandbox=row.sandbox)
    row.updated_ms = clock.now_ms()
    row.save()
    return row.state == Relinking.State.RUNNING


def _relink(row: Relinking, ids: Sequence[bytes]) -> set[bytes]:
    """Cut what the rules of now do not allow in these graphs, and merge their profiles anew.

    Answers the ids of new graphs of two identities or more.
    """
    stream = row.sandbox_id
    context = load_context(stream)
    graph, stored = load_graphs(ids)
    found = reconsider(graph, rules=context.rules)
    row.links += len(found.removed)
    row.splits += len(splits_of(graph, found.groups))
    if not found.removed:
        return set()
    outcome = found.outcome(stored)
    # A graph that lost members keeps its id, unless the member that gave it left.
    changed = {*outcome.moved.values(), *(stored[one] for one in outcome.moved)}
    with sql.transaction_cursor() as cursor:
        write_outcome(cursor, stream, outcome, stored=stored)
        refresh_profiles(cursor, stream, changed, context.policy)
        resolution = resolution_of(outcome, stored)
        touched = Touched(
            moved=resolution.origins,
            regrouped=resolution.regrouped,
            vanished=resolution.vanished,
        )
        evaluate(cursor, stream, audiences=context.audiences, touched=touched, now=clock.now_ms())
    return {part for part in outcome.moved.values() if len(outcome.groups[part]) > 1}


def _notice(row: Relinking) -> Notice:
    return Notice(
        Kind.RULES_APPLIED,
        "Linking rules were applied to existing graphs",
        f"{row.graphs:,} graphs looked at, {row.splits:,} split, {row.links:,} links removed.",
        permission="view-identity-namespaces",
    )
