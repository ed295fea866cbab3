"""Addresses of setting up sources, below `sources/` and before those of one connection."""

from django.urls import path

from console.views import source_wizard, source_wizard_catalog, uploads

urlpatterns = [
    path("catalog/", source_wizard_catalog.catalog, name="source-catalog"),
    path("dataflows/", source_wizard_catalog.dataflows, name="source-dataflows"),
    path("new/", source_wizard.start, name="source-new"),
    path("new/<uuid:draft_id>/discard/", source_wizard.discard, name="source-wizard-discard"),
    path("new/<uuid:draft_id>/<slug:step>/", source_wizard.step, name="source-wizard"),
    path("upload/", uploads.new, name="upload-new"),
    path("upload/<uuid:upload_id>/", uploads.mapping, name="upload"),
    path("upload/<uuid:upload_id>/validate/", uploads.validate, name="upload-validate"),
    path("upload/<uuid:upload_id>/import/", uploads.start_import, name="upload-import"),
    path("upload/<uuid:upload_id>/progress/", uploads.progress, name="upload-progress"),
]
