"""Size and depth of a parsed query, measured without recursion."""

from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_NESTING, MAX_NODES
from profiles.segmentation.pql.nodes import ListLiteral, Literal, Part, children
from profiles.segmentation.pql.typed import Span


def too_deep(at: Span) -> PqlError:
    """The refusal of a query that is nested too deeply."""
    return PqlError(f"The query is nested more than {MAX_NESTING} levels deep.", at=at)


def check_size(root: Part) -> None:
    """Refuse a query that is too deep or too large; constants in a list count once together."""
    pending: list[tuple[Part, int]] = [(root, 1)]
    count = 0
    while pending:
        part, depth = pending.pop()
        count += 1
        if depth > MAX_NESTING:
            raise too_deep(part.at)
        if count > MAX_NODES:
            raise PqlError(f"The query has more than {MAX_NODES} parts.", at=part.at)
        plain = isinstance(part, ListLiteral)
        inner = (each for each in children(part) if not (plain and isinstance(each, Literal)))
        pending.extend((each, depth + 1) for each in inner)
