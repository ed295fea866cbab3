"""Metrics by their public names, from the counters of collector and pipeline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import Inlet
from ingestion.journal.queries import list_counts
from ingestion.journal.reject_counts import list_reject_codes
from ingestion.journal.types import RECEIVED, RECEIVED_BYTES, REFUSED, STORED, Point
from ingestion.xdm.validator import CODES

Granularity = Literal["minute", "hour", "day", "week", "month"]
STEPS: Mapping[str, int] = {"minute": 1, "hour": 60, "day": 1440, "week": 1440, "month": 1440}
_INLET = "timeseries.data.collection.inlet."
_VALIDATION = "timeseries.data.collection.validation."
_INGESTED, _REJECTED = "ingested", "rejected"

# Public name -> counters it adds up.
COUNTERS: Mapping[str, tuple[str, ...]] = {
    f"{_INLET}total.messages.received": (RECEIVED,),
    f"{_INLET}total.messages.size.received": (RECEIVED_BYTES,),
    f"{_INLET}success": (STORED,),
    f"{_INLET}failure": (REFUSED,),
    f"{_VALIDATION}total.messages.rate": (_INGESTED, _REJECTED),
    f"{_VALIDATION}valid.messages.rate": (_INGESTED,),
    f"{_VALIDATION}invalid.messages.rate": (_REJECTED,),
    "timeseries.ingestion.dataset.recordsuccess.count": (_INGESTED,),
}
_AREAS = {
    "type": {CODES["type"]},
    "range": {CODES["range"], CODES["length"], CODES["items"]},
    "format": {CODES["format"]},
    "pattern": {CODES["pattern"]},
    "presence": {CODES["required"]},
    "enum": {CODES["enum"]},
    "unclassified": {CODES["additionalProperties"]},
}
_KNOWN_CODES = frozenset().union(*_AREAS.values())
# Public name -> codes of the rejects it counts; None: all that fall in no area.
CATEGORIES: Mapping[str, frozenset[str] | None] = {
    **{f"{_VALIDATION}category.{name}.count": frozenset(codes) for name, codes in _AREAS.items()},
    f"{_VALIDATION}category.unknown.count": None,
}
METRICS = frozenset({*COUNTERS, *CATEGORIES})


@dataclass(frozen=True, slots=True)
class Dimension:
    """A filter on inlets or datasets: wanted ids (none: all), told apart or summed."""

    name: Literal["inletId", "dataSetId"]
    ids: frozenset[str]
    group_by: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one group by epoch milliseconds of their step's start."""

    group: Mapping[str, str]
    values: Mapping[int, int]


def read_series(
    sandbox: Sandbox,
    metric: str,
    *,
    since: int,
    until: int,
    granularity: Granularity,
    dimensions: Sequence[Dimension],
) -> list[Series]:
    """The metric from minute `since` to before minute `until`, one series for each group."""
    points = _points(sandbox, metric, since=since, until=until, step=STEPS[granularity])
    keys = {
        "inletId": _ids(Inlet.objects.filter(sandbox=sandbox).values_list("number", "inlet_id")),
        "dataSetId": _ids(Dataset.objects.filter(sandbox=sandbox).values_list("number", "pk")),
    }
    groups: dict[tuple[tuple[str, str], ...], dict[int, int]] = defaultdict(dict)
    for point in points:
        ids = {
            "inletId": keys["inletId"].get(point.inlet, ""),
            "dataSetId": keys["dataSetId"].get(point.dataset, ""),
        }
        if any(one.ids and ids[one.name] not in one.ids for one in dimensions):
            continue
        group = tuple((one.name, ids[one.name]) for one in dimensions if one.group_by)
        values, at = groups[group], _start(point.minute, granularity)
        values[at] = values.get(at, 0) + point.value
    return [Series(dict(group), values) for group, values in sorted(groups.items())]


def _points(sandbox: Sandbox, metric: str, *, since: int, until: int, step: int) -> Iterable[Point]:
    if metric in COUNTERS:
        return list_counts(
            sandbox.number,
            COUNTERS[metric],
            since=since,
            until=until,
            step=step,
            by_inlet=True,
            by_dataset=True,
        )
    codes = CATEGORIES[metric]
    points = list_reject_codes(sandbox.number, since=since, until=until, step=step)
    if codes is None:
        return [point for point in points if point.name not in _KNOWN_CODES]
    return [point for point in points if point.name in codes]


def _ids(rows: Iterable[tuple[int, str]]) -> Mapping[int, str]:
    return dict(rows)


def _start(minute: int, granularity: Granularity) -> int:
    moment: datetime = clock.from_ms(minute * 60_000)
    if granularity == "week":
        moment -= timedelta(days=moment.weekday())
    elif granularity == "month":
        moment = moment.replace(day=1)
    return clock.to_ms(moment)
