"""Find the raw resources a schema refers to: standard ones in memory, the tenant's in one go."""

from collections.abc import Iterable, Mapping

from core.sandboxes.models import Sandbox
from ingestion.schemas.library import standard_resources
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.types import Raw
from ingestion.xdm.resolve import Lookup, extends, references


class TenantLookup:
    """Look-up of one sandbox with a memory; loads whole levels of references per query."""

    def __init__(self, sandbox_number: int, *, overlay: Mapping[str, Raw | None] = {}) -> None:
        self._sandbox = sandbox_number
        self._known: dict[str, Raw | None] = dict(overlay)

    def __call__(self, uri: str) -> Raw | None:
        """The raw resource, or None when there is none."""
        standard = standard_resources().get(uri)
        if standard is not None:
            return standard
        if uri not in self._known:
            self._load([uri])
        return self._known[uri]

    def prepare(self, resources: Iterable[Raw]) -> "TenantLookup":
        """Load everything the resources need, one query per level of references."""
        wanted = self._unknown(resources)
        while wanted:
            found = self._load(wanted)
            wanted = self._unknown(found)
        return self

    def _unknown(self, resources: Iterable[Raw]) -> list[str]:
        uris = {uri for resource in resources for uri in _needs(resource)}
        return [uri for uri in uris if uri not in standard_resources() and uri not in self._known]

    def _load(self, uris: list[str]) -> list[Raw]:
        rows = RegistryResource.objects.filter(sandbox=self._sandbox, uri__in=uris)
        found: dict[str, Raw] = dict(rows.values_list("uri", "document"))
        for uri in uris:
            self._known[uri] = found.get(uri)
        return list(found.values())


def _needs(resource: Raw) -> list[str]:
    return [*references(resource), *resource.get("meta:extends", ())]


def tenant_of(sandbox: Sandbox) -> str:
    """Tenant id of the sandbox's organization."""
    return str(sandbox.organization.tenant_id)


def dependencies(resource: Raw, lookup: Lookup) -> list[Raw]:
    """All resources one refers to, transitively, each after those it needs itself."""
    ordered: dict[str, Raw] = {}
    _visit(resource, lookup, ordered, frozenset())
    ordered.pop(str(resource["$id"]), None)
    return list(ordered.values())


def _visit(resource: Raw, lookup: Lookup, ordered: dict[str, Raw], path: frozenset[str]) -> None:
    uri = str(resource["$id"])
    if uri in ordered or uri in path:
        return
    for needed in (*references(resource), *extends(resource, lambda _: None)):
        target = lookup(needed)
        if target is not None:
            _visit(dict(target), lookup, ordered, path | {uri})
    ordered[uri] = resource
