"""Remove every trace of an audience from the profiles."""

from core import clock, sql
from profiles.segmentation.holding import held_pipeline
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.states import decode
from profiles.segmentation.write_memberships import Standing, count_standings, save_standings

_PACKAGE = "profiles.segmentation"
_PAGE = 2000


def forget_memberships(number: int) -> None:
    """Drop all memberships of an audience, past ones too, and its counts; again does no harm."""
    sandbox = SegmentDefinition.objects.values_list("sandbox_id", flat=True).get(number=number)
    after = b""
    with sql.connect(autocommit=True, application="onefold-forget") as connection:
        while True:
            with held_pipeline(connection, sandbox) as cursor:
                rows = cursor.execute(
                    sql.load(_PACKAGE, "list_mentions"),
                    {
                        "sandbox": sandbox,
                        "after": after,
                        "audience": number,
                        "limit": _PAGE,
                    },
                ).fetchall()
                standings = []
                for profile, stored in rows:
                    before = decode(stored)
                    now = {key: state for key, state in before.items() if key != number}
                    standings.append(Standing(profile, before, now))
                counts = count_standings(standings, ())
                save_standings(cursor, sandbox, standings, counts=counts, now=clock.now_ms())
            if len(rows) < _PAGE:
                break
            after = rows[-1][0]
        connection.execute(sql.load(_PACKAGE, "delete_external_members"), {"audience": number})
        connection.execute(sql.load(_PACKAGE, "delete_audience_counts"), {"audience": number})
