"""What the pipeline needs to know of a sandbox's configuration, loaded once per change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.sandboxes.models import Sandbox
from ingestion.admission.flows import MappedFlow, load_flows
from ingestion.catalog.queries import dataset_directory
from ingestion.catalog.types import DatasetInfo
from ingestion.namespaces.models import IdentityNamespace
from ingestion.schemas import cache as schema_cache
from ingestion.xdm.validator import CompiledSchema
from profiles.identity.extract import Extractor, IdentityField
from profiles.identity.models import LinkingSettings
from profiles.identity.namespaces import Namespace, NamespaceTable
from profiles.identity.rules import Rules, plain_rules, rules_from_settings
from profiles.segmentation.audiences import NO_AUDIENCES, AudienceSet
from profiles.segmentation.load import load_audiences
from profiles.store.merge import Policy
from profiles.store.policies import policy_of
from profiles.store.queries import find_cached_policy

# Announced kinds that make compiled schemas stale.
_SCHEMA_KINDS = frozenset({"*", "schema", "descriptor"})


@dataclass(frozen=True, slots=True)
class Context:
    """A sandbox as the pipeline sees it. `extractors` fills as schemas are met.

    `rules_version` is 0 where no linking rules were ever saved.
    """

    stream: int
    datasets: Mapping[str, DatasetInfo]
    namespaces: NamespaceTable
    rules: Rules
    policy: Policy
    rules_version: int = 0
    flows: Mapping[str, MappedFlow] = field(default_factory=dict)
    audiences: AudienceSet = NO_AUDIENCES
    extractors: dict[str, Extractor] = field(default_factory=dict)

    def extractor(self, schema: CompiledSchema) -> Extractor:
        """The identity extractor of a schema, made once."""
        known = self.extractors.get(schema.uri)
        if known is None:
            known = self.extractors[schema.uri] = Extractor(
                sandbox=self.stream,
                fields=[
                    IdentityField(one.path, one.namespace, one.primary)
                    for one in schema.identity_fields
                ],
                namespaces=self.namespaces,
                rules=self.rules,
                is_event=schema.behavior == "time-series",
            )
        return known


def load_context(stream: int) -> Context:
    """Read the configuration of the sandbox whose stream this is."""
    sandbox = Sandbox.objects.select_related("organization").get(number=stream)
    table = NamespaceTable(
        Namespace(one.code, one.id, one.id_type)
        for one in IdentityNamespace.objects.filter(organization=sandbox.organization)
    )
    settings = LinkingSettings.objects.filter(sandbox=sandbox).first()
    rules = (
        rules_from_settings(settings.namespaces, table)
        if settings is not None and settings.namespaces
        else plain_rules(table.types())
    )
    datasets = {key: one for key, one in dataset_directory().items() if one.sandbox == stream}
    policy = policy_of(find_cached_policy(sandbox=sandbox))
    return Context(
        stream,
        datasets,
        table,
        rules,
        policy,
        rules_version=settings.version if settings is not None else 0,
        flows=load_flows(sandbox),
        audiences=load_audiences(sandbox),
    )


def forget_schemas(kinds: set[str]) -> None:
    """Drop compiled schemas when one of these announced changes concerns them."""
    if kinds & _SCHEMA_KINDS:
        schema_cache.invalidate()
