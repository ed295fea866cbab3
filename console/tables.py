"""Tables of all list pages: columns people may choose, sorting, filters as chips, the foot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest

from console.components import Paging
from console.selection import Selection
from core.access.models import User
from core.access.preferences import chosen_columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `order` is what `sort` calls it; `extra` ones show only when chosen.

    `head`: its cells name the rows; without any such column those of the first one do.
    """

    key: str
    label: str
    order: str = ""
    number: bool = False
    wide: bool = False
    extra: bool = False
    head: bool = False

    @property
    def css(self) -> str:
        """Classes of its header and its cells."""
        return " ".join(name for name, on in self._classes if on)

    @property
    def _classes(self) -> tuple[tuple[str, bool], ...]:
        # People who asked for a column want it on a narrow screen, too.
        return (("number", self.number), ("wide-only", self.wide and not self.extra))


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a column: `sorted` is the value of aria-sort, `order` what a click asks for."""

    column: Column
    order: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the parameters that hold it, separated by blanks."""

    label: str
    parameters: str


@dataclass(frozen=True, slots=True)
class Table:
    """A list as one person sees it. What names the rows always shows."""

    name: str
    label: str
    columns: tuple[Column, ...]
    head: Column
    shown: Mapping[str, Column]
    order: str = ""
    paging: Paging | None = None
    selection: Selection | None = None

    @property
    def headers(self) -> tuple[Header, ...]:
        """Heads of the columns that show."""
        return tuple(_header(column, self.order) for column in self.shown.values())

    @property
    def choices(self) -> tuple[tuple[Column, bool], ...]:
        """Columns people may show or hide, and whether they show."""
        return tuple(
            (column, column.key in self.shown) for column in self.columns if column != self.head
        )

    @property
    def customized(self) -> bool:
        """Whether the columns differ from those of a newcomer."""
        return any(shown == column.extra for column, shown in self.choices)


def table_of(  # noqa: PLR0913 - a table has that many independent parts
    request: HttpRequest,
    name: str,
    *,
    label: str,
    columns: Sequence[Column],
    order: str = "",
    paging: Paging | None = None,
    selection: Selection | None = None,
) -> Table:
    """The list `name` with the columns this person chose."""
    chosen = chosen_columns(cast("User", request.user), name)
    head = next((column for column in columns if column.head), columns[0])
    return Table(
        name=name,
        label=label,
        columns=tuple(columns),
        head=head,
        shown={
            column.key: column
            for column in columns
            if column is head or chosen.get(column.key, not column.extra)
        },
        order=order,
        paging=paging,
        selection=selection,
    )


def _header(column: Column, order: str) -> Header:
    if not column.order:
        return Header(column)
    if order == column.order:
        return Header(column, f"-{column.order}", "ascending")
    if order == f"-{column.order}":
        return Header(column, column.order, "descending")
    return Header(column, column.order)


def chips_of(filters: Iterable[tuple[object, str, str]]) -> tuple[Chip, ...]:
    """Chips of the active ones among (value, label, parameters)."""
    return tuple(Chip(label, parameters) for active, label, parameters in filters if active)
