"""Values that cross this slice's border."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_CONTENT_TYPE = "application/vnd.adobe.xed+json;version=1"


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What collector and pipeline know about a dataset. `sandbox` is the sandbox's number."""

    id: str
    number: int
    sandbox: int
    name: str
    schema_uri: str
    profile_enabled: bool
    identity_enabled: bool
    is_upsert: bool
    validation_disabled: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """What a person or program may say about a dataset.

    `extra` holds further fields of the document as the API names them.
    """

    name: str
    schema_uri: str
    schema_content_type: str = DEFAULT_CONTENT_TYPE
    description: str = ""
    tags: Mapping[str, list[str]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
