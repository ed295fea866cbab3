"""Refuse JSON that parses but cannot be stored or walked safely."""

from typing import Any

from ingestion.schemas.types import ResourceInvalid

MAX_DEPTH = 150
# The database gives a larger float back as an integer that no JSON writer of ours can write.
_WIDEST = 2**63


def check_json(value: Any) -> None:
    """Refuse zero characters and huge numbers, which do not survive storing, and deep nesting."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [child for node in level for child in _children(node)]
    raise ResourceInvalid(f"The body is nested deeper than {MAX_DEPTH} levels.")


def check_text(text: str) -> None:
    """Refuse a text the database cannot hold."""
    if "\x00" in text:
        raise ResourceInvalid("Texts cannot hold the zero character.")


def _children(node: Any) -> list[Any]:
    if isinstance(node, str):
        check_text(node)
    if isinstance(node, float) and abs(node) >= _WIDEST:
        raise ResourceInvalid(f"The number {node} is too large.")
    if isinstance(node, dict):
        return [*node.keys(), *node.values()]
    return node if isinstance(node, list) else []
