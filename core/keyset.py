"""Keyset paging: a page starts after the last row of the page before, so no row is skipped."""

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Slice[Row: Model]:
    """One page of rows. `token` asks for the next page; `offset` is how many rows came before."""

    rows: list[Row]
    offset: int
    more: bool
    token: str


def take[Row: Model](rows: QuerySet[Row], *, newest_by: str, after: str, size: int) -> Slice[Row]:
    """The page after the row that `after` names, newest first."""
    return take_by(rows, order=f"-{newest_by}", after=after, size=size)


def take_by[Row: Model](rows: QuerySet[Row], *, order: str, after: str, size: int) -> Slice[Row]:
    """The page after the row that `after` names; a damaged token starts over.

    `order` is a column of text or numbers without nulls, `-column` for descending. The token is
    `<quoted value>~<primary key>~<rows before>`.
    """
    column, down = order.lstrip("-"), order.startswith("-")
    rows = rows.order_by(order, "-pk" if down else "pk")
    offset, parts = 0, after.split("~")
    if len(parts) == 3 and parts[2].isdecimal() and len(parts[2]) < 10:
        value, pk = unquote(parts[0]), parts[1]
        way = "lt" if down else "gt"
        # What is no value of the column or no key is refused before the database is asked.
        with suppress(ValueError, ValidationError):
            rows = rows.filter(
                Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"pk__{way}": pk})
            )
            offset = int(parts[2])
    found = list(rows[: size + 1])
    shown = found[:size]
    if not shown:
        return Slice([], offset, more=False, token="")
    last = shown[-1]
    token = f"{quote(str(getattr(last, column)), safe='')}~{last.pk}~{offset + len(shown)}"
    return Slice(shown, offset, more=len(found) > size, token=token)
