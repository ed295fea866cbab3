"""Addresses of computed attributes."""

from django.urls import URLPattern, path

from console.views import computed_attribute_form, computed_attributes

_BASE = "profiles/computed-attributes/"
_ONE = f"{_BASE}<uuid:attribute_id>/"

patterns: list[URLPattern] = [
    path(_BASE, computed_attributes.list_, name="computed-attributes"),
    path(f"{_BASE}new/", computed_attribute_form.new, name="computed-attribute-new"),
    path(_ONE, computed_attributes.detail, name="computed-attribute"),
    path(f"{_ONE}edit/", computed_attribute_form.edit, name="computed-attribute-edit"),
    path(f"{_ONE}publish/", computed_attributes.publish, name="computed-attribute-publish"),
    path(f"{_ONE}evaluate/", computed_attributes.evaluate, name="computed-attribute-evaluate"),
    path(
        f"{_ONE}deactivate/", computed_attributes.deactivate, name="computed-attribute-deactivate"
    ),
    path(f"{_ONE}delete/", computed_attributes.delete, name="computed-attribute-delete"),
]
