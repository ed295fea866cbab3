"""What a rule says, checked against the profiles of a sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.eligibility import Eligibility, Referenced, eligibility
from profiles.segmentation.pql.eligibility import Method as PqlMethod
from profiles.segmentation.pql.events import event_atoms
from profiles.segmentation.pql.nodes import Query
from profiles.segmentation.pql.pql_json import Format, read, write
from profiles.segmentation.pql.references import references
from profiles.segmentation.pql.typed import Typed
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.types import JSON, TEXT, Expression
from profiles.store.models import MergePolicy

Method = SegmentDefinition.Method
_NAMES: Final[Mapping[Method, PqlMethod]] = {
    Method.BATCH: "batch",
    Method.STREAMING: "streaming",
    Method.EDGE: "edge",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule that means something: its canonical text, its tree, the audiences it names."""

    text: str
    tree: Typed
    references: tuple[str, ...]

    @property
    def has_events(self) -> bool:
        """Whether the rule itself looks at events."""
        return bool(event_atoms(self.tree))

    def eligibility(self, *, policy: MergePolicy, used: Sequence[SegmentDefinition]) -> Eligibility:
        """For each method the reasons against it; `used` are the audiences the rule names."""
        known = {str(each.pk): _referenced(each) for each in used}
        return eligibility(
            self.tree,
            edge_active=policy.is_active_on_edge,
            referenced=lambda key: known.get(key.lower()),
        )

    def reasons_against(
        self, method: Method, *, policy: MergePolicy, used: Sequence[SegmentDefinition]
    ) -> tuple[str, ...]:
        """Why the rule cannot be evaluated in this way, as sentences; empty: it can."""
        found = self.eligibility(policy=policy, used=used).reasons(_NAMES[method])
        return tuple(each.sentence for each in found)


def check_rule(given: Expression, *, sandbox: Sandbox, schema_name: str) -> Checked:
    """The rule as this sandbox understands it; raises PqlError with line, column and reason."""
    query = _query(given)
    # Places in messages are places in the text the author sees.
    seen = given.value if given.format == TEXT else query.text
    tree = check_segment(seen, profile_type(sandbox, schema_name))
    return Checked(write(query, fmt=TEXT), tree, tuple(sorted(references(tree).audiences)))


def convert(given: Expression) -> Expression:
    """The rule in the other format; raises PqlError."""
    other: Format = JSON if given.format == TEXT else TEXT
    return Expression(write(_query(given), fmt=other), other)


def _referenced(segment: SegmentDefinition) -> Referenced:
    return Referenced(
        name=segment.name,
        method=_NAMES[Method(segment.method)],
        profile_only=not segment.uses_events,
        imported=segment.kind == SegmentDefinition.Kind.EXTERNAL,
    )


def _query(given: Expression) -> Query:
    return read(given.value, fmt=TEXT if given.format == TEXT else JSON)
