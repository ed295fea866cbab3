"""What batch evaluation reads: profiles, events and memberships of a moment, as JSON lines.

Postgres writes the lines, DuckDB reads them. No document passes through Python, unless profiles are
wanted as another merge policy sees them than the one they are stored by.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
import psycopg

from core import clock, sql
from profiles.store.merge import Policy
from profiles.store.read_merged import read_merged

_PACKAGE = "profiles.segmentation"
# JSON text holds no control characters, so nothing is ever quoted.
_AS_LINES = r"COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
_BEGINNING = -(2**62)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which events are wanted: none, or those since a moment (ms; None: all) of some types.

    `datasets` None: of all; else numbers of the only ones a merge policy looks at. `profiles`: the
    profiles and their memberships, too. `computed`: documents with their computed attributes.
    `policy`: what profiles are merged by for this; None: as they are stored.
    """

    events: bool = True
    since: int | None = None
    types: frozenset[str] | None = None
    datasets: tuple[int, ...] | None = None
    profiles: bool = True
    computed: bool = False
    policy: Policy | None = None

    @property
    def stitched(self) -> bool:
        """Whether profiles are people; else each identity has one of its own."""
        return self.policy is None or self.policy.stitched


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Four files and the moment they show (ms).

    Memberships are of people always; the other files are of the profiles, see `Scope.stitched`.
    """

    folder: Path
    taken_at: int

    @property
    def profiles(self) -> Path:
        return self.folder / "profiles.ndjson"

    @property
    def events(self) -> Path:
        return self.folder / "events.ndjson"

    @property
    def memberships(self) -> Path:
        return self.folder / "memberships.ndjson"

    @property
    def listed(self) -> Path:
        return self.folder / "listed.ndjson"


def take_snapshot(
    sandbox: int, folder: Path, scope: Scope, *, on_page: Callable[[], None] = lambda: None
) -> Snapshot:
    """Write the files into `folder`; they belong to one moment.

    `on_page` is called after some thousands of profiles, where they have to be merged first.
    """
    snapshot = Snapshot(folder, clock.now_ms())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with sql.connect(application="onefold-snapshot") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        if scope.profiles and scope.policy is not None:
            _dump_merged(connection, sandbox, scope.policy, snapshot.profiles, on_page)
        connection.execute("SET LOCAL enable_seqscan = on")
        given = {"sandbox": sandbox, "stitched": scope.stitched}
        if scope.profiles:
            if scope.policy is None:
                documents = "dump_profiles_with_computed" if scope.computed else "dump_profiles"
                _dump(connection, documents, given, snapshot.profiles)
            _dump(connection, "dump_memberships", given, snapshot.memberships)
            _dump(connection, "dump_listed", {**given, "now": snapshot.taken_at}, snapshot.listed)
        if scope.events:
            _dump(connection, "dump_events", {**given, **_limits(scope)}, snapshot.events)
        else:
            snapshot.events.write_bytes(b"")
    return snapshot


def _dump_merged(
    connection: psycopg.Connection[Any],
    sandbox: int,
    policy: Policy,
    path: Path,
    on_page: Callable[[], None],
) -> None:
    """Profiles as this policy sees them; without stitching each with the id of its person."""
    with _new_file(path) as file, connection.cursor(binary=True) as cursor:
        for page in read_merged(cursor, sandbox, policy):
            for one in page:
                line = {"profile": one.profile.hex(), "doc": one.document}
                if not policy.stitched:
                    line["person"] = one.person.hex()
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            on_page()


def _limits(scope: Scope) -> Mapping[str, Any]:
    return {
        "since": _BEGINNING if scope.since is None else scope.since,
        "types": _listed(scope.types),
        "datasets": None if scope.datasets is None else list(scope.datasets),
    }


def _listed(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _dump(
    connection: psycopg.Connection[Any], name: str, params: Mapping[str, Any], path: Path
) -> None:
    statement = _AS_LINES.format(sql.load(_PACKAGE, name))
    with (
        _new_file(path) as file,
        connection.cursor() as cursor,
        cursor.copy(statement, params) as copy,
    ):
        for block in copy:
            file.write(block)


def _new_file(path: Path) -> IO[bytes]:
    """An empty file that nobody else may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "wb", buffering=1 << 20)
