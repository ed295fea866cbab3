"""The audiences of a sandbox, compiled, and which of them a change can touch."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from core import clock
from profiles.segmentation.computed.fields import ComputedField
from profiles.segmentation.flips import Flips, Readers
from profiles.segmentation.pql.attribute_tests import AttributeTest
from profiles.segmentation.pql.evaluate import Query
from profiles.segmentation.pql.facts import Document, Facts
from profiles.segmentation.pql.tendency import Tendency
from profiles.segmentation.pql.typed import COMPUTED, Typed
from profiles.store.fragments import Path, differences
from profiles.store.merge import Policy


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience, compiled.

    rule         its condition; `guarded` is the same, and holds for nobody who opted out
    query        the rule, compiled; whether the person opted out is asked once for all audiences
    paths        attributes it reads
    tests        comparisons of attributes with constants, which need no evaluation to be followed
    untested     attributes that it reads in other ways, or that say who opted out
    uses_events  of `event_types`; None: of any type
    over_time    time alone can change who is in
    tendency     which way more events can move it
    incremental  new events alone say whether it moves
    depends_on   numbers of the audiences it refers to
    streams      evaluated with each record; the others only by jobs and when profiles join or part
    """

    number: int
    id: str
    rule: Typed
    guarded: Typed
    query: Query
    paths: frozenset[Path]
    tests: tuple[AttributeTest, ...]
    untested: frozenset[Path]
    uses_events: bool
    event_types: frozenset[str] | None
    over_time: bool
    tendency: Tendency
    incremental: bool
    depends_on: frozenset[int]
    streams: bool
    excludes_opt_out: bool


_MOST_NEEDS = 1000


@dataclass(frozen=True, slots=True)
class Needs:
    """Events evaluations need: none, recent ones of some `types` (None: any), or all `history`."""

    events: bool
    types: frozenset[str] | None
    history: bool


