"""The standard resources, held in memory and shared by all sandboxes."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ingestion.schemas.types import Raw
from ingestion.xdm.library import load_library


@cache
def standard_resources() -> Mapping[str, Raw]:
    """Every standard resource by `$id`. Never change what it returns."""
    return MappingProxyType({str(resource["$id"]): resource for resource in load_library()})


@cache
def standard_by_alt_id() -> Mapping[str, Raw]:
    """Every standard resource by `meta:altId`."""
    return {str(resource["meta:altId"]): resource for resource in standard_resources().values()}


@cache
def standard_of_kind(kind: str) -> tuple[Raw, ...]:
    """Standard resources of one kind.

    Each gets its own `updated`, so that paging can tell them apart: the library is of one moment.
    """
    found = [r for r in standard_resources().values() if r["meta:resourceType"] == kind]
    return tuple(_with_moment(resource, offset) for offset, resource in enumerate(found))


def _with_moment(resource: Raw, offset: int) -> Raw:
    metadata = resource.get("meta:registryMetadata", {})
    moment = metadata.get("repo:lastModifiedDate", 0) + offset
    return {**resource, "meta:registryMetadata": {**metadata, "repo:lastModifiedDate": moment}}
