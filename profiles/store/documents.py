"""Read merged documents inside the pipeline's transaction."""

from collections.abc import Iterable
from typing import Any

import orjson
from psycopg import Cursor

from core import sql
from core.arrays import byteas

_PACKAGE = "profiles.store"


def load_documents(cursor: Cursor[Any], profiles: Iterable[bytes]) -> dict[bytes, dict[str, Any]]:
    """Merged attributes of those of these profiles that have any."""
    ids = sorted(profiles)
    if not ids:
        return {}
    rows = cursor.execute(
        sql.load(_PACKAGE, "load_documents"), {"profiles": byteas(ids)}
    ).fetchall()
    return {profile: orjson.loads(document) for profile, document in rows}