@dataclass(frozen=True)
class AudienceSet:
    """All audiences that are evaluated, by number, each after those it depends on.

    `lookback_ms` is how far back streaming audiences look at most; `datasets` are the numbers of
    the only ones whose events the merge policy looks at, None: of all. `opt_out` holds for people
    who opted out; None: nobody can. `lists` are ids by number of audiences whose members come from
    elsewhere: rules can name them. `computed` are the computed attributes there are values of.
    `policy` is what profiles have to be merged by for these audiences, None: they are stored so.
    `named` are ids by number of all audiences that rules can name and that have a rule themselves,
    those of other merge policies, too.
    """

    by_number: Mapping[int, Audience] = field(default_factory=dict)
    lookback_ms: int = 24 * 3_600_000
    datasets: tuple[int, ...] | None = None
    opt_out: Query | None = None
    lists: Mapping[int, str] = field(default_factory=dict)
    computed: tuple[ComputedField, ...] = ()
    policy: Policy | None = None
    named: Mapping[int, str] = field(default_factory=dict)
    # Times an audience cost too much for a profile, since this set was read.
    overruns: Counter[int] = field(default_factory=Counter)
    # By the audiences that are evaluated together: mostly the same few groups.
    _needs: dict[frozenset[int], Needs] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether profiles have memberships, be it of other merge policies: they follow joins."""
        return bool(self.by_number or self.named)

    @cached_property
    def ids(self) -> Mapping[int, str]:
        """Id by number, of all whose members rules can ask for."""
        return {**self.named, **{number: one.id for number, one in self.by_number.items()}}

    @cached_property
    def ids_of_all(self) -> Mapping[int, str]:
        """The same with lists."""
        return {**self.lists, **self.ids}

    @cached_property
    def are_referred_to(self) -> bool:
        """Does any audience ask who is in another?"""
        return any(one.depends_on for one in self.by_number.values())

    def lists_of(self, numbers: Iterable[int]) -> set[int]:
        """Numbers of the lists that these audiences name."""
        if not self.lists:
            return set()
        return {
            other
            for number in numbers
            if number in self.by_number
            for other in self.by_number[number].depends_on & self.lists.keys()
        }

    def computed_owner(self, numbers: Iterable[int]) -> str | None:
        """The field below which these audiences read computed attributes; None: they do not."""
        for number in numbers:
            for path in self.by_number[number].paths if number in self.by_number else ():
                if path[1:2] == (COMPUTED,):
                    return path[0]
        return None

    @cached_property
    def streaming(self) -> frozenset[int]:
        """Numbers of those evaluated with each record."""
        return frozenset(number for number, one in self.by_number.items() if one.streams)

    @cached_property
    def by_default(self) -> frozenset[int]:
        """Streaming audiences that hold for somebody of whom nothing is known, now or some day.

        All others need an attribute or an event, and are evaluated when it comes.
        """
        unknown = Facts({}, now=clock.now_ms())
        found = {
            number: self.by_number[number].query.evaluate(unknown) for number in self.streaming
        }
        return frozenset(n for n, one in found.items() if one.holds or one.due_at is not None)

    @cached_property
    def dependents(self) -> Mapping[int, frozenset[int]]:
        """Streaming audiences that refer to an audience, by its number."""
        found: dict[int, set[int]] = {}
        for number in self.streaming:
            for other in self.by_number[number].depends_on:
                found.setdefault(other, set()).add(number)
        return {number: frozenset(numbers) for number, numbers in found.items()}

    @cached_property
    def reading_attributes(self) -> frozenset[int]:
        """Streaming audiences that read any attribute."""
        return frozenset(number for number in self.streaming if self.by_number[number].paths)

    @cached_property
    def _readers(self) -> Readers[int]:
        """Streaming audiences by what they read of attributes, beside their tests."""
        return Readers(
            (path, number) for number in self.streaming for path in self.by_number[number].untested
        )

    @cached_property
    def _flips(self) -> Flips:
        return Flips(
            (number, test) for number in self.streaming for test in self.by_number[number].tests
        )

    @cached_property
    def _by_type(self) -> Mapping[str | None, frozenset[int]]:
        """Streaming audiences by event type; under None those that any event concerns."""
        found: dict[str | None, set[int]] = {}
        for number in self.streaming:
            one = self.by_number[number]
            if one.uses_events:
                for name in one.event_types if one.event_types is not None else (None,):
                    found.setdefault(name, set()).add(number)
        return {name: frozenset(numbers) for name, numbers in found.items()}

    def with_dependents(self, numbers: Iterable[int]) -> set[int]:
        """These and all streaming audiences that may be evaluated because one of these changes."""
        found = set(numbers)
        if self.dependents:
            new = found
            while new:
                new = {other for one in new for other in self.dependents.get(one, ())} - found
                found |= new
        return found

    def touched_by_change(self, before: Document, after: Document) -> set[int]:
        """Streaming audiences whose verdict may be another for what attributes say now."""
        paths = differences(before, after)
        if not paths:
            return set()
        return self._readers.of(paths) | self._flips.of(before, after, paths)

    def touched_by_events(self, types: Iterable[str | None]) -> set[int]:
        """Streaming audiences whose verdict new events of these types can change."""
        found = set(self._by_type.get(None, frozenset()))
        for name in types:
            if name is not None:
                found |= self._by_type.get(name, frozenset())
        return found

    def needs_of(self, numbers: frozenset[int]) -> Needs:
        """The events that evaluating these audiences needs."""
        found = self._needs.get(numbers)
        if found is None:
            if len(self._needs) > _MOST_NEEDS:
                self._needs.clear()
            found = self._needs[numbers] = self._find_needs(numbers)
        return found

    def _find_needs(self, numbers: Iterable[int]) -> Needs:
        known = [self.by_number[number] for number in numbers]
        using = [one for one in known if one.uses_events]
        if not all(one.streams for one in using):
            return Needs(events=True, types=None, history=True)
        types: set[str] = set()
        for one in using:
            if one.event_types is None:
                return Needs(events=True, types=None, history=False)
            types |= one.event_types
        return Needs(events=bool(using), types=frozenset(types), history=False)

    def in_order(self, numbers: Collection[int]) -> Iterable[int]:
        """These and all that evaluating them may bring up, each after those it depends on."""
        return self.by_number if self.dependents else numbers


NO_AUDIENCES = AudienceSet()


def audience_set(
    audiences: Iterable[Audience],
    *,
    lookback_ms: int,
    datasets: tuple[int, ...] | None = None,
    opt_out: Query | None = None,
    lists: Mapping[int, str] | None = None,
    computed: tuple[ComputedField, ...] = (),
) -> AudienceSet:
    """The set with each audience after those it depends on; cycles were refused when saved."""
    given = {one.number: one for one in audiences}
    ordered: dict[int, Audience] = {}

    def place(number: int, above: frozenset[int]) -> None:
        if number in ordered or number in above or number not in given:
            return
        for other in sorted(given[number].depends_on):
            place(other, above | {number})
        ordered[number] = given[number]

    for number in sorted(given):
        place(number, frozenset())
    return AudienceSet(ordered, lookback_ms, datasets, opt_out, lists or {}, computed)
