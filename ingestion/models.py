"""Lists this app's models for Django; import them from their slices."""

from ingestion.backfill.models import Backfill
from ingestion.catalog.models import Batch, Dataset
from ingestion.connections.models import FlowObject, Inlet
from ingestion.namespaces.models import IdentityNamespace
from ingestion.prep.models import MappingSet
from ingestion.schemas.models import Descriptor, RegistryResource, RegistryRevision
from ingestion.uploads.models import Upload

__all__ = [
    "Backfill",
    "Batch",
    "Dataset",
    "Descriptor",
    "FlowObject",
    "IdentityNamespace",
    "Inlet",
    "MappingSet",
    "RegistryResource",
    "RegistryRevision",
    "Upload",
]
