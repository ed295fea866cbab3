"""Lists this app's models for Django; import them from their slices."""

from ingestion.catalog.models import Batch, Dataset
from ingestion.connections.models import FlowObject, Inlet
from ingestion.namespaces.models import IdentityNamespace
from ingestion.schemas.models import Descriptor, RegistryResource, RegistryRevision

__all__ = [
    "Batch",
    "Dataset",
    "Descriptor",
    "FlowObject",
    "IdentityNamespace",
    "Inlet",
    "RegistryResource",
    "RegistryRevision",
]
