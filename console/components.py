"""Values the component templates draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

type StepState = Literal["done", "failed", "running", "waiting", "skipped"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure people can act on: what, where, received and expected, how to fix, code, link."""

    what: str
    code: str
    path: str = ""
    received: str = ""
    expected: str = ""
    fix: str = ""
    reference: str = ""
    link_label: str = ""
    link_href: str = ""


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step of a record's way; `at` in epoch microseconds, `since_ms` since it was received."""

    name: str
    state: StepState
    at: int | None = None
    since_ms: float | None = None
    detail: str = ""
    href: str = ""
    link_label: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a keyset-paged table stands; `total` is None when counting would be slow.

    `sizes` are the page sizes on offer; empty where the list has one size only.
    """

    first: int
    last: int
    total: int | None
    more: bool
    next_token: str = ""
    is_first: bool = True
    size: int = 25
    sizes: tuple[int, ...] = ()

    @property
    def several(self) -> bool:
        """Whether there is more than one page of the smallest size."""
        return bool(self.sizes) and (self.more or self.last > self.sizes[0])


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars; a tone, "negative" or "neutral", draws it in that colour."""

    name: str
    values: Sequence[float | None]
    tone: Literal["", "negative", "neutral"] = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A time chart and the same numbers as a table."""

    id: str
    label: str
    kind: Literal["line", "bar"]
    labels: Sequence[str]
    series: Sequence[Series]
    stacked: bool = False
    whole: bool = True

    @property
    def data_id(self) -> str:
        """Id of the element that holds the numbers for the script."""
        return f"{self.id}-data"

    @property
    def as_data(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "label": self.label,
            "kind": self.kind,
            "labels": list(self.labels),
            "stacked": self.stacked,
            "whole": self.whole,
            "series": [
                {"name": each.name, "values": list(each.values), "tone": each.tone}
                for each in self.series
            ],
        }

    @property
    def rows(self) -> list[tuple[str, tuple[float | None, ...]]]:
        """The table's rows, newest first."""
        values = zip(*(each.values for each in self.series), strict=True)
        return list(zip(self.labels, values, strict=True))[::-1]
