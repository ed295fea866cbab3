"""Statements that evaluate queries over all profiles of a snapshot, see `parameters` for `now`.

The relations they read are those of `snapshot_types`. All queries of a statement share one pass
over the events, and one more if conditions about events look at the profile.
"""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from profiles.segmentation.pql import sql
from profiles.segmentation.pql.batch.scope import (
    EVENTS,
    JOINED_TOTALS,
    MEMBERSHIPS,
    PROFILES,
    TOTALS,
    Plan,
)
from profiles.segmentation.pql.batch.terms import (
    Sql,
    all_of,
    call,
    choose,
    column,
    compare,
    function_of,
    is_known,
    whole,
)
from profiles.segmentation.pql.typed import Call, Typed

_KEY = "profile"


def batch_query(queries: Mapping[int, Typed]) -> exp.Select:
    """Rows (profile, audiences) of all profiles: the numbers of the queries that hold, maybe none.

    No filter over `audiences`: DuckDB would push it down and evaluate all queries a second time.
    """
    plan = Plan()
    numbers = [
        choose(sql.condition(query, plan), whole(number)) for number, query in queries.items()
    ]
    # Several times as fast as `list_where`.
    held = call("list_filter", call("list_value", *numbers), function_of("x", is_known))
    return _from_profiles(exp.select(column(PROFILES, _KEY), exp.alias_(held, "audiences")), plan)


def count_query(query: Typed) -> exp.Select:
    """One row: how many profiles there are (`total`), and for how many it holds (`matched`)."""
    plan = Plan()
    matched = _counted(sql.condition(query, plan))
    return _from_profiles(
        exp.select(exp.alias_(_count(), "total"), exp.alias_(matched, "matched")), plan
    )


def funnel_query(query: Typed) -> exp.Select:
    """One row for the parts that a top-level `and` joins: of how many profiles they hold.

    Columns `total`; `single`, a list with a number for each part; `cumulative`, a list with the
    numbers of profiles for which a part and all before it hold. The last one matches the query.
    """
    plan = Plan()
    parts = [
        exp.alias_(sql.condition(part, plan), f"c{number}", quoted=True)
        for number, part in enumerate(conjuncts(query))
    ]
    tested = _from_profiles(exp.select(*parts), plan)
    holds = [column("tested", part.alias) for part in parts]
    cumulative = [_counted(all_of(holds[: length + 1])) for length in range(len(holds))]
    columns = [
        exp.alias_(_count(), "total"),
        exp.alias_(call("list_value", *map(_counted, holds)), "single"),
        exp.alias_(call("list_value", *cumulative), "cumulative"),
    ]
    return exp.select(*columns).from_(tested.subquery("tested"))


def values_query(queries: Sequence[Typed]) -> exp.Select:
    """Rows (profile, v0, v1, …) of all profiles with events, in their order.

    The queries are about events alone; their values may be null.
    """
    plan = Plan()
    values = [
        exp.alias_(sql.condition(query, plan), f"v{number}", quoted=True)
        for number, query in enumerate(queries)
    ]
    assert not plan.joined_totals, "the queries are about events"
    totals = _totals([*plan.totals.values()], with_profile=False)
    made = exp.select(column(TOTALS, _KEY), *values).from_(exp.to_identifier(TOTALS, quoted=True))
    made = made.with_(exp.to_identifier(TOTALS, quoted=True), as_=totals)
    return made.order_by(column(TOTALS, _KEY))


def conjuncts(query: Typed) -> Sequence[Typed]:
    """The parts that the outermost `and` joins, as they are bracketed; the query if it is none."""
    if isinstance(query, Call) and query.function == "and":
        return query.arguments
    return [query]


def sample_query(query: Typed, *, limit: int, offset: int = 0) -> exp.Select:
    """Rows (profile): some of those for which the query holds, in the order of their keys."""
    plan = Plan()
    condition = sql.condition(query, plan)
    key = column(PROFILES, _KEY)
    found = _from_profiles(exp.select(key), plan).where(condition)
    return found.order_by(column(PROFILES, _KEY)).limit(limit).offset(offset)


def parameters(statement: Sql, *, now: int) -> dict[str, int]:
    """The parameters of a statement: the moment of evaluation in ms, if time matters to it."""
    return {"now": now} if statement.find(exp.Placeholder) else {}


def compile_sql(query: Typed) -> Sql:
    """The query as a condition on the relation `profile`, for SELECT or WHERE; never null."""
    plan = Plan()
    condition = sql.condition(query, plan)
    if not (plan.totals or plan.joined_totals or plan.with_memberships):
        return condition
    holding = _from_profiles(exp.select(column(PROFILES, _KEY)), plan).where(condition)
    return exp.In(this=column(PROFILES, _KEY), query=holding.subquery())


def _count() -> Sql:
    return exp.Count(this=exp.Star())


def _counted(condition: Sql) -> Sql:
    return exp.Filter(this=_count(), expression=exp.Where(this=condition))


def _from_profiles(select: exp.Select, plan: Plan) -> exp.Select:
    """The select with the relations that its expressions name, by the plan."""
    made = select.from_(exp.to_identifier(PROFILES, quoted=True), copy=False)
    for name, aggregates in ((TOTALS, plan.totals), (JOINED_TOTALS, plan.joined_totals)):
        if aggregates:
            totals = _totals([*aggregates.values()], with_profile=name == JOINED_TOTALS)
            made = made.with_(exp.to_identifier(name, quoted=True), as_=totals, copy=False)
            made = _joined(made, name)
    return _joined(made, MEMBERSHIPS) if plan.with_memberships else made


def _totals(aggregates: list[exp.Alias], *, with_profile: bool) -> exp.Select:
    """The aggregates over the events of each profile that has some."""
    key = column(EVENTS, _KEY)
    made = exp.select(key, *aggregates, copy=False)
    made = made.from_(exp.to_identifier(EVENTS, quoted=True), copy=False)
    if with_profile:
        on = compare("=", column(PROFILES, _KEY), column(EVENTS, _KEY))
        made = made.join(exp.to_identifier(PROFILES, quoted=True), on=on, copy=False)
        made = _joined(made, MEMBERSHIPS)
    return made.group_by(column(EVENTS, _KEY), copy=False)


def _joined(select: exp.Select, relation: str) -> exp.Select:
    on = compare("=", column(relation, _KEY), column(PROFILES, _KEY))
    table = exp.to_table(exp.to_identifier(relation, quoted=True).sql("duckdb"), dialect="duckdb")
    return select.join(table, on=on, join_type="left", copy=False)
