"""Values in the place of a condition."""

from profiles.segmentation.pql.checking.context import Context
from profiles.segmentation.pql.checking.wording import in_words
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.typed import (
    Call,
    Chain,
    Constant,
    Field,
    InPeriod,
    InSegment,
    Quantified,
    Typed,
    Within,
)
from profiles.segmentation.pql.types import (
    BOOLEAN,
    NULL,
    ListType,
    MapType,
    ObjectType,
    Scalar,
    TupleType,
)

# Calls of type boolean that hand through a value which may be null.
_HANDED_THROUGH = frozenset({"head", "get"})


def as_condition(context: Context, node: Typed) -> Typed:
    """The node as a condition, never null; refuses what is neither true nor false."""
    match node.type:
        case ListType() | MapType() | TupleType():
            return Call("notEmpty", (node,), BOOLEAN, node.at)
        case Scalar() if node.type == NULL:
            return Constant(False, BOOLEAN, node.at)  # noqa: FBT003 - a value, not a switch
        case Scalar() if node.type == BOOLEAN:
            return node if _is_certain(node) else Call("truth", (node,), BOOLEAN, node.at)
        case _:
            raise _no_condition(context, node)


def _is_certain(node: Typed) -> bool:
    if isinstance(node, Call):
        return node.function not in _HANDED_THROUGH
    return isinstance(node, Constant | Quantified | Within | InPeriod | InSegment | Chain)


def _no_condition(context: Context, node: Typed) -> PqlError:
    shown = context.quote(node.at)
    if isinstance(node.type, ObjectType):
        suggestion = f"Test one of its fields, or {shown}.isNotNull()."
    elif isinstance(node, Field):
        suggestion = f"Compare it, such as {shown} = …, or test {shown}.isNotNull()."
    else:
        suggestion = "Compare it with a value."
    return PqlError(
        f"A condition is needed, but {shown} is {in_words(node.type)}.",
        at=node.at,
        expected="a condition",
        found=in_words(node.type),
        suggestion=suggestion,
    )
