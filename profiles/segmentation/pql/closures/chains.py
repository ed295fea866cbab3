"""CHAIN: do events follow each other as the links say?

For each link in turn the events it could be are tried, the earliest first. Where no later link
looks back at this one, only the earliest can matter: a chain without gaps costs events x links.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from profiles.segmentation.pql.closures.comparisons import TESTS
from profiles.segmentation.pql.closures.compiler import Closure, Compiler, weight
from profiles.segmentation.pql.closures.paths import in_any_order, is_events
from profiles.segmentation.pql.facts import Facts, Timeline
from profiles.segmentation.pql.typed import Chain, Gap, Variable
from profiles.segmentation.pql.walk import walk
from profiles.segmentation.pql.windows import predicate, within

AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class CompiledLink:
    """`looks_back`: links that this one or a later one compares with, beside the one before it."""

    slot: int
    what: Closure
    when: Closure
    where: Closure | None
    gap: tuple[int, Callable[[int, int], bool]] | None
    operator: str
    count: int
    looks_back: tuple[int, ...]
    is_looked_at: bool
    steps: int


def chain(compiler: Compiler, node: Chain) -> Closure:
    links = compiled_links(compiler, node)
    only = links[0]
    if len(links) == 1 and only.operator == AT_LEAST and only.where is None:
        return _enough(in_any_order(compiler, node.source), node.timestamp, only)
    timeline = timeline_of(compiler, node)
    return lambda facts: Search(facts, timeline(facts), links).follow(0)


def timeline_of(compiler: Compiler, node: Chain) -> Callable[[Facts], Timeline]:
    """The items of the chain's source in their order."""
    timestamp = node.timestamp
    if is_events(node.source) and timestamp == "timestamp":
        return lambda facts: facts.timeline
    items_of = compiler.closure(node.source)

    def timeline(facts: Facts) -> Timeline:
        items = items_of(facts) or []
        facts.visit(len(items))
        return facts.timed(items, timestamp)

    return timeline


def compiled_links(compiler: Compiler, node: Chain) -> tuple[CompiledLink, ...]:
    """The links in order."""
    seen = [_seen_from(node, number) for number in range(len(node.links))]
    links: list[CompiledLink] = []
    for number, link in enumerate(node.links):
        later: set[int] = set().union(*seen[number:])
        links.append(
            CompiledLink(
                slot=compiler.slot(link.variable),
                what=compiler.closure(link.what),
                when=compiler.closure(link.when),
                where=None if link.where is None else compiler.closure(link.where),
                gap=_gap(link.gap),
                operator=link.count_operator,
                count=link.count,
                looks_back=tuple(sorted(one for one in later if one < number)),
                is_looked_at=any(number in one for one in seen[number + 1 :]),
                steps=weight(link.what, link.when, link.where),
            )
        )
    return tuple(links)


def _seen_from(node: Chain, number: int) -> set[int]:
    """Numbers of earlier links on whose choice of an event it depends whether this one holds."""
    link = node.links[number]
    parts = walk(link.where) if link.where is not None else ()
    names = {part.name for part in parts if isinstance(part, Variable)}
    seen = {one for one in range(number) if node.links[one].variable in names}
    if link.gap is not None:
        seen.add(link.gap.label)
    if link.count_operator != AT_LEAST and number > 0:
        # Fewer matches are left after a later event.
        seen.add(number - 1)
    return seen


def _gap(gap: Gap | None) -> tuple[int, Callable[[int, int], bool]] | None:
    """The number of the link a gap is counted from, and the test of the two instants."""
    if gap is None:
        return None
    return gap.label, predicate(within(gap.operator, gap.duration, gap.direction))


def _enough(items_of: Closure, timestamp: str, link: CompiledLink) -> Closure:
    """One link: are there enough events? Of events in a time window the newest stay longest."""
    what, when, slot, count = link.what, link.when, link.slot, link.count

    def holds(facts: Facts) -> bool:
        items = items_of(facts)
        if not items:
            return False
        facts.visit(len(items) * link.steps)
        values = facts.values
        found = 0
        for item in reversed(items):
            values[slot] = item
            if what(facts) and facts.instant(item, timestamp) is not None and when(facts):
                found += 1
                if found >= count:
                    return True
        return False

    return holds


class Search:
    """Tries to follow the links through the events of one profile."""

    __slots__ = ("_facts", "_failed", "_links", "_matches", "_timeline", "chosen")

    def __init__(self, facts: Facts, timeline: Timeline, links: tuple[CompiledLink, ...]) -> None:
        self._facts = facts
        self._timeline = timeline
        self._links = links
        self._matches: list[list[int]] = []
        self._failed: set[tuple[int, ...]] = set()
        # Place of the event that each link so far was reached at.
        self.chosen: list[int] = []

    def follow(self, number: int) -> bool:
        """Can this link and all after it be reached from the events chosen?"""
        if number == len(self._links):
            return True
        link = self._links[number]
        if link.operator != AT_LEAST:
            count = sum(1 for _ in self._candidates(number))
            return bool(TESTS[link.operator](count, link.count))
        start = (self.chosen[-1],) if self.chosen else ()
        state = (number, *start, *(self.chosen[seen] for seen in link.looks_back))
        if state in self._failed:
            return False
        reached = self._reach(number)
        if not reached:
            self._failed.add(state)
        return reached

    def _reach(self, number: int) -> bool:
        link = self._links[number]
        for found, place in enumerate(self._candidates(number), start=1):
            if found < link.count:
                continue
            self.chosen.append(place)
            self._facts.values[link.slot] = self._timeline.items[place]
            if self.follow(number + 1):
                return True
            self.chosen.pop()
            if not link.is_looked_at:
                # From a later event nothing more can follow.
                return False
        return False

    def _candidates(self, number: int) -> Iterator[int]:
        """Places of the events that match a link after the one chosen before it."""
        link = self._links[number]
        times = self._timeline.times
        after = times[self.chosen[-1]] if self.chosen else None
        matches = self.matches(number)
        start = 0 if after is None else bisect_right(matches, after, key=times.__getitem__)
        for place in matches[start:]:
            self._facts.visit(link.steps)
            if self._follows(link, place):
                yield place

    def _follows(self, link: CompiledLink, place: int) -> bool:
        if link.gap is not None:
            label, test = link.gap
            times = self._timeline.times
            if not test(times[place], times[self.chosen[label]]):
                return False
        if link.where is None:
            return True
        self._facts.values[link.slot] = self._timeline.items[place]
        return bool(link.where(self._facts))

    def matches(self, number: int) -> list[int]:
        """Places of the events for which `what` and `when` of a link hold."""
        while len(self._matches) <= number:
            link = self._links[len(self._matches)]
            self._matches.append(self._matching(link))
        return self._matches[number]

    def _matching(self, link: CompiledLink) -> list[int]:
        items, facts = self._timeline.items, self._facts
        facts.visit(len(items) * link.steps)
        places: list[int] = []
        for place, item in enumerate(items):
            facts.values[link.slot] = item
            if link.what(facts) and link.when(facts):
                places.append(place)
        return places
