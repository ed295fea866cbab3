"""Addresses of the Schemas workspace."""

from django.urls import URLPattern, path

from console.views import (
    schema,
    schema_create,
    schema_history,
    schema_parts,
    schema_relations,
    schema_settings,
    schemas,
    schemas_bulk,
)

urlpatterns: list[URLPattern] = [
    path("", schemas.list_, name="schemas"),
    path("new/", schema_create.start, name="schema-new"),
    path("new/<str:draft_id>/<slug:name>/", schema_create.step, name="schema-step"),
    path("select/", schemas_bulk.select, name="schema-select"),
    path("bulk/delete/", schemas_bulk.delete, name="schemas-delete"),
    path("relationships/", schema_relations.list_, name="schema-relationships"),
    path("parts/<slug:word>/", schema_parts.list_, name="schema-parts"),
    path("parts/<slug:word>/<str:alt_id>/", schema_parts.preview, name="schema-part"),
    path("<str:token>/", schema.structure, name="schema"),
    path("<str:token>/add/", schema.add, name="schema-add"),
    path("<str:token>/change/", schema.change, name="schema-change"),
    path("<str:token>/act/", schema.act, name="schema-act"),
    path("<str:token>/rename/", schema.rename, name="schema-rename"),
    path("<str:token>/save/", schema.save, name="schema-save"),
    path("<str:token>/undo/", schema.undo, name="schema-undo"),
    path("<str:token>/relate/", schema_relations.relate, name="schema-relate"),
    path("<str:token>/groups/", schema_settings.groups, name="schema-groups"),
    path("<str:token>/profile/", schema_settings.profile, name="schema-profile"),
    path("<str:token>/delete/", schema_settings.delete, name="schema-delete"),
    path("<str:token>/fill/", schema_history.fill, name="schema-fill"),
    path("<str:token>/history/", schema_history.history, name="schema-history"),
]
