"""What all parts of the checker share while they check one query."""

from collections.abc import Callable
from itertools import count

from profiles.segmentation.pql.checking.scope import Bound, Scope
from profiles.segmentation.pql.nodes import Node
from profiles.segmentation.pql.typed import Span, Typed
from profiles.segmentation.pql.types import Type

_SHOWN = 60


class Context:
    """Gives access to the checker's entry points, the text and unique names of variables."""

    def __init__(self, text: str, check: Callable[["Context", Node, Scope], Typed]) -> None:
        self._text = text
        self._check = check
        self._numbers = count(1)

    def typed(self, node: Node, scope: Scope) -> Typed:
        """The typed node of a surface node."""
        return self._check(self, node, scope)

    def bind(self, hint: str, type_: Type) -> Bound:
        """A new variable; its name occurs once in a query."""
        return Bound(f"{hint}_{next(self._numbers)}", type_)

    def quote(self, at: Span) -> str:
        """The text at a span, shortened, as messages show it."""
        words = " ".join(self._text[slice(*at)].split())
        return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
