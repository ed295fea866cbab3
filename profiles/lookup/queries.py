"""Read merged profiles: from the cache in one query, under any other merge policy on read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from core import clock, sql
from core.errors import AppError, Invalid, NotFound
from core.sandboxes.models import Sandbox
from profiles.identity.ids import identity_id, parse_xid, xid
from profiles.lookup.directory import Directory, directory_of
from profiles.lookup.on_read import explain_on_read, merge_on_read
from profiles.lookup.types import (
    Explanation,
    FoundIdentity,
    Graph,
    Listing,
    Member,
    ProfileSummary,
    ProfileView,
)
from profiles.store.models import MergePolicy
from profiles.store.types import PROFILE_SCHEMA

_PACKAGE = "profiles.lookup"
MOST_IDENTITIES = 50
# The merged document of a profile without attributes.
_NOTHING = b"{}"
_LAST_CHARACTER = "\U0010ffff"


def xid_of(*, sandbox: Sandbox, value: str, namespace: str | None) -> bytes:
    """XID of what a caller names: a value and a namespace code, or an XID alone."""
    directory = directory_of(sandbox)
    if namespace:
        return xid(directory.namespace(namespace).id, value)
    return directory.parse_xid(value)


def get_profile(
    *,
    sandbox: Sandbox,
    name: bytes,
    policy_id: str | None = None,
    schema_name: str = PROFILE_SCHEMA,
    with_computed: bool = False,
) -> ProfileView:
    """The profile reached through the identity with XID `name`.

    Raises NotFound for an unknown identity and Invalid with status 422 where AEP answers that.
    """
    found = find_profiles(
        sandbox=sandbox,
        names=[name],
        policy_id=policy_id,
        schema_name=schema_name,
        with_computed=with_computed,
    ).get(name)
    if found is None:
        raise unknown_entity()
    if isinstance(found, AppError):
        raise found
    return found


def explain_profile(*, sandbox: Sandbox, name: bytes, policy_id: str | None = None) -> Explanation:
    """The profile with, for each value, the dataset, time, identity and record it came from."""
    directory = directory_of(sandbox)
    policy = directory.policy(policy_id)
    graph = read_graphs(sandbox=sandbox, names=[name]).get(name)
    refusal = too_many_identities(graph) if graph else None
    if refusal is not None:
        raise refusal
    explanation = explain_on_read(graph, policy, directory) if graph else None
    if explanation is None:
        raise unknown_entity()
    return explanation


def unknown_entity() -> NotFound:
    """The refusal of an identity nothing is known about."""
    return NotFound("The entity is not found. Use a valid entity and try again.")


def find_profiles(
    *,
    sandbox: Sandbox,
    names: Sequence[bytes],
    policy_id: str | None = None,
    schema_name: str = PROFILE_SCHEMA,
    with_computed: bool = False,
) -> dict[bytes, ProfileView | AppError]:
    """Profiles by XID; unknown ones are missing, an AppError says why one cannot be read.

    Computed attributes are of the profiles that are evaluated: other merge policies show none.
    """
    directory = directory_of(sandbox)
    policy = directory.policy(policy_id, schema_name=schema_name)
    graphs = read_graphs(sandbox=sandbox, names=names)
    found: dict[bytes, ProfileView | AppError] = {}
    if _is_cached(policy, directory):
        for name, graph in graphs.items():
            view = _from_cache(graph, policy, directory)
            if view is not None:
                found[name] = view
        if with_computed:
            found = _with_computed(found, directory)
        return _with_listings(found, directory)
    for name, graph in graphs.items():
        view = too_many_identities(graph) or merge_on_read(graph, policy, directory)
        if view is not None:
            found[name] = view
    return _with_listings(found, directory)


def _with_computed(
    found: dict[bytes, ProfileView | AppError], directory: Directory
) -> dict[bytes, ProfileView | AppError]:
    """Profiles with their computed attributes."""
    sandbox = directory.sandbox.number
    names = {identity_id(sandbox, name): name for name in found}
    rows = sql.fetch(_PACKAGE, "read_computed", {"ids": list(names), "sandbox": sandbox})
    made = dict(found)
    for identity, values in rows:
        view = found[names[identity]]
        if isinstance(view, ProfileView):
            made[names[identity]] = replace(view, computed=values)
    return made


def _with_listings(
    found: dict[bytes, ProfileView | AppError], directory: Directory
) -> dict[bytes, ProfileView | AppError]:
    """Profiles with the lists they are on: no query where there are none."""
    if not directory.lists:
        return found
    sandbox = directory.sandbox.number
    views = {name: view for name, view in found.items() if isinstance(view, ProfileView)}
    ids: dict[bytes, list[bytes]] = {}
    for name, view in views.items():
        for member in view.members:
            ids.setdefault(member.id_in(sandbox), []).append(name)
    params = {"ids": list(ids), "sandbox": sandbox, "now": clock.now_ms()}
    listings: dict[bytes, dict[int, Listing]] = {}
    for identity, number, qualified_at, expires_at in sql.fetch(_PACKAGE, "read_listed", params):
        if number in directory.lists:
            one = Listing(number, qualified_at, expires_at)
            for name in ids[identity]:
                known = listings.setdefault(name, {})
                known[number] = _longer(one, known.get(number))
    return found | {
        name: replace(views[name], listings=tuple(known.values()))
        for name, known in listings.items()
    }


def _longer(one: Listing, other: Listing | None) -> Listing:
    """Of two identities of a person on one list, the one that stays on it longer."""
    if other is None or one.expires_at is None:
        return one
    return other if other.expires_at is None or other.expires_at > one.expires_at else one


def read_graphs(*, sandbox: Sandbox, names: Sequence[bytes]) -> dict[bytes, Graph]:
    """The graph of each known XID, with the cached profile."""
    ids = {identity_id(sandbox.number, name): name for name in names}
    rows = sql.fetch(_PACKAGE, "read_profiles", {"ids": list(ids), "sandbox": sandbox.number})
    return {ids[row[0]]: _graph(row) for row in rows}


def _graph(row: tuple[Any, ...]) -> Graph:
    _, namespace, value, namespaces, values, document, sources, updated_at, last_event, states = row
    return Graph(
        requested=Member(namespace, value),
        members=tuple(map(Member, namespaces, values)),
        document=document,
        sources=sources,
        updated_at=updated_at,
        last_event_at=last_event,
        states=states,
    )


def _is_cached(policy: MergePolicy, directory: Directory) -> bool:
    # A policy without stitching gives each identity a profile of its own: never the cached one.
    return (
        str(policy.id) == directory.cached_policy_id
        and policy.identity_graph == MergePolicy.IdentityGraph.PRIVATE
    )


def _from_cache(
    graph: Graph, policy: MergePolicy, directory: Directory
) -> ProfileView | AppError | None:
    known = graph.document not in (None, _NOTHING)
    if not known and graph.last_event_at is None:
        return None
    updated_at = graph.last_event_at if graph.updated_at is None else graph.updated_at
    return too_many_identities(graph) or ProfileView(
        requested=graph.requested,
        document=graph.document or _NOTHING,
        sources=directory.dataset_ids(graph.sources or ()),
        members=graph.members,
        policy_id=str(policy.id),
        updated_at=updated_at or 0,
        states=graph.states,
    )


def too_many_identities(graph: Graph) -> AppError | None:
    """The refusal of a graph that grew past the limit, or None."""
    if len(graph.members) <= MOST_IDENTITIES:
        return None
    msg = f"Too many related identities: {len(graph.members)}, more than {MOST_IDENTITIES}."
    return Invalid(msg, code="too_many_identities", status=422, count=len(graph.members))


def find_identities(*, sandbox: Sandbox, text: str, limit: int = 20) -> list[FoundIdentity]:
    """Identities in any namespace with this value; then those whose value begins with it."""
    text = text.strip()
    if not text or "\x00" in text:
        return []
    name = parse_xid(text)
    rows = sql.fetch(
        _PACKAGE,
        "find_identities",
        {
            "sandbox": sandbox.number,
            "id": None if name is None else identity_id(sandbox.number, name),
            "texts": list({text, text.lower(), text.upper()}),
            "prefix": text,
            "prefix_end": text + _LAST_CHARACTER,
            "limit": limit,
        },
    )
    return [
        FoundIdentity(identity=Member(namespace, value), exact=exact, graph_size=size)
        for namespace, value, exact, size in rows
    ]


def sample_profiles(
    *, sandbox: Sandbox, limit: int = 20, after: bytes = b""
) -> list[ProfileSummary]:
    """Profiles in the order of their ids, which is as good as random; page on with the last id."""
    rows = sql.fetch(
        _PACKAGE, "list_profiles", {"sandbox": sandbox.number, "after": after, "limit": limit}
    )
    return [_summary(row) for row in rows]


def _summary(row: tuple[Any, ...]) -> ProfileSummary:
    profile_id, document, updated_at, namespaces, values, last_event_at = row
    attributes: Mapping[str, Any] = orjson.loads(document)
    return ProfileSummary(
        id=profile_id,
        members=tuple(map(Member, namespaces or (), values or ())),
        attributes=attributes,
        updated_at=updated_at,
        last_event_at=last_event_at,
    )


def count_profiles(*, sandbox: Sandbox) -> int:
    """How many profiles the sandbox has."""
    ((count,),) = sql.fetch(_PACKAGE, "count_profiles", {"sandbox": sandbox.number})
    return int(count)


def profiles_by_namespace(*, sandbox: Sandbox) -> dict[str, int]:
    """In how many profiles each namespace occurs, by code."""
    directory = directory_of(sandbox)
    rows = sql.scan(_PACKAGE, "count_profiles_by_namespace", {"sandbox": sandbox.number})
    return {directory.code_of(namespace): count for namespace, count in rows}
