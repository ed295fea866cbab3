"""Names in pql/json: every element and variable has one there, no two alike at one place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class JsonScope:
    """`elements`: names of the elements from the profile (None) inwards; `names`: of variables.

    `names` maps what the text calls a variable to what pql/json calls it.
    """

    elements: tuple[str | None, ...]
    names: Mapping[str, str | None]
    taken: frozenset[str]

    def bind(self, name: str, *, element: bool = False) -> tuple[str, "JsonScope"]:
        """The scope with one more variable, and its name in pql/json."""
        free = self.free(name)
        inside = replace(self, names={**self.names, name: free}, taken=self.taken | {free})
        return free, replace(inside, elements=(*self.elements, free)) if element else inside

    def element(self) -> tuple[str, "JsonScope"]:
        """The scope inside a predicate without a name of its own."""
        free = self.free(f"item{len(self.elements)}")
        inside = replace(self, elements=(*self.elements, free), taken=self.taken | {free})
        return free, inside

    def free(self, wanted: str) -> str:
        """A name like `wanted` that is not taken."""
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        return name


def outermost(parameters: tuple[str, ...]) -> JsonScope:
    """The scope of a whole query."""
    return JsonScope((None,), dict.fromkeys(parameters[:1]), frozenset())
