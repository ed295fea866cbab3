"""`/stats` and `/rpc/*`: counts, export, import, sample data and the audit log."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.http.openapi import ANY_ARRAY, ANY_OBJECT, operation
from core.sandboxes.models import Sandbox
from ingestion.api.registry.base import TAG, RegistryView, stamp
from ingestion.schemas import queries, transfer
from ingestion.schemas.lookup import TenantLookup, tenant_of
from ingestion.schemas.models import RegistryRevision
from ingestion.schemas.types import Raw
from ingestion.xdm.samples import sample_document


class StatsView(RegistryView):
    """The tenant id, and what the registry of the sandbox holds."""

    @operation(TAG)
    def get(self, request: Request) -> Response:
        """Counts, recent changes, schemas by class."""
        sandbox = self.sandbox(request)
        created = queries.recent_resources(sandbox, order="created_ms")
        updated = queries.recent_resources(sandbox, order="updated_ms")
        lookup = queries.lookup_for(sandbox, [*created, *updated])
        return Response(
            {
                "imsOrg": sandbox.organization.ims_org_id,
                "tenantId": tenant_of(sandbox),
                "counts": queries.count_by_kind(sandbox),
                "recentlyCreatedResources": [_recent(doc, "created", lookup) for doc in created],
                "recentlyUpdatedResources": [_recent(doc, "updated", lookup) for doc in updated],
                "classUsage": queries.class_usage(sandbox),
            }
        )


def _recent(document: Raw, moment: str, lookup: TenantLookup) -> dict[str, Any]:
    key = "repo:createdDate" if moment == "created" else "repo:lastModifiedDate"
    at = clock.from_ms(document["meta:registryMetadata"][key])
    shown = {
        "$id": document["$id"],
        "title": document["title"],
        "description": document.get("description", ""),
        "meta:altId": document["meta:altId"],
        "meta:resourceType": document["meta:resourceType"],
        f"meta:{moment}": f"{at:%a %b %d %Y %H:%M:%S} GMT+0000 (UTC)",
        "version": document["version"],
    }
    class_uri = document.get("meta:class")
    if class_uri:
        title = (lookup(class_uri) or {}).get("title", class_uri)
        shown |= {"meta:class": class_uri, "meta:classTitle": title}
    return shown


class ExportView(RegistryView):
    """A resource with all it needs, ready for another tenant."""

    @operation(TAG, answer=ANY_ARRAY)
    def get(self, request: Request, identifier: str) -> Response:
        """Raw resources, dependencies first, with a placeholder for the tenant id."""
        return Response(transfer.export_resource(self.sandbox(request), identifier))


class ImportView(RegistryView):
    """Bring an export into this sandbox."""

    @operation(TAG, body=ANY_ARRAY, answer=ANY_ARRAY)
    def post(self, request: Request) -> Response:
        """Store all resources of an export, or none."""
        caller = self.caller(request)
        stored = transfer.import_resources(request.data, sandbox=caller.sandbox, actor=caller.actor)
        return Response(stored)


class SampleDataView(RegistryView):
    """An example record of a schema."""

    @operation(TAG, answer=ANY_OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """One valid record in native names."""
        sandbox = self.sandbox(request)
        schema = queries.get_resource(
            sandbox, container="tenant", kind="schemas", identifier=identifier
        )
        tree = queries.resolved(sandbox, schema)
        return Response(sample_document(tree, native_names=True))


class AuditLogView(RegistryView):
    """What was changed in a resource."""

    @operation(TAG, answer=ANY_ARRAY)
    def get(self, request: Request, identifier: str) -> Response:
        """Writes, newest first."""
        sandbox = self.sandbox(request)
        revisions = queries.list_revisions(sandbox, identifier)
        return Response([_entry(revision, sandbox) for revision in revisions])


def _entry(revision: RegistryRevision, sandbox: Sandbox) -> dict[str, Any]:
    return {
        "id": revision.uri,
        "updatedUser": revision.actor,
        "imsOrg": sandbox.organization.ims_org_id,
        "updatedTime": stamp(clock.from_ms(revision.at_ms)),
        "requestId": revision.request_id,
        "clientId": revision.client_id,
        "sandBoxId": str(sandbox.uuid),
        "updates": revision.updates,
    }
