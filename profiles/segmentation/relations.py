"""A snapshot in DuckDB: typed columns of just what some rules read."""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from profiles.segmentation.pql.batch.demand import pruned
from profiles.segmentation.pql.limits import TOO_LONG
from profiles.segmentation.pql.snapshot_sql import read_events, read_profiles
from profiles.segmentation.pql.typed import InSegment, Typed
from profiles.segmentation.pql.types import ObjectType
from profiles.segmentation.pql.walk import walk
from profiles.segmentation.snapshot import Snapshot
from profiles.segmentation.work_types import TooLarge, TooLong, TooSlow

if TYPE_CHECKING:
    import duckdb

# Of the machine's memory, within these bounds in MB.
_MEMORY_SHARE = 0.25
_LEAST_MB, _MOST_MB = 1_000, 4_000
THREADS = 2

# What people are in, by profile: stored (`belonging`), and found by this evaluation (`holding`;
# `held` is by person, in lists).
_OF_PEOPLE = """
CREATE VIEW belonging AS
    SELECT profile, unnest(numbers) AS number FROM standing
    UNION ALL SELECT profile, unnest(numbers) AS number FROM listed;
CREATE VIEW held AS FROM found;
CREATE VIEW holding AS SELECT profile, unnest(numbers) AS number FROM found;
"""
# Without stitching profiles are parts of people. Who is in with one part is in.
_PARTS = """
CREATE TABLE part AS
    SELECT unhex(profile) AS profile, unhex(person) AS person
    FROM read_json(
        ?, format = 'newline_delimited', columns = {profile: 'VARCHAR', person: 'VARCHAR'}
    )
"""
_OF_PARTS = """
CREATE VIEW belonging AS
    SELECT part.profile, unnest(numbers) AS number
    FROM standing JOIN part ON part.person = standing.profile
    UNION ALL SELECT profile, unnest(numbers) AS number FROM listed;
CREATE VIEW held AS SELECT person AS profile, numbers FROM found JOIN part USING (profile);
CREATE VIEW holding AS
    SELECT DISTINCT part.profile, unnest(held.numbers) AS number
    FROM held JOIN part ON part.person = held.profile;
"""


@contextmanager
def work_folder(sandbox: int) -> Iterator[Path]:
    """A folder of its own for one evaluation; removed afterwards."""
    parent = settings.CONFIG.var / "segmentation"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{sandbox}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_engine(folder: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """An empty DuckDB with bounded memory; what does not fit goes to `folder`."""
    # Hundreds of megabytes that processes without batch work do without.
    import duckdb  # noqa: PLC0415 - as said

    engine = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": f"{_memory_mb()}MB",
            # Statements that need an order ask for it.
            "preserve_insertion_order": "false",
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    try:
        yield engine
    finally:
        engine.close()


def _memory_mb() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    return round(min(max(total * _MEMORY_SHARE, _LEAST_MB), _MOST_MB))


@contextmanager
def time_limit(engine: "duckdb.DuckDBPyConnection", seconds: float) -> Iterator[None]:
    """Stop what the engine does in the block after so long; raises CostsTooMuch."""
    import duckdb  # noqa: PLC0415 - loaded by now

    over = threading.Event()

    def stop() -> None:
        over.set()
        engine.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise TooLarge from None
    except duckdb.InvalidInputException as error:
        if TOO_LONG in str(error):
            raise TooLong from None
        raise
    except duckdb.InterruptException:
        if over.is_set():
            raise TooSlow(seconds) from None
        raise
    finally:
        timer.cancel()


def at_moment(statement: str, now: int) -> tuple[str, dict[str, int]]:
    """A statement with its parameter, as `execute` wants it: many rules do not ask for the time."""
    return statement, {"now": now} if "$now" in statement else {}


def people_of(engine: "duckdb.DuckDBPyConnection", profiles: Sequence[bytes]) -> list[bytes]:
    """Whose parts these profiles are, where they are not stitched."""
    rows = engine.execute(
        "SELECT DISTINCT person FROM part WHERE list_contains(?::BLOB[], profile) ORDER BY 1",
        [list(profiles)],
    )
    return [row[0] for row in rows.fetchall()]


def load_relations(
    engine: "duckdb.DuckDBPyConnection",
    snapshot: Snapshot,
    rules: list[Typed],
    *,
    profile_type: ObjectType,
    ids: Mapping[int, str],
    stitched: bool = True,
) -> None:
    """Create `profile`, `event`, `membership` and `standing` as these rules need them.

    `ids` names audiences by number; `standing` keeps the numbers, and `belonging` has those of
    lists from elsewhere, too. `found` is for who holds, which `held` and `holding` show.
    """
    narrow = pruned(profile_type, rules)
    for name, select in (
        ("profile", read_profiles(str(snapshot.profiles), narrow)),
        ("event", read_events(str(snapshot.events), narrow)),
    ):
        engine.execute(f'CREATE TABLE "{name}" AS {select.sql("duckdb")}')
    for name, path in (("standing", snapshot.memberships), ("listed", snapshot.listed)):
        engine.execute(
            f'CREATE TABLE "{name}" AS SELECT unhex(profile) AS profile, numbers FROM'  # noqa: S608 - two names of ours
            " read_json(?, format = 'newline_delimited',"
            " columns = {profile: 'VARCHAR', numbers: 'INTEGER[]'})",
            [str(path)],
        )
    engine.execute("CREATE TABLE found (profile BLOB, numbers INTEGER[])")
    if not stitched:
        engine.execute(_PARTS, [str(snapshot.profiles)])
    engine.execute(_OF_PEOPLE if stitched else _OF_PARTS)
    engine.execute("CREATE TABLE audience_id (number INTEGER, id VARCHAR)")
    if ids:
        engine.executemany("INSERT INTO audience_id VALUES (?, ?)", [*map(list, ids.items())])
    engine.execute("CREATE TABLE membership (profile BLOB, audiences VARCHAR[])")
    # Of a million profiles it takes a gigabyte.
    if any(isinstance(node, InSegment) for rule in rules for node in walk(rule)):
        engine.execute(
            "INSERT INTO membership SELECT profile, list(id)"
            " FROM belonging JOIN audience_id USING (number) GROUP BY profile"
        )
