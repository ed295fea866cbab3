"""What the readers of cards and of events share."""

from collections.abc import Sequence
from typing import Protocol

from core.errors import Invalid
from profiles.segmentation.builder.canvas import Group
from profiles.segmentation.builder.fields import FieldType
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.typed import Span
from profiles.segmentation.pql.types import ObjectType


class CodeOnly(Invalid):
    """A rule the canvas cannot show; `start` and `end` are the part that is to blame."""

    code = "code_only"

    def __init__(self, reason: str, *, at: Span) -> None:
        super().__init__(reason, start=at[0], end=at[1])
        self.start, self.end = at


class Reader(Protocol):
    """Where a condition stands."""

    @property
    def element(self) -> ObjectType:
        """The element whose fields it reads."""

    @property
    def prefix(self) -> str:
        """The variable paths begin with; empty: none."""

    def field(self, path: str) -> FieldType | None:
        """What stands at a path here."""

    def within(self, element: ObjectType, prefix: str = "") -> "Reader":
        """The place of a condition on an element of a list."""

    def group_of(self, operands: Sequence[Node]) -> Group:
        """Conditions that all hold, as the content of a card."""
