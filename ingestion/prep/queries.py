"""Reads of mapping sets, within one sandbox."""

from django.db.models import QuerySet

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.prep.models import MappingSet


def list_mapping_sets(*, sandbox: Sandbox, name: str = "") -> QuerySet[MappingSet]:
    """The newest version of each mapping set, latest change first."""
    newest = MappingSet.objects.filter(sandbox=sandbox).order_by("set_id", "-version")
    rows = MappingSet.objects.filter(pk__in=newest.distinct("set_id").values("pk"))
    if name:
        rows = rows.filter(name__icontains=name)
    return rows.order_by("-updated_ms", "-pk")


def get_mapping_set(*, sandbox: Sandbox, set_id: str, version: int | None = None) -> MappingSet:
    """A mapping set in this version, else the newest; raises NotFound."""
    rows = MappingSet.objects.filter(sandbox=sandbox, set_id=set_id)
    if version is not None:
        rows = rows.filter(version=version)
    found = rows.order_by("-version").first()
    if found is None:
        raise NotFound(f"Mapping set {set_id} does not exist", id=set_id)
    return found
