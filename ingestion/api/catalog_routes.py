"""Catalog routes: both spellings of names, with and without a trailing slash."""

from django.urls import re_path

from ingestion.api import catalog, catalog_batches

_BASE = r"data/foundation/catalog(?:/v2)?"
_DATASET = rf"{_BASE}/(?:dataSets|datasets)/(?P<dataset_id>[^/]+)"
_VIEW = rf"{_DATASET}/views/(?P<view_id>[^/]+)"

urlpatterns = [
    re_path(rf"^{_BASE}/(?:dataSets|datasets)/?$", catalog.DatasetsView.as_view()),
    re_path(rf"^{_DATASET}/?$", catalog.DatasetView.as_view()),
    re_path(rf"^{_DATASET}/views/?$", catalog.DatasetViewsView.as_view()),
    re_path(rf"^{_VIEW}/?$", catalog.DatasetViewsView.as_view()),
    re_path(rf"^{_VIEW}/files/?$", catalog.DatasetViewFilesView.as_view()),
    re_path(rf"^{_BASE}/(?:batches|batch)/?$", catalog_batches.BatchesView.as_view()),
    re_path(
        rf"^{_BASE}/(?:batches|batch)/(?P<batch_id>[^/]+)/?$", catalog_batches.BatchView.as_view()
    ),
    re_path(rf"^{_BASE}/lastBatches/?$", catalog_batches.LastBatchesView.as_view()),
    re_path(rf"^{_BASE}/dataSetFiles/?$", catalog_batches.DatasetFilesView.as_view()),
]
