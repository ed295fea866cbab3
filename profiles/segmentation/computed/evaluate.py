"""Evaluate computed attributes over all profiles, in DuckDB; what changed is written set-based.

Their expressions are typed nodes as those of audiences are, and mean the same in both back ends.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import psycopg

from core import sql
from core.sandboxes.models import Sandbox
from ingestion.journal.queries import ensure_position
from profiles.segmentation.computed.expression import Questions, questions
from profiles.segmentation.computed.queries import IN_USE, duration_of
from profiles.segmentation.computed.rules import check_attribute
from profiles.segmentation.computed.values import as_json, instant_us
from profiles.segmentation.computed.windows import Window, window_at
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.holding import held_pipeline
from profiles.segmentation.pql.batch.demand import pruned
from profiles.segmentation.pql.batch_sql import values_query
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.references import references
from profiles.segmentation.pql.snapshot_sql import read_events
from profiles.segmentation.pql.typed import Typed
from profiles.segmentation.pql.types import ObjectType, Type
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.relations import at_moment, open_engine, work_folder
from profiles.segmentation.snapshot import Scope, Snapshot, take_snapshot
from profiles.segmentation.types import Expression
from profiles.segmentation.work_types import ComputedResult, ComputedWork, Report
from profiles.store.policies import policy_of
from profiles.store.queries import find_cached_policy

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "profiles.segmentation.computed"
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribute under evaluation: what its values are of, and what to ask of the events."""

    number: int
    type: Type
    window: Window
    questions: Questions

    @property
    def trees(self) -> list[Typed]:
        """All that is asked, in the order of the columns it becomes."""
        moment = self.questions.moment
        asked = [self.questions.count, self.questions.value]
        return asked if moment is None else [*asked, moment]


# Attribute, profile, value (JSON), its event's moment (ms) where one is kept.
type Found = tuple[int, bytes, bytes, int | None]


def evaluate_attributes(work: ComputedWork, report: Report) -> ComputedResult:
    """Evaluate the attributes of a run; the engine of `runs`."""
    sandbox = Sandbox.objects.select_related("organization").get(number=work.sandbox)
    asked, failures = ask(sandbox, work.numbers, now_ms=work.started_ms)
    counts: Counter[int] = Counter({one.number: 0 for one in asked})
    if not asked:
        return ComputedResult(counts, failures)
    with work_folder(work.sandbox) as folder, open_engine(folder) as engine:
        snapshot = take_snapshot(work.sandbox, folder, _scope(sandbox, asked))
        report(0, 0)
        load_events(engine, snapshot, asked, profile_type(sandbox))
        _write(work, asked, found_values(engine, asked, now_ms=work.started_ms), counts, report)
    return ComputedResult(counts, failures)


def ask(
    sandbox: Sandbox, numbers: Sequence[int], *, now_ms: int
) -> tuple[list[Asked], dict[int, str]]:
    """The attributes as the schemas of now understand them, and what is wrong with the others."""
    asked: list[Asked] = []
    failures: dict[int, str] = {}
    rows = ComputedAttribute.objects.filter(
        sandbox=sandbox, number__in=list(numbers), status__in=IN_USE
    )
    for row in rows.order_by("number"):
        window = window_at(duration_of(row), keep_current=row.keep_current, now_ms=now_ms)
        try:
            checked = check_attribute(Expression(row.expression), sandbox=sandbox)
        except PqlError as error:
            failures[row.number] = error.message
            continue
        found = checked.computation
        asked.append(Asked(row.number, found.type, window, questions(found, window)))
    return asked, failures


def load_events(
    engine: "duckdb.DuckDBPyConnection",
    snapshot: Snapshot,
    asked: Sequence[Asked],
    type_: ObjectType,
) -> None:
    """Create `event` with just the fields that are read."""
    narrow = pruned(type_, [tree for one in asked for tree in one.trees])
    select = read_events(str(snapshot.events), narrow).sql("duckdb")
    engine.execute(f'CREATE TABLE "event" AS {select}')


def found_values(
    engine: "duckdb.DuckDBPyConnection", asked: Sequence[Asked], *, now_ms: int
) -> Iterator[Found]:
    """The values there are: of profiles with such events, where these give one."""
    query = values_query([tree for one in asked for tree in one.trees]).sql("duckdb")
    cursor = engine.cursor().execute(*at_moment(query, now_ms))
    while rows := cursor.fetchmany(_PAGE):
        for profile, *columns in rows:
            place = 0
            for one in asked:
                count, value, *moment = columns[place : place + len(one.trees)]
                place += len(one.trees)
                shown = as_json(value, one.type) if count else None
                if shown is not None:
                    at = instant_us(moment[0]) // 1_000 if moment else None
                    yield one.number, profile, orjson.dumps(shown), at


def _scope(sandbox: Sandbox, asked: Sequence[Asked]) -> Scope:
    """The events these attributes look at."""
    types: set[str] | None = set()
    for one in asked:
        found = references(one.questions.value).event_types
        types = None if types is None or found is None else types | found
    policy = policy_of(find_cached_policy(sandbox=sandbox))
    return Scope(
        since=min(one.window.start for one in asked) // 1_000,
        types=None if types is None else frozenset(types),
        datasets=policy.datasets,
        profiles=False,
    )


def _write(
    work: ComputedWork,
    asked: Sequence[Asked],
    found: Iterator[Found],
    counts: Counter[int],
    report: Report,
) -> None:
    """Bring what is stored in line with what was found, in pages that hold the pipeline briefly."""
    with sql.connect(autocommit=True, application="onefold-computed") as connection:
        ensure_position(connection, "profile", work.sandbox)
        connection.execute(sql.load(_PACKAGE, "create_found"))
        total = _copy(connection, found, counts, report)
        numbers = [one.number for one in asked]
        connection.execute(sql.load(_PACKAGE, "index_found"))
        connection.execute(sql.load(_PACKAGE, "delete_lost"), {"attributes": numbers})
        connection.execute(sql.load(_PACKAGE, "skip_same"))
        pages = connection.execute(sql.load(_PACKAGE, "list_pages")).fetchall()
        for (page,) in pages:
            report(min(page * _PAGE, total), total)
            with held_pipeline(connection, work.sandbox) as cursor:
                cursor.execute(
                    sql.load(_PACKAGE, "save_page"),
                    {"sandbox": work.sandbox, "page": page, "now": work.started_ms},
                )
        report(total, total)


def _copy(
    connection: psycopg.Connection[Any],
    found: Iterator[Found],
    counts: Counter[int],
    report: Report,
) -> int:
    total = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.load(_PACKAGE, "copy_found")) as copy,
    ):
        for number, profile, value, moment in found:
            copy.write_row((total // _PAGE, number, profile, value.decode(), moment))
            counts[number] += 1
            total += 1
            if total % (20 * _PAGE) == 0:
                report(total, total)
    return total
