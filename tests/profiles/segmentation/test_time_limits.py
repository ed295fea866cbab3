"""An evaluation that does not end is stopped, and keeps no other from being done."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.access.types import SYSTEM
from core.sandboxes.models import Sandbox
from profiles.segmentation import batch, relations
from profiles.segmentation.audiences import Audience
from profiles.segmentation.jobs import start_job
from profiles.segmentation.members import count_members
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.relations import open_engine, time_limit
from profiles.segmentation.run_jobs import run_job
from profiles.segmentation.work_types import TooLong, TooSlow
from tests.factories.loyalty import Loyalty, append, make_loyalty, process
from tests.factories.segments import make_segment

HUNGRY = "SELECT len(list(range)) FROM range(500000000)"
ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range < b.range"


def test_a_statement_without_end_is_stopped(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        with pytest.raises(TooSlow, match="not evaluated within"), time_limit(engine, 0.2):
            engine.execute(ENDLESS)
        # The engine goes on, and a limit that was kept does nothing later.
        with time_limit(engine, 60):
            assert engine.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_one_endless_audience_leaves_the_others_evaluated(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    loyalty = four_members(sandbox)
    rich, endless = (
        make_segment(sandbox, name, rule, method="batch")
        for name, rule in (("Rich", "_acmeco.points > 1"), ("Endless", "_acmeco.points > 2"))
    )
    evaluate(sandbox)
    append(loyalty, loyalty.member("C1", custom={"points": 5}))
    process(sandbox)
    hold = batch._hold

    def hold_slowly(engine: Any, level: Sequence[Audience], *, now: int) -> None:
        hold(engine, list(level), now=now)
        if any(one.number == endless.number for one in level):
            engine.execute(ENDLESS)

    monkeypatch.setattr(batch, "_hold", hold_slowly)
    monkeypatch.setattr(batch, "_TOGETHER_S", 0.5)
    monkeypatch.setattr(batch, "_ALONE_S", 2)
    errors = evaluate(sandbox)
    assert members(rich) == 3
    assert members(endless) == 1
    assert [error["message"] for error in errors] == [
        f"Audience {endless.pk}: It was not evaluated within 2 seconds."
    ]


@pytest.mark.django_db(transaction=True)
def test_what_does_not_fit_into_memory_together_is_evaluated_in_parts(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    four_members(sandbox)
    made = [
        make_segment(sandbox, str(n), f"_acmeco.points > {n}", method="batch") for n in range(3)
    ]
    hold, sizes = batch._hold, []

    def hold_hungrily(engine: Any, level: Sequence[Audience], *, now: int) -> None:
        hold(engine, list(level), now=now)
        sizes.append(len(level))
        if len(level) > 1:
            engine.execute(HUNGRY)

    monkeypatch.setattr(batch, "_hold", hold_hungrily)
    monkeypatch.setattr(relations, "_memory_mb", lambda: 100)
    assert evaluate(sandbox) == []
    assert sizes == [3, 1, 2, 1, 1]
    assert [members(one) for one in made] == [3, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_products_of_long_lists_keep_no_other_waiting(sandbox: Sandbox) -> None:
    loyalty = make_loyalty(sandbox)
    emails = [{"id": f"{n}@example.org"} for n in range(14)]
    identities = {"Email": emails}
    append(loyalty, loyalty.member("C1", identityMap=identities, custom={"points": 2}))
    process(sandbox)
    # Four loops over the same fourteen: the innermost may have one item.
    loops = "".join(f'exists {n} from identityMap.get("Email"): ' for n in "abcd")
    hostile, rich = (
        make_segment(sandbox, name, rule, method="batch")
        for name, rule in (("All", f"{loops} a.id < d.id"), ("Rich", "_acmeco.points > 1"))
    )
    errors = evaluate(sandbox)
    assert members(rich) == 1
    assert [error["message"] for error in errors] == [f"Audience {hostile.pk}: {TooLong().message}"]


def four_members(sandbox: Sandbox) -> Loyalty:
    """C0 to C3, with as many points."""
    loyalty = make_loyalty(sandbox)
    append(loyalty, *(loyalty.member(f"C{n}", custom={"points": n}) for n in range(4)))
    process(sandbox)
    return loyalty


def evaluate(sandbox: Sandbox) -> list[dict[str, str]]:
    job = start_job(["*"], actor=SYSTEM, sandbox=sandbox)
    run_job(str(job.pk))
    job.refresh_from_db()
    assert job.status == "SUCCEEDED"
    return list(job.errors)


def members(segment: SegmentDefinition) -> int:
    return count_members([segment])[segment.number].realized
