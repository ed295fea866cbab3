"""Dataset tags: one spelling for each, and what the behavioural ones switch (pure)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid

PROFILE = "unifiedProfile"
IDENTITY = "unifiedIdentity"
VALIDATION = "acp_validationContext"
TABLE = "adobe/pqs/table"
_ALIASES = {"profile": PROFILE, "identity": IDENTITY}
_FLAGS = {"enabled": "enabled", "isupsert": "isUpsert"}
_LONGEST_TABLE_NAME = 60

Tags = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Switches:
    """What the tags of a dataset turn on."""

    profile_enabled: bool
    identity_enabled: bool
    is_upsert: bool
    validation_disabled: bool


def normalise(tags: Any) -> Tags:
    """Tags as a map of lists; older aliases and loose spellings of the switches made canonical."""
    if tags is None:
        return {}
    if not isinstance(tags, Mapping):
        raise Invalid("tags must be an object", path="tags", received=tags)
    cleaned: Tags = {}
    for name, values in tags.items():
        key = _ALIASES.get(str(name), str(name))
        cleaned[key] = [_value(key, value) for value in _listed(name, values)]
    return cleaned


def switches(tags: Mapping[str, list[str]]) -> Switches:
    """What canonical tags turn on."""
    profile = tags.get(PROFILE, [])
    return Switches(
        profile_enabled="enabled:true" in profile,
        identity_enabled="enabled:true" in tags.get(IDENTITY, []),
        is_upsert="isUpsert:true" in profile,
        validation_disabled="disabled" in tags.get(VALIDATION, []),
    )


def table_name(name: str) -> str:
    """Lower snake case of a dataset's name, as queries call it."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return (words or "dataset")[:_LONGEST_TABLE_NAME].rstrip("_")


def _listed(name: str, values: Any) -> list[Any]:
    listed = values if isinstance(values, list) else [values]
    if not all(isinstance(value, str | int | bool) for value in listed):
        raise Invalid("a tag is a list of texts", path=f"tags.{name}", received=values)
    return listed


def _value(key: str, value: str | int) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if key not in {PROFILE, IDENTITY}:
        return text
    flag, separator, state = re.sub(r"\s+", "", text).partition(":")
    known = _FLAGS.get(flag.lower())
    return f"{known}:{state.lower()}" if known and separator else text
