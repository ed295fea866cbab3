"""Values of mappings: rows as people write them, and what can be wrong with one."""

from dataclasses import dataclass
from typing import Any

type Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One line of a mapping: a source field, or a constant, into a target field."""

    source: str
    target: str
    constant: Any = None

    @property
    def is_constant(self) -> bool:
        """Whether the value comes from the mapping itself."""
        return self.constant is not None


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """Why a row cannot work. `row` is its place, or -1 for the mapping as a whole."""

    row: int
    message: str
    path: str = ""


class MappingFailure(Exception):
    """One record cannot be mapped: where, what came, what the target wants."""

    def __init__(
        self, message: str, *, source: str, target: str, received: Any, expected: str
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.target = target
        self.received = received
        self.expected = expected
