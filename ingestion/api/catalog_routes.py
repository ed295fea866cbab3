"""Catalog routes: each under its name of today and its older spellings, which stay undescribed."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, re_path

from ingestion.api import catalog, catalog_batches

_BASE = "data/foundation/catalog"
_DATASET = r"/(?P<dataset_id>[^/]+)"
_VIEW = r"/(?P<view_id>[^/]+)"
_DATASETS = ("dataSets", "datasets", "v2/dataSets", "v2/datasets")
_BATCHES = ("batches", "batch")


def _routes(names: Iterable[str], rest: str, view: Any) -> Iterator[URLPattern]:
    for position, name in enumerate(names):
        described = {} if position == 0 else {"schema": None}
        yield re_path(rf"^{_BASE}/{name}{rest}/?$", view.as_view(**described))


urlpatterns = [
    *_routes(_DATASETS, "", catalog.DatasetsView),
    *_routes(_DATASETS, _DATASET, catalog.DatasetView),
    *_routes(_DATASETS, f"{_DATASET}/views", catalog.DatasetViewsView),
    *_routes(_DATASETS, f"{_DATASET}/views{_VIEW}", catalog.DatasetViewsView),
    *_routes(_DATASETS, f"{_DATASET}/views{_VIEW}/files", catalog.DatasetViewFilesView),
    *_routes(_BATCHES, "", catalog_batches.BatchesView),
    *_routes(_BATCHES, r"/(?P<batch_id>[^/]+)", catalog_batches.BatchView),
    *_routes(("lastBatches",), "", catalog_batches.LastBatchesView),
    *_routes(("dataSetFiles",), "", catalog_batches.DatasetFilesView),
]
