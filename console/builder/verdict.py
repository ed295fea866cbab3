"""What a draft amounts to: its PQL, what is wrong with it, and the methods it allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.builder.draft import AudienceDraft, Rule
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.canvas import (
    Group,
    Item,
    ListCard,
    Node,
    Step,
    children,
    nodes,
)
from profiles.segmentation.builder.write import Part, unfinished, write_item
from profiles.segmentation.expressions import Checked, check_rule
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.profile_types import profile_type
from profiles.segmentation.queries import find_segments
from profiles.segmentation.types import PROFILE_SCHEMA, Expression
from profiles.store.models import MergePolicy
from profiles.store.queries import find_default_policy, get_merge_policy

Method = SegmentDefinition.Method
METHODS = (
    (Method.BATCH, "Batch", "All profiles once a day, and whenever you choose “Evaluate now”."),
    (Method.STREAMING, "Streaming", "Each profile as soon as something about it arrives."),
    (Method.EDGE, "Edge", "In the moment of a request, for the person who makes it."),
)

MOST_TOTALS, MOST_LISTS = 3, 2


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """An evaluation method, and why the rule cannot be evaluated so (nothing: it can)."""

    value: str
    label: str
    help: str
    reasons: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is the finished part of the rule. `problems` by id of the node on the canvas."""

    text: str
    parts: tuple[Part, ...]
    problems: Mapping[str, str]
    trouble: str
    checked: Checked | None
    policy: MergePolicy | None
    used: tuple[SegmentDefinition, ...]
    totals: int
    depth: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the rule slow, though it is allowed."""
        found = []
        if self.totals > MOST_TOTALS:
            found.append(f"{self.totals} calculations over events make the rule slow to evaluate.")
        if self.depth > MOST_LISTS:
            found.append(f"Lists nested {self.depth} deep make the rule slow to evaluate.")
        return tuple(found)

    @property
    def counts(self) -> bool:
        """Whether there is something that can be counted."""
        return self.checked is not None

    @property
    def finished(self) -> bool:
        """Whether it can be saved as it is."""
        return self.checked is not None and not self.problems

    def reasons(self, method: str) -> tuple[str, ...]:
        """Why the rule cannot be evaluated so."""
        if self.checked is None or self.policy is None:
            return ()
        return self.checked.reasons_against(Method(method), policy=self.policy, used=self.used)

    def methods(self, chosen: str) -> tuple[MethodChoice, ...]:
        """All methods as choices."""
        return tuple(
            MethodChoice(value.value, label, help_, self.reasons(value), value == chosen)
            for value, label, help_ in METHODS
        )


def judge(draft: AudienceDraft, sandbox: Sandbox) -> Verdict:
    """What the draft amounts to now."""
    rule = draft.rule
    written = rule.written()
    problems = dict({} if rule.code_only else unfinished(rule.canvas))
    checked, trouble = None, ""
    if written.text:
        try:
            checked = check_rule(
                Expression(written.text), sandbox=sandbox, schema_name=PROFILE_SCHEMA
            )
        except PqlError as error:
            trouble = error.message if rule.code_only else error.reason
            problems |= {} if rule.code_only else _blamed(rule, sandbox)
        except AppError as error:
            trouble = error.message
    return Verdict(
        text=written.text,
        parts=written.parts,
        problems=problems,
        trouble=trouble,
        checked=checked,
        policy=_policy(draft, sandbox),
        used=tuple(_used(checked, sandbox)),
        totals=sum(
            step.count.measure != "count" for step in nodes(rule.canvas) if isinstance(step, Step)
        ),
        depth=max(_list_depth(area) for area in rule.canvas.areas),
    )


def _list_depth(node: Node) -> int:
    """How many lists lie in each other."""
    below = max((_list_depth(child) for child in children(node)), default=0)
    return below + isinstance(node, ListCard)


def _used(checked: Checked | None, sandbox: Sandbox) -> Sequence[SegmentDefinition]:
    return find_segments(sandbox=sandbox, segment_ids=checked.references) if checked else ()


def _policy(draft: AudienceDraft, sandbox: Sandbox) -> MergePolicy | None:
    if draft.properties.policy:
        try:
            return get_merge_policy(sandbox=sandbox, policy_id=draft.properties.policy)
        except NotFound:
            return None
    return find_default_policy(sandbox=sandbox)


def _blamed(rule: Rule, sandbox: Sandbox) -> Mapping[str, str]:
    """What is wrong with the rule, at the smallest card it is wrong with."""
    found: dict[str, str] = {}
    profile = profile_type(sandbox)
    for area in rule.canvas.areas:
        for item in _leaves(area):
            text = write_item(item)
            try:
                if text:
                    check_segment(text, profile)
            except PqlError as error:
                found[item.id] = f"{error.reason} {error.suggestion or ''}".strip()
    return found


def _leaves(group: Group) -> Iterator[Item]:
    for item in group.items:
        if isinstance(item, Group):
            yield from _leaves(item)
        else:
            yield item
