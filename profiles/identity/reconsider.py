"""What linking rules make of graphs as they stand: pure, for previews and for re-evaluation.

A fold asks this when a record touches a graph; here nothing touches it: the links there are, the
best first, and none that would bring a second unique value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from profiles.identity.capacity import shed
from profiles.identity.groups import Group, WorkingGraph
from profiles.identity.links import Edge, Graph, Key, Outcome
from profiles.identity.rebuild import rebuild
from profiles.identity.rules import Rules


class Reconsidered(Struct, frozen=True):
    """What goes, and the graphs left.

    removed  links with their end and reason
    severed  identity -> key, of those that lost a link
    groups   all graphs afterwards, those of one identity included
    """

    removed: tuple[Edge, ...]
    severed: dict[bytes, Key]
    groups: tuple[frozenset[bytes], ...]

    def outcome(self, stored: Mapping[bytes, bytes]) -> Outcome:
        """What to write; `stored` are the profiles of all these identities so far."""
        graphs = {min(group): group for group in self.groups}
        profiles = {identity: profile for profile, group in graphs.items() for identity in group}
        return Outcome(
            edges=(),
            unlinked=tuple(sorted((edge.a, edge.b) for edge in self.removed)),
            ended=self.removed,
            forgotten=(),
            severed=self.severed,
            profiles=profiles,
            moved={one: profile for one, profile in profiles.items() if stored[one] != profile},
            groups=graphs,
        )


def reconsider(graph: Graph, *, rules: Rules) -> Reconsidered:
    """Hold whole graphs against rules they were not linked under.

    A removal counts as made by the newest observation of its graph, so that what comes later is
    folded after it.
    """
    work = WorkingGraph(
        rules, members=graph.members, edges=graph.edges, severed=dict(graph.severed)
    )
    for group in _groups(work.group_of.values()):
        key = group.newest
        parts = [group]
        if group.clash:
            parts = rebuild(work, group, incoming=(), key=key, rules=rules)
        for part in parts:
            if len(part.ids) > rules.capacity:
                shed(work, part, key=key, rules=rules)
    return Reconsidered(
        removed=tuple(work.ended),
        severed=work.severed_new,
        groups=tuple(frozenset(group.ids) for group in _groups(work.group_of.values())),
    )


def _groups(groups: Iterable[Group]) -> list[Group]:
    return list({id(group): group for group in groups}.values())
