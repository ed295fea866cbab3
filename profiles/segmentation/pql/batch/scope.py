"""What the SQL compiler knows at one place of a query, and what it asks of the statement around."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlglot import exp

from profiles.segmentation.pql.batch.terms import Sql, column, function_of, name_of
from profiles.segmentation.pql.typed import Typed
from profiles.segmentation.pql.types import ObjectType

# The relations a statement reads, by the names that its expressions use.
PROFILES: Final = "profile"
EVENTS: Final = "event"
MEMBERSHIPS: Final = "membership"
# Values made of the events of a profile: without looking at the profile itself, or looking at it.
TOTALS: Final = "event_totals"
JOINED_TOTALS: Final = "profile_event_totals"
# Fields of an event that have a column of their own in its relation.
EVENT_COLUMNS: Final = {"eventType": "event_type", "_id": "event_id"}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as the row of its relation that an aggregate is looking at."""


type Value = Sql | EventRow


@dataclass(slots=True)
class Plan:
    """Aggregates over the events of a profile that some queries need, each of them once.

    `totals` and `joined_totals` map the text of an aggregate to the column it becomes in the
    relation of that name.
    """

    totals: dict[str, exp.Alias] = field(default_factory=dict)
    joined_totals: dict[str, exp.Alias] = field(default_factory=dict)
    with_memberships: bool = False

    def total(self, aggregate: Sql) -> Sql:
        """The column of an aggregate of events, such as `bool_or(event.event_type = 'view')`."""
        looks_at_profile = any(
            part.table in {PROFILES, MEMBERSHIPS} for part in aggregate.find_all(exp.Column)
        )
        known, relation = (
            (self.joined_totals, JOINED_TOTALS) if looks_at_profile else (self.totals, TOTALS)
        )
        shown = aggregate.sql("duckdb")
        if shown not in known:
            alias = name_of(f"t{len(known)}")
            known[shown] = exp.Alias(this=aggregate, alias=alias)
        return column(relation, known[shown].alias)


@dataclass(frozen=True, slots=True)
class Scope:
    """`values` of variables; `event` is the type of events as far as this query looks at them."""

    plan: Plan
    compile: Callable[[Typed, "Scope"], Sql]
    event: ObjectType
    values: Mapping[str, Value] = field(default_factory=dict)
    depth: int = 0
    # Of the loop whose items a variable stands for.
    depths: Mapping[str, int] = field(default_factory=dict)

    def value(self, node: Typed) -> Sql:
        """The SQL of a node here."""
        return self.compile(node, self)

    def bind(self, variable: str, value: Value) -> "Scope":
        """The scope in which a variable has a value."""
        return replace(
            self,
            values={**self.values, variable: value},
            depths={**self.depths, variable: self.depth},
        )

    def depth_of(self, variable: str) -> int:
        """How many loops are around what the variable stands for, its own included."""
        return self.depths.get(variable, 0)

    def of_events(self) -> "Scope":
        """The scope of a condition about one row of events."""
        return replace(self, values={}, depth=0, depths={})

    def deeper(self) -> tuple[str, "Scope"]:
        """A name for the parameter of a lambda that no lambda around it has."""
        return f"v{self.depth}", replace(self, depth=self.depth + 1)

    def lambda_of(self, variable: str, body: Callable[["Scope"], Sql]) -> Sql:
        """A lambda over the items that a variable stands for."""
        parameter, inner = self.deeper()
        return function_of(parameter, lambda item: body(inner.bind(variable, item)))
