"""`/data/foundation/catalog`: datasets, their views and batches, keyed by id."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.types import Actor
from core.errors import Invalid
from core.http.openapi import ANY_JSON, ANY_OBJECT, KEYED_OBJECTS, REFERENCES, operation
from core.http.params import whole
from core.http.views import ApiView, rights
from core.json_patch import apply_patch
from core.sandboxes.models import Sandbox
from ingestion.api.catalog_documents import (
    DATASET_FIELDS,
    Document,
    dataset_document,
    dataset_input,
    editable,
    merge_patch,
    view_document,
)
from ingestion.api.catalog_lists import DEFAULT_LIMIT, LIST_QUERY, MOST, chosen, is_plain, page_of
from ingestion.catalog import actions, queries
from ingestion.catalog.models import Dataset
from ingestion.catalog.types import DatasetInput

BASE = "/data/foundation/catalog"
_TAG = "catalog"


def documents_of(datasets: Iterable[Dataset], sandbox: Sandbox) -> dict[str, Document]:
    """Documents of these datasets by id, with their newest batches (three queries in all)."""
    datasets = list(datasets)
    ids = [dataset.id for dataset in datasets]
    newest = {
        name: queries.newest_batches(sandbox=sandbox, dataset_ids=ids, status=status)
        for name, status in (("last", None), ("success", "success"), ("failed", "failed"))
    }
    return {
        dataset.id: dataset_document(
            dataset, sandbox, {name: found.get(dataset.id) for name, found in newest.items()}
        )
        for dataset in datasets
    }


def reference(dataset_id: str) -> list[str]:
    """How answers to writes name a dataset."""
    return [f"@/dataSets/{dataset_id}"]


class CatalogView(ApiView):
    """An endpoint of the catalog."""

    permission = rights("view-datasets", "manage-datasets")
    service = "CATALOG"

    def write_context(self, request: Request) -> dict[str, Any]:
        """Who writes where, and the conditions the headers put."""
        caller = self.caller(request)
        actor: Actor = caller.actor
        return {
            "actor": actor,
            "sandbox": caller.sandbox,
            "validate_only": is_validation(request),
        }


def is_validation(request: Request) -> bool:
    """Whether the call only asks for the checks."""
    return request.headers.get("pragma", "").strip().lower() == "validate-only"


def etags(header: str | None) -> str | None:
    """The version in an If-Match or If-None-Match header, quoted or not."""
    return None if header is None else header.strip().removeprefix("W/").strip('"')


class DatasetsView(CatalogView):
    """The datasets of a sandbox, and the creation of one."""

    @operation(_TAG, answer=KEYED_OBJECTS, query=LIST_QUERY)
    def get(self, request: Request) -> Response:
        sandbox = self.caller(request).sandbox
        params: QueryDict = request.query_params
        rows = queries.list_datasets(sandbox=sandbox)
        if not is_plain(params, fields=DATASET_FIELDS):
            return Response(page_of(documents_of(rows, sandbox), params, fields=DATASET_FIELDS))
        limit = whole(params, "limit", default=DEFAULT_LIMIT, least=1, most=MOST)
        start = whole(params, "start", default=0)
        page = documents_of(rows[start : start + limit], sandbox)
        return Response({key: chosen(document, params) for key, document in page.items()})

    @operation(_TAG, body=ANY_OBJECT, answer=REFERENCES, status=201)
    def post(self, request: Request) -> Response:
        given = dataset_input(request.data)
        dataset = actions.create_dataset(
            given=given, client_id=self.caller(request).client_id, **self.write_context(request)
        )
        if is_validation(request):
            return Response([])
        location = {"Location": f"{BASE}/dataSets/{dataset.id}"}
        return Response(reference(dataset.id), 201, headers=location)


class DatasetView(CatalogView):
    """One dataset (or several, their ids separated by commas)."""

    @operation(_TAG, answer=KEYED_OBJECTS, query={"properties": LIST_QUERY["properties"]})
    def get(self, request: Request, dataset_id: str) -> Response:
        sandbox = self.caller(request).sandbox
        ids = [part for part in dataset_id.split(",") if part]
        found = queries.find_datasets(sandbox=sandbox, ids=ids)
        if not found:
            raise queries.dataset_not_found(dataset_id)
        documents = documents_of(found, sandbox)
        body = {key: chosen(one, request.query_params) for key, one in documents.items()}
        if len(ids) > 1:
            return Response(body)
        version = actions.version_of(found[0])
        headers = {"ETag": f'"{version}"'}
        if etags(request.headers.get("if-none-match")) == version:
            return Response(None, 304, headers=headers)
        return Response(body, headers=headers)

    @operation(_TAG, body=ANY_OBJECT, answer=REFERENCES)
    def put(self, request: Request, dataset_id: str) -> Response:
        given = dataset_input(request.data)
        dataset = actions.replace_dataset(
            dataset_id=dataset_id, given=given, **self._conditions(request)
        )
        return self._written(dataset)

    @operation(_TAG, body=ANY_JSON, answer=REFERENCES)
    def patch(self, request: Request, dataset_id: str) -> Response:
        dataset = actions.patch_dataset(
            dataset_id=dataset_id,
            edit=lambda stored: _patched(stored, request.data),
            **self._conditions(request),
        )
        return self._written(dataset)

    @operation(_TAG, body=ANY_OBJECT, answer=REFERENCES)
    def post(self, request: Request, dataset_id: str) -> Response:
        response: Response = self.patch(request, dataset_id)
        return response

    @operation(_TAG, answer=REFERENCES)
    def delete(self, request: Request, dataset_id: str) -> Response:
        actions.delete_dataset(dataset_id=dataset_id, **self._conditions(request))
        return Response(reference(dataset_id))

    def _conditions(self, request: Request) -> dict[str, Any]:
        return {
            **self.write_context(request),
            "if_match": etags(request.headers.get("if-match")),
        }

    @staticmethod
    def _written(dataset: Dataset) -> Response:
        headers = {"ETag": f'"{actions.version_of(dataset)}"'}
        return Response(reference(dataset.id), headers=headers)


def _patched(dataset: Dataset, change: Any) -> DatasetInput:
    """The stored dataset after a merge object or a JSON Patch, told apart by the JSON type."""
    match change:
        case list():
            return dataset_input(apply_patch(editable(dataset), change))
        case dict():
            return dataset_input(merge_patch(editable(dataset), change))
        case _:
            raise Invalid("The body must be a JSON object or a JSON Patch array", code="1004")


class DatasetViewsView(CatalogView):
    """Views of a dataset: each has exactly one."""

    @operation(_TAG, answer=KEYED_OBJECTS)
    def get(self, request: Request, dataset_id: str, view_id: str | None = None) -> Response:
        sandbox = self.caller(request).sandbox
        dataset = queries.get_dataset(sandbox=sandbox, dataset_id=dataset_id)
        own = dataset.document.get("viewId", "")
        if view_id not in {None, own}:
            raise queries.dataset_not_found(f"{dataset_id}/views/{view_id}")
        return Response({own: view_document(dataset, sandbox)})


class DatasetViewFilesView(DatasetViewsView):
    """Files of a view: none, since this installation keeps no files of streamed data."""

    @operation(_TAG, answer=KEYED_OBJECTS)
    def get(self, request: Request, dataset_id: str, view_id: str | None = None) -> Response:
        super().get(request, dataset_id, view_id)
        return Response({})
