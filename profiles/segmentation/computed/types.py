"""Values that cross this package's border."""

from dataclasses import dataclass
from typing import Final

from core.errors import Conflict, Invalid, NotFound
from profiles.segmentation.computed.windows import Duration
from profiles.segmentation.types import Expression

MOST_ATTRIBUTES: Final = 25
ASSET: Final = "ComputedAttribute"


class InvalidAttribute(Invalid):
    """A computed attribute that breaks a rule."""

    code = "invalid_computed_attribute"


class AttributeInUse(Conflict):
    """What an attribute cannot do while audiences use it; `fields["dependents"]` names them."""

    code = "computed_attribute_in_use"

    def __init__(self, message: str, *, dependents: list[str]) -> None:
        super().__init__(message, status=422, dependents=dependents)


def unknown_attribute(attribute_id: str) -> NotFound:
    """The refusal of an id that names no computed attribute of the sandbox."""
    return NotFound(
        f"The computed attribute {attribute_id} is not found.", attributeId=attribute_id
    )


@dataclass(frozen=True, slots=True)
class AttributeInput:
    """A computed attribute as a person or program wants it; not `published`: a draft."""

    name: str
    display_name: str
    expression: Expression
    duration: Duration
    description: str = ""
    keep_current: bool = False
    published: bool = False
