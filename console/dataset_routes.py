"""Addresses of the Datasets area, below `datasets/`."""

from django.urls import path

from console.views import (
    datasets,
    datasets_bulk,
    datasets_create,
    datasets_csv,
    datasets_failed,
    datasets_preview,
    datasets_settings,
)

_ONE = "<slug:dataset_id>/"

urlpatterns = [
    path("", datasets.list_, name="datasets"),
    path("new/", datasets_create.choose, name="dataset-new"),
    path("new/schema/", datasets_create.select_schema, name="dataset-schema"),
    path("new/csv/", datasets_csv.start, name="dataset-csv"),
    path("new/csv/<uuid:draft_id>/", datasets_csv.configure, name="dataset-csv-configure"),
    path("new/csv/<uuid:draft_id>/data/", datasets_csv.data, name="dataset-csv-data"),
    path("new/configure/", datasets_create.configure, name="dataset-configure"),
    path("select/", datasets_bulk.select, name="dataset-select"),
    path("bulk/tag/", datasets_bulk.tag, name="datasets-tag"),
    path("bulk/delete/", datasets_bulk.delete, name="datasets-delete"),
    path(_ONE, datasets.detail, name="dataset"),
    path(f"{_ONE}used-by/", datasets.used_by, name="dataset-used-by"),
    path(f"{_ONE}preview/", datasets_preview.preview, name="dataset-preview"),
    path(f"{_ONE}failed/", datasets_failed.failed, name="dataset-failed"),
    path(f"{_ONE}failed/download/", datasets_failed.download, name="dataset-failed-download"),
    path(f"{_ONE}failed/retry/", datasets_failed.retry_group, name="dataset-retry-group"),
    path(f"{_ONE}failed/<slug:record_id>/retry/", datasets_failed.retry_one, name="dataset-retry"),
    path(f"{_ONE}settings/", datasets_settings.settings, name="dataset-settings"),
    path(f"{_ONE}switch/", datasets_settings.switch, name="dataset-switch"),
    path(f"{_ONE}backfill/", datasets_settings.backfill, name="dataset-backfill"),
    path(f"{_ONE}delete/", datasets_settings.delete, name="dataset-delete"),
]
