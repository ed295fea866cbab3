"""From a keyset slice to the foot of a table."""

from django.db.models import Model
from django.http import HttpRequest

from console.components import Paging
from core.keyset import Slice

SIZES = (25, 50, 100)


def size_of(request: HttpRequest) -> int:
    """The wanted page size; anything else is the smallest."""
    wanted = request.GET.get("size", "")
    return int(wanted) if wanted.isdigit() and int(wanted) in SIZES else SIZES[0]


def paging_of[Row: Model](rows: Slice[Row], *, total: int | None) -> Paging:
    """What the pagination component shows."""
    return Paging(
        first=rows.offset + 1 if rows.rows else 0,
        last=rows.offset + len(rows.rows),
        total=total,
        more=rows.more,
        next_token=rows.token,
        is_first=rows.offset == 0,
    )
