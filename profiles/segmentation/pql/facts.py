"""What is known of one profile at one moment: what compiled queries read."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.errors import AppError
from profiles.segmentation.pql import moments
from profiles.segmentation.pql.windows import END

# Items that the loops of one evaluation may visit: some 50 ms.
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


class Timeline:
    """Items in the order of their instants."""

    __slots__ = ("items", "times")

    def __init__(self, timed: Sequence[tuple[int, Document]]) -> None:
        self.times = [moment for moment, _ in timed]
        self.items = [item for _, item in timed]


class Facts:
    """A merged profile, its events in any order, the ids of audiences it is in, and `now` (ms).

    One object serves any number of queries, one after the other: it keeps the instants it has read
    and carries the state of the evaluation that runs (`due`, `steps`, `values`).
    """

    __slots__ = (
        "_events",
        "_timeline",
        "_unordered",
        "clocks",
        "due",
        "instants",
        "memberships",
        "moment",
        "now",
        "profile",
        "steps",
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
        # What words such as `today` mean now.
        self.clocks: dict[str, int] = {}
        self._unordered = events
        self._events: list[Document] | None = None
        self._timeline: Timeline | None = None
        self.begin(0)

    def begin(self, variables: int) -> None:
        """Start an evaluation with so many variables."""
        self.due = END
        self.steps = MOST_STEPS
        self.values: list[Any] = [None] * variables

    def flips_at(self, moment: int) -> None:
        """Note that what was just decided may be otherwise from this later moment on."""
        if moment < self.due:  # noqa: PLR1730 - min() takes longer, and this is a hot path
            self.due = moment

    def visit(self, items: int) -> None:
        """Count a loop over so many items."""
        self.steps -= items
        if self.steps < 0:
            raise BudgetExceeded

    @property
    def events(self) -> list[Document]:
        """Events by timestamp, then id; those without a timestamp last."""
        if self._events is None:
            self._events = sorted(self._unordered, key=self._place)
        return self._events

    @property
    def timeline(self) -> Timeline:
        """The events that have a timestamp."""
        if self._timeline is None:
            self._timeline = self.timed(self.events, "timestamp")
        return self._timeline

    def timed(self, items: Sequence[Any], timestamp: str) -> Timeline:
        """Items by the instant in a field; those without one are left out."""
        instants = self.instants
        timed: list[tuple[int, Document]] = []
        for item in items:
            text = item.get(timestamp) if isinstance(item, dict) else None
            moment = instants[text] if isinstance(text, str) else None
            if moment is not None:
                timed.append((moment, item))
        timed.sort(key=_moment)
        return Timeline(timed)

    def _place(self, event: Document) -> tuple[int, str]:
        timestamp, event_id = event.get("timestamp"), event.get("_id")
        moment = self.instants[timestamp] if isinstance(timestamp, str) else None
        return END if moment is None else moment, event_id if isinstance(event_id, str) else ""


def _moment(timed: tuple[int, Document]) -> int:
    return timed[0]
