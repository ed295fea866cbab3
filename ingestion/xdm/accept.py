"""The Accept header of the registry: which form of a resource the caller asks for."""

import re
from dataclasses import dataclass
from typing import Literal

from core.errors import Invalid

PREFIX = "application/vnd.adobe."
_MEDIA = re.compile(r"application/vnd\.adobe\.(xed|xdm)((?:-[a-z0-9]+)*)\+json", re.IGNORECASE)
_VERSION = re.compile(r"version\s*=\s*\"?(\d+)(?:\.\d+)*\"?")
_FLAGS = frozenset({"full", "desc", "notext", "flat", "deprecatefield", "id", "link", "v2"})


class AcceptError(Invalid):
    """The Accept header is missing or names no form the registry has."""

    code = "XDM-1007-400"


@dataclass(frozen=True, slots=True)
class AcceptForm:
    """`application/vnd.adobe.{naming}[-flags]+json; version={version}`, parsed."""

    naming: Literal["xed", "xdm"]
    flags: frozenset[str] = frozenset()
    version: int = 1

    @property
    def id_only(self) -> bool:
        """Only `$id`, `meta:altId`, `title` and `version`."""
        return "id" in self.flags

    @property
    def full(self) -> bool:
        """References resolved into one tree; descriptors and flat paths need that tree too."""
        return bool(self.flags & {"full", "flat"})

    @property
    def media_type(self) -> str:
        """Content type of the answer."""
        return f"{PREFIX}{self.naming}+json"


def parse_accept(header: str | None) -> AcceptForm:
    """The first form of the header that the registry knows; refuses a header without one."""
    if not header:
        raise AcceptError("An Accept header is required.", code="XDM-1006-400")
    error = AcceptError(f"The Accept header {header[:200]} is not supported.")
    for part in header.split(","):
        media, _, parameters = part.partition(";")
        match = _MEDIA.fullmatch(media.strip())
        flags = frozenset(match[2].lower().strip("-").split("-")) - {""} if match else frozenset()
        if not match or flags - _FLAGS:
            continue
        version = _VERSION.search(parameters)
        if version and int(version[1]) != 1:
            error = AcceptError(
                f"Version {version[1]} of the resource does not exist.",
                code="XDM-1008-400",
            )
            continue
        return AcceptForm("xed" if match[1].lower() == "xed" else "xdm", flags)
    raise error
