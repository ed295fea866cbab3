"""Merge every profile of a sandbox under any policy: what is stored is merged by one of them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from psycopg import Cursor

from core import sql
from core.arrays import byteas
from profiles.store.merge import Policy, Source, contributors, merge
from profiles.store.write_profiles import load_fragments

_PACKAGE = "profiles.store"
PAGE = 2_000


class MergedProfile(NamedTuple):
    """A profile as a policy sees it.

    `profile` is its id; without stitching that of its only identity, which belongs to the person
    with the id `person`.
    """

    profile: bytes
    person: bytes
    document: dict[str, Any]


def read_merged(
    cursor: Cursor[Any], sandbox: int, policy: Policy, *, size: int = PAGE
) -> Iterator[list[MergedProfile]]:
    """The profiles of which the policy sees attributes or events; a page is of `size` people.

    The cursor is binary and in a transaction that shows one moment.
    """
    after = b""
    while ids := _next_ids(cursor, sandbox, after, size):
        yield _merge_page(cursor, ids, policy)
        after = ids[-1]


def _next_ids(cursor: Cursor[Any], sandbox: int, after: bytes, size: int) -> list[bytes]:
    cursor.execute(
        sql.load(_PACKAGE, "list_profile_ids"), {"sandbox": sandbox, "after": after, "limit": size}
    )
    return [row[0] for row in cursor.fetchall()]


def _merge_page(cursor: Cursor[Any], ids: Sequence[bytes], policy: Policy) -> list[MergedProfile]:
    sources = _sources(cursor, ids, policy)
    people = {one: one for one in ids}
    # Of those without attributes, only who has events is a profile at all.
    unsure = [one for one in ids if one not in sources] if policy.stitched else ids
    for identity, person, has_events in _members(cursor, unsure, policy):
        key = person if policy.stitched else identity
        people[key] = person
        if has_events:
            sources.setdefault(key, [])
    return [
        MergedProfile(key, people[key], merge(known, policy))
        for key, known in sorted(sources.items())
    ]


def _sources(
    cursor: Cursor[Any], ids: Sequence[bytes], policy: Policy
) -> dict[bytes, list[Source]]:
    """Fragments by profile, where one of them says something that the policy looks at."""
    found: dict[bytes, list[Source]] = {}
    for person, fragments in load_fragments(cursor, ids).items():
        for (identity, dataset), fragment in fragments.items():
            key = person if policy.stitched else identity
            found.setdefault(key, []).append(Source(identity, dataset, fragment))
    return {key: known for key, known in found.items() if contributors(known, policy)}


def _members(
    cursor: Cursor[Any], ids: Sequence[bytes], policy: Policy
) -> list[tuple[bytes, bytes, bool]]:
    """Identity, profile, whether it has events."""
    if not ids:
        return []
    datasets = None if policy.datasets is None else list(policy.datasets)
    cursor.execute(
        sql.load(_PACKAGE, "list_members"), {"profiles": byteas(ids), "datasets": datasets}
    )
    return cursor.fetchall()
