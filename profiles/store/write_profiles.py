"""Apply record changes to fragments and refresh the merged documents they touch: set-based."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from msgspec import Struct
from psycopg import Cursor

from core import clock, sql
from core.arrays import byteas, int4s, int8s, texts
from profiles.identity.resolve import Resolution
from profiles.store.documents import load_documents
from profiles.store.fragments import (
    EMPTY,
    Fragment,
    apply_change,
    decode_fragment,
    encode_patches,
)
from profiles.store.merge import Policy, Source, contributors, merge
from profiles.store.rows import RecordChange

_PACKAGE = "profiles.store"

type FragmentKey = tuple[bytes, int]


class Merged(Struct, frozen=True):
    """By profile id: documents merged anew, and what those said before that records changed."""

    documents: dict[bytes, dict[str, Any]]
    before: dict[bytes, dict[str, Any]]


def apply_changes(
    cursor: Cursor[Any],
    sandbox: int,
    *,
    changes: Sequence[RecordChange],
    resolution: Resolution,
    policy: Policy,
    with_before: bool,
) -> Merged:
    """Write the changed fragments and the merged document of every profile they concern.

    `resolution` covers the identities of `changes` and tells which graphs changed. `with_before`:
    answer what the documents said, too, which costs a query.
    """
    merged = Merged({}, {})
    profile_of = resolution.profiles
    spoken_of = {profile_of[one.identity] for one in changes}
    touched = spoken_of | resolution.changed
    if touched:
        sources = load_fragments(cursor, touched)
        _apply(cursor, sandbox, changes, profile_of, sources)
        before = _documents(cursor, spoken_of) if with_before else {}
        merged = Merged(_save_profiles(cursor, sandbox, touched, sources, policy), before)
    gone = sorted(resolution.vanished - touched)
    if gone:
        cursor.execute(sql.load(_PACKAGE, "delete_profiles"), {"ids": byteas(gone)})
    return merged


def refresh_profiles(
    cursor: Cursor[Any], sandbox: int, profiles: Iterable[bytes], policy: Policy
) -> None:
    """Merge these profiles again from their fragments, as after a change of the policy."""
    touched = set(profiles)
    if touched:
        _save_profiles(cursor, sandbox, touched, load_fragments(cursor, touched), policy)


def load_fragments(
    cursor: Cursor[Any], profiles: Iterable[bytes]
) -> dict[bytes, dict[FragmentKey, Fragment]]:
    """Fragments by profile."""
    cursor.execute(sql.load(_PACKAGE, "load_fragments"), {"profiles": byteas(sorted(profiles))})
    found: dict[bytes, dict[FragmentKey, Fragment]] = {}
    for profile, identity, dataset, effective_at, seq, document, patches in cursor.fetchall():
        fragment = decode_fragment(effective_at, seq, document, patches)
        found.setdefault(profile, {})[identity, dataset] = fragment
    return found


def _documents(cursor: Cursor[Any], profiles: set[bytes]) -> dict[bytes, dict[str, Any]]:
    known = load_documents(cursor, profiles)
    return {profile: known.get(profile, {}) for profile in profiles}


def _apply(
    cursor: Cursor[Any],
    sandbox: int,
    changes: Sequence[RecordChange],
    profile_of: dict[bytes, bytes],
    sources: dict[bytes, dict[FragmentKey, Fragment]],
) -> None:
    written: dict[FragmentKey, Fragment] = {}
    for change in changes:
        fragments = sources.setdefault(profile_of[change.identity], {})
        place = (change.identity, change.dataset)
        known = fragments.get(place, EMPTY)
        key = (change.received_at, change.seq)
        after = apply_change(known, change.operation, key, change.document)
        if after is not known:
            fragments[place] = written[place] = after
    if written:
        _save_fragments(cursor, sandbox, written)


def _save_fragments(
    cursor: Cursor[Any], sandbox: int, written: dict[FragmentKey, Fragment]
) -> None:
    rows = sorted(written.items())
    fragments = [fragment for _, fragment in rows]
    documents = [fragment.document for fragment in fragments]
    cursor.execute(
        sql.load(_PACKAGE, "save_fragments"),
        {
            "sandbox": sandbox,
            "identities": byteas([identity for (identity, _), _ in rows]),
            "datasets": int4s([dataset for (_, dataset), _ in rows]),
            "effective_ats": int8s([fragment.key[0] for fragment in fragments]),
            "seqs": int8s([fragment.key[1] for fragment in fragments]),
            "documents": byteas([None if one is None else orjson.dumps(one) for one in documents]),
            "clocks": byteas([encode_patches(fragment) for fragment in fragments]),
        },
    )


def _save_profiles(
    cursor: Cursor[Any],
    sandbox: int,
    touched: set[bytes],
    sources: dict[bytes, dict[FragmentKey, Fragment]],
    policy: Policy,
) -> dict[bytes, dict[str, Any]]:
    ids = sorted(touched)
    merged: dict[bytes, dict[str, Any]] = {}
    origins = []
    for profile in ids:
        fragments = sources.get(profile, {})
        known = [Source(*place, fragment) for place, fragment in fragments.items()]
        merged[profile] = merge(known, policy)
        origins.append(",".join(map(str, contributors(known, policy))))
    cursor.execute(
        sql.load(_PACKAGE, "save_profiles"),
        {
            "sandbox": sandbox,
            "now": clock.now_ms(),
            "ids": byteas(ids),
            "documents": byteas([orjson.dumps(document) for document in merged.values()]),
            "sources": texts(origins),
        },
    )
    return merged
