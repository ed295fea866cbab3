"""Read the identity graph and its settings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import sql
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.namespaces.queries import list_namespaces
from profiles.identity.ids import identity_id
from profiles.identity.links import Removal, parse_removal
from profiles.identity.models import LinkingSettings, Relinking
from profiles.identity.namespaces import Namespace, NamespaceTable
from profiles.identity.rules import CAPACITY
from profiles.identity.types import Identity, identify

_PACKAGE = "profiles.identity"


@dataclass(frozen=True, slots=True)
class Vertex:
    """A member of a graph; `created_at` in epoch ms."""

    identity: Identity
    created_at: int


@dataclass(frozen=True, slots=True)
class Link:
    """Two identities seen together; times in epoch ms, `datasets` by number."""

    a: Identity
    b: Identity
    first_established: int
    last_established: int
    datasets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EndedLink:
    """A link that a rule or the capacity cut, at `ended_at` (epoch ms)."""

    link: Link
    ended_at: int
    reason: Removal


@dataclass(frozen=True, slots=True)
class GraphView:
    """All identities of a person, reached through `requested`."""

    requested: Identity
    vertices: tuple[Vertex, ...]

    @property
    def members(self) -> tuple[Identity, ...]:
        """The identities, in the order of their ids."""
        return tuple(vertex.identity for vertex in self.vertices)


def read_graphs(
    *, sandbox: Sandbox, names: Sequence[bytes], most: int | None = CAPACITY
) -> dict[bytes, GraphView]:
    """Graphs by XID; unknown ones are missing. Invalid (422) when one has more than `most`."""
    ids = {identity_id(sandbox.number, name): name for name in names}
    rows = sql.fetch(_PACKAGE, "read_graphs", {"ids": list(ids), "sandbox": sandbox.number})
    vertices: dict[bytes, list[Vertex]] = defaultdict(list)
    for requested, _, namespace, value, created_at in rows:
        identity = identify(sandbox.number, namespace, value)
        vertices[ids[requested]].append(Vertex(identity, created_at))
    if most is not None and any(len(found) > most for found in vertices.values()):
        msg = f"Too many related identities: more than {most}."
        raise Invalid(msg, code="too_many_identities", status=422)
    return {
        name: GraphView(
            requested=next(v.identity for v in found if v.identity.xid == name),
            vertices=tuple(found),
        )
        for name, found in vertices.items()
    }


def list_links(*, sandbox: Sandbox, identities: Sequence[Identity]) -> list[Link]:
    """Active links at these identities, oldest first."""
    rows = sql.fetch(_PACKAGE, "read_links", _at(sandbox, identities))
    return [_link(sandbox, row) for row in rows]


def list_ended_links(*, sandbox: Sandbox, identities: Sequence[Identity]) -> list[EndedLink]:
    """Links these identities lost, latest first; the other end may be in another graph now."""
    rows = sql.fetch(_PACKAGE, "read_ended_links", _at(sandbox, identities))
    return [
        EndedLink(
            link=_link(sandbox, row[:7]), ended_at=row[7] // 1000, reason=parse_removal(row[8])
        )
        for row in rows
    ]


def _at(sandbox: Sandbox, identities: Sequence[Identity]) -> dict[str, Any]:
    return {"ids": [identity.id for identity in identities], "sandbox": sandbox.number}


def _link(sandbox: Sandbox, row: tuple[Any, ...]) -> Link:
    a_namespace, a_value, b_namespace, b_value, first, last, datasets = row
    return Link(
        a=identify(sandbox.number, a_namespace, a_value),
        b=identify(sandbox.number, b_namespace, b_value),
        first_established=first,
        last_established=last,
        datasets=tuple(datasets),
    )


def namespace_table(*, sandbox: Sandbox) -> NamespaceTable:
    """The namespaces of the sandbox's organization."""
    namespaces = list_namespaces(organization=sandbox.organization)
    return NamespaceTable(Namespace(one.code, one.id, one.id_type) for one in namespaces)


def find_relinking(*, sandbox: Sandbox) -> Relinking | None:
    """How far the rules saved last are applied to the graphs there were."""
    rows = Relinking.objects.filter(sandbox=sandbox)
    return rows.order_by("-created_ms", "-pk").first()


def find_linking_settings(*, sandbox: Sandbox) -> LinkingSettings | None:
    """The saved rules; None: plain linking."""
    return LinkingSettings.objects.filter(sandbox=sandbox).first()
