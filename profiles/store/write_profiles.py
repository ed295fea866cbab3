"""Apply record changes to fragments and refresh the merged documents they touch: set-based."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from msgspec import Struct
from psycopg import Cursor

from core import clock, sql
from core.arrays import byteas, int4s, int8s, texts
from profiles.identity.resolve import Resolution
from profiles.store.fragments import (
    EMPTY,
    Fragment,
    Path,
    apply_change,
    decode_fragment,
    differences,
    encode_patches,
    outline,
)
from profiles.store.merge import Policy, Source, contributors, merge
from profiles.store.rows import RecordChange

_PACKAGE = "profiles.store"

type FragmentKey = tuple[bytes, int]


class Merged(Struct, frozen=True):
    """By profile id: documents that were merged anew, and the paths at which they may differ."""

    documents: dict[bytes, dict[str, Any]]
    paths: dict[bytes, set[Path]]


def apply_changes(
    cursor: Cursor[Any],
    sandbox: int,
    *,
    changes: Sequence[RecordChange],
    resolution: Resolution,
    policy: Policy,
) -> Merged:
    """Write the changed fragments and the merged document of every profile they concern.

    `resolution` covers the identities of `changes` and tells which graphs changed.
    """
    merged = Merged({}, {})
    profile_of = resolution.profiles
    touched = {profile_of[one.identity] for one in changes} | resolution.changed
    if touched:
        sources = load_fragments(cursor, touched)
        paths = _apply(cursor, sandbox, changes, profile_of, sources)
        merged = Merged(_save_profiles(cursor, sandbox, touched, sources, policy), paths)
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


def _apply(
    cursor: Cursor[Any],
    sandbox: int,
    changes: Sequence[RecordChange],
    profile_of: dict[bytes, bytes],
    sources: dict[bytes, dict[FragmentKey, Fragment]],
) -> dict[bytes, set[Path]]:
    paths: dict[bytes, set[Path]] = {}
    written: dict[FragmentKey, Fragment] = {}
    for change in changes:
        fragments = sources.setdefault(profile_of[change.identity], {})
        place = (change.identity, change.dataset)
        known = fragments.get(place, EMPTY)
        key = (change.received_at, change.seq)
        after = apply_change(known, change.operation, key, change.document)
        if after is not known:
            fragments[place] = written[place] = after
            spoken = paths.setdefault(profile_of[change.identity], set())
            spoken |= _changed(known, after, change, alone=len(fragments) == 1)
    if written:
        _save_fragments(cursor, sandbox, written)
    return paths


def _changed(known: Fragment, after: Fragment, change: RecordChange, *, alone: bool) -> set[Path]:
    """Paths of the merged document that a record may have changed.

    Said again and `alone`, nothing has; beside other fragments it may win now by being newer.
    """
    if alone:
        return differences(known.document or {}, after.document or {})
    if change.operation == "merge":
        return outline(change.document)
    # What the record no longer says is a change, too.
    return outline(change.document) | outline(known.document or {})


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
