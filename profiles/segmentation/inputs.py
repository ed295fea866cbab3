"""What an evaluation reads of profiles: one query a kind of fact, for all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg import Cursor

from core import sql
from core.arrays import byteas
from profiles.segmentation.audiences import AudienceSet
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.states import REALIZED, States, decode

_PACKAGE = "profiles.segmentation"
_BEGINNING = -(2**62)


@dataclass(frozen=True, slots=True)
class Subject:
    """One profile that is evaluated: all its facts, and `news` with its new events alone.

    `memberships` belong to both: the evaluation keeps them up to date.
    """

    profile: bytes
    facts: Facts
    news: Facts
    memberships: set[str]
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """Merged attributes and events by profile id; a profile without either has neither entry."""

    documents: Mapping[bytes, Mapping[str, Any]]
    events: Mapping[bytes, list[dict[str, Any]]]
    # Numbers of the lists each profile is on.
    listed: Mapping[bytes, Sequence[int]] = field(default_factory=dict)
    # Events that came just now.
    news: Mapping[bytes, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, profile: bytes, audiences: AudienceSet, states: States, *, now: int) -> Subject:
        """What is known of one profile."""
        document = self.documents.get(profile, {})
        members = self._memberships(profile, audiences, states)
        facts = Facts(document, now=now, events=self.events.get(profile, ()), memberships=members)
        news = facts
        if profile in self.news:
            news = Facts(document, now=now, events=self.news[profile], memberships=members)
        return Subject(
            profile,
            facts,
            news,
            members,
            audiences.opt_out is not None and bool(audiences.opt_out.evaluate(facts).holds),
        )

    def _memberships(self, profile: bytes, audiences: AudienceSet, states: States) -> set[str]:
        if not audiences.are_referred_to:
            return set()
        ids = audiences.ids
        members = {
            ids[number]
            for number, state in states.items()
            if state.status == REALIZED and number in ids
        }
        members.update(audiences.lists[number] for number in self.listed.get(profile, ()))
        return members


def load_alive(cursor: Cursor[Any], sandbox: int, profiles: Iterable[bytes]) -> set[bytes]:
    """Those that still exist; the others were evaluated when they became part of another."""
    cursor.execute(
        sql.load(_PACKAGE, "list_alive"),
        {"profiles": byteas(sorted(profiles)), "sandbox": sandbox},
    )
    return {row[0] for row in cursor.fetchall()}


def load_states(cursor: Cursor[Any], profiles: Iterable[bytes]) -> dict[bytes, States]:
    """Standing of those of these profiles that have one; equal ones are the same object."""
    rows = cursor.execute(
        sql.load(_PACKAGE, "load_memberships"), {"profiles": byteas(sorted(profiles))}
    ).fetchall()
    known = {text: decode(text) for text in {text for _, text in rows}}
    return {profile: known[text] for profile, text in rows}


def load_listed(
    cursor: Cursor[Any], profiles: Iterable[bytes], lists: Collection[int], *, now: int
) -> dict[bytes, list[int]]:
    """On which of these lists profiles are, through any of their identities."""
    ids = sorted(profiles)
    if not ids or not lists:
        return {}
    rows = cursor.execute(
        sql.load(_PACKAGE, "load_external_members"),
        {"profiles": byteas(ids), "audiences": sorted(lists), "now": now},
    ).fetchall()
    return dict(rows)


def load_events(
    cursor: Cursor[Any],
    profiles: Collection[bytes],
    *,
    since: int | None = None,
    types: Collection[str] | None = None,
    datasets: Collection[int] | None = None,
) -> dict[bytes, list[dict[str, Any]]]:
    """Events by profile, since a moment (ms), of these types and datasets; None: all of them."""
    if not profiles or (types is not None and not types):
        return {}
    rows = cursor.execute(
        sql.load(_PACKAGE, "load_events"),
        {
            "profiles": byteas(sorted(profiles)),
            "since": _BEGINNING if since is None else since,
            "types": None if types is None else sorted(types),
            "datasets": None if datasets is None else list(datasets),
        },
    )
    found: dict[bytes, list[dict[str, Any]]] = {}
    for profile, document in rows.fetchall():
        found.setdefault(profile, []).append(orjson.loads(document))
    return found
