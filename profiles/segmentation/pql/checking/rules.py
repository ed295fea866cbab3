"""Rules about whole queries that no single node can see."""

from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import Call, InPeriod, Let, Now, Typed, Within
from profiles.segmentation.pql.walk import children, walk

# Where the exact instant of evaluation may stand: only compared, never kept as a value.
_COMPARE = frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "month", "year", "dayOfMonth", "isNull", "isNotNull"}
)


def check_now(root: Typed) -> None:
    """Refuse `now` as a value: it is another one at each evaluation."""
    if _is_now(root):
        raise _no_value(root)
    for node in walk(root):
        if _compares(node):
            continue
        for child in children(node):
            if _is_now(child) and not (isinstance(node, Let) and child is node.value):
                raise _no_value(child)


def check_objects(root: Typed) -> None:
    """Refuse objects made by a query where they would be more than tested."""
    for node in walk(root):
        tests = isinstance(node, Call) and node.function in ("isNull", "isNotNull")
        for child in children(node):
            if isinstance(child, Call) and child.function == "object" and not tests:
                raise PqlError(
                    "An object made in a query can only be tested for null.",
                    at=child.at,
                    suggestion="Use its values one by one.",
                )


def _is_now(node: Typed) -> bool:
    return isinstance(node, Now) and node.unit is None


def _compares(node: Typed) -> bool:
    if isinstance(node, Call):
        return node.function in _COMPARE
    return isinstance(node, Within | InPeriod)


def _no_value(node: Typed) -> PqlError:
    return PqlError(
        "now can only be compared with a date.",
        at=node.at,
        found="now",
        suggestion="Such as timestamp occurs <= 3 days before now.",
    )
