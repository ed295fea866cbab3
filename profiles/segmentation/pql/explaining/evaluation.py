"""Evaluates the parts of one query, each on its own: nothing is skipped."""

from typing import Any

from profiles.segmentation.pql.closures.compiler import Closure
from profiles.segmentation.pql.evaluate import Verdict, new_compiler
from profiles.segmentation.pql.facts import MOST_STEPS, BudgetExceeded, Facts, Word
from profiles.segmentation.pql.typed import Let, Now, Span, Typed, Variable

# Parts overlap: a condition on events is counted as a whole, then in its parts.
_MOST_STEPS_OF_ALL = 5 * MOST_STEPS


class Evaluation:
    """The query's text, the facts, and the variables of the `let` around the part at hand."""

    def __init__(self, text: str, facts: Facts) -> None:
        self.text = text
        self.facts = facts
        self.compiler = new_compiler()
        self._bound: list[tuple[int, Closure]] = []
        self._meanings: dict[str, str] = {}
        self._left = _MOST_STEPS_OF_ALL

    def source(self, at: Span) -> str:
        """The part of the text a node came from."""
        return self.text[at[0] : at[1]]

    def bind(self, let: Let) -> None:
        """Give a variable its value for everything explained from now on."""
        self._meanings[let.variable] = self.source(let.value.at)
        clock = self.compiler.clock(let.value)
        if clock is not None:
            self.compiler.alias(let.variable, clock)
            return
        value = self.compiler.closure(let.value)
        self._bound.append((self.compiler.slot(let.variable), value))

    def meaning(self, node: Typed) -> str | None:
        """The text of the value a `let` gave the variable, if it did."""
        return self._meanings.get(node.name) if isinstance(node, Variable) else None

    def verdict(self, node: Typed) -> Verdict:
        """What a part says; raises BudgetExceeded."""
        return self.run(self.compiler.closure(node))

    def value(self, node: Typed) -> Any:
        """The value of a part."""
        return self.verdict(node).holds

    def run(self, closure: Closure) -> Verdict:
        """What a compiled part says."""
        facts = self.facts
        facts.begin(self.compiler.variables)
        for slot, value in self._bound:
            facts.values[slot] = value(facts)
        result = closure(facts)
        self._left -= MOST_STEPS - facts.steps
        if self._left < 0:
            raise BudgetExceeded
        return Verdict(result, facts.due_at())

    def clock(self, node: Typed) -> Now | None:
        """The node as a function of time alone, if it is one."""
        return self.compiler.clock(node)

    def instant(self, node: Typed) -> int | None:
        """The instant that a node names."""
        clock = self.clock(node)
        if clock is not None:
            return Word(clock.unit, clock.add).shows(self.facts.moment)
        moment: int | None = self.value(node)
        return moment
