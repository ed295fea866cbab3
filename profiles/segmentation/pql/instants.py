"""Which texts are instants. Both back ends share the grammar, so that they read a date alike."""

import re
from datetime import UTC, datetime

# In RE2 and in Python alike. The calendar (no 30 February) is checked by whoever reads the text.
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?"
LOCAL_PATTERN = f"{_DAY}(?:T{_TIME})?"
ZONED_PATTERN = f"{_DAY}T{_TIME}(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_INSTANT = re.compile(f"{LOCAL_PATTERN}|{ZONED_PATTERN}")


def parse(text: str) -> datetime | None:
    """The instant (UTC) of an RFC 3339 text, or None.

    A day alone is its midnight, a time without a zone is UTC, digits below a microsecond are cut.
    """
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
