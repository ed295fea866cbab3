"""What names mean at one place of a query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from profiles.segmentation.pql.typed import PROFILE, Span, Variable
from profiles.segmentation.pql.types import ObjectType, Type


@dataclass(frozen=True, slots=True)
class Bound:
    """A variable and its type, wherever it is used."""

    variable: str
    type: Type

    def at(self, at: Span) -> Variable:
        """One use of it."""
        return Variable(self.variable, self.type, at)


@dataclass(frozen=True, slots=True)
class Scope:
    """`elements` from the profile to the current one, and the names bound on the way."""

    elements: tuple[Bound, ...]
    names: Mapping[str, Bound]

    @property
    def profile(self) -> Bound:
        """The outermost element."""
        return self.elements[0]

    @property
    def current(self) -> Bound:
        """The element bare names are looked up in."""
        return self.elements[-1]

    def inside(self, element: Bound) -> "Scope":
        """The scope of a predicate on this element."""
        return replace(self, elements=(*self.elements, element))

    def binding(self, name: str, bound: Bound) -> "Scope":
        """This scope with one more name."""
        return replace(self, names={**self.names, name: bound})


def outermost(profile: ObjectType, names: tuple[str, ...]) -> Scope:
    """The scope of a whole query; `names` are those of its signature, none or one."""
    bound = Bound(PROFILE, profile)
    return Scope((bound,), dict.fromkeys(names, bound))
