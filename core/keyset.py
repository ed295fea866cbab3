"""Keyset paging: a page starts after the last row of the page before, so no row is skipped."""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Slice[Row: Model]:
    """One page of rows. `token` asks for the next page; `offset` is how many rows came before."""

    rows: list[Row]
    offset: int
    more: bool
    token: str


def take[Row: Model](rows: QuerySet[Row], *, newest_by: str, after: str, size: int) -> Slice[Row]:
    """The page after the row that `after` names, newest first; a damaged token starts over.

    The token is `<key>~<primary key>~<rows before>`.
    """
    rows = rows.order_by(f"-{newest_by}", "-pk")
    offset = 0
    parts = after.split("~")
    if len(parts) == 3 and parts[0].isdigit() and parts[2].isdigit():
        key, pk, offset = int(parts[0]), parts[1], int(parts[2])
        rows = rows.filter(Q(**{f"{newest_by}__lt": key}) | Q(**{newest_by: key, "pk__lt": pk}))
    found = list(rows[: size + 1])
    shown = found[:size]
    if not shown:
        return Slice([], offset, more=False, token="")
    last = shown[-1]
    token = f"{getattr(last, newest_by)}~{last.pk}~{offset + len(shown)}"
    return Slice(shown, offset, more=len(found) > size, token=token)


def take_by[Row: Model](rows: QuerySet[Row], *, order: str, after: str, size: int) -> Slice[Row]:
    """The same in any order: `order` is a column of text or numbers, `-column` for descending.

    The token is `<quoted value>~<primary key>~<rows before>`.
    """
    column, down = order.lstrip("-"), order.startswith("-")
    rows = rows.order_by(order, "-pk" if down else "pk")
    offset, parts = 0, after.split("~")
    if len(parts) == 3 and parts[2].isdigit():
        value, pk, offset = unquote(parts[0]), parts[1], int(parts[2])
        way = "lt" if down else "gt"
        try:
            rows = rows.filter(
                Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"pk__{way}": pk})
            )
        except ValueError:
            offset = 0
    found = list(rows[: size + 1])
    shown = found[:size]
    if not shown:
        return Slice([], offset, more=False, token="")
    last = shown[-1]
    token = f"{quote(str(getattr(last, column)), safe='')}~{last.pk}~{offset + len(shown)}"
    return Slice(shown, offset, more=len(found) > size, token=token)
