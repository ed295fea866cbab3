"""Tabs of the Schemas workspace."""

from django.urls import reverse

from console.pages import Tab
from console.schemas.words import PART_KINDS
from core.sandboxes.models import Sandbox


def workspace_tabs(sandbox: Sandbox, current: str) -> tuple[Tab, ...]:
    """`current` is "browse", "relationships" or a word of PART_KINDS."""
    parts = (
        Tab(
            title,
            reverse("schema-parts", args=[sandbox.name, word]),
            current=word == current,
        )
        for word, (_kind, title, _one) in PART_KINDS.items()
    )
    browse = Tab("Browse", reverse("schemas", args=[sandbox.name]), current=current == "browse")
    relations = reverse("schema-relationships", args=[sandbox.name])
    return (browse, *parts, Tab("Relationships", relations, current=current == "relationships"))
