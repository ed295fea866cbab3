"""What people call the parts of the registry."""

from collections.abc import Mapping
from typing import Any

from ingestion.xdm.types import json_type, xdm_type

PROFILE_CLASS = "https://ns.adobe.com/xdm/context/profile"
EVENT_CLASS = "https://ns.adobe.com/xdm/context/experienceevent"
CLASS_WORDS = {PROFILE_CLASS: "Individual Profile", EVENT_CLASS: "Experience Event"}

# Address word -> registry kind, plural and singular.
PART_KINDS = {
    "classes": ("classes", "Classes", "class"),
    "field-groups": ("mixins", "Field groups", "field group"),
    "data-types": ("datatypes", "Data types", "data type"),
}

TYPE_WORDS = {
    "string": "String",
    "number": "Double",
    "long": "Long",
    "int": "Integer",
    "short": "Short",
    "byte": "Byte",
    "boolean": "Boolean",
    "date": "Date",
    "date-time": "DateTime",
    "object": "Object",
    "map": "Map",
    "any": "Any",
}


def class_word(uri: str) -> str:
    """What people call a class."""
    return CLASS_WORDS.get(uri, "Other")


def class_label(uri: str, titles: Mapping[str, str]) -> str:
    """The same, with the title of a class that people made."""
    return CLASS_WORDS.get(uri) or titles.get(uri, "Other")


def type_word(node: Mapping[str, Any]) -> str:
    """Type of a field as people read it; `String[]` for arrays."""
    if json_type(node) == "array":
        return f"{type_word(node.get('items') or {})}[]"
    return TYPE_WORDS[xdm_type(node)]
