"""Lists inside loops that have nothing to do with them: only short ones.

DuckDB hears an interruption between rows, not within one: a product of lists of one person would
hold it for hours. So a longer list ends the evaluation with an error.
"""

from profiles.segmentation.pql.batch.scope import Scope
from profiles.segmentation.pql.batch.terms import Sql, bound, call, choose, compare, text, whole
from profiles.segmentation.pql.limits import MAX_INNER_ITEMS, TOO_LONG
from profiles.segmentation.pql.typed import Typed, Variable
from profiles.segmentation.pql.types import ListType, MapType
from profiles.segmentation.pql.walk import walk


def bounded(node: Typed, made: Sql, scope: Scope) -> Sql:
    """The SQL of a node, which ends with an error where a list is too long for its place."""
    if not scope.depth or not isinstance(node.type, ListType | MapType):
        return made
    around = scope.depth - max(map(scope.depth_of, _names(node)), default=0)
    return short(made, scope, around=around, of_map=isinstance(node.type, MapType))


def short(made: Sql, scope: Scope, *, around: int = 1, of_map: bool = False) -> Sql:
    """A list or map that is short enough to be read for each turn of the loops around it."""
    if around < 1:
        return made
    most = MAX_INNER_ITEMS[min(around, len(MAX_INNER_ITEMS)) - 1]

    def test(items: Sql) -> Sql:
        length = call("cardinality" if of_map else "len", items)
        return choose(compare(">", length, whole(most)), call("error", text(TOO_LONG)), items)

    return bound(made, f"{scope.deeper()[0]}b", test)


def _names(node: Typed) -> set[str]:
    return {one.name for one in walk(node) if isinstance(one, Variable)}
