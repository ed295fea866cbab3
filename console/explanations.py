"""The explanation of a verdict, ready to draw: names for ids, moments for people."""

from collections.abc import Mapping
from dataclasses import dataclass

from profiles.segmentation.pql.explanation import Explanation, Item


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """A part of a rule with its verdict; `due_at` (ms) only where no part below says it, too."""

    holds: bool
    sentence: str
    text: str
    due_at: int | None
    items: tuple[Item, ...]
    more: int
    parts: tuple["ExplainedPart", ...]


def explained_part(part: Explanation, *, names: Mapping[str, str]) -> ExplainedPart:
    """The tree; ids of audiences become their names."""
    below = tuple(explained_part(each, names=names) for each in part.parts)
    items = () if part.matches is None or _said_below(part) else part.matches.items
    found = 0 if part.matches is None else part.matches.found
    told = any(each.due_at == part.due_at for each in part.parts)
    return ExplainedPart(
        holds=part.holds,
        sentence=_named(part.sentence, names),
        text=_named(part.text, names),
        due_at=None if told else part.due_at,
        items=items,
        more=max(0, found - len(items)) if items else 0,
        parts=below,
    )


def _said_below(part: Explanation) -> bool:
    """Do the parts list the same events already?"""
    return part.matches is not None and any(
        each.matches is not None and each.matches.items == part.matches.items for each in part.parts
    )


def _named(text: str, names: Mapping[str, str]) -> str:
    for key, name in names.items():
        text = text.replace(f'"{key}"', f"“{name}”").replace(key, f"“{name}”")
    return text
