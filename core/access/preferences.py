"""How a person likes the console. It follows them to every browser, and is no part of the audit."""

from collections.abc import Mapping

from django.db import transaction

from core.access.models import User
from core.errors import Invalid

_MOST = 60
_LONGEST = 40


def chosen_columns(user: User, table: str) -> Mapping[str, bool]:
    """The columns of a list the person showed or hid; the others are as the list has them."""
    found = user.preferences.get("columns", {}).get(table, {})
    return found if isinstance(found, dict) else {}


@transaction.atomic
def remember_columns(user: User, *, table: str, shown: Mapping[str, bool]) -> None:
    """Keep which columns of a list are shown; an empty choice forgets the list."""
    if max(map(len, (table, *shown))) > _LONGEST or len(shown) > _MOST:
        raise Invalid("No list has such columns.", path="table", received=table[:_LONGEST])
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    columns = {**row.preferences.get("columns", {}), table: dict(shown)}
    kept = {name: choice for name, choice in columns.items() if choice}
    if len(kept) > _MOST:
        raise Invalid("No more lists can be remembered.", path="table", received=table)
    row.preferences = {**row.preferences, "columns": kept}
    row.save(update_fields=["preferences"])
    user.preferences = row.preferences
