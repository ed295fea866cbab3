"""`/data/foundation/catalog`: batches and what is known of files."""

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.openapi import KEYED_OBJECTS, operation
from ingestion.api.catalog import CatalogView
from ingestion.api.catalog_documents import Document, batch_document
from ingestion.api.catalog_lists import LIST_QUERY, page_of
from ingestion.catalog import queries
from ingestion.catalog.models import Batch

_TAG = "catalog"
_FIELDS = frozenset({"id", "status", "createdClient", "externalId", "version"})
_QUERY = {
    **LIST_QUERY,
    "status": "Batch statuses",
    "dataSet": "Dataset id",
    "batch": "Batch ids",
    "externalId": "Ids the producers gave",
}


def _values(params: QueryDict, *names: str) -> list[str]:
    texts = [text for name in names for text in params.getlist(name)]
    return [part for text in texts for part in text.split(",") if part]


class BatchesView(CatalogView):
    """Batches of a sandbox."""

    @operation(_TAG, answer=KEYED_OBJECTS, query=_QUERY)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params: QueryDict = request.query_params
        rows = queries.list_batches(sandbox=sandbox)
        datasets = _values(params, "dataSet", "dataset", "dataSetId")
        if datasets:
            rows = rows.filter(dataset__in=datasets)
        ids = _values(params, "batch")
        if ids:
            rows = rows.filter(pk__in=ids)
        documents = {batch.id: batch_document(batch, sandbox) for batch in rows}
        return Response(page_of(documents, params, fields=_FIELDS))


class BatchView(CatalogView):
    """One batch, under both spellings of the path."""

    @operation(_TAG, answer=KEYED_OBJECTS)
    def get(self, request: Request, batch_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        batch = queries.get_batch(sandbox=sandbox, batch_id=batch_id)
        return Response({batch.id: batch_document(batch, sandbox)})


class LastBatchesView(CatalogView):
    """The newest batches of datasets, keyed by dataset."""

    @operation(_TAG, answer=KEYED_OBJECTS, query={"dataSetId": "Dataset ids"})
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        ids = _values(request.query_params, "dataSetId", "dataSet")
        rows = queries.list_datasets(sandbox=sandbox)
        if ids:
            rows = rows.filter(pk__in=ids)
        known = [dataset.id for dataset in rows]
        last, good, bad = (
            queries.newest_batches(sandbox=sandbox, dataset_ids=known, status=status)
            for status in (None, "success", "failed")
        )
        body: dict[str, Document] = {}
        for dataset_id, batch in last.items():
            body[dataset_id] = {
                "lastBatchId": batch.id,
                "lastBatchStatus": batch.status,
                "lastSuccessfulBatchId": _id(good.get(dataset_id)),
                "lastFailedBatchId": _id(bad.get(dataset_id)),
                "imsOrg": sandbox.organization.ims_org_id,
                "sandboxId": str(sandbox.uuid),
                "created": batch.created_ms,
                "updated": batch.updated_ms,
            }
        return Response(body)


def _id(batch: Batch | None) -> str | None:
    return None if batch is None else batch.id


class DatasetFilesView(CatalogView):
    """Files of batches: none, since this installation keeps no files of streamed data."""

    @operation(_TAG, answer=KEYED_OBJECTS)
    def get(self, request: Request) -> Response:
        self.caller(request)
        return Response({})
