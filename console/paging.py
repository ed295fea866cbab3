"""The foot of a table: from a keyset slice, or from rows that are few enough to hold."""

from collections.abc import Sequence

from django.db.models import Model
from django.http import HttpRequest

from console.components import Paging
from core.keyset import Slice

SIZES = (25, 50, 100)


def size_of(request: HttpRequest) -> int:
    """The wanted page size; anything else is the smallest."""
    wanted = request.GET.get("size", "")
    return int(wanted) if wanted.isdigit() and int(wanted) in SIZES else SIZES[0]


def paging_of[Row: Model](rows: Slice[Row], *, total: int | None, size: int = 0) -> Paging:
    """What the pagination component shows of a slice."""
    return Paging(
        first=rows.offset + 1 if rows.rows else 0,
        last=rows.offset + len(rows.rows),
        total=total,
        more=rows.more,
        next_token=rows.token,
        is_first=rows.offset == 0,
        size=size or SIZES[0],
        sizes=SIZES,
    )


def page_of[Row](rows: Sequence[Row], request: HttpRequest) -> tuple[tuple[Row, ...], Paging]:
    """One page of rows whose order is no column: it begins after so many rows."""
    after = request.GET.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 8 else 0
    size = size_of(request)
    shown = tuple(rows[start : start + size])
    end = start + len(shown)
    paging = Paging(
        first=start + 1 if shown else 0,
        last=end,
        total=len(rows),
        more=end < len(rows),
        next_token=str(end),
        is_first=start == 0,
        size=size,
        sizes=SIZES,
    )
    return shown, paging
