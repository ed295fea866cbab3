"""What is known of one profile at one moment: what compiled queries read."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.errors import AppError
from profiles.segmentation.pql import moments
from profiles.segmentation.pql.windows import END

# Items that the loops of one evaluation may visit: some tenths of a second at worst.
MOST_STEPS = 200_000

type Document = Mapping[str, Any]


class BudgetExceeded(AppError):
    """The query visits more items of this profile than one evaluation may."""

    code = "pql_budget_exceeded"

    def __init__(self) -> None:
        super().__init__(f"The query visits more than {MOST_STEPS:,} items of this profile.")


class Instants(dict[str, int | None]):
    """The instant a text names, read once for each text."""

    def __missing__(self, text: str) -> int | None:
        moment = self[text] = moments.from_text(text)
        return moment


class Word:
    """A clock such as `today`: it shows a start of a unit; of no unit, it shows every moment."""

    __slots__ = ("_add", "_unit")

    def __init__(self, unit: str | None, add: int) -> None:
        self._unit = unit
        self._add = add

    def shows(self, moment: int) -> int:
        """What the clock shows at a moment."""
        if self._unit is None:
            return moment
        return moments.shift(moments.floor(moment, self._unit), self._add, self._unit)

    def reaches(self, instant: int) -> int:
        """The moment from which on the clock shows this instant or a later one."""
        if self._unit is None or instant >= moments.LAST:
            return instant
        start = moments.ceiling(instant, self._unit)
        return moments.shift(start, -self._add, self._unit)


class Timeline:
    """Items in the order of their instants."""

    __slots__ = ("items", "times")

    def __init__(self, timed: Sequence[tuple[int, Document]]) -> None:
        self.times = [moment for moment, _ in timed]
        self.items = [item for _, item in timed]


class Facts:
    """A merged profile, its events, the ids of audiences it is in, and `now` (ms).

    Events may come in any order; the oldest first, verdicts tend to last longer.

    One object serves any number of queries, one after the other: it keeps the instants it has read
    and carries the state of the evaluation that runs (`due`, `edges`, `steps`, `values`).
    """

    __slots__ = (
        "_events",
        "_shown",
        "_timeline",
        "due",
        "edges",
        "instants",
        "memberships",
        "moment",
        "now",
        "profile",
        "steps",
        "unordered_events",
        "values",
    )

    def __init__(
        self,
        profile: Document,
        *,
        now: int,
        events: Sequence[Document] = (),
        memberships: Collection[str] = frozenset(),
    ) -> None:
        self.profile = profile
        self.memberships = memberships
        self.now = now
        self.moment = now * 1_000
        self.instants = Instants()
        self._shown: dict[Word, int] = {}
        # The next instants at which conditions about these words flip.
        self.edges: dict[Word, int] = {}
        self.unordered_events = events
        self._events: list[Document] | None = None
        self._timeline: Timeline | None = None
        self.begin(0)

    def begin(self, variables: int) -> None:
        """Start an evaluation with so many variables."""
        self.due = END
        self.steps = MOST_STEPS
        if self.edges:
            self.edges.clear()
        self.values: list[Any] = [None] * variables

    def flips_at(self, moment: int) -> None:
        """Note that what was just decided may be otherwise from this later moment on."""
        if moment < self.due:  # noqa: PLR1730 - min() takes longer, and this is a hot path
            self.due = moment

    def flips_when(self, word: Word, edge: int) -> None:
        """Note that it may be otherwise from when the word shows this instant on."""
        # The first edge is reached first: when, is worked out once.
        if edge < self.edges.get(word, END):
            self.edges[word] = edge

    def shown(self, word: Word) -> int:
        """The instant that the word means now."""
        known = self._shown.get(word)
        if known is None:
            known = self._shown[word] = word.shows(self.moment)
        return known

    def due_at(self) -> int | None:
        """The first moment (ms) at which the evaluation that ran may come out otherwise."""
        for word, edge in self.edges.items():
            self.flips_at(word.reaches(edge))
        return None if self.due >= moments.LAST else -(-self.due // 1_000)

    def visit(self, items: int) -> None:
        """Count a loop over so many items, before it runs."""
        self.steps -= items
        if self.steps < 0:
            raise BudgetExceeded

    @property
    def events(self) -> list[Document]:
        """Events by timestamp, then id; those without a timestamp last."""
        if self._events is None:
            self._events = sorted(self.unordered_events, key=self._place)
        return self._events

    @property
    def timeline(self) -> Timeline:
        """The events that have a timestamp."""
        if self._timeline is None:
            self._timeline = self.timed(self.events, "timestamp")
        return self._timeline

    def timed(self, items: Sequence[Any], timestamp: str) -> Timeline:
        """Items by the instant in a field; those without one are left out."""
        timed: list[tuple[int, Document]] = []
        for item in items:
            moment = self.instant(item, timestamp)
            if moment is not None:
                timed.append((moment, item))
        timed.sort(key=_moment)
        return Timeline(timed)

    def instant(self, item: Any, timestamp: str) -> int | None:
        """The instant in a field of an item."""
        text = item.get(timestamp) if isinstance(item, dict) else None
        return self.instants[text] if isinstance(text, str) else None

    def _place(self, event: Document) -> tuple[int, str]:
        moment, event_id = self.instant(event, "timestamp"), event.get("_id")
        return END if moment is None else moment, event_id if isinstance(event_id, str) else ""


def _moment(timed: tuple[int, Document]) -> int:
    return timed[0]
