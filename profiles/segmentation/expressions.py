"""What a rule says, checked against the profiles of a sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.nodes import Query
from profiles.segmentation.pql.pql_json import Format, read, write
from profiles.segmentation.pql.typed import InSegment, Typed
from profiles.segmentation.pql.walk import walk
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.types import JSON, TEXT, Expression
from profiles.store.models import MergePolicy


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule that means something: its canonical text, its tree, the audiences it names."""

    text: str
    tree: Typed
    references: tuple[str, ...]

    def reasons_against(
        self,
        method: SegmentDefinition.Method,
        *,
        policy: MergePolicy,
        used: Sequence[SegmentDefinition],
    ) -> tuple[str, ...]:
        """Why the rule cannot be evaluated in this way, as sentences; empty: it can."""
        return ()


def check_rule(given: Expression, *, sandbox: Sandbox, schema_name: str) -> Checked:
    """The rule as this sandbox understands it; raises PqlError with line, column and reason."""
    query = _query(given)
    # Places in messages are places in the text the author sees.
    seen = given.value if given.format == TEXT else query.text
    tree = check_segment(seen, profile_type(sandbox, schema_name))
    names = dict.fromkeys(each.segment_id for each in walk(tree) if isinstance(each, InSegment))
    return Checked(write(query, fmt=TEXT), tree, tuple(names))


def convert(given: Expression) -> Expression:
    """The rule in the other format; raises PqlError."""
    other: Format = JSON if given.format == TEXT else TEXT
    return Expression(write(_query(given), fmt=other), other)


def _query(given: Expression) -> Query:
    return read(given.value, fmt=TEXT if given.format == TEXT else JSON)
