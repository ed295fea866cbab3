"""People as a snapshot in DuckDB, and what statements say about them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson
from sqlglot import exp

from core import clock
from profiles.segmentation.pql import instants
from profiles.segmentation.pql.batch_sql import batch_query, parameters
from profiles.segmentation.pql.snapshot_sql import read_events, read_memberships, read_profiles
from profiles.segmentation.pql.typed import Typed
from profiles.segmentation.pql.types import ObjectType
from tests.profiles.segmentation.pql.strategies import Person
from tests.profiles.segmentation.pql.world import NOW

_NOW = instants.parse(NOW)
assert _NOW is not None
NOW_MS = clock.to_ms(_NOW)


class Snapshot:
    """The relations of a snapshot; people by their place in the sequence."""

    def __init__(self, people: Sequence[Person], profile_type: ObjectType, folder: Path) -> None:
        self.connection = duckdb.connect()
        # The zone of the session must not matter.
        self.connection.execute("SET threads = 2; SET TimeZone = 'America/New_York'")
        for name, rows, read in (
            ("profile", map(_profile, range(len(people)), people), read_profiles),
            ("event", _events(people), read_events),
        ):
            path = _written(folder / f"{name}.ndjson", rows)
            self._create(name, read(path, profile_type))
        path = _written(folder / "membership.ndjson", _memberships(people))
        self._create("membership", read_memberships(path))

    def _create(self, name: str, rows: exp.Select) -> None:
        self.connection.execute(f"CREATE TABLE {name} AS {rows.sql('duckdb')}")

    def rows(self, statement: exp.Expr) -> list[tuple[Any, ...]]:
        """What a statement answers at the moment of the conformance set."""
        found = self.connection.execute(statement.sql("duckdb"), parameters(statement, now=NOW_MS))
        return found.fetchall()

    def holding(self, queries: Mapping[int, Typed]) -> dict[int, set[int]]:
        """Numbers of the queries that hold, by person."""
        return {int(key.decode()): set(numbers) for key, numbers in self.rows(batch_query(queries))}


def _key(place: int) -> str:
    return f"{place:06}".encode().hex()


def _profile(place: int, person: Person) -> dict[str, Any]:
    return {"profile": _key(place), "doc": person.document}


def _events(people: Sequence[Person]) -> list[dict[str, Any]]:
    return [
        {
            "profile": _key(place),
            "ts": _milliseconds(event.get("timestamp")),
            "event_type": event.get("eventType"),
            "event_id": event.get("_id"),
            "doc": event,
        }
        for place, person in enumerate(people)
        for event in person.events
    ]


def _milliseconds(text: str | None) -> int | None:
    moment = None if text is None else instants.parse(text)
    return None if moment is None else clock.to_ms(moment)


def _memberships(people: Sequence[Person]) -> list[dict[str, Any]]:
    return [
        {"profile": _key(place), "audiences": sorted(person.member_of)}
        for place, person in enumerate(people)
        if person.member_of
    ]


def _written(path: Path, rows: Any) -> str:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return str(path)
