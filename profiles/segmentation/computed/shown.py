"""Values of a computed attribute for people: some of them, and how they are spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from core import sql
from core.sandboxes.models import Sandbox
from profiles.identity.ids import identity_id, xid, xid_text
from profiles.segmentation.computed.expression import type_of
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.pql.types import NUMERIC, TEMPORAL, Scalar

_PACKAGE = "profiles.segmentation.computed"
_RANGES, _MOST_VALUES, _LONGEST = 8, 10, 80
# Dates are counted by day.
_DAY = len("2026-03-01")


@dataclass(frozen=True, slots=True)
class SampledValue:
    """A profile's value; `xid` names the profile, `moment` (ms) is the value's."""

    xid: str
    value: Any
    moment: int
    identity: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """How many profiles have a value, or a number from `value` to `until`."""

    value: Any
    until: float | None
    count: int


def sample_values(attribute: ComputedAttribute, *, limit: int = 10) -> list[SampledValue]:
    """Some profiles, in the order of their ids, which is as good as random."""
    params = {"attribute": attribute.number, "limit": limit}
    return [
        SampledValue(
            xid=xid_text(xid(namespace, identity)),
            value=value,
            moment=moment,
            identity=identity,
            attributes={} if document is None else orjson.loads(document),
        )
        for _, namespace, identity, document, value, moment in sql.fetch(
            _PACKAGE, "sample_attribute_values", params
        )
    ]


def distribution_of(attribute: ComputedAttribute) -> list[Share]:
    """Ranges of numbers from the smallest on; of other values the most frequent ones first."""
    type_ = type_of(attribute.return_type)
    params: dict[str, Any] = {"attribute": attribute.number}
    if isinstance(type_, Scalar) and type_.kind in NUMERIC:
        rows = sql.scan(_PACKAGE, "count_ranges", {**params, "ranges": _RANGES})
        return [Share(low, high, count) for low, high, count in rows]
    is_date = isinstance(type_, Scalar) and type_.kind in TEMPORAL
    params |= {"length": _DAY if is_date else _LONGEST, "limit": _MOST_VALUES}
    rows = sql.scan(_PACKAGE, "count_values", params)
    return [Share(value, None, count) for value, count in rows]


def values_of_profile(*, sandbox: Sandbox, name: bytes) -> list[tuple[ComputedAttribute, Any, int]]:
    """Attributes, with value and moment, of the profile reached through the XID `name`."""
    params = {"id": identity_id(sandbox.number, name), "sandbox": sandbox.number}
    found = {
        number: (value, moment)
        for number, value, moment in sql.fetch(_PACKAGE, "read_profile_values", params)
    }
    if not found:
        return []
    rows = ComputedAttribute.objects.filter(sandbox=sandbox, number__in=found)
    return [(row, *found[row.number]) for row in rows.order_by("display_name")]
