"""What an evaluation in DuckDB found, where it differs from what was stored."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Many profiles are in the same audiences: lists are worked on once for each combination, which a
# `place` names.
_SIDES = """
CREATE OR REPLACE TABLE side AS
    SELECT true AS is_now, profile, list(numbers) AS lists FROM held GROUP BY profile
    UNION ALL SELECT false, profile, [numbers] FROM standing
"""
_COMBINATIONS = """
CREATE OR REPLACE TABLE combination AS
    SELECT lists, list_sort(list_intersect(flatten(lists), $numbers::INTEGER[])) AS numbers,
        dense_rank() OVER (ORDER BY numbers) AS place
    FROM (SELECT DISTINCT lists FROM side)
"""
# Whose audiences are others than what is stored; no place: in none.
_DIFFERENCE = """
CREATE OR REPLACE TABLE difference AS
    SELECT profile, any_value(place) FILTER (is_now) AS place
    FROM side JOIN combination USING (lists)
    WHERE numbers <> []
    GROUP BY profile
    HAVING count(DISTINCT place) > 1 OR count(*) = 1
"""
_NUMBERS_OF = """
SELECT DISTINCT place, numbers
FROM combination
JOIN (SELECT try_cast(unnest(string_split($places, ',')) AS BIGINT) AS place) USING (place)
"""

# A profile and its audiences, sorted; profiles of a page that are in the same share one list.
type Found = tuple[bytes, list[int]]
_NOWHERE: list[int] = []


def differences(
    engine: "duckdb.DuckDBPyConnection", numbers: list[int], size: int
) -> Iterator[list[Found]]:
    """Pages of profiles whose audiences among `numbers` are others than what is stored."""
    if not numbers:
        return
    engine.execute(_SIDES)
    engine.execute(_COMBINATIONS, {"numbers": numbers})
    engine.execute(_DIFFERENCE)
    cursor = engine.cursor().execute("SELECT profile, place FROM difference ORDER BY profile")
    while page := cursor.fetchmany(size):
        # As text: lists of parameters are bound one by one.
        places = ",".join({str(place) for _, place in page if place is not None})
        known = dict(engine.execute(_NUMBERS_OF, {"places": places}).fetchall())
        yield [(profile, known.get(place, _NOWHERE)) for profile, place in page]
