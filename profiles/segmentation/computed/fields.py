"""Computed attributes as the pipeline needs them: compiled, each for the window of its last run."""

import logging
from dataclasses import dataclass

from core.sandboxes.models import Sandbox
from profiles.segmentation.computed.expression import questions
from profiles.segmentation.computed.queries import IN_USE, duration_of
from profiles.segmentation.computed.rules import check_attribute
from profiles.segmentation.computed.values import as_json, instant_us
from profiles.segmentation.computed.windows import Window, window_at
from profiles.segmentation.computed_models import ComputedAttribute
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.evaluate import Query, compile_query
from profiles.segmentation.pql.facts import Facts
from profiles.segmentation.pql.types import Type
from profiles.segmentation.types import Expression

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ComputedField:
    """An attribute by closures; `at_ms` is the moment its values are of."""

    number: int
    type: Type
    window: Window
    at_ms: int
    count: Query
    value: Query
    moment: Query | None

    def value_in(self, facts: Facts) -> tuple[object, int] | None:
        """The value as JSON shows it and its moment (ms); None: none. Raises BudgetExceeded."""
        if not self.count.evaluate(facts).holds:
            return None
        value = as_json(self.value.evaluate(facts).holds, self.type)
        if value is None:
            return None
        if self.moment is None:
            return value, self.at_ms
        return value, instant_us(self.moment.evaluate(facts).holds) // 1_000


def load_computed_fields(sandbox: Sandbox) -> tuple[ComputedField, ...]:
    """The attributes in use that have been evaluated; one no schema allows any more is left out."""
    rows = ComputedAttribute.objects.filter(
        sandbox=sandbox, status__in=IN_USE, evaluated_ms__isnull=False
    )
    found: list[ComputedField] = []
    for row in rows.order_by("number"):
        assert row.evaluated_ms is not None, "as asked for"
        try:
            found.append(_field(row, sandbox, row.evaluated_ms))
        except PqlError as error:
            logger.warning("computed attribute %s is not kept: %s", row.pk, error)
    return tuple(found)


def _field(row: ComputedAttribute, sandbox: Sandbox, at_ms: int) -> ComputedField:
    computation = check_attribute(Expression(row.expression), sandbox=sandbox).computation
    window = window_at(duration_of(row), keep_current=row.keep_current, now_ms=at_ms)
    asked = questions(computation, window)
    return ComputedField(
        number=row.number,
        type=computation.type,
        window=window,
        at_ms=at_ms,
        count=compile_query(asked.count),
        value=compile_query(asked.value),
        moment=None if asked.moment is None else compile_query(asked.moment),
    )
