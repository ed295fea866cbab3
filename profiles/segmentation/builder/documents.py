"""Canvases as JSON documents, for drafts, and back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from profiles.segmentation.builder.canvas import (
    AudienceCard,
    Canvas,
    Card,
    Count,
    DateCard,
    Events,
    Group,
    ListCard,
    Period,
    Step,
    TimeRule,
)

_TYPES: Final[Mapping[str, type]] = {
    each.__name__: each
    for each in (
        *(AudienceCard, Canvas, Card, Count, DateCard, Events),
        *(Group, ListCard, Period, Step, TimeRule),
    )
}


def to_document(canvas: Canvas) -> dict[str, Any]:
    """The canvas as JSON."""
    document: dict[str, Any] = _written(canvas)
    return document


def from_document(document: Mapping[str, Any]) -> Canvas:
    """The canvas that `to_document` wrote."""
    canvas = _read(document)
    assert isinstance(canvas, Canvas), "nothing else is kept"
    return canvas


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    if not is_dataclass(value):
        return value
    written = {each.name: _written(getattr(value, each.name)) for each in fields(value)}
    return {"is": type(value).__name__, **written}


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(each) for each in value)
    if not isinstance(value, Mapping):
        return value
    given = {name: _read(each) for name, each in value.items() if name != "is"}
    return _TYPES[value["is"]](**given)
