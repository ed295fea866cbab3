"""CHAIN: which event each step was reached at, and which step was not reached."""

from profiles.segmentation.pql.closures.chains import (
    CompiledLink,
    Search,
    compiled_links,
    timeline_of,
)
from profiles.segmentation.pql.closures.comparisons import TESTS
from profiles.segmentation.pql.explaining.evaluation import Evaluation
from profiles.segmentation.pql.explaining.lists import condition, conditions
from profiles.segmentation.pql.explaining.operands import COUNTS
from profiles.segmentation.pql.explaining.words import SHOWN, Noun
from profiles.segmentation.pql.explanation import Explanation, Item, Matches
from profiles.segmentation.pql.facts import Facts, Timeline
from profiles.segmentation.pql.typed import Chain, Constant, Filter, Link, Typed


class _Path:
    """How far a profile's events follow a chain: the events reached, and those that could match."""

    def __init__(self, evaluation: Evaluation, node: Chain) -> None:
        self._evaluation = evaluation
        self._timeline_of = timeline_of(evaluation.compiler, node)
        self._links = compiled_links(evaluation.compiler, node)
        self.timeline: Timeline = evaluation.run(self._timeline_of).holds
        self.reached: list[int] = []
        self.steps = 0
        for length in range(1, len(self._links) + 1):
            chosen = self._follow(self._links[:length])
            if chosen is None:
                break
            self.reached, self.steps = chosen, length

    def _follow(self, links: tuple[CompiledLink, ...]) -> list[int] | None:
        def follow(facts: Facts) -> list[int] | None:
            search = Search(facts, self.timeline, links)
            return search.chosen if search.follow(0) else None

        chosen: list[int] | None = self._evaluation.run(follow).holds
        return chosen

    def matches(self, number: int) -> list[int]:
        """Places of the events that match a link wherever they stand."""

        def matching(facts: Facts) -> list[int]:
            return Search(facts, self.timeline, self._links).matches(number)

        places: list[int] = self._evaluation.run(matching).holds
        return places


def chain_part(evaluation: Evaluation, node: Chain) -> Explanation:
    """A chain and its steps."""
    verdict = evaluation.verdict(node)
    path = _Path(evaluation, node)
    steps = tuple(_step(evaluation, node, number, path=path) for number in range(len(node.links)))
    if verdict.holds:
        sentence = "The events follow each other as the rule says."
    else:
        missing = node.links[path.steps].label
        before = f" after {node.links[path.steps - 1].label}" if path.steps else ""
        sentence = f"Step {missing} was not reached{before}."
    return Explanation(
        kind="chain",
        text=evaluation.source(node.at),
        holds=verdict.holds,
        sentence=sentence,
        due_at=verdict.due_at,
        parts=steps,
    )


def _step(evaluation: Evaluation, node: Chain, number: int, *, path: _Path) -> Explanation:
    link = node.links[number]
    noun = Noun(evaluation, node.source)
    places = path.matches(number)
    items = path.timeline.items
    newest = tuple(noun.item(items[place]) for place in reversed(places[-SHOWN:]))
    wanted = COUNTS[link.count_operator].format(link.count)
    matches = Matches(len(places), len(items), wanted, newest)
    is_reached = number < path.steps
    event = noun.item(items[path.reached[number]]) if number < len(path.reached) else None
    return Explanation(
        kind="step",
        text=evaluation.source(link.at),
        holds=is_reached,
        sentence=_sentence(link, noun, matches, is_reached=is_reached, event=event),
        parts=_conditions(evaluation, node, link),
        matches=matches,
    )


def _sentence(
    link: Link, noun: Noun, matches: Matches, *, is_reached: bool, event: Item | None
) -> str:
    clause = noun.matching(matches.found, matches.of)
    enough = TESTS[link.count_operator](matches.found, link.count)
    if is_reached and event is not None:
        first = f"{link.label} was reached: {event.summary}."
        return first if link.count == 1 else f"{first} {clause}; the rule wants {matches.wanted}."
    state = "was reached" if is_reached else "was not reached"
    if enough and not is_reached:
        return f"{link.label} {state}. {clause}, but not in the right place."
    return f"{link.label} {state}. {clause}; the rule wants {matches.wanted}."


def _conditions(evaluation: Evaluation, node: Chain, link: Link) -> tuple[Explanation, ...]:
    """`WHAT` and `WHEN`, each with the events that pass it alone."""
    asked: list[Typed] = [part for part in (link.what, link.when) if not isinstance(part, Constant)]
    if len(asked) == 1 and asked[0] is link.what:
        kept = Filter(link.variable, node.source, link.what, node.source.type, link.what.at)
        return conditions(evaluation, kept)
    return tuple(
        condition(evaluation, Filter(link.variable, node.source, part, node.source.type, part.at))
        for part in asked
    )
