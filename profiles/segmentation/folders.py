"""Folders of audiences: a name each audience may lie under. One with nothing in it is no more.

The folder is part of the audience, where clients of the API name it: `linkedAudienceRef`.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.queries import live
from profiles.segmentation.types import InvalidAudience

KEY = "audienceFolderId"
COLUMN = f"linked_audience_ref__{KEY}"
LONGEST = 120
_MOST_FOLDERS = 200


def folder_of(segment: SegmentDefinition) -> str:
    """Name of the folder the audience lies in; empty: in none."""
    return str(segment.linked_audience_ref.get(KEY) or "")


def moved(reference: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """A `linkedAudienceRef` that names another folder, or none."""
    rest = {key: value for key, value in reference.items() if key != KEY}
    return rest | {KEY: folder} if folder else rest


def check_folder(name: str) -> str:
    """The name without blanks around it; empty stands for no folder."""
    name = " ".join(name.split())
    if len(name) > LONGEST:
        message = f"The name of a folder has at most {LONGEST} characters."
        raise InvalidAudience(message, path="folder", received=name[:LONGEST])
    return name


def list_folders(*, sandbox: Sandbox) -> list[tuple[str, int]]:
    """Folders by name, each with how many audiences lie in it; the first two hundred."""
    rows = live(sandbox).exclude(state=SegmentDefinition.State.ARCHIVED).order_by()
    named = rows.annotate(folder=KeyTextTransform(KEY, "linked_audience_ref"))
    counted = named.filter(folder__gt="").values_list("folder")
    found = counted.annotate(count=Count("id")).order_by("folder")[:_MOST_FOLDERS]
    return sorted(found, key=lambda each: each[0].lower())
